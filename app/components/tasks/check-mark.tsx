/** A checkbox whose check mark is drawn in one stroke. */
export function CheckMark({ done }: { done: boolean }) {
  return (
    <span
      aria-hidden="true"
      className={`grid size-6 place-items-center rounded-control border-2 motion-safe:transition-colors motion-safe:duration-150 motion-safe:ease-settle ${
        done ? "border-accent bg-accent" : "border-edge group-hover:border-accent"
      }`}
    >
      <svg viewBox="0 0 16 16" className="size-4" fill="none" aria-hidden="true">
        <path
          d="M3 8.4l3.2 3.3L13 4.5"
          pathLength="1"
          strokeWidth="2.5"
          strokeLinecap="round"
          strokeLinejoin="round"
          className={`[stroke-dasharray:1.2] motion-safe:transition-[stroke-dashoffset] motion-safe:duration-200 motion-safe:ease-settle ${
            done
              ? "stroke-on-accent [stroke-dashoffset:0] forced-colors:stroke-[CanvasText]"
              : "stroke-accent [stroke-dashoffset:1.2] group-hover:[stroke-dashoffset:0]"
          }`}
        />
      </svg>
    </span>
  );
}
