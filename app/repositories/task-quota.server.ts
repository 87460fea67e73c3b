const setQuota = (name: string, placeholder: string): string =>
  `set_config('tock.${name}', cast(${placeholder} as text), true) is not null`;

/**
 * Returns SQL of a condition that is true for every row, and sets the quota that the triggers of migration 0005 check when
 * the statement ends.
 * @param placeholder of the number of tasks that a user can have
 */
export const withinQuota = (placeholder: string): string => setQuota("task_quota", placeholder);

/**
 * As `withinQuota`, for the trash: the triggers of migration 0007 erase the tasks beyond the quota that were deleted first.
 * @param placeholder of the number of deleted tasks that a user can have
 */
export const withinTrashQuota = (placeholder: string): string => setQuota("trash_quota", placeholder);
