# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# Ctrl-C and lost connections in a prompt: nobody is let in, nothing is left.
. "$E2E_DIR/stories.sh"
host_up "$E2E_DIR/seed.json" consumer
story_configure_consumer
story_configure_sudo
host_stop agent
agent_start

idle() {
	[ "$(stytchctl status --json | jq -r '.conversations')" = 0 ]
}
check_not "Ctrl-C in ssh's prompt" session "$(ssh_to alice id)" "$ASK_CODE" 'bytes:\003' 'uid=' see
check "the agent's conversation has ended" wait_until idle

session "$(ssh_to alice id)" "$ASK_CODE" "run:touch $HOST_WORK/prompted" 'uid=' see >/dev/null 2>&1 &
talker=$!
wait_until test -e "$HOST_WORK/prompted"
check "a conversation waits" test "$(stytchctl status --json | jq -r '.conversations')" = 1
pkill -KILL -f 'ssh .*alice@127.0.0.1'
check "a dropped connection ends it" wait_until idle
wait $talker 2>/dev/null

check "Ctrl-C in sudo's prompt is no root, and the shell goes on" session "$(ssh_to alice)" \
	"$ASK_CODE" code:alice@example.com "$SHELL_PROMPT" 'text:sudo id; echo "code $?"' \
	"$ASK_TOTP" 'bytes:\003' 'code 1\r' see "$SHELL_PROMPT" text:exit
check "an answer of control characters is refused" not_let_in bob \
	"$ASK_CODE" 'bytes:\x1b[A\x7f\r'
check "and everything still works" session "$(ssh_to bob id)" "$ASK_CODE" code:bob@example.com 'uid=[0-9]*\(bob\)' see
check "the agent's conversations have ended" wait_until idle
