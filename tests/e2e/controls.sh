#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Positive controls: take each guard out of the product, one at a time, and
# want the case that shows it to fail.  A case that still passes shows nothing.
# usage: controls.sh SRCDIR [GUARD...]      (make check-long runs it)
# The guards are the rows of controls.txt: name, files, sed script, case.
set -u
src=$(realpath "$1")
shift
work=$(mktemp -d /tmp/stytch-controls.XXXXXX)
trap 'rm -rf "$work"' EXIT
chmod 0755 "$work"
mkdir "$work/src" "$work/build"
tar -C "$src" --exclude=./.git --exclude='./build*' -cf - . | tar -C "$work/src" -xf -
"$work/src/autogen.sh" >/dev/null 2>&1
(cd "$work/build" && "$work/src/configure" --prefix=/usr --sysconfdir=/etc --localstatedir=/var \
	--libdir="/usr/lib/$(gcc -print-multiarch)" CFLAGS="-O1 -g") >"$work/log" 2>&1 &&
	make -C "$work/build" -j"$(nproc)" all >"$work/log" 2>&1 || {
	tail -20 "$work/log"
	exit 1
}
passed=0 failed=0
while IFS='|' read -r name files script case_name; do
	case $name in '' | '#'*) continue ;; esac
	[ $# -eq 0 ] || [[ " $* " == *" $name "* ]] || continue
	rm -rf "$work/saved"
	mkdir "$work/saved"
	taken=yes
	for file in $files; do
		cp -p "$work/src/$file" "$work/saved/${file//\//_}"
		sed -i -E -e "$script" "$work/src/$file"
		cmp -s "$work/src/$file" "$work/saved/${file//\//_}" && taken="nothing in $file to take out"
	done
	if [ "$taken" != yes ]; then
		echo "FAIL $name: $taken"
		failed=$((failed + 1))
	elif ! make -C "$work/build" -j"$(nproc)" all CFLAGS="-O1 -g -w" >"$work/log" 2>&1; then
		tail -5 "$work/log"
		echo "FAIL $name: does not build without the guard"
		failed=$((failed + 1))
	elif "$work/src/tests/e2e/run.sh" "$work/src" "$work/build" "$case_name" </dev/null >"$work/log" 2>&1; then
		echo "FAIL $name: $case_name passes without the guard"
		failed=$((failed + 1))
	else
		echo "PASS $name: $(grep -m1 -E 'not ok|a secret in a log|FATAL' "$work/log" | sed 's/^ *//' | cut -c1-160)"
		passed=$((passed + 1))
	fi
	for file in $files; do
		cp "$work/saved/${file//\//_}" "$work/src/$file"
	done
done <"$src/tests/e2e/controls.txt"
echo "controls: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
