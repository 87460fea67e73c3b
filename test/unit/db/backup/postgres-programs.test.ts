import { describe, expect, it } from "vitest";
import { libpqEnvironment } from "#db/backup/postgres-programs.ts";

const URL = "postgresql://tock:hush@db.example.org/tock";
const tlsOf = (parameters: string, clientMajor: number) => {
  const { PGSSLMODE, PGSSLROOTCERT } = libpqEnvironment(`${URL}?${parameters}`, clientMajor);
  return [PGSSLMODE, PGSSLROOTCERT];
};

describe("libpqEnvironment", () => {
  it("trusts public certificate authorities with verify-full and verify-ca, as Node does, where libpq can", () => {
    expect(tlsOf("sslmode=verify-full", 18)).toEqual(["verify-full", "system"]);
    expect(tlsOf("sslmode=verify-ca", 16)).toEqual(["verify-full", "system"]);
    expect(tlsOf("sslmode=verify-full", 15)).toEqual(["verify-full", undefined]);
  });

  it("keeps sslrootcert, and modes that do not verify", () => {
    expect(tlsOf("sslmode=verify-ca&sslrootcert=/ca.crt", 18)).toEqual(["verify-ca", "/ca.crt"]);
    expect(tlsOf("sslmode=require", 18)).toEqual(["require", undefined]);
    expect(tlsOf("sslmode=disable", 18)).toEqual(["disable", undefined]);
  });
});
