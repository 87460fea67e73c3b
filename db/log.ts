/** Where the database layer says what happens to it: pino's shape, so that the process's own logger fits. */
export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
