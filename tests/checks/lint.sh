#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# make lint: every linter over every source; all run, then the sum.
# usage: lint.sh SRCDIR BUILDDIR [LINTER...]
set -u
src=$(realpath "$1") build=$(realpath "$2")
shift 2
jobs=$(nproc)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$src" || exit 1

# Files of the checkout, or of a tarball without its build folders.
files() { # PATTERN...
	local pattern
	if git rev-parse >/dev/null 2>&1; then
		git ls-files --cached --others --exclude-standard -- "$@"
	else
		for pattern; do
			find . -path './build*' -prune -o -name "$pattern" -print
		done
	fi
}
variable() {
	sed -n "s/^$1 = //p" "$build/Makefile" | head -n 1
}
# How sources are compiled, for tools that parse them.
flags() {
	local name
	printf '%s\n' -std=c11 -I"$src" -I"$src/libstytch" -I"$build" '-DSYSCONFDIR="/etc"' \
		'-DPAMDIR="/usr/lib/security"' "-DTEST_SRCDIR=\"$src\"" "-DTEST_BUILDDIR=\"$build\""
	for name in CURL CJSON SQLITE CRYPTO CJOSE INIH XXHASH OATH SYSTEMD MHD QRENCODE PNG CMOCKA; do
		variable "${name}_CFLAGS" | tr ' ' '\n' | sed '/^$/d'
	done
}
mapfile -t FLAGS < <(flags)
product='^(common|libstytch|nss_stytch|pam_stytch|stytchd|stytchctl|sandbox|conf)/'

lint_format() {
	files '*.c' '*.h' | xargs -r -P"$jobs" -n 16 clang-format --dry-run -Werror
}
lint_tidy() {
	files '*.c' | grep -E "$product" |
		xargs -r -P"$jobs" -I{} clang-tidy --quiet {} -- "${FLAGS[@]}" 2>"$work/tidy.err"
}
lint_cppcheck() {
	files '*.c' | grep -E "$product" |
		xargs -r cppcheck -q -j"$jobs" --std=c11 --inline-suppr --error-exitcode=1 \
			--enable=warning,portability,performance --suppress=missingIncludeSystem \
			--suppress=unknownMacro --suppress=preprocessorErrorDirective \
			--suppressions-list="$src/tests/checks/cppcheck.suppress" \
			--library=posix -I"$src" -I"$src/libstytch" -I"$build"
}
# The analyzer over a build of its own.
lint_scan() {
	mkdir -p "$work/scan" && cd "$work/scan" || return 1
	scan-build --use-cc=clang "$src/configure" CC=clang >"$work/scan.log" 2>&1 || {
		tail -5 "$work/scan.log"
		return 1
	}
	scan-build --use-cc=clang --status-bugs -disable-checker unix.Malloc \
		-disable-checker deadcode.DeadStores -o "$work/reports" make -s -j"$jobs" all >"$work/scan.log" 2>&1 || {
		grep -E 'warning:|error:' "$work/scan.log"
		return 1
	}
}
lint_shell() {
	{
		files '*.sh'
		files '.ci/*'
		files 'tests/e2e/cases/*'
	} | sort -u | xargs -r grep -lE '^#!/bin/(ba)?sh|shellcheck shell=' | xargs -r shellcheck -x -S warning -e SC2034,SC2100,SC2154
}
lint_spelling() {
	files '*' | grep -vE '^tests/fuzz/seeds/|endpoints\.(def|json)$|\.(png|bin)$' |
		xargs -r codespell --ignore-words="$src/tests/checks/codespell.ignore"
}
lint_manuals() {
	files '*.[1358]' | xargs -r mandoc -Tlint -Wwarning
}

linters=(format tidy cppcheck scan shell spelling manuals)
[ $# -eq 0 ] || linters=("$@")
declare -A tools=([format]=clang-format [tidy]=clang-tidy [cppcheck]=cppcheck [scan]=scan-build
	[shell]=shellcheck [spelling]=codespell [manuals]=mandoc)
failed=()
for linter in "${linters[@]}"; do
	tool=${tools[$linter]:-}
	[ -n "$tool" ] || { echo "no such linter: $linter" >&2; exit 2; }
	if ! command -v "$tool" >/dev/null; then
		echo "lint: $linter: $tool is not installed"
		failed+=("$linter")
	elif ("lint_$linter") >"$work/out" 2>&1; then
		echo "lint: $linter: ok"
	else
		cat "$work/out"
		echo "lint: $linter: FAILED"
		failed+=("$linter")
	fi
done
[ ${#failed[@]} -eq 0 ] || { echo "lint: failed: ${failed[*]}"; exit 1; }
