import { countCharacters } from "#app/rules/text-rules.ts";
import { DebouncedLiveRegion } from "./debounced-live-region.tsx";

const FEW_CHARACTERS = 20;

interface CharacterCountProps {
  text: string;
  max: number;
}

/** The number of characters left, as the server counts them, once they are few or too many. */
export default function CharacterCount({ text, max }: CharacterCountProps) {
  const left = max - countCharacters(text.trim());
  const message = left < 0 ? `${-left} too many` : `${left} ${left === 1 ? "character" : "characters"} left`;
  return (
    // A form reset fires no input event, so CSS hides the count of an emptied field.
    <span className="text-sm text-ink-soft group-has-placeholder-shown:hidden">
      <DebouncedLiveRegion text={left > FEW_CHARACTERS ? "" : message} announced="" />
    </span>
  );
}
