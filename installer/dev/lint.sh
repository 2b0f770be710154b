#!/usr/bin/env bash
# Runs golangci-lint at the version the project is clean with, built once into ./bin,
# on what is built for each system.
set -euo pipefail
cd "$(dirname "$0")/../.."
version=v2.15.0
if ! bin/golangci-lint version 2>/dev/null | grep -q "${version#v}"; then
  echo "building golangci-lint $version (a few minutes, once) …"
  GOBIN=$PWD/bin go install "github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$version"
fi
bin/golangci-lint run ./...
# Only the host is built of other files elsewhere.
for os in windows darwin; do
  echo "as built for $os:"
  GOOS=$os bin/golangci-lint run ./agent/internal/host/...
done
