declare module "rate-limiter-flexible/lib/RateLimiterStoreAbstract.js" {
  import {
    type IRateLimiterStoreOptions,
    RateLimiterAbstract,
    type RateLimiterRes,
  } from "rate-limiter-flexible";

  /** The base class of the library's stores, which its entry does not export. A store only counts. */
  export default abstract class RateLimiterStoreAbstract<Row> extends RateLimiterAbstract {
    constructor(options: Omit<IRateLimiterStoreOptions, "storeClient">);
    /** Adds points to a key, in a new window if the last one has ended. */
    protected abstract _upsert(key: string, points: number, windowMs: number): Promise<Row>;
    protected abstract _getRateLimiterRes(key: string, added: number, row: Row): RateLimiterRes;
    /** Milliseconds for which the key, with its prefix, is rejected from memory; 0 or less when it is not. */
    getInMemoryBlockMsBeforeExpire(key: string): number;
  }
}
