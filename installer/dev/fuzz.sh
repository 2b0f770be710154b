#!/usr/bin/env bash
# Runs every fuzz target there is, FUZZTIME each (20 s unless said otherwise).
set -euo pipefail
cd "$(dirname "$0")/../.."
failed=0
while IFS=: read -r file line; do
  name=$(sed -E 's/^func (Fuzz[A-Za-z0-9_]*).*/\1/' <<<"$line")
  package=./$(dirname "$file")
  echo "fuzzing $package $name for ${FUZZTIME:-20s}"
  go test "$package" -run '^$' -fuzz "^$name\$" -fuzztime "${FUZZTIME:-20s}" || failed=1
done < <(grep -rE --include='*_test.go' '^func Fuzz' agent server proto)
exit $failed
