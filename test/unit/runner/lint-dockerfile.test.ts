import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { lintDockerfile } from "../../runner/lint-dockerfile.ts";

const good = `FROM node:24-bookworm-slim AS base
WORKDIR /app
FROM base AS build
RUN npm ci
FROM base
ENV NODE_ENV=production \\
    # a comment between
    PORT=7860
COPY --from=build /app/build ./build
USER 1000:1000
EXPOSE 7860
HEALTHCHECK --interval=30s CMD ["node", "-e", "0"]
CMD ["node", "build/server/index.js"]
`;

const mistakes: [name: string, from: string | RegExp, to: string, complaint: RegExp][] = [
  ["no user", "USER 1000:1000\n", "", /line 5: .*must not run as root/],
  ["root again at the end", /$/, "USER root\n", /line 14: .*must not run as root/],
  ["root by number", "1000:1000", "0:0", /line 10: .*must not run as root/],
  ["no health check", /HEALTHCHECK.*\n/, "", /needs a HEALTHCHECK/],
  ["a health check switched off", /HEALTHCHECK.*/, "HEALTHCHECK NONE", /line 12: .*needs a HEALTHCHECK/],
  ["another port", "EXPOSE 7860", "EXPOSE 8080", /must EXPOSE 7860/],
  ["no command", /CMD \["node", "build.*\n/, "", /needs a CMD/],
  ["a command for a shell", /CMD \["node", "build.*/, "CMD node index.js", /line 13: .*JSON array/],
  ["an image without a tag", "node:24-bookworm-slim", "node", /line 1: pin node/],
  ["the latest image", "24-bookworm-slim", "latest", /line 1: pin node:latest/],
  ["the lts image of the day", "24-bookworm-slim", "lts-slim", /line 1: pin node:lts-slim/],
  ["a secret", "NODE_ENV=production", "JWT_SECRET=x", /line 6: JWT_SECRET must not be in the image/],
  ["a secret after others", "PORT=7860", "PORT=7860 HF_TOKEN=x", /line 6: HF_TOKEN/],
  ["a secret in the old form", "WORKDIR /app", "ENV DATABASE_URL postgres://h/d", /line 2: DATABASE_URL/],
  ["a secret to build with", "RUN npm ci", "ARG NPM_TOKEN", /line 4: NPM_TOKEN/],
  ["a password in a URL", "PORT=7860", "MIRROR=https://me:pw@example.org", /a URL with a password/],
  ["an unknown instruction", "WORKDIR", "WORKDRI", /line 2: .*WORKDRI/],
  ["a flag that COPY has not", "--from=build", "--form=build", /line 9: /],
  ["a relative folder", "WORKDIR /app", "WORKDIR app", /line 2: /],
];

describe("the Dockerfile linter", () => {
  it("finds nothing wrong with our Dockerfile, nor with a small good one", () => {
    expect(lintDockerfile(readFileSync(new URL("../../../Dockerfile", import.meta.url), "utf8"))).toEqual([]);
    expect(lintDockerfile(good)).toEqual([]);
  });

  it.each(mistakes)("refuses %s", (_, from, to, complaint) => {
    const broken = good.replace(from, to);
    expect(broken).not.toBe(good);
    expect(lintDockerfile(broken).join("\n")).toMatch(complaint);
  });

  it("says so when there is nothing in the file", () => {
    expect(lintDockerfile("# empty\n").join("\n")).toMatch(/no FROM/);
  });
});
