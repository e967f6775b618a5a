#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What stytch-sandbox bears on one core, beside openssl's RSA and an empty
# libmicrohttpd server of the same threads and answer size, all in one run:
# sandbox.sh BUILD_FOLDER [ROUNDS [SECONDS]].  Server on the first core, client
# on the second; the best of the rounds counts, since the machine has other
# work.  "of its core" is what the server would do if nothing else took time
# from it: requests by seconds of its own CPU time.  Ends with 1 where a goal
# is missed.  BENCH_UNDER is what server and client are run under, say
# "chrt -r 1" where other work would have the cores (root: nice -n -20).
set -eu
build=$(cd "${1:?usage: sandbox.sh BUILD_FOLDER [ROUNDS [SECONDS]]}" && pwd)
rounds=${2:-5} seconds=${3:-2}
here=$(cd "$(dirname "$0")" && pwd)
export PEOPLE=100000
connections=64
for tool in wrk taskset openssl curl jq; do
	command -v $tool >/dev/null || { echo "sandbox.sh needs $tool (Debian: $tool; taskset: util-linux)" >&2; exit 1; }
done
make -s -C "$build" sandbox/stytch-sandbox tests/bench/empty_server
work=$(mktemp -d)
pids=()
trap '[ ${#pids[@]} -eq 0 ] || kill "${pids[@]}" 2>/dev/null; rm -rf "$work"' EXIT
under=() # words before each measured command
[ "$(id -u)" -ne 0 ] || under=(nice -n -20)
[ -z "${BENCH_UNDER:-}" ] || read -r -a under <<<"$BENCH_UNDER"

# A server on the first core; its lines up to the one that matches, in
# $work/said; its pid.
start() { # PATTERN COMMAND...
	local pattern=$1
	shift
	rm -f "$work/pipe"
	mkfifo "$work/pipe"
	"${under[@]}" taskset -c 0 "$@" >"$work/pipe" &
	pid=$!
	pids+=("$pid")
	sed "/$pattern/q" <"$work/pipe" >"$work/said"
	grep -q "$pattern" "$work/said" || { echo "$1 does not start" >&2; exit 1; }
}

stop() { # PID
	kill "$1"
	wait "$1" || :
}

cpu_ms() { # PID
	awk -v tick="$(getconf CLK_TCK)" '{ print ($14 + $15) * 1000 / tick }' "/proc/$1/stat"
}

resident_kib() { # PID
	sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$1/status"
}

# better VARIABLE VALUE: keep the larger (with a third argument: the smaller).
better() {
	local -n best=$1
	if [ -z "${best:-}" ] || awk -v a="$2" -v b="$best" -v less="${3:-}" 'BEGIN { exit !(less ? a < b : a > b) }'; then
		best=$2
	fi
}

# Load on a server for the time of a round: rate, p99 and rate by CPU time go
# to the variables of that name, if they are better.
load() { # NAME PID URL
	local before after rate p50 p99 failed
	before=$(cpu_ms "$2")
	read -r rate p50 p99 failed < <("${under[@]}" taskset -c 1 wrk -t 1 -c $connections -d "${seconds}s" \
		-H "Authorization: Basic $credentials" -s "$here/sandbox.lua" "$3" | tail -n 1)
	after=$(cpu_ms "$2")
	[ "$failed" = 0 ] || { echo "$1: $failed requests failed" >&2; exit 1; }
	better "$1_rate" "$rate"
	better "$1_p50" "$p50" less
	better "$1_p99" "$p99" less
	better "$1_core" "$(awk -v rate="$rate" -v s="$seconds" -v ms=$((after - before)) \
		'BEGIN { printf "%.0f", rate * s * 1000 / ms }')"
}

missed=0
goal() { # WHAT VALUE UNIT most|least GOAL
	local word=met
	awk -v a="$2" -v b="$5" -v most="$4" 'BEGIN { exit !(most == "most" ? a <= b : a >= b) }' || {
		word=MISSED
		missed=1
	}
	printf '%-48s %10s %-5s goal: at %s %s, %s\n' "$1" "$2" "$3" "$4" "$5" "$word"
}

ratio() {
	awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", a / b }'
}

