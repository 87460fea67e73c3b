import { createContext } from "react";

/**
 * The Content-Security-Policy nonce of the page being rendered. A context and not loader data, so that it never shows
 * up where a script could read it. Empty in the browser, as browsers hide the attribute there.
 */
export const NonceContext = createContext("");
