# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# Those who must not get in, with Stytch up: wrong, late and used codes,
# unknown, locked and method-less people, names that are local or reserved.
. "$E2E_DIR/stories.sh"
. "$E2E_DIR/locals.sh"
host_up "$E2E_DIR/seed.json" consumer
story_configure_consumer
locals_setup
host_stop agent
agent_start

three_wrong_codes() {
	session "$(ssh_to bob id)" "$ASK_CODE" text:000001 "$ASK_CODE" text:000002 "$ASK_CODE" text:000003 \
		'Permission denied' see
	[ $? -eq 255 ] # ssh's own, after its third try
}
check "three wrong codes: refused" three_wrong_codes
check "the right code after wrong ones still works, and is the live one" session "$(ssh_to bob id)" \
	"$ASK_CODE" code:bob@example.com 'uid=[0-9]*\(bob\)' see
check "one message was sent for all of these" test "$(message_count bob@example.com)" = 1
used=$(newest_code bob@example.com)
check "a used code is refused" not_let_in bob "$ASK_CODE" "text:$used"

# Expired: the sandbox's clock runs 10 minutes ahead while the prompt waits.
check "an expired code is refused" not_let_in alice "$ASK_CODE" \
	"run:sleep 0.3; curl -sS --cacert $HOST_WORK/ca.pem -d '{\"advance_seconds\": 700}' $SANDBOX_URL/sandbox/clock" \
	'' code:alice@example.com

# Unknown, locked, without a method: the same prompts and outcome as a wrong code.
shape() { # USER: the transcript with what may differ taken out
	session "$(ssh_to "$1" id); true" "$ASK_CODE|$ASK_TOTP|:" text:000000 ':' text:000000 ':' text:000000 'denied|Too many' see 2>&1 |
		sed -E "s/$1/USER/g; s/[a-z0-9]•+@[^ :]*/ADDRESS/g; s/\+?[0-9•]{6,}/NUMBER/g; s/\r//g"
}
shape alice >"$HOST_WORK/shape.alice"
for user in nobody-here lou nora mallory; do
	shape "$user" >"$HOST_WORK/shape.$user"
	check "$user sees what a known person with a wrong code sees" \
		diff "$HOST_WORK/shape.alice" "$HOST_WORK/shape.$user"
done
check "no message went to the locked one" test "$(message_count lou@example.com)" = 0
check "none to the self-signed-up one" test "$(message_count mallory@example.com)" = 0
check_not "a fresh self-signed-up user has no account" getent passwd mallory
check_not "a reserved name is no account" getent passwd docker
check "a local name stays the local account" test "$(getent passwd localjoe | cut -d: -f6)" = /home/localjoe
check "root stays root" test "$(id -u root)" = 0
check "no code was sent for a local name" test "$(message_count joe@example.com)" = 0
check_locals "Stytch up"
