const TASKS = [
  { title: "Water the tomatoes", note: "Before nine, while it is cool.", done: true },
  { title: "Book the night train to Lisbon", done: false },
  { title: "لیمو، نعنا، یخ", done: false },
  { title: "Send Mira the photographs", done: true },
  { title: "Mend the back wheel", done: false },
];

/** A sample list whose boxes can be checked. It works without JavaScript and changes nothing. */
export function PlannerPicture() {
  return (
    <figure className="rounded-control border border-rule bg-sheet shadow-lifted">
      <figcaption className="border-b border-rule px-5 py-3 font-serif text-lg font-semibold">
        Saturday
      </figcaption>
      <ul className="divide-y divide-rule px-5">
        {TASKS.map(({ title, note, done }) => (
          <li key={title}>
            <label className="group grid min-h-target cursor-pointer grid-cols-[auto_1fr] items-center gap-x-3 py-2.5">
              <input type="checkbox" defaultChecked={done} className="peer sr-only" />
              <span className="check rounded-control peer-focus-visible:outline-3 peer-focus-visible:outline-offset-2 peer-focus-visible:outline-accent" />
              <span
                dir="auto"
                className="font-medium peer-checked:font-normal peer-checked:text-ink-soft peer-checked:line-through"
              >
                {title}
              </span>
              {note && <span className="col-start-2 text-sm text-ink-soft">{note}</span>}
            </label>
          </li>
        ))}
      </ul>
    </figure>
  );
}
