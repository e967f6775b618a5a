#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# install-packages.sh refuses what is no group, before it installs anything.
set -eu
script=${top_srcdir:?}/packaging/install-packages.sh
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
# Called by mistake, apt-get would show.
printf '#!/bin/sh\necho called >>"%s/called"\nexit 1\n' "$tmp" >"$tmp/apt-get"
chmod +x "$tmp/apt-get"
refuses() { # ARGUMENT...
	local status=0
	PATH=$tmp:$PATH bash "$script" "$@" >"$tmp/out" 2>"$tmp/err" || status=$?
	[ $status -eq 2 ] || { echo "$*: exit $status, not 2"; exit 1; }
	grep -q '^usage: install-packages.sh GROUP' "$tmp/err" || { echo "$*: no usage"; exit 1; }
	[ ! -s "$tmp/out" ] && [ ! -e "$tmp/called" ] || { echo "$*: went on"; exit 1; }
}
refuses
refuses ''
refuses bogus
refuses build bogus
refuses 'build play'
refuses '*'
grep -q 'no such group: \*' "$tmp/err" || { echo "the group is not named"; exit 1; }
