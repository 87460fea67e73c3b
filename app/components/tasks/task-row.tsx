import type { ReactNode } from "react";

interface TaskRowProps {
  id?: number;
  check: ReactNode;
  text: ReactNode;
  /** Small print: below the text on narrow screens, beside it on wide ones. */
  aside: ReactNode;
  actions?: ReactNode;
}

/** The layout of a task in the list. */
export function TaskRow({ id, check, text, aside, actions }: TaskRowProps) {
  return (
    <li
      data-task={id}
      className="grid grid-cols-[auto_1fr_auto] gap-x-2 py-1 sm:grid-cols-[auto_1fr_auto_auto]"
    >
      <div className="-ml-2.5">{check}</div>
      <div className="min-w-0 pt-2.5 sm:pb-2.5 wrap-anywhere">{text}</div>
      <p className="col-start-2 row-start-2 pb-2 text-sm text-ink-soft sm:col-start-3 sm:row-start-1 sm:pt-3 sm:text-right">
        {aside}
      </p>
      <div className="-mr-3 flex">{actions}</div>
    </li>
  );
}

interface TaskTextProps {
  title: string;
  description?: string | null;
  done?: boolean;
}

export function TaskText({ title, description, done = false }: TaskTextProps) {
  return (
    <>
      <p
        dir="auto"
        className={`motion-safe:transition-colors motion-safe:duration-200 ${
          done ? "text-ink-soft line-through decoration-ink-soft" : "font-medium decoration-transparent"
        }`}
      >
        {title}
      </p>
      {description && (
        <p dir="auto" className="line-clamp-3 whitespace-pre-line">
          {description}
        </p>
      )}
    </>
  );
}
