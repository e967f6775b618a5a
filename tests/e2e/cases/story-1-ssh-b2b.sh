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
check "a wrong TOTP after a good email code is refused" not_let_in dave \
	"$ASK_CODE" fresh:dave@example.com "$ASK_TOTP" text:000000
check "the email code alone lets nobody in" not_let_in erin "$ASK_CODE" fresh:erin@example.com
check "and it asked for the second factor" grep -q uthenticator "$HOST_WORK/refused.out"
