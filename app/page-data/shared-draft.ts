import { DESCRIPTION_MAX, TITLE_MAX } from "#app/rules/limits.ts";
import { countCharacters, VISIBLE_CHARACTER } from "#app/rules/text-rules.ts";

/** A task that is not written down yet: what the form for a new one starts with. */
export interface TaskDraft {
  title: string;
  description: string;
}

/** The names of the manifest's share_target. */
const FIELDS = ["title", "text", "url"];
const CUT = "…";
const LINK_LOST = "(The link is too long to be kept.)";
/** A longer link would leave no room for the text that came with it. */
const LINK_MAX = DESCRIPTION_MAX - 100;
/** How far back from its limit a title looks for a blank to end at. */
const WORD_MAX = 40;

/**
 * What another app shared, as a task: nothing is left out that fits, and what had to be cut says so with an ellipsis.
 * @returns null when nothing is shared; an empty draft when somebody only asks to write one (`?title=`)
 */
export function readSharedDraft(shared: URLSearchParams): TaskDraft | null {
  if (!FIELDS.some((name) => shared.has(name))) return null;
  const text = plain(shared.get("text"));
  const link = webAddress(plain(shared.get("url")));
  const given = oneLine(plain(shared.get("title")));
  if (given) return compose(given, text, link);
  if (text) {
    // Something in it can be seen, so one of its lines is the first that can be.
    const lines = text.split("\n");
    const at = lines.findIndex((line) => VISIBLE_CHARACTER.test(line));
    return compose(oneLine(lines[at] ?? ""), plain(lines.slice(at + 1).join("\n")), link);
  }
  if (countCharacters(link) <= TITLE_MAX) return { title: link, description: "" };
  return compose(new URL(link).hostname, "", link);
}

/**
 * Where that draft is shown again.
 * @param most how many characters it may have as a value in another address; the description gives way
 */
export function draftPath({ title, description }: TaskDraft, most: number): string {
  for (let room = DESCRIPTION_MAX; ; room = Math.floor(room * 0.9)) {
    const text = cut(description, room);
    const query = new URLSearchParams({ title, ...(text && { text }) }).toString();
    const address = `/dashboard?${escapeDotSegments(query)}`;
    if (!text || encodeURIComponent(address).length <= most) return address;
  }
}

/** An address without two dots in a row, which would be taken for a step upwards wherever they stand. */
export const escapeDotSegments = (address: string): string => address.replaceAll("..", "%2E%2E");

function compose(headline: string, text: string, link: string): TaskDraft {
  const [title, rest] = splitTitle(headline);
  const body = [rest, text].filter(Boolean).join("\n");
  const said = headline.includes(link) || text.includes(link);
  return { title, description: describe(body, said ? "" : link) };
}

/** A title, and what of it did not fit. */
function splitTitle(headline: string): [title: string, rest: string] {
  const points = [...headline];
  if (points.length <= TITLE_MAX) return [headline, ""];
  const blank = points.lastIndexOf(" ", TITLE_MAX - 1);
  const at = blank >= TITLE_MAX - WORD_MAX ? blank : TITLE_MAX - 1;
  return [points.slice(0, at).join("") + CUT, CUT + points.slice(at).join("").trimStart()];
}

function describe(body: string, link: string): string {
  const whole = [body, link].filter(Boolean).join("\n");
  if (size(whole) <= DESCRIPTION_MAX) return whole;
  // Half a link leads nowhere.
  const last = size(link) <= LINK_MAX ? link : LINK_LOST;
  const rest = cut(body, DESCRIPTION_MAX - (last ? size(`\n${last}`) : 0));
  return [rest, last].filter(Boolean).join("\n");
}

/** Length in characters as a form sends them: with two for the end of a line. */
const size = (text: string): number => countCharacters(text.replaceAll("\n", "\r\n"));

/** The start of a text, with an ellipsis where it does not fit into so many characters; nothing if not even that does. */
function cut(text: string, most: number): string {
  if (size(text) <= most) return text;
  if (most < 1) return "";
  let kept = "";
  let room = most - countCharacters(CUT);
  for (const point of text) {
    room -= size(point);
    if (room < 0) break;
    kept += point;
  }
  return kept.trimEnd() + CUT;
}

/** Text that can be stored, its lines ended in one way; "" where there is nothing to see. */
function plain(raw: string | null): string {
  const text = (raw ?? "").toWellFormed().replaceAll("\u0000", "").replace(/\r\n?/g, "\n").trim();
  return VISIBLE_CHARACTER.test(text) ? text : "";
}

const oneLine = (text: string): string => text.replace(/\s+/g, " ").trim();

/** An http(s) address without blanks, or "". */
function webAddress(raw: string): string {
  if (!URL.canParse(raw)) return "";
  const { protocol, href } = new URL(raw);
  if (protocol !== "http:" && protocol !== "https:") return "";
  return /^\S+$/.test(raw) ? raw : href;
}
