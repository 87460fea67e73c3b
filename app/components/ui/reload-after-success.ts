import type { ShouldRevalidateFunction } from "@remix-run/react";

/**
 * A route's `shouldRevalidate`. After a fetcher's refusal Remix 2 would load the page anew, and where the database is why,
 * that fails as well: its error would take the place of the page, with all that was typed there.
 */
export const reloadAfterSuccess: ShouldRevalidateFunction = ({ actionStatus = 200 }) => actionStatus < 400;
