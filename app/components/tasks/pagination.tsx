import { Link } from "@remix-run/react";

const STEP = "inline-flex min-h-target min-w-24 items-center";

interface StepProps {
  name: string;
  rel: "prev" | "next";
  to: string | null;
}

function Step({ name, rel, to }: StepProps) {
  const side = rel === "next" ? "justify-end" : "";
  if (to === null) return <span className={`${STEP} ${side}`} />;
  return (
    <Link to={to} rel={rel} className={`${STEP} ${side} underline underline-offset-4`}>
      {name}
    </Link>
  );
}

interface PaginationProps {
  page: number;
  pages: number;
  /** Returns the address of a page. */
  pathOf: (page: number) => string;
}

/** Links to the previous and next page of a list that has several. */
export function Pagination({ page, pages, pathOf }: PaginationProps) {
  if (pages <= 1 || page > pages) return null;

  return (
    <nav aria-label="Pages" className="flex grow items-center justify-between">
      <Step name="Previous" rel="prev" to={page > 1 ? pathOf(page - 1) : null} />
      <span aria-current="page">
        Page {page} of {pages}
      </span>
      <Step name="Next" rel="next" to={page < pages ? pathOf(page + 1) : null} />
    </nav>
  );
}
