#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# make e2e: every case of tests/e2e/cases in a private host of its own.
# usage: run.sh SRCDIR BUILDDIR [CASE...]
# The product must be configured for the places it is installed to, so a tree
# with another prefix than /usr gets a build of its own beside it.
set -u
src=$(realpath "$1") build=$(realpath "$2")
shift 2
if [ "$(id -u)" != 0 ]; then
	echo "e2e: needs root (private mount and network namespaces)" >&2
	exit 77
fi
for tool in unshare ip sshd sudo expect curl jq openssl oathtool pam-auth-update systemd-sysusers setpriv; do
	PATH=$PATH:/usr/sbin command -v "$tool" >/dev/null || {
		echo "e2e: $tool is missing" >&2
		exit 1
	}
done
work=$(mktemp -d /tmp/stytch-e2e.XXXXXX)
trap 'rm -rf "$work"' EXIT
chmod 0755 "$work"

export E2E_BROWSER=$build/tests/browser # what make browser has installed
prefix=$(sed -n 's/^prefix = //p' "$build/Makefile")
if [ "$prefix" != /usr ]; then
	mkdir -p "$build/e2e-tree"
	(cd "$build/e2e-tree" && [ -f Makefile ] || "$src/configure" --prefix=/usr --sysconfdir=/etc \
		--localstatedir=/var --libdir="/usr/lib/$(gcc -print-multiarch)") >"$work/configure.log" 2>&1 &&
		make -C "$build/e2e-tree" -j2 all >"$work/make.log" 2>&1 || {
		tail -20 "$work/configure.log" "$work/make.log"
		exit 1
	}
	build=$build/e2e-tree
fi
make -C "$build" install DESTDIR="$work/root" >"$work/install.log" 2>&1 || {
	tail -20 "$work/install.log"
	exit 1
}

if [ $# -gt 0 ]; then
	cases=("$@")
else
	mapfile -t cases < <(cd "$src/tests/e2e/cases" && for c in *.sh; do echo "${c%.sh}"; done)
fi
passed=0 failed=0 failures=()
for name in "${cases[@]}"; do
	mkdir -p "$work/$name"
	chmod 0755 "$work/$name"
	start=$(date +%s%N)
	# Signals as at a terminal, also where we run in the background: a person
	# presses Ctrl-C in these cases.
	if HOST_ROOT=$work/root HOST_WORK=$work/$name E2E_DIR=$src/tests/e2e \
		timeout --kill-after=10 "${E2E_TIMEOUT:-240}" unshare --mount --net --pid --fork --kill-child \
		--mount-proc --propagation private \
		env --default-signal bash "$src/tests/e2e/case.sh" "$src/tests/e2e/cases/$name.sh" >"$work/$name.out" 2>&1; then
		passed=$((passed + $(grep -c '^ok ' "$work/$name.out")))
		result=PASS
	elif [ $? -eq 77 ]; then
		sed -n "s/^skip /SKIP e2e\/$name: /p" "$work/$name.out"
		rm -rf "${work:?}/$name"
		continue
	else
		result=FAIL
		passed=$((passed + $(grep -c '^ok ' "$work/$name.out")))
		bad=$(grep -c '^not ok ' "$work/$name.out")
		failed=$((failed + (bad > 0 ? bad : 1)))
		failures+=("$name")
		sed "s/^/    /" "$work/$name.out" | tail -60
		for log in agent sshd sandbox; do
			[ -f "$work/$name/$log.log" ] && tail -25 "$work/$name/$log.log" | sed "s/^/    $log: /"
		done
	fi
	if leak=$("$BASH" "$src/tests/e2e/scan_logs.sh" "$work/$name"); then
		passed=$((passed + 1))
	else
		result=FAIL failed=$((failed + 1)) failures+=("$name: a secret in a log")
		echo "    a secret in a log: $leak"
	fi
	printf '%s e2e/%s (%d ms)\n' "$result" "$name" $((($(date +%s%N) - start) / 1000000))
	[ -n "${E2E_KEEP:-}" ] && cp -r "$work/$name" "$E2E_KEEP/" 2>/dev/null
	[ -n "${E2E_LOGS:-}" ] && mkdir -p "$E2E_LOGS" && cp "$work/$name"/*.log "$work/$name.out" "$E2E_LOGS/" 2>/dev/null
	rm -rf "${work:?}/$name"
done
[ $failed -eq 0 ] || echo "failed: ${failures[*]}"
echo "e2e: $passed passed, $failed failed"
[ $failed -eq 0 ]
