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
found=$(mktemp -d)
trap 'rm -rf "$found"' EXIT

# lint OS PACKAGES keeps what there is to say of the packages as built for a system.
lint() {
  local state=0
  GOOS=$1 bin/golangci-lint run --max-issues-per-linter 0 --max-same-issues 0 --show-stats=false \
    --output.text.path "$found/$1" --output.text.print-issued-lines=false --output.text.colors=false "$2" || state=$?
  [ $state -le 1 ] || exit $state # 1: there is something to say
}
lint linux ./...
lint windows ./agent/internal/host/... # only the host is built of other files elsewhere
lint darwin ./agent/internal/host/...

# What the host reads of another system is used there: only what no system uses is dead.
cd "$found"
used() { grep -hE "$@" '^agent/internal/host/.*\((unused|unparam)\)$' linux windows darwin; }
{
  used -v || true
  used | sort | uniq -c | sed -nE -e 's/^ +3 //p' -e 's/^ +1 ([^:]*_(linux|windows|darwin)(_test)?\.go:)/\1/p' || true
} | sort -u >all
if [ -s all ]; then
  cat all
  echo "$(wc -l <all) issues" >&2
  exit 1
fi
echo "0 issues, as built for Linux, Windows and macOS"
