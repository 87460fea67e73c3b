import { Transform } from "node:stream";

const END = Buffer.from("</body></html>");

/**
 * React 18 closes the document when its frame stands, and sends what comes later (here the loaders' data, for the
 * browser's scripts) after its end, where HTML has no place for it. This keeps the end tags for the end.
 */
export function keepClosingTagsLast(): Transform {
  let held = Buffer.alloc(0);
  let ended = false;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const bytes = Buffer.concat([held, chunk]);
      const at = ended ? -1 : bytes.indexOf(END);
      ended ||= at >= 0;
      if (at >= 0) this.push(bytes.subarray(0, at));
      const rest = at >= 0 ? bytes.subarray(at + END.length) : bytes;
      // The tags may come in two halves.
      const sure = ended ? rest.length : Math.max(0, rest.length - END.length + 1);
      this.push(rest.subarray(0, sure));
      held = rest.subarray(sure);
      done();
    },
    flush(done) {
      this.push(held);
      if (ended) this.push(END);
      done();
    },
  });
}
