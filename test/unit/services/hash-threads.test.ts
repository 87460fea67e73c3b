import bcrypt from "bcrypt";
import { expect, it, vi } from "vitest";
import { DUMMY_HASH, hashThreads, verifyPassword } from "#app/services/passwords.server.ts";

vi.mock("node:os", async (importOriginal) => ({
  ...(await importOriginal<typeof import("node:os")>()),
  availableParallelism: () => 16,
}));

/** Counts the calls of bcrypt that run at once: each occupies one of libuv's four threads. */
function trackConcurrentHashes() {
  const { compare } = bcrypt;
  let running = 0;
  let peak = 0;
  vi.spyOn(bcrypt, "compare").mockImplementation(async (password: string | Buffer, hash: string) => {
    running += 1;
    peak = Math.max(peak, running);
    return compare(password, hash).finally(() => {
      running -= 1;
    });
  });
  return () => peak;
}

it("hashing leaves two libuv threads for the file system on a machine with 16 cores", async () => {
  const peak = trackConcurrentHashes();
  const verify = () => verifyPassword({ hash: DUMMY_HASH, password: "x" });
  await Promise.all(Array.from({ length: 4 }, verify));
  expect(bcrypt.compare).toHaveBeenCalledTimes(4);
  expect(peak()).toBe(2);
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
