# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# Story 1: ssh with a code, on the very first visit, for a consumer user.
. "$E2E_DIR/stories.sh"
host_up "$E2E_DIR/seed.json" consumer
story_configure_consumer
story_configure_sudo
host_stop agent
agent_start

check "no account before the first visit" test ! -s /var/lib/stytch/accounts.new.map -o \
	"$(stytchctl accounts list --json | jq length)" = 0
check "first visit: prompt with the masked address, code, shell, groups, new home" story_ssh_consumer
check "the transcript shows no address" bash -c "! grep -q alice@example.com $HOST_WORK/check.out"
check "one connection, one code" test "$(message_count alice@example.com)" = 1
check "one authentication in sshd's log" test "$(host_log sshd | grep -c 'Accepted keyboard-interactive')" = 1
check "the account is known from now on" getent passwd alice
check "by uid too" getent passwd "$(id -u alice)"
check "and in its group" bash -c 'getent group stytch-admins | grep -q alice'
check "the login is ended: no session is left in Stytch" bash -c \
	'wait_until() { for i in $(seq 60); do [ "$(stytchctl status --json | jq -r ".sessions")" = 0 ] && return 0; sleep 0.05; done; return 1; }; wait_until'
