const END_TAGS = Buffer.from("</body></html>");

/**
 * Moves `</body></html>` to the end of a page. Remix renders the loader data as script elements outside of the document,
 * so React 18 writes them after `</html>`. That is not valid HTML: the W3C checker reports "Stray start tag" for every
 * page.
 */
export function moveClosingTagsLast(html: Buffer<ArrayBuffer>): Buffer<ArrayBuffer> {
  const index = html.indexOf(END_TAGS);
  if (index < 0) return html;
  return Buffer.concat([html.subarray(0, index), html.subarray(index + END_TAGS.length), END_TAGS]);
}
