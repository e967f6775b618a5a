#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A warm consumer TOTP login through module and agent against a sandbox that
# answers in 50 ms: usage: login.sh SRCDIR BUILDDIR [LOGINS]  (root; a tree
# configured for /usr).  Every login is another person's, since a code counts
# once.  Prints tests/bench/login's table; pam_permit is the floor.
set -u
if [ "${1:-}" != --inside ]; then
	src=$(realpath "$1") build=$(realpath "$2")
	work=$(mktemp -d /tmp/stytch-bench.XXXXXX)
	trap 'rm -rf "$work"' EXIT
	chmod 0755 "$work"
	mkdir "$work/host"
	make -C "$build" install DESTDIR="$work/root" >"$work/log" 2>&1 &&
		make -C "$build" tests/bench/login >"$work/log" 2>&1 || {
		tail -20 "$work/log"
		exit 1
	}
	HOST_ROOT=$work/root HOST_WORK=$work/host E2E_DIR=$src/tests/e2e BENCH_BUILD=$build BENCH_LOGINS=${3:-100} \
		unshare --mount --net --pid --fork --kill-child --mount-proc --propagation private \
		bash "$src/tests/bench/login.sh" --inside
	exit
fi
# shellcheck source=tests/e2e/host.sh
. "$E2E_DIR/host.sh"
trap host_end EXIT
# Warm-ups and footprints log in too.
people=$((BENCH_LOGINS * 3 + 300))
for i in $(seq $people); do
	printf 'bench%d %s\n' "$i" "$(printf '%020d' "$i" | base32)"
done >"$HOST_WORK/people"
jq -Rn '{users: [inputs | split(" ") | {external_id: .[0], emails: [.[0] + "@example.com"], totp_secret: .[1]}]}' \
	"$HOST_WORK/people" >"$HOST_WORK/seed.json"
host_certificates
host_mount
host_configure_system
SANDBOX_DB=:memory: # its flushes are not what is measured
sandbox_start "$HOST_WORK/seed.json"
host_configure consumer "$CONSUMER_ID" "$CONSUMER_SECRET" \
	"[accounts]" "name_from = external_id" "lookup_per_minute = 100000" "[service *]" "methods = totp"
agent_start
while read -r name _; do
	getent passwd "$name" >/dev/null || die "$name is not known"
done <"$HOST_WORK/people"
sandbox /sandbox/faults '{"path": "/v1/totps/authenticate", "latency_ms": 50}' >/dev/null
"$BENCH_BUILD/tests/bench/login" -n "$BENCH_LOGINS" -r /run/stytchd -f "$HOST_WORK/people" pam_stytch
