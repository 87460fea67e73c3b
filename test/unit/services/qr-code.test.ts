import { encode } from "uqr";
import { expect, it } from "vitest";
import { qrCode } from "#app/services/qr-code.server.ts";

it.each(["ada", "a".repeat(242)])(
  "a QR code is drawn with its dark modules and a light margin of four (%s)",
  (name) => {
    const text = `otpauth://totp/Tock:${name}%40example.org?secret=${"A".repeat(32)}&issuer=Tock`;
    const { size, path } = qrCode(text);
    const drawn = Array.from({ length: size }, () => Array<boolean>(size).fill(false));
    for (const [, x, y, width] of path.matchAll(/M(\d+) (\d+)h(\d+)v1h-\3z/g))
      drawn[Number(y)]?.fill(true, Number(x), Number(x) + Number(width));
    expect(drawn).toEqual(encode(text, { ecc: "M", border: 4 }).data);
    expect(path.replaceAll(/M\d+ \d+h(\d+)v1h-\1z/g, "")).toBe("");
    const margin = drawn.flatMap((row, y) =>
      row.filter((isDark, x) => isDark && Math.min(x, y, size - 1 - x, size - 1 - y) < 4),
    );
    expect(margin).toEqual([]);
  },
);
