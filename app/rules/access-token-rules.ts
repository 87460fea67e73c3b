/** The scopes of personal access tokens. `tasks:write` includes `tasks:read`, because a change answers with the task. */
export const SCOPES = ["tasks:read", "tasks:write"] as const;
export type Scope = (typeof SCOPES)[number];

/** Expired tokens count too, until they are removed. */
export const ACCESS_TOKENS_PER_USER_MAX = 50;

export const ACCESS_TOKEN_DAYS_MAX = 365;

/** The lifetimes that the form offers, in days. */
export const ACCESS_TOKEN_DAYS_OFFERED = [7, 30, 90, ACCESS_TOKEN_DAYS_MAX];
export const ACCESS_TOKEN_DAYS_DEFAULT = 30;

/** An expired token stays in the list for this long, so that its owner sees why a program stopped working. */
export const EXPIRED_ACCESS_TOKEN_DAYS = 30;
