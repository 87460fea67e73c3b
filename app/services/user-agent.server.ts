type Words = [RegExp, string][];

/** The first that matches counts: browsers also name those that they descend from. */
const BROWSERS: Words = [
  [/\b(Edg|EdgA|EdgiOS)\//, "Edge"],
  [/\b(OPR|OPiOS)\//, "Opera"],
  [/\bSamsungBrowser\//, "Samsung Internet"],
  [/\b(Firefox|FxiOS)\//, "Firefox"],
  [/\b(Chrome|CriOS|HeadlessChrome)\//, "Chrome"],
  [/\bVersion\/[\d.]+ .*\bSafari\//, "Safari"],
];

const SYSTEMS: Words = [
  [/\biPhone\b/, "iPhone"],
  [/\biPad\b/, "iPad"],
  [/\bAndroid\b/, "Android"],
  [/\bWindows\b/, "Windows"],
  [/\bCrOS\b/, "ChromeOS"],
  [/\bMacintosh\b/, "Mac"],
  [/\bLinux\b/, "Linux"],
];

const PROGRAM = /^([a-z][\w.-]{0,39})(\/|$)/i;

const find = (words: Words, text: string) => words.find(([pattern]) => pattern.test(text))?.[1];

/**
 * A User-Agent in words, such as "Firefox on Linux", or the name that a program gives itself, such as "curl". It is
 * what the client says of itself, so it helps an owner to recognize a device and proves nothing.
 */
export function describeUserAgent(userAgent: string): string {
  const system = find(SYSTEMS, userAgent);
  const program = userAgent.startsWith("Mozilla/") ? undefined : PROGRAM.exec(userAgent)?.[1];
  const browser = program ?? find(BROWSERS, userAgent) ?? (system && "A browser");
  if (!browser) return "An unknown device";
  return system ? `${browser} on ${system}` : browser;
}
