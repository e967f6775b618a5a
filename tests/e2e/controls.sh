#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Positive controls: take each guard out of the product, one at a time, and
# want the case that shows it to fail.  A case that still passes shows nothing.
# usage: controls.sh SRCDIR [GUARD...]      (make check-long runs it)
# The guards are the rows of controls.txt: name, file, sed script, case.
set -u
src=$(realpath "$1")
shift
work=$(mktemp -d /tmp/stytch-controls.XXXXXX)
trap 'rm -rf "$work"' EXIT
chmod 0755 "$work"
mkdir "$work/src" "$work/build"
tar -C "$src" --exclude=./.git --exclude='./build*' -cf - . | tar -C "$work/src" -xf -
[ -x "$work/src/configure" ] || "$work/src/autogen.sh" >/dev/null 2>&1
(cd "$work/build" && "$work/src/configure" --prefix=/usr --sysconfdir=/etc --localstatedir=/var \
	--libdir="/usr/lib/$(gcc -print-multiarch)" CFLAGS="-O1 -g") >"$work/log" 2>&1 &&
	make -C "$work/build" -j"$(nproc)" all >"$work/log" 2>&1 || {
	tail -20 "$work/log"
	exit 1
}
passed=0 failed=0
while IFS='|' read -r name file script case_name; do
	case $name in '' | '#'*) continue ;; esac
	[ $# -eq 0 ] || [[ " $* " == *" $name "* ]] || continue
	cp -p "$work/src/$file" "$work/saved"
	sed -i -E -e "$script" "$work/src/$file"
	if cmp -s "$work/src/$file" "$work/saved"; then
		echo "FAIL $name: nothing in $file to take out"
		failed=$((failed + 1))
		continue
	fi
	if ! make -C "$work/build" -j"$(nproc)" all CFLAGS="-O1 -g -w" >"$work/log" 2>&1; then
		tail -5 "$work/log"
		echo "FAIL $name: does not build without the guard"
		failed=$((failed + 1))
	elif "$work/src/tests/e2e/run.sh" "$work/src" "$work/build" "$case_name" >"$work/log" 2>&1; then
		echo "FAIL $name: $case_name passes without the guard"
		failed=$((failed + 1))
	else
		echo "PASS $name: $(grep -m1 -E 'not ok|a secret in a log|FAIL' "$work/log" | sed 's/^ *//')"
		passed=$((passed + 1))
	fi
	cp "$work/saved" "$work/src/$file"
done <"$src/tests/e2e/controls.txt"
make -C "$work/build" -j"$(nproc)" all CFLAGS="-O1 -g" >/dev/null 2>&1
echo "controls: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
