import type { ConflictingField, FormFailure } from "#app/page-data/form-failure.ts";

const CHOICES = [
  { value: "edited", label: "Keep yours" },
  { value: "saved", label: "Keep this one" },
];

interface SavedTextProps {
  name: "title" | "description";
  failure: FormFailure;
}

/** A choice that was already made is part of every later failure of the form. */
function conflictOf(name: SavedTextProps["name"], failure: FormFailure): ConflictingField | undefined {
  const { recovery, values } = failure;
  const choice = values[`keep_${name}`];
  const chosen = choice && { saved: values[`base_${name}`] ?? "", edited: choice === "edited" };
  return recovery?.conflict?.fields[name] ?? (chosen || undefined);
}

/** The text of a field that was saved elsewhere, and the choice between it and the text in the form. */
export default function SavedText({ name, failure }: SavedTextProps) {
  const field = conflictOf(name, failure);
  if (!field) return null;
  const { saved, edited } = field;
  return (
    <fieldset key={saved} className="rounded-control border border-edge px-3 pb-1">
      <legend className="px-1 font-semibold">
        <span className="sr-only">The {name} was </span>
        <span className="inline-block first-letter:uppercase">changed elsewhere</span>
      </legend>
      <p dir="auto" className="whitespace-pre-line wrap-anywhere">
        {saved || <span className="text-ink-soft">Empty</span>}
      </p>
      <div className="flex flex-wrap gap-x-4">
        {CHOICES.map(({ value, label }) => (
          <label key={value} className="inline-flex min-h-target items-center gap-2">
            <input
              type="radio"
              name={`keep_${name}`}
              value={value}
              defaultChecked={edited === (value === "edited")}
              className="size-5 accent-accent"
            />
            {label}
          </label>
        ))}
      </div>
    </fieldset>
  );
}
