import { z } from "zod";

/** The name of the manifest, the last file of an archive: the checksums are known when the other files are written. */
export const MANIFEST = "manifest.json";

const schema = z.object({
  format: z.literal(1),
  /** A copy of the files of an embedded database, or a dump of another one. */
  kind: z.enum(["cluster", "dump"]),
  created_at: z.iso.datetime(),
  /** PostgreSQL's major version. */
  postgres: z.number().int(),
  /** Operating system and processor. The files of a cluster depend on both. */
  platform: z.string(),
  /** The names of the applied migrations, in order. */
  migrations: z.array(z.string()),
  /** The SHA-256 of every other file, in hexadecimal, by name. */
  files: z.record(z.string(), z.string()),
});

export type Manifest = z.output<typeof schema>;
/** Data of a backup that is known before its files are read. */
export type BackupInfo = Pick<Manifest, "kind" | "postgres" | "migrations">;

/** The file is not an archive that can be restored here: `message` is one line that says why. */
export class ArchiveError extends Error {
  override readonly name = "ArchiveError";
}

/** Operating system and processor of this machine, such as `linux-x64`. */
export const thisPlatform = (): string => `${process.platform}-${process.arch}`;

/** Completes a manifest. @param files SHA-256 by name */
export function formatManifest(info: BackupInfo, files: Map<string, string>): string {
  const manifest: Manifest = {
    format: 1,
    created_at: new Date().toISOString(),
    platform: thisPlatform(),
    ...info,
    files: Object.fromEntries(files),
  };
  return `${JSON.stringify(manifest, null, 1)}\n`;
}

/** @throws ArchiveError if the text is not a manifest, or is one of a later format */
export function parseManifest(text: string): Manifest {
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new ArchiveError("its manifest cannot be read: it may come from a newer release", { cause });
  }
}
