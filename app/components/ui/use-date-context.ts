import { useOutletContext } from "@remix-run/react";
import type { DateContext } from "./format-date.ts";

const UNKNOWN: DateContext = { timeZone: null, now: undefined };

/** The reader's time zone and the time of the page, provided by the root route. */
export const useDateContext = (): DateContext => useOutletContext<DateContext | undefined>() ?? UNKNOWN;
