import { isApiPath } from "#app/http/responses/api-path.ts";
import { UUID } from "../support/assertions.ts";
import type { HostileRequest } from "./hostile-requests/generate.ts";
import type { RawResponse } from "./response-parser.ts";

/** Text of another user's task and name; no response to the attacker may contain it. */
export const FOREIGN_TEXT = "Only Alice may read this";

const INTERNALS = /(^|\n|\\n)\s+at .*:\d+:\d+|node_modules|\/app\/\w+\/|insert into "|select "/i;
const UNESCAPED_SCRIPT = /<script>alert\(1\)|<img src=x/;

/** @returns one line for each rule that the response breaks */
export function findFaults(request: HostileRequest, response: RawResponse): string[] {
  const { status, headers, text } = response;
  if (status === 0) return connectionFaults(request, text);
  const faults: string[] = [];
  const check = (condition: boolean, fault: string) => void (condition || faults.push(fault));
  const contentType = headers.get("content-type") ?? "";
  check(status < 500, "server error");
  check(UUID.test(headers.get("x-request-id") ?? ""), "no X-Request-Id");
  check(!INTERNALS.test(text), "exposes internals");
  check(!text.includes(FOREIGN_TEXT), "exposes another user's data");
  const location = headers.get("location");
  check(location === undefined || /^\/(?![/\\])/.test(location), `redirects to another site: ${location}`);
  if (mustBeJsonError(request, response)) check(isJsonError(response), "not the JSON error format");
  check(!contentType.includes("text/html") || !UNESCAPED_SCRIPT.test(text), "reflects a script unescaped");
  return faults;
}

/** Only a malformed request may end the connection without a response. */
function connectionFaults({ corrupt }: HostileRequest, error: string): string[] {
  if (error) return [error];
  return corrupt ? [] : ["connection closed without a response"];
}

function mustBeJsonError({ corrupt, method, target }: HostileRequest, response: RawResponse): boolean {
  const { status, headers, text } = response;
  const isApi = !corrupt && isApiPath(pathnameOf(target));
  if (isApi && status >= 300 && method !== "HEAD") return true;
  const isJson = headers.get("content-type")?.includes("json") ?? false;
  // Node truncates a compressed stream when the client has disconnected.
  return status >= 400 && text !== "" && isJson && !headers.has("content-encoding");
}

/** The normalised path; empty for an invalid target. */
function pathnameOf(target: string): string {
  const url = /^https?:/.test(target) ? target : `http://localhost${target}`;
  return URL.canParse(url) ? new URL(url).pathname : "";
}

function isJsonError({ headers, text }: RawResponse): boolean {
  if (!/^application\/json/.test(headers.get("content-type") ?? "")) return false;
  try {
    const { success, error, ...rest } = JSON.parse(text);
    return (
      success === false &&
      Object.keys(rest).length === 0 &&
      /^[A-Z_]+$/.test(error.code) &&
      error.message.length > 0 &&
      Object.keys(error).every((key) => ["code", "message", "details"].includes(key))
    );
  } catch {
    return false;
  }
}
