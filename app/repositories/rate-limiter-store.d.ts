declare module "rate-limiter-flexible/lib/RateLimiterStoreAbstract.js" {
  import {
    type IRateLimiterStoreOptions,
    RateLimiterAbstract,
    type RateLimiterRes,
  } from "rate-limiter-flexible";

  /** What every store of the library extends: it decides, the store only counts. */
  export default abstract class RateLimiterStoreAbstract<Row> extends RateLimiterAbstract {
    constructor(options: Omit<IRateLimiterStoreOptions, "storeClient">);
    /** Adds to a key's points, in a new window when the last one has ended. */
    protected abstract _upsert(key: string, points: number, windowMs: number): Promise<Row>;
    protected abstract _getRateLimiterRes(key: string, added: number, row: Row): RateLimiterRes;
  }
}
