/** The token of an `Authorization: Bearer …` header, or undefined without one. */
export function bearerToken(request: Request): string | undefined {
  const header = request.headers.get("Authorization");
  return header?.match(/^Bearer +(\S+) *$/i)?.[1];
}
