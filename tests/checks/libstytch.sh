#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# libstytch(3): it has every function that is exported, and its program is the
# one that is built, which runs from the shared library.
set -eu
: "${top_srcdir:?}" "${top_builddir:?}"
folder=$top_srcdir/libstytch
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

same() { # WHAT FILE FILE
	if ! diff "$2" "$3" >"$work/diff"; then
		echo "$1 differ:"
		cat "$work/diff"
		failed=1
	fi
}

sed -n 's/^	\(stytch_[a-z0-9_]*\);$/\1/p' "$folder/exports.map" |
	LC_ALL=C sort >"$work/map"
sed -n 's/^\.F[no] \(stytch_[a-z0-9_]*\).*/\1/p' "$folder/libstytch.3" |
	LC_ALL=C sort -u >"$work/synopsis"
[ -s "$work/map" ] || failed=1
same 'exports.map and libstytch(3)' "$work/map" "$work/synopsis"

sed -n '/^\.Sh EXAMPLES/,$p' "$folder/libstytch.3" |
	sed -n '/^\.Bd/,/^\.Ed/p' | sed '1d;$d' |
	sed 's/^\\&//;s/\\e/\\/g' >"$work/manual.c"
sed 1,2d "$folder/examples/email_code.c" >"$work/example.c"
same 'the program in libstytch(3) and examples/email_code.c' \
	"$work/manual.c" "$work/example.c"

# The example runs from the shared library, and is told what is missing.
status=0
env -u STYTCH_PROJECT_ID "$top_builddir/libstytch/examples/email_code" \
	alice@example.com </dev/null 2>"$work/said" || status=$?
if [ "$status" != 1 ] || ! grep -q 'misconfigured:.*project_id' "$work/said"; then
	echo "email_code said ($status):"
	cat "$work/said"
	failed=1
fi
exit "$failed"
