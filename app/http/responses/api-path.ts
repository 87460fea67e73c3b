/**
 * Whether a path belongs to the JSON API, so that every response to it is JSON. Ignores letter case and matches what
 * Remix's router would accept after the name, such as "/health.data". Metrics and health checks are answered like the API.
 */
export const isApiPath = (path: string): boolean => /^\/(api|health|metrics)([/.]|$)/i.test(path);
