import { encode } from "uqr";

/** The drawing of a QR code. */
export interface QrCode {
  /** Width and height in modules, with the quiet zone. */
  size: number;
  /** The dark modules as the path of an SVG. */
  path: string;
}

/** The light margin that ISO/IEC 18004 requires, in modules. */
const QUIET_ZONE = 4;

/** The runs of dark modules in a row of a QR code, as rectangles of an SVG path. */
function drawRow(row: boolean[], y: number): string {
  const modules = row.map((isDark) => (isDark ? "#" : " ")).join("");
  return [...modules.matchAll(/#+/g)]
    .map(({ 0: { length }, index }) => `M${index} ${y}h${length}v1h-${length}z`)
    .join("");
}

/** Encodes a text as a QR code that can be read with 15% of it damaged. */
export function qrCode(text: string): QrCode {
  const { size, data } = encode(text, { ecc: "M", border: QUIET_ZONE });
  return { size, path: data.map(drawRow).join("") };
}
