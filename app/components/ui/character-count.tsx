import { countCharacters } from "#app/rules/text-rules.ts";
import { DebouncedLiveRegion } from "./debounced-live-region.tsx";

const FEW = 20;

interface RoomProps {
  text: string;
  max: number;
}

/** How many characters are left, as the server counts, when they are few, or there are too many. */
export default function CharacterCount({ text, max }: RoomProps) {
  const left = max - countCharacters(text.trim());
  const said = left < 0 ? `${-left} too many` : `${left} ${left === 1 ? "character" : "characters"} left`;
  return (
    // A form that is reset tells none of its fields, but the empty one shows its placeholder.
    <span className="text-sm text-ink-soft group-has-placeholder-shown:hidden">
      <DebouncedLiveRegion text={left > FEW ? "" : said} before="" />
    </span>
  );
}
