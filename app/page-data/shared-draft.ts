import { DESCRIPTION_MAX, TITLE_MAX } from "#app/rules/limits.ts";
import { countCharacters, VISIBLE_CHARACTER } from "#app/rules/text-rules.ts";

/** The initial values of the form for a new task. */
export interface TaskDraft {
  title: string;
  description: string;
}

/** Query parameters of the web app manifest's share_target. */
const SHARE_FIELDS = ["title", "text", "url"];
const ELLIPSIS = "…";
const LINK_OMITTED = "(The link is too long to be kept.)";
/** Leaves room for the text that was shared with the link. */
const LINK_MAX = DESCRIPTION_MAX - 100;
/** How far before its limit a title may end, in order to end at a word boundary. */
const WORD_MAX = 40;

/**
 * Converts content shared by another app to a task. Keeps everything that fits and marks truncated text with an ellipsis.
 * @returns null without share parameters; an empty draft for an empty one (`?title=`, the "new task" shortcut)
 */
export function readSharedDraft(params: URLSearchParams): TaskDraft | null {
  if (!SHARE_FIELDS.some((name) => params.has(name))) return null;
  const text = cleanText(params.get("text"));
  const link = webAddress(cleanText(params.get("url")));
  const title = singleLine(cleanText(params.get("title")));
  if (title) return createDraft(title, text, link);
  if (text) {
    // cleanText guarantees a visible character, so one line has it.
    const lines = text.split("\n");
    const index = lines.findIndex((line) => VISIBLE_CHARACTER.test(line));
    return createDraft(singleLine(lines[index] ?? ""), cleanText(lines.slice(index + 1).join("\n")), link);
  }
  if (countCharacters(link) <= TITLE_MAX) return { title: link, description: "" };
  return createDraft(new URL(link).hostname, "", link);
}

/**
 * The dashboard's path that shows a draft.
 * @param maxLength of the path, URL-encoded as a query value of another path; the description is truncated to fit
 */
export function draftPath({ title, description }: TaskDraft, maxLength: number): string {
  for (let limit = DESCRIPTION_MAX; ; limit = Math.floor(limit * 0.9)) {
    const text = truncate(description, limit);
    const query = new URLSearchParams({ title, ...(text && { text }) }).toString();
    const path = `/dashboard?${escapeDotSegments(query)}`;
    if (!text || encodeURIComponent(path).length <= maxLength) return path;
  }
}

/** Escapes "..": remix-utils' safeRedirect rejects a path that contains it, even in the query. */
export const escapeDotSegments = (path: string): string => path.replaceAll("..", "%2E%2E");

function createDraft(headline: string, text: string, link: string): TaskDraft {
  const [title, rest] = splitTitle(headline);
  const body = [rest, text].filter(Boolean).join("\n");
  const hasLink = headline.includes(link) || text.includes(link);
  return { title, description: createDescription(body, hasLink ? "" : link) };
}

/** Splits a headline at TITLE_MAX, at a word boundary if there is one near. */
function splitTitle(headline: string): [title: string, rest: string] {
  const characters = [...headline];
  if (characters.length <= TITLE_MAX) return [headline, ""];
  const space = characters.lastIndexOf(" ", TITLE_MAX - 1);
  const end = space >= TITLE_MAX - WORD_MAX ? space : TITLE_MAX - 1;
  const title = characters.slice(0, end).join("");
  return [title + ELLIPSIS, ELLIPSIS + characters.slice(end).join("").trimStart()];
}

function createDescription(body: string, link: string): string {
  const whole = [body, link].filter(Boolean).join("\n");
  if (submittedLength(whole) <= DESCRIPTION_MAX) return whole;
  // A truncated link would not work.
  const lastLine = submittedLength(link) <= LINK_MAX ? link : LINK_OMITTED;
  const limit = DESCRIPTION_MAX - (lastLine ? submittedLength(`\n${lastLine}`) : 0);
  return [truncate(body, limit), lastLine].filter(Boolean).join("\n");
}

/** Length in characters as a form submits them: a line break is CR LF. */
const submittedLength = (text: string): number => countCharacters(text.replaceAll("\n", "\r\n"));

/** Truncates a text to `limit` characters, ellipsis included. Returns "" when not even the ellipsis fits. */
function truncate(text: string, limit: number): string {
  if (submittedLength(text) <= limit) return text;
  if (limit < 1) return "";
  let kept = "";
  let remaining = limit - countCharacters(ELLIPSIS);
  for (const character of text) {
    remaining -= submittedLength(character);
    if (remaining < 0) break;
    kept += character;
  }
  return kept.trimEnd() + ELLIPSIS;
}

/** Converts a value to text that can be stored, with LF line breaks; "" without a visible character. */
function cleanText(raw: string | null): string {
  const text = (raw ?? "").toWellFormed().replaceAll("\u0000", "").replace(/\r\n?/g, "\n").trim();
  return VISIBLE_CHARACTER.test(text) ? text : "";
}

const singleLine = (text: string): string => text.replace(/\s+/g, " ").trim();

/** Returns an http(s) URL without white space, or "". */
function webAddress(raw: string): string {
  if (!URL.canParse(raw)) return "";
  const { protocol, href } = new URL(raw);
  if (protocol !== "http:" && protocol !== "https:") return "";
  return /^\S+$/.test(raw) ? raw : href;
}
