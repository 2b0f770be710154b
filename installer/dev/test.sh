#!/usr/bin/env bash
# Everything that proves the project, from small to large. Each runner's own
# summary is left to be read; a step that cannot run fails, it is never skipped.
# What failed stands last, since of a run that failed people often see the end alone.
set -euo pipefail
cd "$(dirname "$0")/../.."
# As make builds, so that nothing is compiled twice.
tags=${TAGS:-grpcnotrace}
GOFLAGS="$(go env GOFLAGS) -trimpath -tags=$tags"
export GOFLAGS

told=$(mktemp)
current='' began=0 took=()
finish() {
  local state=$?
  rm -f "$told"
  [ $state -eq 0 ] || printf '\nFAILED after %d s: %s\n' $((SECONDS - began)) "$current" >&2
}
trap finish EXIT

step() {
  [ -z "$current" ] || took+=("$(printf '%5d s  %s' $((SECONDS - began)) "$current")")
  current=$* began=$SECONDS
  [ $# -eq 0 ] || printf '\n== %s\n' "$*"
}

# gotest runs go test, and says once more at the end what failed, and at which lines.
# It leaves vet to the step that vets all.
gotest() {
  go test -vet=off "$@" 2>&1 | tee "$told" && return
  printf '\nWhat failed:\n'
  grep -E '^ *(--- FAIL|FAIL|panic:|fatal error:|#|[^ ]+\.go:[0-9]+:)' "$told" | grep -vE '^FAIL$' | tail -n 40
  return 1
}

step "Go: vet, and the agent built for six systems"
go vet -tags "e2e,tools,wine,$tags" ./...
installer/dev/systems.sh

step "Go: unit tests, recorded machines, gate, spool, wire, stores (those of the commands come with the built programs)"
gotest $(go list ./... | grep -v '^github.com/farmwatch/farmwatch/\(\(agent\|server\)/cmd/\|agent/internal/disguise$\)')

step "Scenarios: each with twenty seeds, real agents over the real wire to a collector in step with them"
FARMWATCH_SEEDS=20 installer/dev/scenarios.sh

step "Go: what is left of each KVM in each disguise, by system (the whole table: docs/reference/kvm.md)"
gotest -count=1 -v ./agent/internal/disguise | grep -E '(Linux|Windows|macOS): |^ *(--- FAIL|ok|FAIL|What failed)|_test\.go:'

step "Go: end to end with the built programs (kill -9, a real VNC session, make run)"
gotest -tags "e2e,$tags" -count=1 -timeout 20m -skip '^TestScenarios$' ./agent/cmd/... ./server/cmd/...

step "Wine: the windows agent runs, streams to a live collector, is a service, and finds what is planted"
installer/dev/wine.sh

step "Go: golangci-lint"
installer/dev/lint.sh

step "console: types and unit tests"
(cd server/web && npm run check)

step "console: in a real browser against a real collector"
server/web/e2e/run.sh

step "packages: installed, run and removed in a clean Debian root"
installer/linux/package.sh

step
printf '\nall of it passed, in %d s:\n' "$SECONDS"
printf '%s\n' "${took[@]}"
