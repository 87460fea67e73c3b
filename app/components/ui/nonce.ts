import { createContext } from "react";

/**
 * The Content-Security-Policy nonce of the page being rendered. It is a context instead of loader data so that page
 * scripts cannot read it. Empty in the browser, which hides the attribute.
 */
export const NonceContext = createContext("");
