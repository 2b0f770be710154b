#!/usr/bin/env bash
# Makes the .deb files of the agent and the collector in ./dist and proves them:
# both are installed into a clean Debian root, run there, and removed again.
set -euo pipefail
cd "$(dirname "$0")/../.."

export ARCH=${ARCH:-amd64}
VERSION=$(git describe --tags --abbrev=0 2>/dev/null || echo 0.0.0)
export VERSION=${VERSION#v}+$(git rev-parse --short HEAD)
nfpm=(go run github.com/goreleaser/nfpm/v2/cmd/nfpm@v2.45.0)

mkdir -p dist
for part in agent server; do
  echo "making the package of the $part …"
  "${nfpm[@]}" package --config "installer/linux/$part/nfpm.yaml" --packager deb --target dist/
done
[ "${1:-}" = --unproved ] || installer/linux/prove.sh "dist/farmwatch-agent_${VERSION}_$ARCH.deb" "dist/farmwatch-server_${VERSION}_$ARCH.deb"
