# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# The login of A answered with B's identity; a forged login id.
. "$E2E_DIR/stories.sh"
host_up "$E2E_DIR/seed.json" consumer
story_configure_consumer
host_stop agent
agent_start

# Both are known here, so that only the comparison of identities stands between.
check "both are known" getent passwd alice bob
# Bob's real, whole answer, given to whoever authenticates next.
bob=$(api consumer POST /v1/otps/email/send '{"email": "bob@example.com"}')
code=$(newest_code bob@example.com)
api consumer POST /v1/otps/authenticate "$(jq -n --arg m "$(jq -r .email_id <<<"$bob")" --arg c "$code" \
	'{method_id: $m, code: $c, session_duration_minutes: 60}')" >"$HOST_WORK/bob.json"
check "the planted answer is a whole one" jq -e '.status_code == 200 and .user.external_id == "bob"' "$HOST_WORK/bob.json"
sandbox /sandbox/faults "$(jq -n --rawfile b "$HOST_WORK/bob.json" \
	'{path: "/v1/otps/authenticate", status: 200, body: $b}')" >/dev/null
check "alice's login answered with bob's identity is refused" not_let_in alice \
	"$ASK_CODE" fresh:alice@example.com
check "and it is told loudly" grep -q 'verdict=alarm .*account=alice .*another identity' "$HOST_WORK/agent.log"
sandbox_no_faults
check "control: bob's own login is granted" session "$(ssh_to bob id)" "$ASK_CODE" fresh:bob@example.com 'uid=[0-9]*\(bob\)' see

# ~/.pam_environment, read before our session module, forges the login id.
sed -i '0,/^@include common-session/s//session required pam_env.so user_readenv=1\n@include common-session/' /etc/pam.d/sshd
printf 'STYTCH_LOGIN DEFAULT=0123456789abcdef0123456789abcdef\nFORGED DEFAULT=yes\n' >/home/bob/.pam_environment
chown bob:bob /home/bob/.pam_environment
check "a forged login id is just not found: bob is bob, and the forgery took effect" session \
	"$(ssh_to bob 'id -un; echo forged=$FORGED login=$STYTCH_LOGIN.')" "$ASK_CODE" fresh:bob@example.com \
	'\nbob\r' see 'forged=yes login=0123456789abcdef0123456789abcdef\.' see
rm /home/bob/.pam_environment
# shellcheck disable=SC2016 # the person's shell expands it
check "and an unforged one is not left in the person's environment" session \
	"$(ssh_to bob 'id -un; echo login=$STYTCH_LOGIN.')" "$ASK_CODE" fresh:bob@example.com '\nbob\r' see 'login=\.' see
