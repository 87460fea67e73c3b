import Bowser from "bowser";

/** Shorter names than Bowser's. */
const SHORT_NAMES: Record<string, string> = {
  "Microsoft Edge": "Edge",
  "Samsung Internet for Android": "Samsung Internet",
  macOS: "Mac",
  "Chrome OS": "ChromeOS",
};
const shorten = (name: string | undefined) => name && (SHORT_NAMES[name] ?? name);

/** Without this list Bowser would return any first word as the browser's name. */
const BROWSERS = new Set(Object.values(Bowser.BROWSER_MAP));

/** Programs start with their own name, such as "curl/8.10.1". All browsers start with "Mozilla". */
const PROGRAM = /^(?!Mozilla\/)([a-z][\w.-]{0,39})(\/|$)/i;

/** Longer than a browser's. Bounds the time that the patterns need. */
const CHARACTERS_MAX = 512;

/**
 * Describes a User-Agent as "Firefox on Linux", or by the program's own name, such as "curl". It helps users to
 * recognize a device and proves nothing: clients choose the header.
 */
export function describeUserAgent(userAgent: string): string {
  const text = userAgent.slice(0, CHARACTERS_MAX);
  // Bowser throws on an empty string.
  const { browser, os, platform } = Bowser.parse(text || " ");
  const isMobileApple = os.name === "iOS" && platform.model !== undefined;
  const system = isMobileApple ? platform.model : shorten(os.name);
  const browserName = BROWSERS.has(browser.name ?? "") ? shorten(browser.name) : undefined;
  const name = PROGRAM.exec(text)?.[1] ?? browserName ?? (system && "A browser");
  if (!name) return "An unknown device";
  return system ? `${name} on ${system}` : name;
}
