/** The embedded database cannot be used: `message` is one line that says why and what to do. */
export class EmbeddedDatabaseError extends Error {
  override name = "EmbeddedDatabaseError";
}

/** Another Tock process on this machine uses the DATA_DIR. */
export class DataDirInUseError extends EmbeddedDatabaseError {
  override name = "DataDirInUseError";
}
