/** Tock's logo: a clock whose hands form a check mark. */
export function Logo({ className = "size-7" }: { className?: string }) {
  return (
    <svg viewBox="0 0 32 32" className={className} aria-hidden="true" fill="none" stroke="currentColor">
      <circle cx="16" cy="16" r="13" strokeWidth="2.5" />
      <path
        d="M10.5 16.4l4.2 4.4 7.4-10"
        className="stroke-accent"
        strokeWidth="3"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  );
}
