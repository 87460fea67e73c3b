/** The colour scheme of the pages: the device's, or the reader's own choice. */
export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];
