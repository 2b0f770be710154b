#!/usr/bin/env bash
# Plays every scenario of proto/catalogue/scenarios with FARMWATCH_SEEDS seeds each (20)
# and prints when each wanted level was reached, and why. A seed that fails is told with
# all that was concluded; what failed comes last, and how to play it again.
set -euo pipefail
cd "$(dirname "$0")/../.."
export FARMWATCH_SEEDS=${FARMWATCH_SEEDS:-20}
told=$(mktemp)
trap 'rm -f "$told"' EXIT
# Four plays at once keep two processors busy: collector and agents wait for each other.
if ! go test -count=1 -timeout 30m -parallel 4 -v -run '^TestScenarios$' ./server/cmd/farmwatch-server >"$told" 2>&1; then
  grep -vE '^ *(--- PASS|=== |FAILED [^:]* seed [0-9]+: )' "$told"
  echo
  grep -E '^ *FAILED [^:]* seed [0-9]+: ' "$told" | head -n 20 || true
  sed -nE "s|^ *--- FAIL: TestScenarios/play/([^/]+)/seed-([0-9]+) .*|again: go test ./server/cmd/farmwatch-server -run '^TestScenarios\$/^play\$/^\1\$' -seed \2 -v|p" "$told" | head -n 5
  echo "scenarios: $(grep -cE '^ *--- FAIL: TestScenarios/play/[^/]+/' "$told") plays failed"
  exit 1
fi
sed -n '/SCENARIO /,/^ *---/p' "$told" | grep -vE '^ *---'
tail -n 1 "$told"
