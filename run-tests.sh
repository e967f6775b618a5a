#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Everything that must pass: install what tests need, build, make check, make
# browser, make e2e, make conformance, and make check and make conformance again
# with address and undefined-behaviour sanitizers.
# The last line is "N passed, N failed".  As root, for the end-to-end part.
set -u
src=$(cd "$(dirname "$0")" && pwd)
jobs=$(nproc)
passed=0 failed=0

"$src/packaging/install-packages.sh" build play test || exit 1
work=$(mktemp -d /tmp/stytch-tests.XXXXXX)
trap 'rm -rf "$work"' EXIT
chmod 0755 "$work"
# The sources are copied, so that a checkout stays as it was.
mkdir "$work/src"
if git -C "$src" rev-parse >/dev/null 2>&1; then
	(cd "$src" && git ls-files -z --cached --others --exclude-standard | xargs -0 tar -cf - --ignore-failed-read 2>/dev/null) |
		tar -xf - -C "$work/src"
else
	cp -r "$src/." "$work/src"
fi

# step TEXT COMMAND...: a build step; a failure counts once and ends the run.
step() {
	local text=$1
	shift
	echo "== $text"
	if ! "$@" >"$work/step.log" 2>&1; then
		tail -40 "$work/step.log"
		echo "FAIL $text"
		echo "$passed passed, $((failed + 1)) failed"
		exit 1
	fi
}

# count_check TREE: make check there, counted from automake's summary.
count_check() {
	local log=$work/check.log
	echo "== make check ($1)"
	make -C "$work/$1" -j"$jobs" check >"$log" 2>&1
	grep -E '^(FAIL|ERROR|SKIP):' "$log" | sort | uniq
	local p f
	p=$(sed -n 's/^# PASS:  *//p' "$log" | tail -1)
	f=$(sed -n 's/^# \(FAIL\|ERROR\):  *//p' "$log" | tail -2 | awk '{sum += $1} END {if (NR) print sum}')
	if [ -z "$p" ] || [ -z "$f" ]; then
		grep -E 'error:|Error [0-9]' "$log" | head
		tail -40 "$log"
		p=0 f=1
	elif [ "$f" -gt 0 ]; then
		grep -hE '^(FAIL|ERROR) tests' -r "$work/$1" --include=test-suite.log
		awk '/^(FAIL|ERROR): /{on=1} on' "$work/$1/test-suite.log" | head -150
	fi
	passed=$((passed + p))
	failed=$((failed + f))
	echo "   $p passed, $f failed"
}

# count_target TARGET [TREE]: make it there, or in the first tree, counted from
# its line "TARGET: N passed, N failed".
count_target() {
	local log=$work/$1.log tree=${2:-gcc} p f
	echo "== make $1 ($tree)"
	make -C "$work/$tree" "$1" 2>&1 | tee "$log" | grep -vE '^make|Entering|Leaving|^ok '
	local made=${PIPESTATUS[0]}
	p=$(awk -v line="$1:" '$1 == line {sum += $2} END {print sum + 0}' "$log")
	f=$(awk -v line="$1:" '$1 == line {sum += $4} END {print sum + 0}' "$log")
	# One that failed or said nothing is a failure, whatever it counted.
	if [ "$f" -eq 0 ] && { [ "$made" -ne 0 ] || [ "$p" -eq 0 ]; }; then
		f=1
	fi
	passed=$((passed + p))
	failed=$((failed + f))
}

multiarch=$(gcc -print-multiarch)
places=(--prefix=/usr --sysconfdir=/etc --localstatedir=/var "--libdir=/usr/lib/$multiarch")
step "autogen" "$work/src/autogen.sh"
mkdir "$work/gcc" "$work/asan" "$work/clang"
step "configure (gcc)" env -C "$work/gcc" "$work/src/configure" "${places[@]}" --enable-werror
step "make (gcc)" make -C "$work/gcc" -j"$jobs" all
count_check gcc

# The browser first: a case of make e2e uses what it installs.
count_target browser
count_target e2e
count_target conformance

step "configure (clang, sanitizers)" env -C "$work/asan" CC=clang CFLAGS="-O1 -g" "$work/src/configure" \
	"${places[@]}" --enable-werror --enable-sanitizers=address,undefined
step "make (clang, sanitizers)" make -C "$work/asan" -j"$jobs" all
count_check asan
count_target conformance asan

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
