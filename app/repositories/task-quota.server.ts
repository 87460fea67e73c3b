/**
 * Returns SQL of a condition that is true for every row, and sets the quota that the triggers of migration 0005 check when
 * the statement ends.
 * @param placeholder of the number of tasks that a user can have
 */
export const withinQuota = (placeholder: string): string =>
  `set_config('tock.task_quota', cast(${placeholder} as text), true) is not null`;
