import { stat } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it, vi } from "vitest";
import { DUMMY_HASH, hashThreads, verifyPassword } from "#app/services/passwords.server.ts";

vi.mock("node:os", async (importOriginal) => ({
  ...(await importOriginal<typeof import("node:os")>()),
  availableParallelism: () => 16,
}));

it("hashing leaves libuv threads for the file system on a machine with 16 cores", async () => {
  const finished: string[] = [];
  const hashes = Array.from({ length: 4 }, () =>
    verifyPassword({ hash: DUMMY_HASH, password: "x" }).then(() => finished.push("hash")),
  );
  // Until bcrypt has its threads; each hash takes ten times as long.
  await sleep(20);
  await stat(import.meta.filename).then(() => finished.push("file system"));
  await Promise.all(hashes);
  expect(finished).toEqual(["file system", "hash", "hash", "hash", "hash"]);
});

it.each([
  { cores: 1, processes: 1, threads: 1 },
  { cores: 2, processes: 1, threads: 1 },
  { cores: 3, processes: 1, threads: 2 },
  { cores: 64, processes: 1, threads: 2 },
  { cores: 2, processes: 2, threads: 1 },
  { cores: 4, processes: 2, threads: 1 },
  { cores: 5, processes: 2, threads: 2 },
  { cores: 8, processes: 8, threads: 1 },
])("$processes web processes on $cores cores hash on $threads threads each", (given) => {
  expect(hashThreads(given.cores, given.processes)).toBe(given.threads);
});
