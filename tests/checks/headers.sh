#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Each header compiles alone, twice in a row too; the public ones also as C++
# and without config.h.
set -eu
src=${top_srcdir:?} build=${top_builddir:?}
variable() {
	sed -n "s/^$1 = //p" "$build/Makefile" | head -n 1
}
compiler=$(variable CC)
flags="-std=c11 $(for name in PAM CURL CJSON SQLITE CRYPTO CJOSE INIH XXHASH OATH SYSTEMD MHD QRENCODE PNG; do
	variable "${name}_CFLAGS"; done | tr '\n' ' ')"
# SYSCONFDIR and its like come from AM_CPPFLAGS, with their quotes.
# shellcheck disable=SC2089
flags="$flags -I$src -I$src/libstytch -I$build -DSYSCONFDIR=\"/etc\" -DPAMDIR=\"/x\""
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# compile NAME TEXT COMPILER FLAGS...
compile() {
	unit=$tmp/$1 text=$2
	shift 2
	printf '%b' "$text" >"$unit"
	# shellcheck disable=SC2086 # words
	"$@" -Wall -Wextra -Werror -fsyntax-only "$unit" 2>"$tmp/err"
}

faults=0
seen=0
for header in $(cd "$src" && find common libstytch nss_stytch pam_stytch stytchd stytchctl sandbox -name '*.h'); do
	case $header in
	sandbox/*) [ -n "$(variable MHD_LIBS)" ] || continue ;; # --disable-sandbox
	esac
	seen=$((seen + 1))
	# shellcheck disable=SC2086,SC2090 # words
	compile unit.c "#include \"config.h\"\n#include \"$header\"\n#include \"$header\"\nextern int unused;\n" \
		$compiler $flags || {
		echo "$header does not compile alone:"
		head -n 5 "$tmp/err"
		faults=$((faults + 1))
	}
done
[ "$seen" -gt 30 ] || { echo "only $seen headers found"; exit 1; }

plus=
for name in g++ clang++; do
	command -v "$name" >/dev/null && plus=$name && break
done
for header in "$src"/libstytch/stytch/*.h; do
	name=stytch/$(basename "$header")
	compile unit.c "#include <$name>\nint unused;\n" "${compiler%% *}" -std=c99 -pedantic -I"$src/libstytch" || {
		echo "$name is no C99 of its own:"
		head -n 5 "$tmp/err"
		faults=$((faults + 1))
	}
	[ -z "$plus" ] || compile unit.cc "#include <$name>\nint unused;\n" "$plus" -std=c++11 -pedantic -I"$src/libstytch" || {
		echo "$name is no C++:"
		head -n 5 "$tmp/err"
		faults=$((faults + 1))
	}
done

# The check itself.
! compile unit.c '#include "common/buf.h"\nsize_t unused(nothing);\n' "${compiler%% *}" -std=c11 -I"$src" ||
	{ echo "everything compiles"; exit 1; }
[ "$faults" -eq 0 ]
