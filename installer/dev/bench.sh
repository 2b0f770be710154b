#!/usr/bin/env bash
# What a catalogue of 400 tools costs, and what a whole running agent costs beside
# a plain gopsutil loop over processes, connections and USB every ten seconds:
# both run at the same time on the same machine, filled up to 400 processes.
# Prints the raw CPU milliseconds of each window, then medians and their ratio,
# and the agent's idle memory. Before that, what listening to the network costs at
# 80,000 packets a second, behind the agent's filter and behind none.
set -euo pipefail
cd "$(dirname "$0")/../.."
windows=${WINDOWS:-5} seconds=${SECONDS_EACH:-60} processes=${PROCESSES:-400}

echo "a catalogue of 400 tools:"
go test ./proto/catalogue -run '^$' -bench '^(BenchmarkLoad400|BenchmarkMatchProcess)$' -benchmem -count 3 | awk '
  /^Benchmark/ { if (!($1 in best) || $3 < best[$1]) { best[$1] = $3; bytes[$1] = $5 } }
  END { for (name in best) printf "catalogue %-32s %9.1f µs %8d bytes (goals: 10 ms to load, 50 µs to match a process)\n", name, best[name] / 1e3, bytes[name] }'

echo "telling which program a file is, when first met and again, and reading all package lists:"
go test ./agent/internal/program ./agent/internal/parse -run '^$' -bench 'Identify|Packages|Parse$' | grep ^Benchmark

# How the cost of assessing one report grows with the fleet. 100,000 laptops take some
# minutes to make up: FLEETS="100 1000 10000 100000".
echo "assessing one report beside 90 days of history of each laptop:"
FARMWATCH_BENCH_DEVICES="${FLEETS:-100 1000 10000}" go test ./server/internal/assess -run '^$' -bench AssessOneReport -benchtime 2000x -timeout 60m | awk '
  /^Benchmark/ { sub(/.*\//, "", $1); sub(/-[0-9]+$/, "", $1); for (i = 4; i < NF; i++) of[$(i + 1)] = $i
    printf "%7d devices  CPU median %.2f ms, p99 %.2f ms (goals: 2 and 5)  with waiting %.2f and %.2f ms  a sweep of all %.1f ms\n", $1, of["cpu-median-ms"], of["cpu-p99-ms"], of["wall-median-ms"], of["wall-p99-ms"], of["sweep-ms"] }'

work=$(mktemp -d)
started=()
finish() {
  kill "${started[@]}" 2>/dev/null || true
  wait 2>/dev/null || true
  rm -rf "$work"
}
trap finish EXIT

CGO_ENABLED=0 go build -trimpath -o "$work/wire" ./agent/internal/host/wirebench
if [ "$(id -u)" = 0 ]; then
  echo "listening to 80,000 packets a second:"
  "$work/wire"
else
  echo "listening to 80,000 packets a second: not measured, that needs root"
fi

CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o "$work/loop" ./agent/internal/host/hostbench
bin/farmwatch-server serve --state "$work/server" --agents 127.0.0.1:0 --console 127.0.0.1:0 2>"$work/server.log" &
started+=($!)
for _ in $(seq 100); do grep -q 'msg=ready' "$work/server.log" && break; sleep 0.1; done
agents=$(grep -o 'agents.address=[0-9.:]*' "$work/server.log" | cut -d= -f2)
bin/farmwatch-server token create --state "$work/server" --quiet >"$work/token"

present=$(ls /proc | grep -c '^[0-9]')
for _ in $(seq "$present" "$processes"); do sleep 3600 & started+=($!); done

bin/farmwatch-agent run --state "$work/agent" --server "$agents" --token-file "$work/token" 2>"$work/agent.log" &
agent=$!
"$work/loop" -loop &
loop=$!
started+=("$agent" "$loop")
echo "warming up for 45 s (the agent's start is not its steady cost) …"
sleep 45

# cpu prints a process's CPU time in milliseconds; the kernel counts in hundredths of a second.
cpu() { awk -v hz="$(getconf CLK_TCK)" '{ sub(/.*\) /, ""); print ($12 + $13) * 1000 / hz }' "/proc/$1/stat"; }

for n in $(seq "$windows"); do
  a=$(cpu $agent) b=$(cpu $loop)
  sleep "$seconds"
  echo "$(cpu $agent) $a $(cpu $loop) $b" | awk -v n="$n" '{ printf "window %d  agent %d ms  gopsutil loop %d ms\n", n, $1 - $2, $3 - $4 }' | tee -a "$work/figures"
done
awk '{ print $4 }' "$work/figures" | sort -n >"$work/a"
awk '{ print $8 }' "$work/figures" | sort -n >"$work/b"
median() { awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }' "$1"; }
awk -v a="$(median "$work/a")" -v b="$(median "$work/b")" -v s="$seconds" \
  'BEGIN { printf "median    agent %d ms  gopsutil loop %d ms per %d s: ratio %.3f (goal: at most 0.15)\n", a, b, s, a / b }'
awk '/VmRSS/ { printf "memory    agent RSS %.1f MB (goal: at most 35)\n", $2 / 1024 }' "/proc/$agent/status"
stat -c %s bin/farmwatch-agent | awk '{ printf "size      agent binary %.1f MB (goal: at most 20)\n", $1 / 1e6 }'
