/** Limits that forms name in their hints. Apart from the schemas, so that a hint does not carry Zod into the browser. */
export const EMAIL_MAX = 254;
export const NAME_MAX = 100;
export const PASSWORD_MIN = 8;
export const PASSWORD_MAX = 128;
export const TITLE_MAX = 200;
export const DESCRIPTION_MAX = 1000;
