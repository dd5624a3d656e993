# The agent's worker, and nothing else: docker build -t support-agent .
# It needs the variables of .env.example at run time: docker run --env-file .env.local support-agent

# The Node that package.json pins; the SDK's audio output stops on Node 24. Debian, because the native libraries of
# rtc-node and onnxruntime need glibc, and slim, because they need nothing else of it.
FROM node:22.23.3-bookworm-slim AS base
WORKDIR /app

# A stage of its own, so that pnpm, its store and npm's cache stay out of the image.
FROM base AS dependencies
# The pnpm that wrote the lockfile, named in package.json.
RUN npm install --global pnpm@12.21.0
# The files that decide about dependencies come before the sources: editing a prompt does not install anything again.
COPY package.json pnpm-lock.yaml pnpm-workspace.yaml ./
# Exactly what the lockfile says, without the development tools. The lockfile does not record pnpm itself, which a frozen
# install would insist on; the version is settled two lines above.
RUN pnpm install --prod --frozen-lockfile --pm-on-fail=ignore

FROM base
# rtc-node trusts the certificates of the system, and slim has none: without them it cannot connect to wss:// at all.
RUN apt-get update \
  && apt-get install --yes --no-install-recommends ca-certificates \
  && rm -rf /var/lib/apt/lists/*
# Libraries choose their production settings by this.
ENV NODE_ENV=production
COPY --from=dependencies /app/node_modules ./node_modules
# package.json says that the sources are ES modules. Node runs the TypeScript as it is, so there is nothing to build.
COPY package.json ./
COPY agent ./agent
# What must outlive the container is kept in the default of DATA_DIR, so that an empty line in an env file changes nothing:
# mount a volume here.
RUN mkdir data && chown node:node data
VOLUME /app/data
# Nothing the worker does needs root. The sources stay root's, so it cannot change them either.
USER node
# The worker's health page; 503 when it has lost LiveKit.
EXPOSE 8081
# By node, because slim has no curl. The first check may fail while the worker loads its models.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.HEALTH_PORT || 8081}/`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# node itself and no shell or script runner before it: SIGTERM has to reach the worker, which then takes no new calls
# and lets the running ones end. Give it the time for that: docker stop --time 3600.
CMD ["node", "agent/main.ts", "start"]
