import { describe, expect, it } from "vitest";
import { createSealer } from "#app/services/sealing.server.ts";

const OLD = "an-older-secret-of-the-unit-tests-0123456";
const NEW = "a-newer-secret-of-the-unit-tests-01234567";
const TEXT = "Grüße 🌿";

describe("a sealed text", () => {
  const sealer = createSealer("tests", [NEW, OLD]);

  it("is read again, and differs each time", () => {
    const [one, two] = [sealer.seal(TEXT, "ada"), sealer.seal(TEXT, "ada")];
    expect(sealer.unseal(one, "ada")).toBe(TEXT);
    expect(one.equals(two)).toBe(false);
    expect(one.includes("Gr")).toBe(false);
  });

  it("cannot be read in another context, for another purpose, or without its secret", () => {
    const sealed = sealer.seal(TEXT, "ada");
    expect(sealer.unseal(sealed, "grace")).toBeUndefined();
    expect(sealer.unseal(sealed)).toBeUndefined();
    expect(createSealer("other", [NEW, OLD]).unseal(sealed, "ada")).toBeUndefined();
    expect(createSealer("tests", [OLD]).unseal(sealed, "ada")).toBeUndefined();
    const earlier = createSealer("tests", [OLD]).seal(TEXT);
    expect(sealer.unseal(earlier)).toBe(TEXT);
  });

  it("is rejected when any byte has been changed, or is missing", () => {
    const sealed = sealer.seal(TEXT);
    for (let index = 0; index < sealed.length; index++) {
      const forged = Buffer.from(sealed);
      forged[index] = (forged[index] ?? 0) ^ 1;
      expect(sealer.unseal(forged), String(index)).toBeUndefined();
      // A shorter tag would be easier to forge.
      expect(sealer.unseal(sealed.subarray(0, index)), String(index)).toBeUndefined();
    }
  });
});
