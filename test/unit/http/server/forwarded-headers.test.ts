import { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { describe, expect, it } from "vitest";
import { stripUntrustedHeaders } from "#app/http/server/forwarded-headers.server.ts";

/** A request as Node's parser creates it. */
function requestWith(...headers: [string, string][]): IncomingMessage {
  const request = new IncomingMessage(new Socket());
  request.rawHeaders = headers.flat();
  for (const [name, value] of headers) {
    const key = name.toLowerCase();
    request.headers[key] = request.headers[key] ? `${request.headers[key]}, ${value}` : value;
  }
  return request;
}

const SENT_HEADERS: [string, string][] = [
  ["Host", "tock.example.org"],
  ["X-Forwarded-For", "1.1.1.1"],
  ["X-Forwarded-For", "2.2.2.2, 3.3.3.3"],
  ["x-forwarded-proto", "https"],
  ["X-Forwarded-Port", "443"],
  ["Forwarded", "for=1.1.1.1"],
  ["X-Real-IP", "1.1.1.1"],
  ["X-HTTP-Method-Override", "DELETE"],
  ["X-Original-URL", "/admin"],
  ["CF-Connecting-IP", "1.1.1.1"],
  ["Accept", "*/*"],
];

describe("stripUntrustedHeaders", () => {
  it("removes all forwarding headers without a trusted proxy, from headers and rawHeaders, and keeps the others", () => {
    const request = requestWith(...SENT_HEADERS);
    stripUntrustedHeaders(request, 0);
    expect(request.headers).toEqual({ host: "tock.example.org", accept: "*/*" });
    expect(request.rawHeaders).toEqual(["Host", "tock.example.org", "Accept", "*/*"]);
  });

  it("keeps the last values of each list that the application reads, one per trusted proxy", () => {
    const request = requestWith(...SENT_HEADERS);
    stripUntrustedHeaders(request, 2);
    expect(request.headers).toEqual({
      host: "tock.example.org",
      accept: "*/*",
      "x-forwarded-for": " 2.2.2.2, 3.3.3.3",
      "x-forwarded-proto": "https",
    });
    expect(request.rawHeaders).not.toContain("X-Real-IP");
  });
});
