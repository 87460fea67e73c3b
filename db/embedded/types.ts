import type { Log } from "#db/log.ts";

export type { Log };

export interface EmbeddedOptions {
  /** `<DATA_DIR>`; made if missing. */
  dataDir: string;
  log: Log;
  /** Durability off: only for tests, whose data nobody misses. */
  throwaway?: boolean;
  /** PostgreSQL's max_connections, 100 unless told. */
  maxConnections?: number;
}

export interface EmbeddedDatabase {
  /** Stays valid while the handle lives, also over restarts of the server. */
  url: string;
  dataFolder: string;
  /** Fast shutdown within about 10 seconds; may be called twice. */
  stop(): Promise<void>;
}

/** Its message is one line that says what is wrong and what to do. */
export class EmbeddedDatabaseError extends Error {
  override name = "EmbeddedDatabaseError";
}

/** A living Tock on this machine holds the folder. */
export class InUseError extends EmbeddedDatabaseError {
  override name = "InUseError";
}
