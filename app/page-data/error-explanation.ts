/** What a page says instead of what it should have shown. */
export interface ErrorExplanation {
  title: string;
  text: string;
  /** Whether asking for the same address again may help. */
  retry: boolean;
  /** Nobody answered: a reload would only bring up the browser's own error page. */
  unreached?: true;
}
