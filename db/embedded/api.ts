/** pino's shape, so that the process's own logger fits. */
export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

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
