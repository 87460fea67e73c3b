import styles from "#app/styles.css?inline";

/**
 * Returns the style sheet if the document must contain it. That saves a round trip before the first paint of a first
 * visit. A request without any cookie counts as one; later the style sheet is in the browser's cache.
 */
export function inlineStyles(request: Request): string | null {
  return import.meta.env.DEV || request.headers.has("Cookie") ? null : styles;
}
