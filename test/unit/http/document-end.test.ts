import { expect, it } from "vitest";
import { keepClosingTagsLast } from "#app/http/pages/document-end.server.ts";

async function through(...chunks: string[]): Promise<string> {
  const stream = keepClosingTagsLast();
  for (const chunk of chunks) stream.write(chunk);
  stream.end();
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts).toString();
}

it("what comes after the end of a document is sent before it", async () => {
  expect(await through("<html><body>ü</body></html>", "<script>1</script>", "<script>2</script>")).toBe(
    "<html><body>ü<script>1</script><script>2</script></body></html>",
  );
});

it("finds the end wherever the chunks divide it", async () => {
  const page = "<html><body>fern</body></html><!-- late -->";
  for (let at = 1; at < page.length; at++) {
    expect(await through(page.slice(0, at), page.slice(at))).toBe(
      "<html><body>fern<!-- late --></body></html>",
    );
  }
  expect(await through(...page)).toBe("<html><body>fern<!-- late --></body></html>");
});

it("a document that breaks off is passed on as far as it came", async () => {
  expect(await through("<html><body>fern", "</bo")).toBe("<html><body>fern</bo");
});