awk -v people=$PEOPLE 'BEGIN {
	printf "{\"users\":["
	for (i = 0; i < people; i++)
		printf "%s{\"external_id\":\"u%d\",\"name\":{\"first_name\":\"U%d\",\"last_name\":\"Person\"},\"emails\":[\"u%d@example.com\"]}", i ? "," : "", i, i, i
	printf "],\"organizations\":[{\"organization_name\":\"Acme\",\"organization_slug\":\"acme\",\"members\":["
	for (i = 0; i < people; i++)
		printf "%s{\"email_address\":\"m%d@example.com\",\"external_id\":\"m%d\",\"name\":\"Member %d\"}", i ? "," : "", i, i, i
	print "]}]}"
}' >"$work/seed.json"

# Memory: of a sandbox without people, of one with, less what the same
# database takes as a file, which in memory is all page cache.
sandbox=$build/sandbox/stytch-sandbox
start 'is ready' "$sandbox" --listen 127.0.0.1:0
nobody_kib=$(resident_kib "$pid")
stop "$pid"
start 'is ready' "$sandbox" --listen 127.0.0.1:0 --db "$work/db" --seed "$work/seed.json"
stop "$pid"
database_kib=$(($(stat -c %s "$work/db") / 1024))
began=$(date +%s%N)
start 'is ready' "$sandbox" --listen 127.0.0.1:0 --seed "$work/seed.json"
took=$((($(date +%s%N) - began) / 1000000))
server=$pid
people_kib=$(resident_kib "$server")
seed_cpu=$(cpu_ms "$server")

# shellcheck disable=SC1091
. "$work/said"
credentials=$(printf '%s:%s' "$STYTCH_CONSUMER_PROJECT_ID" "$STYTCH_CONSUMER_SECRET" | base64 -w 0)
call() {
	curl -sS -H "Authorization: Basic $credentials" "$@"
}
token=$(call -d '{"email":"p@example.com","password":"correct-Zebra-47-lantern","session_duration_minutes":60}' \
	"$STYTCH_BASE_URL/v1/passwords" | jq -r .session_token)
session="{\"session_token\":\"$token\"}"
session_url=$STYTCH_BASE_URL/v1/sessions/authenticate
get_size=$(call "$STYTCH_BASE_URL/v1/users/u1" | wc -c)
session_size=$(call -d "$session" "$session_url" | wc -c)
start 'http:' "$build/tests/bench/empty_server" "$get_size"
empty_get=$pid
empty_get_url=$(cat "$work/said")
start 'http:' "$build/tests/bench/empty_server" "$session_size"
empty_session=$pid
empty_session_url=$(cat "$work/said")

for _ in $(seq "$rounds"); do
	unset BODY
	load empty_get "$empty_get" "$empty_get_url"
	load get "$server" "$STYTCH_BASE_URL"
	export BODY=$session
	load empty_session "$empty_session" "$empty_session_url"
	load session "$server" "$session_url"
	better sign "$("${under[@]}" taskset -c 0 openssl speed -seconds 1 rsa2048 2>/dev/null |
		awk '$1 == "rsa" { print $6 }')"
done

echo "$(nproc) cores, load $(cut -d' ' -f1 /proc/loadavg), under ${under[*]:-nothing}; best of $rounds rounds of $seconds s, $connections connections"
# shellcheck disable=SC2154
{
	goal "users.get" "$get_rate" "/s" least 8000
	goal "users.get, p99" "$get_p99" "ms" most 10
	echo "    p50 $get_p50 ms; of its core $get_core/s; empty server ($get_size bytes)" \
		"$empty_get_rate/s, of its core $empty_get_core/s, p99 $empty_get_p99 ms; ratio by core $(ratio "$get_core" "$empty_get_core")"
	echo "    openssl speed rsa2048: $sign signatures/s"
	goal "sessions.authenticate by signatures" "$(ratio "$session_rate" "$sign")" "" least 0.7
	echo "    $session_rate/s; of its core $session_core/s ($(ratio "$session_core" "$sign")); empty server ($session_size bytes)" \
		"of its core $empty_session_core/s; ratio by core $(ratio "$session_core" "$empty_session_core")"
	goal "$PEOPLE users and $PEOPLE members by --seed" "$(awk -v ms=$took 'BEGIN { printf "%.1f", ms / 1000 }')" "s" most 20
	echo "    CPU time $(awk -v ms="$seed_cpu" 'BEGIN { printf "%.1f", ms / 1000 }') s"
	goal "memory a user beyond the page cache" \
		"$(((people_kib - nobody_kib - database_kib) * 1024 / PEOPLE))" "bytes" most 1024
	echo "    resident $people_kib KiB with people, $nobody_kib without; the database $database_kib"
}
exit $missed
