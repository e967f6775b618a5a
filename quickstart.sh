#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The three stories of pam_stytch on this machine, in private namespaces: a
# real sshd and sudo, the agent, both modules, and stytch-sandbox as Stytch.
#
#   ./quickstart.sh         in a terminal: you type, ssh and sudo are real
#   ./quickstart.sh --yes   plays the stories by itself and shows the transcript
#
# As root on Debian 12.  Installs the packages it needs; beside these it leaves
# nothing behind: it builds in a temporary folder and mounts over this
# machine's /usr, /etc, /var, /run and /home for its own processes alone.
set -u
self=$(realpath "$0")
src=$(dirname "$self")

usage() {
	sed -n '3,11s/^# \{0,1\}//p' "$self"
}

say() {
	printf '\n\033[1m%s\033[0m\n' "$*"
}

yes=no
[ -t 0 ] && [ -t 1 ] || yes=yes
case ${1:-} in
--yes) yes=yes ;;
--help | -h)
	usage
	exit 0
	;;
--inside) ;;
'') ;;
*)
	usage >&2
	exit 2
	;;
esac

# ---- inside the namespaces --------------------------------------------------

# Shows what arrives at an address, as a phone or mailbox would.
inbox_watch() {
	local seen='' message
	while sleep 0.3; do
		message=$(sandbox /sandbox/messages 2>/dev/null |
			jq -r '.[0] | "\(.id) [inbox of \(.to), \(.channel)] \(if .code then "your code is \(.code)" else .link // "" end)"' 2>/dev/null)
		if [ -z "$message" ] || [ "${message%% *}" = "$seen" ]; then
			continue
		fi
		seen=${message%% *}
		[ "$seen" = null ] || printf '\r\n    \033[36m%s\033[0m\r\n' "${message#* }" >/dev/tty
	done
}

# Type yourself: ssh on this terminal, the inbox beside it.
hands_on() { # USER TEXT...
	local user=$1
	shift
	printf '%s\n' "$@"
	echo "    \$ ssh -p $HOST_SSH_PORT $user@127.0.0.1"
	ssh "${SSH_OPTIONS[@]}" -tt "$user@127.0.0.1"
}

# Codes as an authenticator app shows them.
authenticator() { # SECRET
	echo "    authenticator: now $(oathtool --totp -b "$1"), next $(oathtool --totp -b --now '+30 seconds' "$1")"
	echo "    (later: oathtool --totp -b $1)"
}

# Whether alice got in by a service: the agent's own word.
was_granted() { # SERVICE
	grep -q "verdict=granted operation=authenticate account=alice .*service=$1" "$HOST_WORK/agent.log"
}

play_typed() {
	say "1. ssh, first visit: alice, a user of a consumer project"
	inbox_watch &
	host_started inbox $!
	hands_on alice "This host has never seen alice.  Her code arrives below, and at $SANDBOX_URL/" \
		"Have a look around (id, pwd); leave with exit."
	was_granted sshd && ok=$((ok + 1))
	say "2. sudo step-up"
	authenticator "$TOTP_ALICE"
	hands_on alice "Log in again and try: sudo id"
	was_granted sudo && ok=$((ok + 1))
	say "3. Accounts and groups from a B2B organization"
	to_b2b
	story_provisioning && ok=$((ok + 1))
	host_stop inbox
}

play_alone() {
	say "1. ssh, first visit: alice, a user of a consumer project"
	story_ssh_consumer && ok=$((ok + 1))
	say "2. sudo step-up: a wrong code, the right one, the right one again"
	story_sudo_consumer && ok=$((ok + 1))
	say "1b. ssh, first visit: carol, a member whose organization requires TOTP"
	to_b2b
	story_ssh_b2b || ok=$((ok - 1))
	say "3. Accounts and groups from a B2B organization"
	story_provisioning && ok=$((ok + 1))
}

# A host belongs to one project: make this one the organization's.
to_b2b() {
	host_stop agent
	host_forget
	# shellcheck disable=SC2119 # no more lines
	story_configure_b2b
	agent_start
}

inside() {
	export E2E_DIR=$src/tests/e2e HOST_WORK HOST_ROOT HOST_TLS_PORT HOST_SSH_PORT
	# shellcheck source=tests/e2e/host.sh
	. "$E2E_DIR/host.sh"
	# shellcheck source=tests/e2e/stories.sh
	. "$E2E_DIR/stories.sh"
	trap host_end EXIT
	host_up "$E2E_DIR/seed.json" consumer
	host_stop agent
	# shellcheck disable=SC2119 # no more lines
	story_configure_consumer
	story_configure_sudo
	agent_start
	ok=0
	if [ "$yes" = yes ]; then play_alone; else play_typed; fi
	echo
	echo "quickstart: $ok of 3 stories ok"
	[ "$ok" -eq 3 ]
}

if [ "${1:-}" = --inside ]; then
	yes=$QUICKSTART_YES
	inside
	exit
fi

# ---- outside: packages, build, namespaces -----------------------------------

if [ "$(id -u)" != 0 ]; then
	echo "quickstart: run me as root (I mount and start a real sshd, for my own processes alone)" >&2
	exit 1
fi
echo "quickstart: packages ..."
"$src/packaging/install-packages.sh" build play || exit 1
work=$(mktemp -d /tmp/stytch-quickstart.XXXXXX)
trap 'rm -rf "$work"' EXIT
chmod 0755 "$work"
mkdir "$work/src" "$work/build" "$work/host"

quietly() {
	"$@" >"$work/log" 2>&1 || {
		tail -30 "$work/log" >&2
		echo "quickstart: failed: $*" >&2
		exit 1
	}
}

echo "quickstart: building ..."
tar -C "$src" --exclude=./.git --exclude='./build*' --exclude=./node_modules -cf - . | tar -C "$work/src" -xf -
quietly "$work/src/autogen.sh"
quietly env -C "$work/build" "$work/src/configure" --prefix=/usr --sysconfdir=/etc --localstatedir=/var \
	"--libdir=/usr/lib/$(gcc -print-multiarch)"
quietly make -C "$work/build" -j"$(nproc)" all
quietly make -C "$work/build" install "DESTDIR=$work/root"

free_port() { # FIRST
	local port
	for port in $(seq "$1" $(($1 + 200))); do
		(exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || {
			echo "$port"
			return
		}
	done
}
HOST_ROOT=$work/root HOST_WORK=$work/host QUICKSTART_YES=$yes \
	HOST_TLS_PORT=$(free_port 8443) HOST_SSH_PORT=$(free_port 2222) \
	unshare --mount --pid --fork --kill-child --mount-proc --propagation private \
	bash "$work/src/quickstart.sh" --inside
