# The image of any function: docker build --build-arg SUITE=greeting --build-arg SERVICE=a .
# One bundle and the drivers it asks for, on Node alone, run by a user that may nothing. scripts/build builds all of them.
ARG NODE_IMAGE=docker.io/library/node:24-alpine@sha256:a0b9bf06e4e6193cf7a0f58816cc935ff8c2a908f81e6f1a95432d679c54fbfd

# The same for all functions, so that it is done once.
FROM ${NODE_IMAGE} AS packages
WORKDIR /source
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund

FROM packages AS bundle
COPY tsconfig.json ./
COPY scripts scripts
COPY local local
COPY proto proto
COPY functions functions
ARG SUITE
ARG SERVICE
ARG SOURCE_DATE_EPOCH=0
RUN SOURCE_DATE_EPOCH="${SOURCE_DATE_EPOCH}" node scripts/bundle-function.ts "${SUITE}/${SERVICE}" /image

FROM ${NODE_IMAGE}
ARG SUITE
ARG SERVICE
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="${SUITE}/${SERVICE}" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.licenses="Apache-2.0" \
      dev.skiff.sbom="/app/sbom.cdx.json"
COPY --from=bundle /image/ /
WORKDIR /app
ENV NODE_ENV=production PORT=8080
# By number, because Kubernetes checks runAsNonRoot by it: "node" of the base image.
USER 1000:1000
EXPOSE 8080
# SIGTERM goes to Node itself, which lets requests in flight end.
STOPSIGNAL SIGTERM
CMD ["node", "--enable-source-maps", "server.cjs"]
