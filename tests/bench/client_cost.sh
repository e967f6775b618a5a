#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What libstytch costs beside plain libcurl: instructions a call by callgrind,
# heap with 8 warm connections.  client_cost.sh BUILD_FOLDER
set -eu
build=$(cd "${1:?usage: client_cost.sh BUILD_FOLDER}" && pwd)
work=$(mktemp -d)
sandbox=
trap '[ -z "$sandbox" ] || kill $sandbox; rm -rf "$work"' EXIT
mkfifo "$work/ready"
"$build/sandbox/stytch-sandbox" --listen 127.0.0.1:0 \
	--consumer project-test-00000000-0000-4000-8000-000000000001:secret-test-0000000000000000000000000000000000000000000= \
	>"$work/ready" &
sandbox=$!
url=
while read -r line; do
	case $line in
	STYTCH_BASE_URL=*) url=${line#*=} ;;
	\#*) break ;;
	esac
done <"$work/ready"

instructions() { # CALLS WHO
	valgrind --tool=callgrind --callgrind-out-file="$work/out" \
		"$build/tests/bench/client_cost" cost "$url" "$1" "$2" 2>"$work/said" ||
		{ cat "$work/said" >&2; exit 1; }
	sed -n 's/^\(summary\|totals\): //p' "$work/out" | tail -1
}

short=20 long=220
declare -A each
for who in curl libstytch; do
	a=$(instructions $short $who)
	b=$(instructions $long $who)
	each[$who]=$(((b - a) / (long - short)))
	echo "$who: ${each[$who]} instructions a call"
done
awk -v ours="${each[libstytch]}" -v curl="${each[curl]}" 'BEGIN {
	printf "libstytch over plain libcurl: %+.1f %% (goal: under 10)\n", (ours / curl - 1) * 100 }'
curl_heap=$("$build/tests/bench/client_cost" memory "$url" curl)
our_heap=$("$build/tests/bench/client_cost" memory "$url" libstytch)
echo "heap with 8 warm connections: libstytch $our_heap, plain libcurl $curl_heap bytes;" \
	"beyond: $((our_heap - curl_heap)) (goal: under 4194304)"
