#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The examples of libstytch against stytch-sandbox, by the shared library.
set -u
: "${top_srcdir:?}" "${top_builddir:?}"
examples=$top_builddir/libstytch/examples
work=$(mktemp -d)
sandbox=
trap '[ -z "$sandbox" ] || kill "$sandbox"; rm -rf "$work"' EXIT
failed=0
[ -x "$top_builddir/sandbox/stytch-sandbox" ] || { echo "no sandbox"; exit 77; }

fail() {
	echo "$*"
	cat "$work/out" "$work/err" 2>/dev/null
	failed=1
}

mkfifo "$work/ready"
"$top_builddir/sandbox/stytch-sandbox" --listen 127.0.0.1:0 >"$work/ready" &
sandbox=$!
while read -r line; do
	case $line in
	\#*) break ;;
	*) declare "${line%%=*}=${line#*=}" ;;
	esac
done <"$work/ready"
export STYTCH_BASE_URL STYTCH_PROJECT_ID STYTCH_SECRET

use() { # CONSUMER|B2B
	local id=STYTCH_$1_PROJECT_ID secret=STYTCH_$1_SECRET
	STYTCH_PROJECT_ID=${!id} STYTCH_SECRET=${!secret}
	(umask 077 && printf '%s\n' "$STYTCH_SECRET" >"$work/secret")
}

api() { # WORD... OPTIONS...; prints the reply
	"$top_builddir/stytchctl/stytchctl" api "$@" --project-id "$STYTCH_PROJECT_ID" \
		--secret-file "$work/secret" --base-url "$STYTCH_BASE_URL"
}

field() { # NAME; the first of that name in the JSON on standard input
	sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p" | head -1
}

# run STATUS PROGRAM...: and what it says is in out and err.
run() {
	local wanted=$1 status=0
	shift
	"$@" >"$work/out" 2>"$work/err" || status=$?
	[ "$status" = "$wanted" ] || fail "$*: $status, not $wanted"
}

use B2B
organization=$(api b2b organizations create --organization-name Acme | field organization_id)
for name in ann ben cat dan eve; do
	api b2b organizations members create --organization-id "$organization" \
		--email-address $name@example.com >/dev/null || fail "member $name"
done
run 0 "$examples/members" "$organization"
[ "$(sort "$work/out" | tr '\n' ' ')" = \
	"5 members ann@example.com ben@example.com cat@example.com dan@example.com eve@example.com " ] ||
	fail "members"
run 1 "$examples/members" organization-test-00000000-0000-4000-8000-000000000000
grep -q not_found "$work/err" || fail "an organization that is not there"
run 2 "$examples/members"

use CONSUMER
(umask 077 && echo 'Quartz-Lantern-48-Meadow' >"$work/password")
api passwords create --email ann@example.com --password-file "$work/password" \
	--session-duration-minutes 60 >"$work/reply" || fail "a user with a session"
field session_jwt <"$work/reply" >"$work/jwt"
user=$(field user_id <"$work/reply")
run 0 "$examples/session_jwt" <"$work/jwt"
[ "$(cat "$work/out")" = "$user" ] || fail "the session's user"
run 1 "$examples/session_jwt" documents read <"$work/jwt"
grep -q 'denied: consumer_session_authorization_error' "$work/err" ||
	fail "a resource that nothing grants"
sed 's/\.[^.]*$/.AAAA/' "$work/jwt" >"$work/forged"
run 1 "$examples/session_jwt" <"$work/forged"
grep -q rejected "$work/err" || fail "a forged token"
run 2 "$examples/session_jwt" </dev/null
exit $failed
