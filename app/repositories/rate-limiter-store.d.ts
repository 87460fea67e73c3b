declare module "rate-limiter-flexible/lib/RateLimiterStoreAbstract.js" {
  import {
    type IRateLimiterStoreOptions,
    RateLimiterAbstract,
    type RateLimiterRes,
  } from "rate-limiter-flexible";

  /** The base class of the library's stores, which it exports without types. A store only counts. */
  export default abstract class RateLimiterStoreAbstract<Row> extends RateLimiterAbstract {
    constructor(options: Omit<IRateLimiterStoreOptions, "storeClient">);
    /** Adds points to a key, in a new window if the last one has ended. */
    protected abstract _upsert(key: string, points: number, windowMs: number): Promise<Row>;
    protected abstract _getRateLimiterRes(key: string, added: number, row: Row): RateLimiterRes;
  }
}
