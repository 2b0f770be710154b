#!/usr/bin/env bash
# Everything that proves the project, from small to large. Each runner's own
# summary is left to be read; a step that cannot run fails, it is never skipped.
set -euo pipefail
cd "$(dirname "$0")/../.."

step() { printf '\n== %s\n' "$*"; }

step "Go: vet, and the agent built for six systems"
go vet -tags e2e,tools,wine ./...
installer/dev/systems.sh

step "Go: unit tests, recorded machines, gate, spool, wire, stores (those of the commands come with the built programs)"
go test $(go list ./... | grep -v '^github.com/farmwatch/farmwatch/\(agent\|server\)/cmd/')

step "Scenarios: each with twenty seeds, real agents over the real wire to a collector in step with them"
FARMWATCH_SEEDS=20 installer/dev/scenarios.sh

step "Go: what is left of each KVM in each disguise, by system (the whole table: docs/reference/kvm.md)"
go test -count=1 -v -run 'TestDisguises' ./agent/internal/disguise | grep -E '(Linux|Windows|macOS): |^(---|ok|FAIL)'

step "Go: end to end with the built programs (kill -9, a real VNC session, make run)"
go test -tags e2e -count=1 -timeout 20m -skip '^TestScenarios$' ./agent/cmd/... ./server/cmd/...

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

echo
echo "all of it passed"
