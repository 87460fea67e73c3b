import { expect, it } from "vitest";
import { moveClosingTagsLast } from "#app/http/pages/document-end.server.ts";

const move = (html: string) => moveClosingTagsLast(Buffer.from(html)).toString();

it("moveClosingTagsLast moves the closing tags behind later content", () => {
  expect(move("<html><body>ü</body></html><script>1</script><script>2</script>")).toBe(
    "<html><body>ü<script>1</script><script>2</script></body></html>",
  );
});

it("moveClosingTagsLast keeps a document that has no closing tags or ends with them", () => {
  for (const html of ["<html><body>fern", "<html><body>fern</body></html>", ""])
    expect(move(html)).toBe(html);
});
