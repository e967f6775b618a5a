# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# Story 2: sudo asks for a TOTP code as a step-up.
. "$E2E_DIR/stories.sh"
host_up "$E2E_DIR/seed.json" consumer
story_configure_consumer
story_configure_sudo
host_stop agent
agent_start

check "sudo: wrong code refused, right code is root, the same code again refused" story_sudo_consumer
bob_sudo() {
	session "$(ssh_to bob)" "$ASK_CODE" fresh:bob@example.com "$SHELL_PROMPT" 'text:sudo id; echo "code $?"' \
		"$ASK_TOTP" text:123456 "$ASK_TOTP" text:123456 "$ASK_TOTP" text:123456 'code 1\r' see "$SHELL_PROMPT" text:exit
}
check "a person without TOTP is asked all the same, and is not root" bob_sudo
