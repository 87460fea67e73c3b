import { Transform } from "node:stream";

const END_TAGS = Buffer.from("</body></html>");

/**
 * Moves `</body></html>` to the end of a page's stream. Remix renders the loader data as script elements outside of the
 * document, so React 18 writes them after `</html>`. That is not valid HTML: without this stream the W3C checker
 * reports "Stray start tag" for every page, even if React renders the whole page before it writes.
 */
export function keepClosingTagsLast(): Transform {
  let buffered = Buffer.alloc(0);
  let hasEnded = false;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      let bytes = Buffer.concat([buffered, chunk]);
      const index = hasEnded ? -1 : bytes.indexOf(END_TAGS);
      if (index >= 0) {
        hasEnded = true;
        this.push(bytes.subarray(0, index));
        bytes = bytes.subarray(index + END_TAGS.length);
      }
      // Two chunks may divide the tags: until they are found, the last bytes wait for the next chunk.
      const length = hasEnded ? bytes.length : Math.max(0, bytes.length - END_TAGS.length + 1);
      this.push(bytes.subarray(0, length));
      buffered = bytes.subarray(length);
      done();
    },
    flush(done) {
      this.push(buffered);
      if (hasEnded) this.push(END_TAGS);
      done();
    },
  });
}
