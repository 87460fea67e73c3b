/** Lifetime of a token, its session and the cookie that holds it. */
export const SESSION_SECONDS = 7 * 24 * 60 * 60;

/** Age from which a page visit replaces the token and extends its session. */
export const TOKEN_RENEWAL_AGE_SECONDS = 24 * 60 * 60;

/** The next sign-in beyond this number ends the session that was used longest ago. */
export const SESSIONS_PER_USER_MAX = 100;

/** A session ends at this age, however often it is used. */
export const SESSION_DAYS_MAX = 90;

/** A user who signed in less than this ago has just proved to know the password. */
export const RECENT_SESSION_MINUTES = 15;
