const replaceOnce = (from: string | RegExp, to: string) => (request: Buffer) =>
  Buffer.from(
    request.toString("latin1").replace(from, () => to),
    "latin1",
  );
/** Each turns a valid request into one that no HTTP client sends. */
export const CORRUPTIONS: ((request: Buffer) => Buffer)[] = [
  replaceOnce("HTTP/1.1", "HTTP/1.0"),
  replaceOnce("HTTP/1.1", "HTTP/9.9"),
  replaceOnce(" HTTP/1.1", ""),
  replaceOnce(/Host: [^\r]*\r\n/, ""),
  replaceOnce("Host:", "Host : "),
  replaceOnce(/Host: [^\r]*/, "Host: evil.example@127.0.0.1"),
  replaceOnce(/Host: [^\r]*/, "Host: [::1"),
  replaceOnce("\r\n", "\r\nHost: second.example\r\n"),
  replaceOnce("\r\n", "\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n"),
  replaceOnce("\r\n", "\r\nTransfer-Encoding: gzip\r\n"),
  replaceOnce("\r\n", "\r\nTransfer-Encoding : chunked\r\n"),
  replaceOnce("\r\n", "\r\nContent-Length: -1\r\n"),
  replaceOnce("\r\n", "\r\nContent-Length: 5\r\nContent-Length: 6\r\n"),
  replaceOnce("\r\n", "\r\n folded: yes\r\n"),
  replaceOnce("\r\n", "\r\nX-Nul: a\u0000b\r\n"),
  replaceOnce("\r\n", "\r\n: nameless\r\n"),
  replaceOnce("\r\n", "\n"),
  replaceOnce("\r\n", `\r\nX-Long: ${"y".repeat(20_000)}\r\n`),
  (request) => request.subarray(0, request.length >> 1),
  (request) => Buffer.concat([Buffer.from("\r\n\r\n"), request]),
  (request) => Buffer.concat([Buffer.from([0x16, 0x03, 0x01, 0x00, 0xa5]), request]),
  () => Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
];
