/* Longest parts of a URL that request validation accepts, in characters. */

/** Far longer than any path of this app, and within the limits of common proxies. */
export const MAX_PATH_CHARACTERS = 2 * 1024;
export const MAX_QUERY_CHARACTERS = 4 * 1024;
