# syntax=docker/dockerfile:1

# Debian rather than Alpine: the embedded PostgreSQL is built against glibc.
FROM node:24-bookworm-slim@sha256:6f7b03f7c2c8e2e784dcf9295400527b9b1270fd37b7e9a7285cf83b6951452d AS base
WORKDIR /app

FROM base AS build
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY . .
RUN npm run build

# The build bundles all packages but the `dependencies` of package.json.
FROM base AS dependencies
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --no-audit --no-fund

FROM base
# Secrets are passed at run time, as variables or in HF_SPACE_SECRETS. Without DATABASE_URL the database is stored in
# /data: mount a volume there, or the data is deleted with the container.
ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    PORT=7860 \
    DATA_DIR=/data
# As PID 1 node would not reap the processes that PostgreSQL leaves when it is killed.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends tini \
    && rm -rf /var/lib/apt/lists/*
RUN install --directory --owner=1000 --group=1000 --mode=700 /data
# `docker exec CONTAINER tock migrate`, and so on.
RUN printf '#!/bin/sh\nexec node --enable-source-maps /app/build/server/cli.js "$@"\n' > /usr/local/bin/tock \
    && chmod 755 /usr/local/bin/tock
# The files belong to root, so the application cannot change them.
COPY package.json LICENSE ./
COPY --from=dependencies /app/node_modules ./node_modules
COPY --from=build /app/build ./build
# The user "node", as a number, so that Kubernetes can verify it is not root. Hugging Face requires UID 1000.
USER 1000:1000
EXPOSE 7860
# The first start creates the database, which takes a few seconds.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/health`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["tini", "--"]
# Node directly, without npm: SIGTERM must reach the server for a graceful shutdown.
CMD ["node", "--enable-source-maps", "build/server/index.js"]
