#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Manual pages: mandoc finds no fault; every program and module has one; every
# option that --help shows, every module option, every key is in its page.
set -eu
src=${top_srcdir:?} build=${top_builddir:?}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
faults=0
fault() {
	echo "manuals: $*"
	faults=$((faults + 1))
}
# All pages, of the sources or generated.
for folder in common libstytch nss_stytch pam_stytch stytchd stytchctl sandbox conf; do
	find "$src/$folder" "$build/$folder" -name '*.[1358]' -print 2>/dev/null || :
done | sort -u >"$tmp/pages"
page_of() { # NAME, without its section
	grep "/$1\.[1358]\$" "$tmp/pages" | head -n 1
}

# has PAGE TEXT: literally, as mdoc writes it.
has() {
	grep -qF -- "$2" "$1"
}

check_program() { # BINARY PAGE
	page=$(page_of "$2")
	[ -n "$page" ] || { fault "$2 is missing"; return 0; }
	"$1" --help >"$tmp/help" 2>&1 || { fault "$1 --help fails"; return 0; }
	grep -o -- '--[a-z][a-z0-9-]*' "$tmp/help" | sort -u >"$tmp/options"
	[ -s "$tmp/options" ] || fault "$1 --help shows no option"
	while read -r option; do
		# mdoc writes it as Fl \-option or as Fl -option.
		grep -qE -- "Fl \\\\?-${option#--}( |\$)" "$page" || fault "$2 lacks $option"
	done <"$tmp/options"
}
for program in stytchd/stytchd stytchctl/stytchctl sandbox/stytch-sandbox; do
	[ -x "$build/$program" ] || continue
	name=$(basename "$program")
	check_program "$build/$program" "$name"
done

page=$(page_of pam_stytch)
if [ -n "$page" ]; then
	sed -n 's/^\t{ "\([a-z_]*\)", *OPTION_.*/\1/p' "$src/pam_stytch/options.c" >"$tmp/options"
	[ -s "$tmp/options" ] || fault "no option found in pam_stytch/options.c"
	while read -r option; do
		has "$page" "$option" || fault "pam_stytch.8 lacks $option"
	done <"$tmp/options"
else
	fault "pam_stytch.8 is missing"
fi

page=$(page_of stytch.conf)
if [ -n "$page" ]; then
	sed -n 's/^OPTION([a-z]*, \([a-z_]*\),.*/\1/p' "$src/conf/options.def" >"$tmp/keys"
	[ "$(wc -l <"$tmp/keys")" -gt 40 ] || fault "few keys found in conf/options.def"
	while read -r key; do
		has "$page" "$key" || fault "stytch.conf.5 lacks $key"
	done <"$tmp/keys"
fi

if command -v mandoc >/dev/null; then
	[ -s "$tmp/pages" ] || fault "no manual page found"
	while read -r page; do
		mandoc -Tlint -Wwarning "$page" >"$tmp/lint" 2>&1 || fault "$(head -n 20 "$tmp/lint")"
	done <"$tmp/pages"
	printf '.Dd x\n.Sh NAME\n.Xx\n' >"$tmp/wrong.8"
	! mandoc -Tlint -Wwarning "$tmp/wrong.8" >/dev/null 2>&1 || fault "mandoc takes anything"
fi
[ "$faults" -eq 0 ]
