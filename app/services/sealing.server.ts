import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";

const ALGORITHM = "aes-256-gcm";
const IV_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;

/** Encrypts text so that only this application can read it, and detects any change. */
export interface Sealer {
  /** @param context what the text belongs to; it can be unsealed only with the same */
  seal(text: string, context?: string): Buffer;
  /** @returns undefined for bytes that are forged, of another context, or sealed with a secret that is gone */
  unseal(sealed: Buffer, context?: string): string | undefined;
  /** @returns whether the newest secret has sealed these bytes */
  isCurrent(sealed: Buffer, context?: string): boolean;
}

/**
 * Creates a sealer: AES-256-GCM with keys derived by HKDF.
 * @param purpose separates the keys of different uses of a secret
 * @param secrets newest first: the first one seals, all of them unseal
 */
export function createSealer(purpose: string, secrets: readonly string[]): Sealer {
  const keys = secrets.map((secret) => Buffer.from(hkdfSync("sha256", secret, "", purpose, KEY_BYTES)));
  const [newest = Buffer.alloc(0)] = keys;
  return {
    seal(text, context = "") {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv(ALGORITHM, newest, iv).setAAD(Buffer.from(context));
      const encrypted = [cipher.update(text, "utf8"), cipher.final()];
      return Buffer.concat([iv, cipher.getAuthTag(), ...encrypted]);
    },
    unseal(sealed, context = "") {
      for (const key of keys) {
        const text = decrypt(key, sealed, context);
        if (text !== undefined) return text;
      }
      return undefined;
    },
    isCurrent: (sealed, context = "") => decrypt(newest, sealed, context) !== undefined,
  };
}

/** @returns undefined for bytes that this key has not sealed in this context */
function decrypt(key: Buffer, sealed: Buffer, context: string): string | undefined {
  try {
    const decipher = createDecipheriv(ALGORITHM, key, sealed.subarray(0, IV_BYTES), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(Buffer.from(context));
    decipher.setAuthTag(sealed.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
    return decipher.update(sealed.subarray(IV_BYTES + TAG_BYTES), undefined, "utf8") + decipher.final("utf8");
  } catch {
    return undefined;
  }
}
