#!/usr/bin/env bash
# Vets and builds the agent for each of the six systems it is made for. Fails when
# one outgrows its goal.
set -euo pipefail
cd "$(dirname "$0")/../.."
export CGO_ENABLED=0 GOFLAGS=-trimpath
tags=${TAGS:-grpcnotrace} # as make builds it
most=20                   # MiB of one agent
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

for os in linux windows darwin; do
  for arch in amd64 arm64; do
    export GOOS=$os GOARCH=$arch
    [ $arch = arm64 ] || go vet -tags "$tags" ./agent/... ./proto/... # no file of ours is for one processor alone
    go build -tags "$tags" -ldflags '-s -w' -o "$out/agent" ./agent/cmd/farmwatch-agent
    size=$(stat -c %s "$out/agent")
    printf 'farmwatch-agent %-13s %d.%d MiB\n' "$os/$arch" $((size >> 20)) $((size * 10 / 1048576 % 10))
    if [ "$size" -gt $((most << 20)) ]; then
      echo "farmwatch-agent for $os/$arch has more than $most MiB: what was taken in that is so large?" >&2
      exit 1
    fi
  done
done
