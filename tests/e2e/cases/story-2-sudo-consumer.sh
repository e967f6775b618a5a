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
check_not "a person without the group has no sudo" session "$(ssh_to bob 'sudo id')" \
	"$ASK_CODE" fresh:bob@example.com 'uid=0' see
