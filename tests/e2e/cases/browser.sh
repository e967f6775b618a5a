# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# A waiting ssh prompt for a magic link: the link is clicked on the sandbox's
# inbox page in a real browser, and the address where it ends is pasted.
. "$E2E_DIR/stories.sh"
[ -x /usr/bin/chromium ] || skip "chromium is not installed"
[ -d "$E2E_BROWSER/node_modules/playwright-core" ] || skip "playwright-core is not installed: make browser"
export BROWSER_MODULES=$E2E_BROWSER

host_up "$E2E_DIR/seed.json" consumer
host_configure consumer "$CONSUMER_ID" "$CONSUMER_SECRET" "[accounts]" "name_from = external_id" \
	"[service *]" "methods = magic_link"
host_stop agent
agent_start

# follow ADDRESS: prints the final address, and notes it for the next time.
FOLLOW="node $E2E_DIR/../browser/follow_link.mjs $SANDBOX_URL"
check "the link that the inbox page opened logs in at the waiting prompt" session "$(ssh_to alice id)" \
	'[Ll]ink[^\n]*:' "output:$FOLLOW alice@example.com | tee $HOST_WORK/final" \
	'uid=[12][0-9]{9}\(alice\)' see
check "the address was that of the landing page" grep -qE \
	"^https://127.0.0.1:$HOST_TLS_PORT/sandbox/landing\?stytch_token_type=magic_links&token=.+" "$HOST_WORK/final"
check "one login, by what was pasted" test "$(grep -c 'Accepted keyboard-interactive' "$HOST_WORK/sshd.log")" = 1
check "the same address does not log in again" not_let_in alice '[Ll]ink[^\n]*:' "file:$HOST_WORK/final"
check "nor does somebody else's" not_let_in bob '[Ll]ink[^\n]*:' \
	"output:$FOLLOW bob@example.com >/dev/null; $FOLLOW alice@example.com"
check "still one login" test "$(grep -c 'Accepted keyboard-interactive' "$HOST_WORK/sshd.log")" = 1
check "the inbox page's log has the calls of the agent" bash -c \
	". $E2E_DIR/host.sh; sandbox /sandbox/calls | jq -e '[.calls[] | select(.route == \"/v1/magic_links/authenticate\" and .status == 200)] | length == 1'"
