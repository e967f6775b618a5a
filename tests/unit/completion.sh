#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Drive the completion functions of bash, zsh and fish as each shell would, and
# hold what they offer against each other and against the endpoint table.
# shellcheck disable=SC2016,SC2317 # the shells expand; called by name
set -u
: "${top_srcdir:?}" "${top_builddir:?}"
scripts=$top_srcdir/stytchctl/completion
PATH=$top_builddir/stytchctl:$PATH
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/home" "$work/files" "$work/functions"
export HOME=$work/home XDG_CONFIG_HOME=$work/home XDG_DATA_HOME=$work/home
touch "$work/files/only-this-file"
cd "$work/files" || exit 1
failed=0
shells=
run=0

fail() {
	echo "$*"
	failed=1
}

# Each shell: print the words offered behind the last argument, one a line.
offer_bash() {
	bash --norc -c '
		source "$0/bash/stytchctl"
		complete -p stytchctl | grep -q -- "-F _stytchctl" || exit 1
		# As readline splits: at blanks, = and :.
		COMP_WORDS=() COMP_CWORD=0
		for word; do
			while [[ $word == *[=:]* ]]; do
				head=${word%%[=:]*}
				[ -z "$head" ] || COMP_WORDS+=("$head")
				word=${word#"$head"}
				COMP_WORDS+=("${word:0:1}")
				word=${word:1}
			done
			if [ -n "$word" ] || [[ $* != *[=:] ]]; then
				COMP_WORDS+=("$word")
			fi
		done
		COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
		_stytchctl
		printf "%s\n" "${COMPREPLY[@]}"
	' "$scripts" "$@"
}

offer_zsh() {
	cp "$scripts/_stytchctl" "$work/functions/"
	# compadd and _files are what a completion function speaks to zsh by.
	zsh -f -c '
		fpath=($0 $fpath)
		autoload -Uz compinit && compinit -D -u || exit 1
		[[ ${_comps[stytchctl]} == _stytchctl ]] || exit 1
		prefix=
		compadd() { while [[ $1 != -- ]]; do shift; done; shift; print -rl -- "$@" }
		compset() { prefix=${words[CURRENT]%%=*}= }
		_files() { print -rl -- *(N) }
		words=("$@") CURRENT=$#
		_stytchctl
	' "$work/functions" "$@"
}

offer_fish() {
	local line=stytchctl word
	shift
	for word; do
		line+=" $word"
	done
	fish --no-config -c '
		source $argv[1]/stytchctl.fish
		complete -C "$argv[2]"
	' "$scripts" "$line" | cut -f1
}

# check WANTED WORD...: every word of WANTED is offered, "!x" is not, "" nothing.
check() {
	local wanted=$1 shell word offers
	shift
	for shell in $shells; do
		run=$((run + 1))
		offers=$("offer_$shell" stytchctl "$@")
		[ -n "$wanted" ] || [ -z "$offers" ] ||
			fail "$shell: $*: offers $offers"
		for word in $wanted; do
			if [ "${word#!}" != "$word" ]; then
				! grep -qxF -- "${word#!}" <<<"$offers" ||
					fail "$shell: $*: offers ${word#!}"
			else
				grep -qxF -- "$word" <<<"$offers" ||
					fail "$shell: $*: no $word in: $offers"
			fi
		done
	done
}

for shell in bash zsh fish; do
	if command -v $shell >/dev/null; then
		shells+=" $shell"
	else
		echo "no $shell here: its completion is not driven"
	fi
done

check "accounts api check sync" ""
check "accounts api !sync" a
check "list show" accounts ""
check "--dry-run --json" sync --
check "--dry-run !--json" sync --d
check only-this-file status --config ""
check "" nonsense ""
check "b2b otps users magic-links !magic_links" api ""
check "users !otps" api us
check "sms whatsapp email authenticate" api otps ""
check "send login-or-create" api otps sms ""
check "--phone-number --locale --help --body" api otps sms send --
check "--phone-number !--locale" api otps sms send --ph
check "en es pt-br" api otps sms send --locale ""
check "es !en" api otps sms send --locale es
check "true false" api users create --create-user-as-pending ""
check only-this-file api passwords authenticate --password-file ""
check only-this-file api users create --body ""
check "--password --password-file" api passwords authenticate --password
check "--all --json" api users search --
check "!--all" api users get --
check "--help" api nonsense ""
# Words that the shells split.
shells=bash check "AND" api users search --query.operator=A
shells=bash check "AND OR" api users search --query.operator=
shells="zsh" check "--query.operator=AND" api users search --query.operator=A

# Every endpoint of the table is reached by what is offered, in each shell for
# one word, and for all of them by the program that all three ask.
"$top_builddir/tests/checks/dump_endpoints" >"$work/table" || failed=1
endpoints=0
while IFS=$'\t' read -r kind _ name rest; do
	[ "$kind" = endpoint ] || continue
	endpoints=$((endpoints + 1))
	IFS=. read -ra words <<<"${name//_/-}"
	last=${words[-1]}
	unset "words[-1]"
	stytchctl complete api "${words[@]}" "" | cut -f1 | grep -qxF -- "$last" ||
		fail "$name is not offered"
done <"$work/table"
[ "$endpoints" = 184 ] || fail "$endpoints endpoints in the table"
echo "$run completions of$shells, $endpoints endpoints"
exit $failed
