import { useOutletContext } from "@remix-run/react";
import type { Clock } from "./format-date.ts";

const UNKNOWN: Clock = { zone: null, now: undefined };

/** Where and when the page is read, as the root tells its pages. */
export const useClock = (): Clock => useOutletContext<Clock | undefined>() ?? UNKNOWN;
