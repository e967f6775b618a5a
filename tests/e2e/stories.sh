# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# The three stories that carry the product, as functions over host.sh: each
# types what a person types and prints the transcript; the exit code says
# whether all of it happened.  The e2e cases and quickstart.sh play them.

# What tests/e2e/seed.json enrols.
TOTP_ALICE=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP
TOTP_CAROL=KRSXG5CTMVRXEZLUKRSXG5CTMVRXEZLU
# What the prompts look like.
ASK_CODE='Code sent to [^:]*:'
ASK_TOTP='[Aa]uthenticator[^:]*:'
SHELL_PROMPT='[$] $'

story_configure_consumer() { # [LINE...]
	host_configure consumer "$CONSUMER_ID" "$CONSUMER_SECRET" \
		"[accounts]" "name_from = external_id" "trust_unix = username, groups" \
		"[service sudo]" "methods = totp" "tty = yes" \
		"[service *]" "methods = otp_email" "$@"
}

story_configure_b2b() { # [LINE...]
	host_configure b2b "$B2B_ID" "$B2B_SECRET" "organizations = $ORGANIZATION" \
		"[accounts]" "name_from = external_id" "trust_unix = username, groups" \
		"[service sudo]" "methods = totp" "primary = otp_email" "tty = yes" \
		"[service *]" "methods = otp_email, totp" "$@"
}

# sudo for the people whom the seed puts into the group "admins".
story_configure_sudo() {
	install -m 0440 "$HOST_EXAMPLES/sudoers.d/stytch" /etc/sudoers.d/stytch
	{
		echo 'Defaults:%stytch-admins timestamp_timeout=0, passwd_tries=1'
		echo '%stytch-admins ALL=(ALL:ALL) ALL'
	} >/etc/sudoers.d/stytch-admins
	chmod 0440 /etc/sudoers.d/stytch-admins
	visudo -c >/dev/null
}

session() {
	timeout 150 expect "$E2E_DIR/session.exp" "$@"
}

ssh_to() { # USER [COMMAND]
	echo "exec ssh ${SSH_OPTIONS[*]} -tt $1@127.0.0.1 ${2:+'$2'}"
}

# Type at ssh and be refused: after the last answer comes another prompt or the
# end, and never the shell's answer.
not_let_in() { # USER [PATTERN ACTION]...
	local user=$1
	shift
	session "$(ssh_to "$user" id)" "$@" '(uid=|: ?$|[Dd]enied|closed|disconnect)' close >"$HOST_WORK/refused.out" 2>&1
	cat "$HOST_WORK/refused.out"
	grep -qE '^session: |uid=' "$HOST_WORK/refused.out" && return 1
	return 0
}

# 1. A person this host has never seen: one connection, one code, a shell.
story_ssh_consumer() {
	# shellcheck disable=SC2016 # $HOME is the person's
	session "$(ssh_to alice 'id; pwd; ls -ld $HOME')" \
		'Code sent to a[^ ]*@[^ ]*:' fresh:alice@example.com \
		'uid=[12][0-9]{9}\(alice\) gid=[12][0-9]{9}\(alice\) groups=[^\n]*\(stytch-admins\)' see \
		'/home/alice\r' see 'drwx[^\n]*alice[^\n]*/home/alice' see
}

# The same for a member whose organization requires a second factor.
story_ssh_b2b() {
	session "$(ssh_to carol 'id; pwd')" \
		'Code sent to c[^ ]*@[^ ]*:' fresh:carol@example.com \
		"$ASK_TOTP" "totp:$TOTP_CAROL" \
		'uid=[12][0-9]{9}\(carol\)[^\n]*\(stytch-admins\)' see '/home/carol\r' see
}

# 2. sudo in that session: a wrong code, the right one, the right one again.
# A member's login has used up the code of now, so sudo takes the next one.
story_sudo() { # USER ADDRESS SECRET [PATTERN ACTION between code and shell]
	local user=$1 address=$2 secret=$3
	shift 3
	session "$(ssh_to "$user")" \
		"$ASK_CODE" "fresh:$address" "$@" \
		"$SHELL_PROMPT" 'text:sudo -k id; echo "wrong: $?"' "$ASK_TOTP" text:000000 \
		'wrong: 1\r' see \
		"$SHELL_PROMPT" "run:oathtool --totp -b --now '+30 seconds' $secret >$HOST_WORK/used" \
		'' 'text:sudo id; echo "right: $?"' "$ASK_TOTP" "file:$HOST_WORK/used" \
		'uid=0\(root\)[^\n]*\n' see 'right: 0\r' see \
		"$SHELL_PROMPT" 'text:sudo id; echo "again: $?"' "$ASK_TOTP" "file:$HOST_WORK/used" \
		'again: 1\r' see "$SHELL_PROMPT" text:exit
}

story_sudo_consumer() {
	story_sudo alice alice@example.com "$TOTP_ALICE"
}

story_sudo_b2b() {
	story_sudo carol carol@example.com "$TOTP_CAROL" "$ASK_TOTP" "totp:$TOTP_CAROL"
}

# Show a command, then run it.
show() {
	printf '$ %s\n' "$*"
	"$@"
}

# 3. The organization's members are the host's accounts, until they are not.
story_provisioning() {
	local erin
	# The agent's own first sync may still be under way.
	wait_until stytchctl sync --dry-run || return 1
	show stytchctl sync --dry-run &&
		show stytchctl sync &&
		show getent passwd carol dave erin &&
		show getent group stytch-acme stytch-admins &&
		show id dave || return 1
	erin=$(api b2b GET "/v1/b2b/organizations/$ORGANIZATION/member?member_id=erin" | jq -er .member.member_id) || return 1
	echo "erin is deleted in Stytch:"
	api b2b DELETE "/v1/b2b/organizations/$ORGANIZATION/members/$erin" | jq -ce '{member_id, status_code}' || return 1
	show stytchctl sync --dry-run &&
		show getent passwd erin &&
		show stytchctl sync || return 1
	if show getent passwd erin; then
		echo "erin is still here"
		return 1
	fi
	echo "(gone)"
	show getent passwd dave
}
