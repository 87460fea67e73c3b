import { Link } from "@remix-run/react";
import type { ComponentProps } from "react";

type Variant = "primary" | "quiet" | "danger" | "plain";

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
      className={`button ${variant} ${className}`}
      {...rest}
    />
  );
}

interface ButtonLinkProps extends ComponentProps<typeof Link> {
  variant?: Variant;
}

export function ButtonLink({ variant = "primary", className = "", ...rest }: ButtonLinkProps) {
  return <Link className={`button ${variant} ${className}`} {...rest} />;
}
