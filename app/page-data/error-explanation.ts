/** The content of an error page. */
export interface ErrorExplanation {
  title: string;
  text: string;
  /** Whether another request for the same page may succeed. */
  retry: boolean;
  /** The server was not reached: a full reload would show the browser's own error page. */
  unreached?: true;
}
