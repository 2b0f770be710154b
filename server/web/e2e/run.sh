#!/usr/bin/env bash
# Gives the browser tests something true to look at: a collector and an agent of
# this machine, both as built into FARMWATCH_BIN (default ./bin), a real VNC
# session that the agent notices, and a sign-in link. Everything ends with it.
set -euo pipefail
root=$(cd "$(dirname "$0")/../../.." && pwd)
bin=${FARMWATCH_BIN:-$root/bin}
work=$(mktemp -d)
started=()

finish() {
	for pid in "${started[@]}"; do kill "$pid" 2>/dev/null || true; done
	wait 2>/dev/null || true
	rm -rf "$work"
}
trap finish EXIT

# start NAME COMMAND… runs a command in the background, its output in $work/NAME.
start() {
	local name=$1
	shift
	"$@" >"$work/$name" 2>&1 &
	started+=($!)
}

# until_says NAME PATTERN waits until what NAME printed holds the pattern, and prints the match.
until_says() {
	for _ in $(seq 300); do
		grep -om1 -- "$2" "$work/$1" 2>/dev/null && return
		sleep 0.1
	done
	echo "$1 did not say $2 within 30 s; it said:" >&2
	cat "$work/$1" >&2
	return 1
}

start collector "$bin/farmwatch-server" serve --state "$work/state" --agents 127.0.0.1:0 --console 127.0.0.1:0 --sign-in-link e2e
agents=$(until_says collector 'agents.address=[0-9.:]*' | cut -d= -f2)
console=$(until_says collector 'console.address=http://[0-9.:]*' | cut -d= -f2)
link=$(until_says collector 'http://[^ ]*/sign-in#code=[A-Za-z0-9_-]*')

"$bin/farmwatch-server" token create --state "$work/state" | grep -o 'fwt1-[a-z0-9-]*' | head -1 >"$work/token"
chmod 600 "$work/token"
start agent "$bin/farmwatch-agent" run --server "$agents" --state "$work/agent-state" --token-file "$work/token"
until_says agent 'connected to the collector' >/dev/null

start xvfb Xvfb -displayfd 1 -screen 0 640x480x24
display=$(until_says xvfb '^[0-9][0-9]*$')
start x11vnc x11vnc -display ":$display" -autoport 5950 -forever -shared -nopw
port=$(until_says x11vnc 'PORT=[0-9]*' | cut -d= -f2)
exec 9<>"/dev/tcp/127.0.0.1/$port" # a viewer that stays: the device is controlled now
printf 'RFB 003.008\n' >&9
# All of it is seen before the tests begin: what appears later would reopen what they close.
for state in listening controlled running; do until_says agent "tool.x11vnc.$state" >/dev/null; done

# A second collector, over a store in which laptops have told of themselves for twelve days: it finds a site in it.
mkdir -m 700 "$work/shared-state"
(cd "$root" && go run ./server/web/e2e/seed "$work/shared-state/farmwatch.db")
start shared "$bin/farmwatch-server" serve --state "$work/shared-state" --agents 127.0.0.1:0 --console 127.0.0.1:0 --sign-in-link e2e
shared=$(until_says shared 'console.address=http://[0-9.:]*' | cut -d= -f2)
shared_link=$(until_says shared 'http://[^ ]*/sign-in#code=[A-Za-z0-9_-]*')
"$bin/farmwatch-server" user create --state "$work/shared-state" --role analyst night >"$work/night"
night_link=$(until_says night '[^ ]*#code=[A-Za-z0-9_-]*')

cd "$root/server/web"
FARMWATCH_SITES_URL=$shared FARMWATCH_SITES_SIGN_IN=$shared_link FARMWATCH_NOTICES_SIGN_IN=$night_link \
	FARMWATCH_URL=$console FARMWATCH_SIGN_IN=$link npm run e2e
