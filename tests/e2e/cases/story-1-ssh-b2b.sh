# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# Story 1 for a member of a B2B organization that requires a second factor:
# email code, then TOTP with the intermediate session token.
. "$E2E_DIR/stories.sh"
host_up "$E2E_DIR/seed.json" b2b "organizations = $ORGANIZATION"
host_stop agent
story_configure_b2b
agent_start

check "first visit: email code, then TOTP, shell, groups" story_ssh_b2b
check "a wrong TOTP after a good email code is refused" bash -c "! timeout 60 expect $E2E_DIR/session.exp \
	\"$(ssh_to dave id)\" '$ASK_CODE' fresh:dave@example.com '$ASK_TOTP' text:000000 'uid=' see"
check_not "a member is not let in by the email code alone" session "$(ssh_to dave id)" \
	"$ASK_CODE" code:dave@example.com 'uid=' see
