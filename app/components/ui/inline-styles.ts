import { createContext } from "react";

/** The id of the style element. */
export const INLINE_STYLES_ID = "styles";

/**
 * The style sheet if it is part of the document, else null. It is a context instead of loader data, which would repeat it
 * in the document. The browser reads it from the document, for hydration and for later renderings of the root.
 */
export const InlineStylesContext = createContext<string | null>(
  typeof document === "undefined" ? null : (document.getElementById(INLINE_STYLES_ID)?.textContent ?? null),
);
