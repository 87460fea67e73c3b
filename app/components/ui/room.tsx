import { characters } from "#app/schemas/rules.ts";
import { ChangingText } from "./changing-text.tsx";

const FEW = 20;

interface RoomProps {
  text: string;
  max: number;
}

/** How many characters are left, as the server counts, when they are few, or there are too many. */
export default function Room({ text, max }: RoomProps) {
  const left = max - characters(text.trim());
  const said = left < 0 ? `${-left} too many` : `${left} ${left === 1 ? "character" : "characters"} left`;
  return (
    // A form that is reset tells none of its fields, but the empty one shows its placeholder.
    <span className="text-sm text-ink-soft group-has-placeholder-shown:hidden">
      <ChangingText text={left > FEW ? "" : said} before="" />
    </span>
  );
}
