#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The two modules and the library: what they export is what their map or the
# header says, and the modules need nothing but libpam and libc.
set -eu
src=${top_srcdir:?} build=${top_builddir:?}
for tool in nm readelf; do
	command -v "$tool" >/dev/null || exit 77
done
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
faults=0
fault() {
	echo "exports: $*"
	faults=$((faults + 1))
}

# What a shared object exports, without symbol versions and version names.
exported() {
	nm -D --defined-only "$1" | awk '$2 != "A" { sub(/@.*/, "", $3); print $3 }' | sort -u
}
# agree OBJECT FILE-OF-NAMES
agree() {
	exported "$1" >"$tmp/exported"
	[ -s "$tmp/exported" ] || fault "$1 exports nothing"
	diff "$2" "$tmp/exported" >"$tmp/diff" || fault "$1 (< wanted, > exported): $(cat "$tmp/diff")"
}
# needs OBJECT ALLOWED...; sanitizers bring libraries of their own.
sanitized=$(sed -n 's/^SANITIZE_CFLAGS = //p' "$build/Makefile")
needs() {
	[ -z "$sanitized" ] || return 0
	object=$1
	shift
	for library in $(readelf -d "$object" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p'); do
		case " $* " in
		*" ${library%%.so*}.so "*) ;;
		*) fault "$object needs $library" ;;
		esac
	done
}

pam=$build/pam_stytch/.libs/pam_stytch.so
for name in acct_mgmt authenticate chauthtok close_session open_session setcred; do
	echo "pam_sm_$name"
done >"$tmp/pam"
agree "$pam" "$tmp/pam"
needs "$pam" libpam.so libc.so

nss=$(find "$build/nss_stytch/.libs" -name 'libnss_stytch.so.2*' -type f)
for name in endgrent endpwent getgrent_r getgrgid_r getgrnam_r getpwent_r \
	getpwnam_r getpwuid_r initgroups_dyn setgrent setpwent; do
	echo "_nss_stytch_$name"
done >"$tmp/nss"
agree "$nss" "$tmp/nss"
needs "$nss" libc.so

# The library: its map, and the functions of its header.
library=$(find "$build/libstytch/.libs" -name 'libstytch.so.*' -type f)
sed -n '/global:/,/local:/s/^[[:space:]]*\([a-z0-9_]*\);$/\1/p' "$src/libstytch/exports.map" | sort >"$tmp/map"
agree "$library" "$tmp/map"
cat "$src"/libstytch/stytch/*.h | sed -e 's,/\*.*\*/,,' | tr '\n' ' ' |
	grep -o 'stytch_[a-z0-9_]*(' | tr -d '(' | sort -u >"$tmp/header"
missing=$(comm -23 "$tmp/map" "$tmp/header")
[ -z "$missing" ] || fault "exported and in no header: $missing"
nm -D --with-symbol-versions --defined-only "$library" | awk '$2 == "T"' >"$tmp/versions"
! grep -v '@@STYTCH_' "$tmp/versions" || fault "a symbol without a version"
[ "$faults" -eq 0 ]
