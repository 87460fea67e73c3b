/* Length limits in characters. Separate from the schemas, so that form hints do not load Zod in the browser. */
export const EMAIL_MAX = 254;
export const NAME_MAX = 100;
export const PASSWORD_MIN = 8;
export const PASSWORD_MAX = 128;
export const TITLE_MAX = 200;
export const DESCRIPTION_MAX = 1000;
/** Of a searched text. */
export const SEARCH_MAX = 200;
/** A deleted task can be restored for this long. */
export const TRASH_DAYS = 30;
/** Lines that become tasks at once. */
export const PASTED_LINES_MAX = 50;
