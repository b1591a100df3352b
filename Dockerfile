# The services of Switchboard: docs/operate.md.
# Debian, not Alpine: LiveKit's native parts want glibc. npm stays in it, for MCP servers that are started by npx.
FROM node:24-bookworm-slim AS build
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json LICENSE README.md ./
COPY src src
COPY examples examples
COPY scripts scripts
RUN npm run --silent build
# What is published, and nothing else.
RUN npm pack --ignore-scripts --silent && tar -xzf mcp-switchboard-*.tgz

FROM node:24-bookworm-slim AS packages
WORKDIR /packages
COPY package.json package-lock.json deploy/production.mjs ./
RUN node production.mjs && npm install --omit=dev --omit=peer --ignore-scripts --no-audit --no-fund

FROM node:24-bookworm-slim
ENV NODE_ENV=production HOME=/tmp npm_config_cache=/tmp/npm npm_config_update_notifier=false
WORKDIR /app
COPY --from=packages /packages/node_modules node_modules
COPY --from=build /build/package ./
# Where the proxy keeps its token for the workers: a volume takes the owner from here.
RUN install --directory --owner=node --group=node --mode=0700 /run/switchboard
USER 1000:1000
STOPSIGNAL SIGTERM
ENTRYPOINT ["node", "/app/dist/cli/main.js"]
CMD ["--help"]
