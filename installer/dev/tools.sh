#!/usr/bin/env bash
# Installs real remote-access software for `make tools` into ./var/tools: a
# Debian of its own, whose programs are only ever run in namespaces, and what
# npm and Go bring. What is there already is left alone.
set -euo pipefail
cd "$(dirname "$0")/../.."
[ "$(id -u)" = 0 ] || { echo "make tools needs root: it makes Debian roots and namespaces" >&2; exit 1; }
umask 022

into=var/tools
debian=(
  # what they stand on
  iproute2 procps dbus xauth xvfb x11-utils x11-xkb-utils xfonts-base sway nodejs python3 openssh-server openssh-client
  # desktops that let others in
  x11vnc tigervnc-standalone-server tigervnc-scraping-server tightvncserver xrdp xorgxrdp freerdp2-shadow-x11
  krfb vino gnome-remote-desktop wayvnc xpra websockify novnc barrier x2goserver veyon-service libqca-qt5-2-plugins
  # passages
  shellinabox dropbear-bin tmate wireguard-go openvpn tor shadowsocks-libev v2ray pagekite tinc
  # ways to the network, and what makes and hears them
  bind9-dnsutils curl openssl chromium avahi-daemon avahi-utils ike-scan strongswan-charon strongswan-starter libcharon-extra-plugins
  wireguard-tools libcap2-bin
  # the other side
  freerdp2-x11 tigervnc-viewer remmina remmina-plugin-vnc krdc putty tshark
)
npm=(meshcentral@1.1.55 @expo/ngrok-bin-linux-x64@2.3.41)
tailscale=v1.102.3
singbox=v1.14.1
# Without what no test needs it builds in a minute instead of ten.
without=(ace acme advertiseexitnode advertiseroutes appconnectors aws bakedroots bird c2n cachenetmap captiveportal capture
  cliconndiag clientmetrics clientupdate cloud colorable completion completion_scripts conn25 dbus debug debugeventbus
  debugportmapper desktop_sessions dns doctor drive flashappliance gro health hujsonconf identityfederation ipnbus iptables
  kube linkspeed linuxdnsfight listenrawdisco logtail netlog netstack networkmanager oauthkey outboundproxy peerapiclient
  peerapiserver portlist portmapper posture qrcodes relayserver remoteconfig resolved routecheck runtimemetrics sdnotify
  serve serviceclientprefs ssh synology syslog syspolicy systray taildrop tailnetlock tap tpm tundevstats useexitnode
  useproxy usermetrics useroutes wakeonlan webbrowser webclient)

# has says whether what a mark stands for was installed with the same list.
has() { [ "$(cat "$into/$1.mark" 2>/dev/null)" = "$2" ]; }
mark() { echo "$2" >"$into/$1.mark"; }

mkdir -p "$into/npm" "$into/bin"
installer/dev/setup.sh

if ! has root "${debian[*]}"; then
  echo "installing into $into/root, from Debian: ${debian[*]} …"
  rm -rf "$into/root" "$into/root.part"
  included=$(IFS=,; echo "${debian[*]}")
  mmdebstrap --quiet --variant=minbase --include="$included" --dpkgopt=force-unsafe-io \
    --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt='path-exclude=/usr/share/doc/*' \
    bookworm "$into/root.part"
  mv "$into/root.part" "$into/root"
  mark root "${debian[*]}"
fi

if ! has npm "${npm[*]}"; then
  echo "installing into $into/npm, from npm: ${npm[*]} …"
  npm install --prefix "$into/npm" --no-audit --no-fund --loglevel=error "${npm[@]}"
  mark npm "${npm[*]}"
fi

if ! has bin "tailscaled@$tailscale"; then
  echo "building into $into/bin, from Go: tailscaled@$tailscale, without most of its parts …"
  tags=$(printf ',ts_omit_%s' "${without[@]}")
  GOBIN=$PWD/$into/bin CGO_ENABLED=0 go install -trimpath -tags "${tags#,}" "tailscale.com/cmd/tailscaled@$tailscale"
  mark bin "tailscaled@$tailscale"
fi

if ! has sing-box "$singbox"; then
  echo "building into $into/bin, from Go: sing-box@$singbox, without its optional parts …"
  GOBIN=$PWD/$into/bin CGO_ENABLED=0 go install -trimpath "github.com/sagernet/sing-box/cmd/sing-box@$singbox"
  mark sing-box "$singbox"
fi

# A module of its own, so that nothing of a call is among what the project is built of.
peers=agent/cmd/farmwatch-agent/testdata/peers
peers_are=$(cat "$peers"/main.go "$peers"/go.sum | sha256sum)
if ! has peers "$peers_are"; then
  echo "building into $into/bin: two ends of a WebRTC call …"
  (cd "$peers" && CGO_ENABLED=0 go build -trimpath -o "$OLDPWD/$into/bin/peers" .)
  mark peers "$peers_are"
fi
