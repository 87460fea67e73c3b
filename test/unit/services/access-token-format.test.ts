import { expect, it } from "vitest";
import {
  accessTokenDigest,
  generateAccessToken,
  isAccessToken,
} from "#app/services/access-token-format.server.ts";

/** From Python's zlib.crc32 and hashlib. */
const KNOWN = [
  "tock_0000000000000000000000000000002C8GjS",
  "tock_abcdefghijklmnopqrstuvwxyzABCD4dNndU",
  "tock_TheQuickBrownFoxJumpsOver13Dog2maxkI",
];

it.each(KNOWN)("%s has a right checksum", (token) => {
  expect(isAccessToken(token)).toBe(true);
});

it("a new token has the documented form, a right checksum and characters of the whole alphabet", () => {
  const tokens = Array.from({ length: 500 }, generateAccessToken);
  for (const token of tokens) {
    expect(token).toMatch(/^tock_[0-9A-Za-z]{36}$/);
    expect(isAccessToken(token)).toBe(true);
  }
  expect(new Set(tokens).size).toBe(500);
  expect(new Set(tokens.map((token) => token.slice(5, 35)).join("")).size).toBe(62);
});

it("a token with any one character changed is not well-formed", () => {
  const [token = ""] = KNOWN;
  for (let index = 0; index < token.length; index++)
    for (const character of ["x", "7", "Z", "-"]) {
      const changed = token.slice(0, index) + character + token.slice(index + 1);
      if (changed !== token) expect(isAccessToken(changed), changed).toBe(false);
    }
});

it.each([
  "",
  "tock_",
  `${KNOWN[0]}a`,
  `${KNOWN[0]}\n`,
  ` ${KNOWN[0]}`,
  KNOWN[0]?.slice(0, -1),
  KNOWN[0]?.toUpperCase(),
  KNOWN[0]?.replace("tock", "gho"),
  "eyJhbGciOiJIUzI1NiJ9.e30.abc",
])("%j is not well-formed", (text) => {
  expect(isAccessToken(text ?? "")).toBe(false);
});

it("the digest is the SHA-256 of the whole token", () => {
  expect(accessTokenDigest(KNOWN[0] ?? "").toString("hex")).toBe(
    "baeff9ba52bba876920d016775729ca56a9a7ee471b0424775ac0e053787399f",
  );
});
