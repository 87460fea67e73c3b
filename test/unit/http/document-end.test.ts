import { expect, it } from "vitest";
import { keepClosingTagsLast } from "#app/http/pages/document-end.server.ts";

async function transform(...chunks: string[]): Promise<string> {
  const stream = keepClosingTagsLast();
  for (const chunk of chunks) stream.write(chunk);
  stream.end();
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts).toString();
}

it("keepClosingTagsLast moves the closing tags behind later content", async () => {
  expect(await transform("<html><body>ü</body></html>", "<script>1</script>", "<script>2</script>")).toBe(
    "<html><body>ü<script>1</script><script>2</script></body></html>",
  );
});

it("keepClosingTagsLast finds closing tags that are divided between chunks", async () => {
  const page = "<html><body>fern</body></html><!-- late -->";
  const expected = "<html><body>fern<!-- late --></body></html>";
  for (let at = 1; at < page.length; at++) {
    expect(await transform(page.slice(0, at), page.slice(at))).toBe(expected);
  }
  expect(await transform(...page)).toBe(expected);
});

it("keepClosingTagsLast passes on a document that ends early", async () => {
  expect(await transform("<html><body>fern", "</bo")).toBe("<html><body>fern</bo");
});
