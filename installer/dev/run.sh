#!/usr/bin/env bash
# Starts a collector with its console and one agent of this machine, and stops
# both on Ctrl-C. State is below ./var: a second run goes on where the first stopped.
set -euo pipefail
cd "$(dirname "$0")/../.."

state=${FARMWATCH_VAR:-var}
agents=${FARMWATCH_AGENTS:-127.0.0.1:7443}
console=${FARMWATCH_CONSOLE:-127.0.0.1:7480}
mkdir -p "$state"
server_pid='' agent_pid=''

# stop ends the agent first, so that its last words still reach the collector.
stop() {
  trap - EXIT INT TERM
  [ -n "$(jobs -pr)" ] || return 0
  echo
  echo "stopping …"
  [ -n "$agent_pid" ] && kill -TERM "$agent_pid" 2>/dev/null && wait "$agent_pid" 2>/dev/null || true
  [ -n "$server_pid" ] && kill -TERM "$server_pid" 2>/dev/null && wait "$server_pid" 2>/dev/null || true
  echo "stopped; state is kept in $state"
}
trap stop EXIT
trap 'exit 0' INT TERM

# until_ready waits for a line in a log, and shows the log when its process ends first.
until_ready() {
  local pid=$1 log=$2 words=$3
  for _ in $(seq 600); do
    grep -q -- "$words" "$log" 2>/dev/null && return 0
    kill -0 "$pid" 2>/dev/null || { echo "it ended before it was ready; its last words:" >&2; tail -n 20 "$log" >&2; other_ports "$log"; exit 1; }
    sleep 0.1
  done
  echo "not ready after a minute; last words:" >&2; tail -n 20 "$log" >&2; exit 1
}

# other_ports says how to get around somebody else's program on our ports.
other_ports() {
  ! grep -q 'another program listens' "$1" || echo "other ports: make run FARMWATCH_AGENTS=127.0.0.1:8443 FARMWATCH_CONSOLE=127.0.0.1:8480" >&2
}

echo "starting the collector …"
: >"$state/server.log"
setsid bin/farmwatch-server serve --state "$state/server" --agents "$agents" --console "$console" \
  --sign-in-link admin >"$state/server.log" 2>&1 &
server_pid=$!
until_ready "$server_pid" "$state/server.log" 'sign-in link'

if ! bin/farmwatch-agent status --state "$state/agent" --enrolled >/dev/null 2>&1; then
  echo "enrolling this machine with a one-time token …"
  bin/farmwatch-server token create --state "$state/server" --uses 1 --ttl 10m --description "make run" --quiet >"$state/token"
  bin/farmwatch-agent enroll --state "$state/agent" --server "$agents" --token-file "$state/token"
  rm -f "$state/token"
else
  echo "this machine is enrolled already"
fi

echo "starting the agent …"
: >"$state/agent.log"
setsid bin/farmwatch-agent run --state "$state/agent" --server "$agents" >"$state/agent.log" 2>&1 &
agent_pid=$!
until_ready "$agent_pid" "$state/agent.log" 'connected'

cat <<EOF

  farmwatch runs on this machine.

  console   http://$console
  sign in   $(grep -o 'http[^ "]*sign-in#code=[^ "]*' "$state/server.log" | tail -n 1)
            (works once, for ten minutes; another: bin/farmwatch-server user link admin --state $state/server)
  logs      $state/server.log, $state/agent.log

  Ctrl-C stops both.
EOF

# Whichever ends first ends the other, so that neither runs unseen.
wait -n "$server_pid" "$agent_pid" || true
echo "the collector or the agent ended by itself; last words:" >&2
tail -n 5 "$state/server.log" "$state/agent.log" >&2
exit 1
