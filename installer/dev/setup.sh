#!/usr/bin/env bash
# Installs what the tests need beyond Go, Node and git: a browser, a virtual
# display, a real VNC server, what ordinary people do to a screen, what connects
# to others as programs do, and what makes a clean Debian root. Says so in one line
# where it may not install.
set -euo pipefail

packages=(iproute2 procps dbus xvfb x11vnc xcompmgr xdotool ffmpeg mmdebstrap debian-archive-keyring osslsigncode openssl
  bind9-dnsutils curl openssh-client)
# Ubuntu has no Chromium package outside snap: there, CHROMIUM names a browser.
if [ -z "${CHROMIUM:-}" ] && ! command -v google-chrome >/dev/null; then packages+=(chromium); fi
missing=()
for p in "${packages[@]}"; do
  dpkg-query -W -f='${Status}' "$p" 2>/dev/null | grep -q 'ok installed' || missing+=("$p")
done
[ ${#missing[@]} -eq 0 ] && exit 0

if [ "$(id -u)" = 0 ]; then as_root=()
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then as_root=(sudo -n)
else
  echo "the tests need these packages, and neither root nor sudo is here to install them: apt-get install ${missing[*]}" >&2
  exit 1
fi

echo "installing what the tests need: ${missing[*]} …"
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
