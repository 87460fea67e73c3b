import { findLinks } from "./find-links.ts";

/** A text whose web and email addresses are links. */
export function LinkedText({ text }: { text: string }) {
  return (
    <>
      {findLinks(text).map((part, index) =>
        typeof part === "string" ? (
          part
        ) : (
          <a
            // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a text have no other identity.
            key={index}
            href={part.href}
            rel="noopener noreferrer nofollow"
            className="underline underline-offset-4"
          >
            {part.text}
          </a>
        ),
      )}
    </>
  );
}
