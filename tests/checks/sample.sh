#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The sample stytch.conf is taken by the parser, as it is and with every
# default said aloud; stytch.conf(5) has every key and is clean mdoc.
set -u
srcdir=${srcdir:-.}
tmp=$(mktemp -d) || exit 99
trap 'rm -rf "$tmp"' EXIT
failed=0

fail() {
	echo "sample: $*"
	failed=1
}

tests/checks/parse_configuration conf/stytch.conf || fail "the sample is refused"

# "#key = default" becomes a line of its own; an empty default stays away.
sed 's/^#\([a-z_]* = .\)/\1/' conf/stytch.conf >"$tmp/aloud"
cmp -s conf/stytch.conf "$tmp/aloud" && fail "no default stands in the sample"
tests/checks/parse_configuration "$tmp/aloud" || fail "the defaults are refused"

# The check itself: a file with one unknown key is refused.
echo 'unknown_key = 1' >>"$tmp/aloud"
tests/checks/parse_configuration "$tmp/aloud" 2>/dev/null && fail "an unknown key is taken"

for key in $(sed -n 's/^OPTION([a-z]*, \([a-z_]*\),.*/\1/p' "$srcdir/conf/options.def"); do
	grep -q "^#*$key =" conf/stytch.conf || fail "$key is not in the sample"
	grep -q "^\.It Cm $key\$" stytchd/stytch.conf.5 || fail "$key is not in stytch.conf(5)"
done

if command -v mandoc >/dev/null; then
	mandoc -Tlint -Wwarning stytchd/stytch.conf.5 >"$tmp/lint" || {
		cat "$tmp/lint"
		fail "mandoc complains"
	}
fi
exit $failed
