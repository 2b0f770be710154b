#!/usr/bin/env bash
# Runs every fuzz target there is, FUZZTIME each (20 s unless said otherwise).
set -euo pipefail
cd "$(dirname "$0")/../.."
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# fuzz runs one target. Go's fuzzer now and then calls its own end a failure
# ("context deadline exceeded") with no failing input; then the target runs again.
fuzz() {
  for _ in 1 2; do
    go test "$1" -run '^$' -fuzz "^$2\$" -fuzztime "${FUZZTIME:-20s}" -fuzzminimizetime 20x 2>&1 | tee "$log" && return 0
    grep -q 'context deadline exceeded' "$log" && ! grep -q 'Failing input' "$log" || return 1
  done
  return 1
}

targets=0 failed=()
while IFS=: read -r file line; do
  name=$(sed -E 's/^func (Fuzz[A-Za-z0-9_]*).*/\1/' <<<"$line")
  package=./$(dirname "$file")
  targets=$((targets + 1))
  echo "fuzzing $package $name"
  fuzz "$package" "$name" </dev/null || failed+=("$package $name")
done < <(grep -rE --include='*_test.go' '^func Fuzz' agent server proto | sort)

echo "$((targets - ${#failed[@]})) passed, ${#failed[@]} failed"
[ ${#failed[@]} -eq 0 ] || { printf 'failed: %s\n' "${failed[@]}"; exit 1; }
