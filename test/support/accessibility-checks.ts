import axe, { type RunOnly, type RunOptions } from "axe-core";
import type { Locator, Page } from "playwright-core";

declare global {
  interface Window {
    axe: typeof axe;
  }
}

const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
export const ALL_RULES: RunOnly = { type: "tag", values: TAGS };
/** The rules whose result depends on the colour scheme. */
export const COLOUR_RULES: RunOnly = { type: "rule", values: ["color-contrast"] };

/** Runs axe. @returns one line per violation */
export async function axeViolations(page: Page, name: string, runOnly: RunOnly): Promise<string[]> {
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(axe.source);
  const found = await page.evaluate(async (options) => (await window.axe.run(document, options)).violations, {
    runOnly,
    resultTypes: ["violations"],
  } as RunOptions);
  return found.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${name}: ${id} ${html}`));
}

/** Checks headings and landmarks more strictly than axe. @returns one line per violation */
export async function structureViolations(page: Page, name: string): Promise<string[]> {
  const levels = await page
    .getByRole("heading")
    .evaluateAll((headings) => headings.map((heading) => Number(heading.tagName.slice(1))));
  const skipsLevel = levels.some((level, index) => level > (levels[index - 1] ?? 0) + 1);
  const topLevelCount = levels.filter((level) => level === 1).length;
  const violations = [
    skipsLevel && `headings skip a level: ${levels}`,
    topLevelCount !== 1 && `${topLevelCount} headings of level 1`,
  ];
  for (const role of ["banner", "main"] as const) {
    const count = await page.getByRole(role).count();
    if (count !== 1) violations.push(`${count} landmarks ${role}`);
  }
  return violations.filter(Boolean).map((line) => `${name}: ${line}`);
}

/** A narrow phone, and a window of 1280 px at 200% zoom. */
const WIDTHS_PX = [320, 640];

/** @returns one line for each width at which the page scrolls horizontally */
export async function overflowViolations(page: Page, name: string): Promise<string[]> {
  const violations: string[] = [];
  // Without its style sheet a page has another width.
  await page.waitForLoadState();
  for (const width of WIDTHS_PX) {
    await page.setViewportSize({ width, height: 700 });
    const tooWide = await page.evaluate(() =>
      [document.documentElement, ...document.querySelectorAll("dialog[open]")]
        .filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth)
        .map(({ tagName, scrollWidth }) => `${tagName.toLowerCase()} needs ${scrollWidth} px`),
    );
    violations.push(...tooWide.map((problem) => `${name}: ${problem} at ${width} px`));
  }
  return violations;
}

/** @returns one line if the focused element has no visible outline */
export async function focusViolations(page: Page, name: string): Promise<string[]> {
  const invisible = await page.evaluate(() => {
    const hasOutline = (element: Element) => {
      const { outlineStyle, outlineWidth, outlineColor } = getComputedStyle(element);
      return (
        outlineStyle !== "none" &&
        Number.parseFloat(outlineWidth) >= 2 &&
        !/^rgba\(.*, 0\)$/.test(outlineColor)
      );
    };
    const focused = document.activeElement;
    if (!focused || focused === document.body) return "";
    // A label or a row may show the outline for the element inside.
    for (let at: Element | null = focused; at && at !== document.body; at = at.parentElement)
      if (hasOutline(at)) return "";
    return focused.outerHTML.slice(0, 200);
  });
  return invisible ? [`${name}: no visible focus on ${invisible}`] : [];
}

/** @returns whether hiding a part of an element, such as "::after", changes its screenshot */
export async function isVisuallyPresent(target: Locator, part: string): Promise<boolean> {
  const before = await target.screenshot();
  // The Content-Security-Policy allows no <style> element.
  await target.evaluate((element, pseudoElement) => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(`[data-part-hidden]${pseudoElement} { visibility: hidden }`);
    document.adoptedStyleSheets.push(sheet);
    element.toggleAttribute("data-part-hidden", true);
  }, part);
  const isPresent = !before.equals(await target.screenshot());
  await target.evaluate((element) => element.removeAttribute("data-part-hidden"));
  return isPresent;
}
