#!/usr/bin/env bash
# Proves packages in a clean Debian root: installs them, starts the collector,
# enrols the agent from the environment of its installation, sees its first
# report arrive, upgrades it while it runs, and removes everything again.
#   prove.sh AGENT.deb SERVER.deb
set -euo pipefail
agent=$(realpath "$1") server=$(realpath "$2")
[ "$(id -u)" = 0 ] || exec sudo -n "$0" "$agent" "$server"

root=$(mktemp -d)
cleanup() {
  # Whatever still runs inside is ours: it was started below.
  for p in /proc/[0-9]*; do
    [ "$(readlink "$p/root" 2>/dev/null)" = "$root" ] && kill -9 "${p#/proc/}" 2>/dev/null
  done
  umount "$root/proc" 2>/dev/null
  rm -rf "$root"
}
trap 'cleanup || true' EXIT

echo "making a clean Debian root …"
mmdebstrap --quiet --variant=minbase --include=systemd,openrc bookworm "$root"
mount -t proc proc "$root/proc"
cp "$agent" "$root/agent.deb"
cp "$server" "$root/server.deb"
within() { chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive "$@"; }

echo "installing the collector …"
within dpkg -i /server.deb
state=/var/lib/farmwatch-server
as_farmwatch() { within runuser -u farmwatch -- "$@"; }
as_farmwatch farmwatch-server serve --config /etc/farmwatch/server.yaml --agents 127.0.0.1:17443 --console 127.0.0.1:17480 \
  --sign-in-link admin >"$root/server.log" 2>&1 &
for _ in $(seq 150); do grep -q 'sign-in link' "$root/server.log" && break; sleep 0.1; done
token=$(as_farmwatch farmwatch-server token create --state "$state" --uses 1 --ttl 10m --description prove --quiet)

echo "installing the agent …"
within FARMWATCH_SERVER=127.0.0.1:17443 FARMWATCH_TOKEN="$token" dpkg -i /agent.deb
[ "$(stat -c %a "$root/etc/farmwatch/token")" = 600 ] || { echo "the token is readable by others" >&2; exit 1; }
within farmwatch-agent run >"$root/agent.log" 2>&1 &
for _ in $(seq 150); do grep -q connected "$root/agent.log" && break; sleep 0.1; done
[ ! -e "$root/etc/farmwatch/token" ] || { echo "the token outlived its use" >&2; exit 1; }

link=$(grep -o 'http[^ "]*sign-in#code=[^ "]*' "$root/server.log" | tail -n 1)
within HOME=/root farmwatchctl login "$link"
for _ in $(seq 100); do
  within HOME=/root farmwatchctl devices list -o json | grep -q '"presence": "online"' && break
  sleep 0.1
done
within HOME=/root farmwatchctl devices list
within HOME=/root farmwatchctl devices list -o json | grep -q '"presence": "online"' || {
  echo "the agent's first report did not arrive; its last words:" >&2
  tail -n 20 "$root/agent.log" "$root/server.log" >&2
  exit 1
}

echo "upgrading the agent while it runs …"
known() { within HOME=/root farmwatchctl devices list -o json | grep -E '"(id|presence)":'; }
before=$(known)
(cd "$root" && mkdir newer && dpkg-deb -R agent.deb newer && sed -i 's/^Version: .*/&+next/' newer/DEBIAN/control)
dpkg-deb -b "$root/newer" "$root/newer.deb" >/dev/null
old=$(within pidof farmwatch-agent)
within dpkg -i /newer.deb
kill -0 "$old" || { echo "the upgrade ended the agent, which only its service manager may" >&2; exit 1; }
kill "$old" # as its service manager starts it again
for _ in $(seq 100); do kill -0 "$old" 2>/dev/null || break; sleep 0.1; done
within farmwatch-agent run >"$root/newer.log" 2>&1 &
for _ in $(seq 150); do grep -q connected "$root/newer.log" && break; sleep 0.1; done
for _ in $(seq 100); do [ "$(known)" = "$before" ] && break; sleep 0.1; done
[ "$(known)" = "$before" ] || { echo "after the upgrade there is not the one device as before: $before, now $(known)" >&2; exit 1; }
if grep -E 'level=ERROR|gap' "$root/newer.log" "$root/server.log"; then echo "the upgrade lost something" >&2; exit 1; fi

echo "looking at the units, and installing the agent as a service by itself …"
within systemd-analyze verify farmwatch-agent.service farmwatch-server.service
mkdir -p "$root/run/systemd/system" # what says that systemd runs services here
within SYSTEMD_OFFLINE=1 farmwatch-agent service install --config /etc/farmwatch/agent.yaml
unit=$root/etc/systemd/system/farmwatch-agent.service
grep -q '^ExecStart=/usr/bin/farmwatch-agent "run" "--config" "/etc/farmwatch/agent.yaml"$' "$unit"
grep -q '^NoNewPrivileges=yes$' "$unit"
[ -L "$root/etc/systemd/system/multi-user.target.wants/farmwatch-agent.service" ]
within systemd-analyze verify farmwatch-agent.service
within SYSTEMD_OFFLINE=1 farmwatch-agent service uninstall
[ ! -e "$unit" ]
rmdir "$root/run/systemd/system"

echo "installing the agent as a service of OpenRC …"
without_systemd() { chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/sbin "$@"; } # systemctl is in neither
without_systemd /usr/bin/farmwatch-agent service install --config /etc/farmwatch/agent.yaml
script=$root/etc/init.d/farmwatch-agent
[ -x "$script" ]
within sh -n /etc/init.d/farmwatch-agent
grep -q '^command=/usr/bin/farmwatch-agent$' "$script"
grep -q '^command_args="run --config /etc/farmwatch/agent.yaml' "$script"
[ -L "$(find "$root/etc/runlevels" -name farmwatch-agent)" ] # of what runs now, which in this root is nothing
without_systemd /usr/bin/farmwatch-agent service uninstall
[ ! -e "$script" ]
[ -z "$(find "$root/etc/runlevels" -name farmwatch-agent)" ]

echo "removing both …"
within pkill farmwatch 2>/dev/null || for p in /proc/[0-9]*; do
  [ "$(readlink "$p/root" 2>/dev/null)" = "$root" ] && kill "${p#/proc/}" 2>/dev/null || true
done
sleep 1
within dpkg -P farmwatch-agent farmwatch-server
left=$(cd "$root" && find usr/bin usr/lib/systemd/system etc/farmwatch var/lib -name '*farmwatch*' 2>/dev/null || true)
[ -z "$left" ] || { echo "left behind: $left" >&2; exit 1; }
echo "both packages install, run, enrol, report and go"
