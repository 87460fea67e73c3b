import { z } from "zod";

/** An entity tag of RFC 9110, 8.8.3. */
interface EntityTag {
  isWeak: boolean;
  value: string;
}
/** The greatest value of the column. */
const VERSION_MAX = 2 ** 31 - 1;

/** One element of a list. It may be empty, and a comma or the end follows. */
const LIST_ELEMENT = /[ \t]*(?:(W\/)?"([!#-~\x80-\xff]*)"[ \t]*)?(?:,|$)/y;

/** Parses a list of entity tags. @returns "*" for any tag; undefined if the list is malformed or empty */
function parseEntityTags(text: string): "*" | EntityTag[] | undefined {
  const list = text.trim();
  if (list === "*") return "*";
  const tags: EntityTag[] = [];
  LIST_ELEMENT.lastIndex = 0;
  while (LIST_ELEMENT.lastIndex < list.length) {
    const element = LIST_ELEMENT.exec(list);
    if (!element) return undefined;
    const [, weak, value] = element;
    if (value !== undefined) tags.push({ isWeak: weak !== undefined, value });
  }
  return tags.length > 0 ? tags : undefined;
}

const versionOf = ({ value }: EntityTag): number[] =>
  /^[1-9]\d{0,9}$/.test(value) && Number(value) <= VERSION_MAX ? [Number(value)] : [];

const entityTags = (description: string) =>
  z
    .string()
    .transform((text, context) => {
      const tags = parseEntityTags(text);
      if (tags === undefined)
        context.addIssue('Send * or entity tags with their quotation marks, such as "1" or "1", "2".');
      return tags ?? "*";
    })
    .meta({ description })
    .optional();

/** `If-Match` → the versions that a change accepts; undefined accepts every version. A weak tag matches nothing. */
export const ifMatchSchema = z.strictObject({
  "If-Match": entityTags(
    "Changes the task only if it has one of these tags. A weak tag matches nothing, `*` every version.",
  ).transform((tags) =>
    tags === undefined || tags === "*" ? undefined : tags.filter(({ isWeak }) => !isWeak).flatMap(versionOf),
  ),
});

/** `If-None-Match` → the versions that the client has; "*" are all of them. Weak tags match too. */
export const ifNoneMatchSchema = z.strictObject({
  "If-None-Match": entityTags("Answers 304 without a body if the task has one of these tags.").transform(
    (tags) => (tags === undefined || tags === "*" ? tags : tags.flatMap(versionOf)),
  ),
});

const KEY_MAX = 255;
/** A string of structured fields (RFC 9651, 3.3.3), or without quotation marks. */
const QUOTED = /^"((?:[ !#-[\]-~]|\\["\\])*)"$/;
const BARE = /^[!#-+\--:<-[\]-~]+$/;

/** `Idempotency-Key` → the key, without the quotation marks of draft-ietf-httpapi-idempotency-key-header. */
export const idempotencyKeySchema = z.strictObject({
  "Idempotency-Key": z
    .string()
    .transform((text, context) => {
      const quoted = QUOTED.exec(text)?.[1]?.replace(/\\(.)/g, "$1");
      const key = quoted ?? BARE.exec(text)?.[0] ?? "";
      if (key.length < 1 || key.length > KEY_MAX)
        context.addIssue(
          `Send one key of 1 to ${KEY_MAX} printable ASCII characters, in quotation marks, such as a UUID.`,
        );
      return key;
    })
    .meta({
      description:
        "A new random value for each task to create. A repeated request with the same key gets the first answer again.",
    })
    .optional(),
});
