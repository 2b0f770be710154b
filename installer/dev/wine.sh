#!/usr/bin/env bash
# Runs the windows agent for real, under Wine: its host tests, scan, enrolment and
# stream to a live collector, its service, and devices planted in the registry.
# The prepared Windows is kept in ./var/wine. Usage: installer/dev/wine.sh [TEST]
set -euo pipefail
cd "$(dirname "$0")/../.."
into=var/wine
mkdir -p "$into"

# Wine comes from the distribution, without a display.
install_packages() {
  local missing=() p
  for p in wine wine64; do
    dpkg-query -W -f='${Status}' "$p" 2>/dev/null | grep -q 'ok installed' || missing+=("$p")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  echo "installing what plays Windows: ${missing[*]} …"
  as_root apt-get update -qq
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"
  elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then sudo -n "$@"
  else echo "make wine needs packages, and neither root nor sudo is here to install them: $*" >&2; return 1; fi
}

install_packages
echo "building the windows agent and the tests of its host …"
CGO_ENABLED=0 GOOS=windows GOARCH=amd64 go build -tags "${TAGS:-grpcnotrace}" -trimpath -o "$into/farmwatch-agent.exe" ./agent/cmd/farmwatch-agent
CGO_ENABLED=0 GOOS=windows GOARCH=amd64 go test -trimpath -c -o "$into/host.test.exe" ./agent/internal/host
# A box of an earlier run that was killed holds nothing that anybody needs.
rm -rf "$into"/box* "$into"/preparing*
go test -tags e2e,wine -count=1 -timeout 10m -v -run "^TestWine${1:-}" ./agent/cmd/farmwatch-agent \
  | grep -vE '^=== (RUN|PAUSE|CONT|NAME)'
