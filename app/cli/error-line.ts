/** Returns one line for an error, without the statement that Knex puts in front of PostgreSQL's message. */
export function errorLine(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return errorLine(error.errors[0]);
  if (!(error instanceof Error)) return String(error);
  if (error.name === "MigrationLocked") {
    return "Knex's migration lock is taken. If no migration is running, release it: npm run db:migrate -- --unlock";
  }
  const message = "severity" in error ? (error.message.split(" - ").at(-1) ?? "") : error.message;
  return message.split("\n")[0] || error.name;
}
