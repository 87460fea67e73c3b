import { Link } from "@remix-run/react";
import type { ComponentProps } from "react";

const VARIANTS = {
  primary:
    "border-accent px-4 font-semibold bg-accent text-on-accent hover:border-accent-strong hover:bg-accent-strong",
  quiet: "border-edge px-4 font-semibold text-ink hover:border-ink",
  danger: "border-danger px-4 font-semibold bg-danger text-on-danger not-aria-disabled:hover:opacity-90",
  plain: "px-2 text-ink underline-offset-4 hover:underline",
} as const;
type Variant = keyof typeof VARIANTS;

interface ButtonProps extends ComponentProps<"button"> {
  variant?: Variant;
  /** Its form is being sent: the button looks disabled but keeps the focus, which `disabled` would drop. */
  pending?: boolean;
}

export function Button({ variant = "primary", pending = false, className = "", ...rest }: ButtonProps) {
  return (
    <button
      type="submit"
      aria-disabled={pending || undefined}
      className={`button ${VARIANTS[variant]} ${className}`}
      {...rest}
    />
  );
}

interface ButtonLinkProps extends ComponentProps<typeof Link> {
  variant?: Variant;
}

export function ButtonLink({ variant = "primary", className = "", ...rest }: ButtonLinkProps) {
  return <Link className={`button ${VARIANTS[variant]} ${className}`} {...rest} />;
}
