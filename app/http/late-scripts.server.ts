import starter from "./start-scripts.js?raw";

/**
 * The end of a page: it lets the browser begin the page's scripts (those that vite/cuts.ts makes wait) once it has painted
 * the page; after a second in any case, for a tab in the background paints nothing. Then it is gone, for React expects no
 * element there.
 */
export const startScripts = (nonce: string): string => `<script nonce="${nonce}">${starter}</script>`;
