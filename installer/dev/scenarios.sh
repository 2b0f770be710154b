#!/usr/bin/env bash
# Plays every scenario of proto/catalogue/scenarios with FARMWATCH_SEEDS seeds each (20)
# and prints when each wanted level was reached, and why. A seed that fails is told with
# all that was concluded, and how to play it again.
set -euo pipefail
cd "$(dirname "$0")/../.."
export FARMWATCH_SEEDS=${FARMWATCH_SEEDS:-20}
told=$(mktemp)
trap 'rm -f "$told"' EXIT
if ! go test -count=1 -timeout 30m -v -run '^TestScenarios$' ./server/cmd/farmwatch-server >"$told" 2>&1; then
  grep -vE '^ *(--- PASS|=== )' "$told"
  exit 1
fi
sed -n '/SCENARIO /,/^ *---/p' "$told" | grep -vE '^ *---'
tail -n 1 "$told"
