import { useId } from "react";

/** A labelled checkbox. */
export function CheckField({ label, name, checked }: { label: string; name: string; checked: boolean }) {
  const id = useId();
  return (
    <div className="flex min-h-target items-center gap-3">
      <input
        id={id}
        type="checkbox"
        name={name}
        value="true"
        defaultChecked={checked}
        className="size-6 accent-accent"
      />
      <label htmlFor={id} className="flex min-h-target grow items-center">
        {label}
      </label>
    </div>
  );
}
