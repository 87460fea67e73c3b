/** Tock's tables, with those of Knex. */
export const TOCK_TABLES = [
  "account",
  "deleted_task",
  "idempotency_key",
  "knex_migrations",
  "knex_migrations_lock",
  "one_time_link",
  "personal_access_token",
  "rate_limit",
  "recovery_code",
  "session",
  "task",
  "task_count",
  "totp",
  "user",
  "verification",
];
