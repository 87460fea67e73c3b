import { chmod, chown, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findFreePort } from "#db/embedded/free-port.ts";
import { waitUntil } from "../support/wait-until.ts";
import type { Container, ImageEngine } from "./engine.ts";

const PASSWORD = "plant-more-trees-26";
/** The user of the image. */
const UID = 1000;

/** A container of the image that serves requests. */
export interface Instance extends Container {
  url: string;
}

/** Starts a container and waits until it is healthy. @throws Error with its output if it ends or takes too long */
export async function startInstance(
  engine: ImageEngine,
  env: Record<string, string>,
  data?: string,
): Promise<Instance> {
  const port = await findFreePort();
  const container = await engine.run({
    env: { HOST: "127.0.0.1", PORT: String(port), ...env },
    ...(data && { data }),
  });
  const url = `http://127.0.0.1:${port}`;
  const isHealthy = () =>
    fetch(`${url}/health`).then(
      ({ ok }) => ok,
      () => false,
    );
  try {
    await waitUntil(isHealthy);
  } catch (error) {
    throw new Error(`The container was not healthy:\n${container.output()}`, { cause: error });
  }
  return { ...container, url };
}

/** Creates a folder for /data. @param owner a user id */
export async function createVolume(owner = UID): Promise<{ path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), "tock-volume-"));
  await chmod(path, 0o700);
  await chown(path, owner, owner);
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

const post = (url: string, body: object) =>
  fetch(url, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });

/** @throws Error unless the status is `status` */
async function expectStatus(response: Response, status: number): Promise<void> {
  if (response.status !== status)
    throw new Error(`${response.url} answered ${response.status}: ${await response.text()}`);
}

export const signUp = async ({ url }: Instance, email: string): Promise<void> =>
  expectStatus(await post(`${url}/api/auth/signup`, { email, name: "Ada", password: PASSWORD }), 201);

export const signIn = async ({ url }: Instance, email: string): Promise<void> =>
  expectStatus(await post(`${url}/api/auth/signin`, { email, password: PASSWORD }), 200);
