#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# make check-long: what takes hours.  Each fuzzer with libFuzzer for
# FUZZ_SECONDS, make check under ThreadSanitizer, PAM's with link-time
# optimisation, MemorySanitizer's absence made good by valgrind over the unit
# tests, a sandbox killed over and over, the end-to-end cases over and over,
# their positive controls, and the packages in a virtual machine.  All steps
# run, then the sum.
# usage: long.sh SRCDIR BUILDDIR [STEP...]
set -u
src=$(realpath "$1") build=$(realpath "$2")
shift 2
fuzz_seconds=${FUZZ_SECONDS:-1200}
rounds=${E2E_ROUNDS:-20}
jobs=$(nproc)
work=$(mktemp -d "${TMPDIR:-/tmp}/stytch-long.XXXXXX")
findings=$build/long-findings

tree() { # NAME CONFIGURE-ARGUMENT...: a built tree in $work/NAME
	local name=$1
	shift
	mkdir -p "$work/$name" && cd "$work/$name" || return 1
	if ! "$src/configure" "$@" >configure.out 2>&1 || ! make -s -j"$jobs" all >make.out 2>&1; then
		tail -n 20 ./*.out
		return 1
	fi
}

# Every fuzzer for its time, from its seeds; what it finds is kept.
step_fuzz() {
	local fuzzer name result=0
	tree fuzz CC=clang --enable-fuzzers --enable-sanitizers=address,undefined || return 1
	for fuzzer in "$src"/tests/fuzz/fuzz_*.c; do
		name=$(basename "$fuzzer" .c)
		make -s "tests/fuzz/$name" >make.out 2>&1 || {
			echo "$name does not build"
			result=1
			continue
		}
		mkdir -p "$work/corpus/$name" "$findings/$name"
		"tests/fuzz/$name" -max_total_time="$fuzz_seconds" -rss_limit_mb=2048 -timeout=20 -print_final_stats=1 \
			-artifact_prefix="$findings/$name/" "$work/corpus/$name" "$src/tests/fuzz/seeds/$name" \
			>"$work/$name.out" 2>&1 || {
			echo "$name found something, kept in $findings/$name:"
			grep -E 'ERROR|SUMMARY|runtime error' "$work/$name.out" | head -n 5
			result=1
		}
		sed -n "s/^stat::number_of_executed_units:/$name: runs:/p" "$work/$name.out"
		rmdir "$findings/$name" 2>/dev/null
	done
	return $result
}

step_thread() {
	tree thread --enable-sanitizers=thread || return 1
	TSAN_OPTIONS=halt_on_error=1 make -s check >check.out 2>&1 || {
		grep -E '^(FAIL|ERROR)' check.out
		return 1
	}
}

# What an optimiser may take away across files, in the part that lets people
# in.  (Other tests hook calls that link-time optimisation has resolved.)
# shellcheck disable=SC2016 # make expands it
step_lto() {
	tree lto CFLAGS='-O2 -flto=auto -g' || return 1
	make -s check TESTS='$(PAM_TESTS) tests/unit/test_pam_wrapper.sh tests/fuzz/fuzz_pam_relay' \
		check_PROGRAMS='$(PAM_TESTS) tests/fuzz/fuzz_pam_relay' >check.out 2>&1 || {
		grep -E '^(FAIL|ERROR)|error:' check.out
		return 1
	}
}

step_valgrind() {
	local test result=0
	command -v valgrind >/dev/null || { echo "valgrind is not installed"; return 1; }
	tree valgrind CFLAGS='-g -O1' || return 1
	make -s -j"$jobs" check TESTS= >make.out 2>&1 || { tail -n 20 make.out; return 1; }
	export top_srcdir=$src top_builddir=$work/valgrind
	for test in tests/unit/test_*; do
		if [ ! -x "$test" ] || [ -d "$test" ]; then continue; fi
		timeout 3600 ./libtool --mode=execute valgrind -q --error-exitcode=99 --leak-check=full \
			--errors-for-leak-kinds=definite "$test" >"$work/valgrind.out" 2>&1
		[ $? -ne 99 ] || {
			echo "$test:"
			grep '^==' "$work/valgrind.out" | head -n 15
			result=1
		}
	done
	return $result
}

step_e2e() {
	local round
	for round in $(seq "$rounds"); do
		"$BASH" "$src/tests/e2e/run.sh" "$src" "$build" >"$work/e2e.out" 2>&1 || {
			echo "round $round:"
			tail -n 30 "$work/e2e.out"
			return 1
		}
	done
}

# Numbers of a million people: no duplicates.
step_people() {
	make -s -C "$build" tests/checks/many_people >"$work/people.out" 2>&1 || { tail -n 20 "$work/people.out"; return 1; }
	"$build/tests/checks/many_people" 20
}

# A sandbox killed at moments of chance loses nothing that it answered.
step_kill() {
	make -s -C "$build" sandbox/stytch-sandbox tests/unit/test_sandbox_kill >"$work/kill.out" 2>&1 || { tail -n 20 "$work/kill.out"; return 1; }
	SANDBOX_KILL_ROUNDS=${KILL_ROUNDS:-500} "$build/tests/unit/test_sandbox_kill" 2>&1
}

# Each guard taken out once: the case that shows it must fail.
step_controls() {
	"$BASH" "$src/tests/e2e/controls.sh" "$src"
}

# The packages on a booted Debian, under systemd and AppArmor.
step_vm() {
	"$BASH" "$src/tests/vm/run.sh" "$src"
}

steps=(fuzz thread lto valgrind people kill e2e controls vm)
[ $# -eq 0 ] || steps=("$@")
failed=()
for step in "${steps[@]}"; do
	declare -F "step_$step" >/dev/null || { echo "no such step: $step" >&2; exit 2; }
	echo "== $step"
	if ("step_$step"); then
		echo "check-long: $step: ok"
	else
		echo "check-long: $step: FAILED"
		failed+=("$step")
	fi
done
chmod -R u+w "$work"
rm -rf "$work"
[ ${#failed[@]} -eq 0 ] || { echo "check-long: failed: ${failed[*]}"; exit 1; }
