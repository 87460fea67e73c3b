import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { lintDockerfile } from "../../runner/lint-dockerfile.ts";

const VALID_DOCKERFILE = `FROM node:24-bookworm-slim AS base
WORKDIR /app
FROM base AS build
RUN npm ci
FROM base
ENV NODE_ENV=production \\
    # a comment between continuation lines
    PORT=7860
COPY --from=build /app/build ./build
USER 1000:1000
EXPOSE 7860
HEALTHCHECK --interval=30s CMD ["node", "-e", "0"]
ENTRYPOINT ["tini", "--"]
CMD ["node", "build/server/index.js"]
`;

const mistakes: [name: string, from: string | RegExp, to: string, message: RegExp][] = [
  ["a final stage without USER", "USER 1000:1000\n", "", /line 5: .*must not run as root/],
  ["USER root after another USER", /$/, "USER root\n", /line 15: .*must not run as root/],
  ["USER 0:0", "1000:1000", "0:0", /line 10: .*must not run as root/],
  ["a final stage without HEALTHCHECK", /HEALTHCHECK.*\n/, "", /needs a HEALTHCHECK/],
  ["HEALTHCHECK NONE", /HEALTHCHECK.*/, "HEALTHCHECK NONE", /line 12: .*needs a HEALTHCHECK/],
  ["a port other than 7860", "EXPOSE 7860", "EXPOSE 8080", /must EXPOSE 7860/],
  ["a final stage without CMD", /CMD \["node", "build.*\n/, "", /needs a CMD/],
  ["CMD in shell form", /CMD \["node", "build.*/, "CMD node index.js", /line 14: .*JSON array/],
  ["a final stage without an init", /ENTRYPOINT.*\n/, "", /line 5: .*ENTRYPOINT \["tini", "--"\]/],
  ["an ENTRYPOINT other than an init", '["tini", "--"]', '["node"]', /line 13: .*reaps no orphans/],
  ["a base image without a tag", "node:24-bookworm-slim", "node", /line 1: pin node/],
  ["a base image tagged latest", "24-bookworm-slim", "latest", /line 1: pin node:latest/],
  ["a base image tagged lts-slim", "24-bookworm-slim", "lts-slim", /line 1: pin node:lts-slim/],
  ["a secret in ENV", "NODE_ENV=production", "JWT_SECRET=x", /line 6: JWT_SECRET must not be in the image/],
  ["a secret after other variables in ENV", "PORT=7860", "PORT=7860 HF_TOKEN=x", /line 6: HF_TOKEN/],
  [
    "a secret in ENV without an equals sign",
    "WORKDIR /app",
    "ENV DATABASE_URL postgres://h/d",
    /line 2: DATABASE_URL/,
  ],
  ["a secret in ARG", "RUN npm ci", "ARG NPM_TOKEN", /line 4: NPM_TOKEN/],
  ["a URL with a password in ENV", "PORT=7860", "MIRROR=https://me:pw@example.org", /a URL with a password/],
  ["an unknown instruction", "WORKDIR", "WORKDRI", /line 2: .*WORKDRI/],
  ["an unknown flag of COPY", "--from=build", "--form=build", /line 9: /],
  ["a relative WORKDIR", "WORKDIR /app", "WORKDIR app", /line 2: /],
];

describe("lintDockerfile", () => {
  it("accepts the Dockerfile of this repository and a minimal valid one", () => {
    expect(lintDockerfile(readFileSync(new URL("../../../Dockerfile", import.meta.url), "utf8"))).toEqual([]);
    expect(lintDockerfile(VALID_DOCKERFILE)).toEqual([]);
  });

  it.each(mistakes)("rejects %s", (_, from, to, message) => {
    const broken = VALID_DOCKERFILE.replace(from, to);
    expect(broken).not.toBe(VALID_DOCKERFILE);
    expect(lintDockerfile(broken).join("\n")).toMatch(message);
  });

  it("rejects a file without FROM", () => {
    expect(lintDockerfile("# empty\n").join("\n")).toMatch(/no FROM/);
  });
});
