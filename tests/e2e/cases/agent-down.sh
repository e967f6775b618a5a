# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# No agent, or one that does not answer: nobody of Stytch gets in, in any
# phase, with code or key; local people do; look-ups do not hang.
. "$E2E_DIR/stories.sh"
. "$E2E_DIR/locals.sh"
host_up "$E2E_DIR/seed.json" consumer
story_configure_consumer
locals_setup
host_stop agent
agent_start
check "before: alice gets in" session "$(ssh_to alice 'id -un')" "$ASK_CODE" fresh:alice@example.com '\nalice\r' see
ssh-keygen -q -t ed25519 -N '' -f "$HOST_WORK/key"
install -d -o alice -g alice -m 0700 /home/alice/.ssh
install -o alice -g alice -m 0600 "$HOST_WORK/key.pub" /home/alice/.ssh/authorized_keys
key_login() {
	timeout 30 ssh -o PreferredAuthentications=publickey "${SSH_OPTIONS[@]}" -o BatchMode=yes -i "$HOST_WORK/key" \
		alice@127.0.0.1 id -un
}
check "before: her key gets in" key_login

host_stop agent
check "agent down: refused by code" refused alice
check_not "agent down: refused by key" key_login
check "agent down: a known name is still known" getent passwd alice
check_locals "agent down"

agent_start
kill -STOP "$(pgrep -x stytchd)"
start=$(date +%s)
check "agent stopped: look-ups of unknown names end in bounded time" bash -c 'timeout 20 getent passwd bob; test $? -ne 124'
check "within 15 s" test $(($(date +%s) - start)) -le 15
check "agent stopped: local look-ups are not slowed" timeout 2 getent passwd localjoe
check_locals "agent stopped"
kill -CONT "$(pgrep -x stytchd)"
check "agent back: her key gets in again" key_login

# Gone in Stytch: the key no longer helps.
alice=$(api consumer GET /v1/users/alice | jq -r .user_id)
api consumer DELETE "/v1/users/$alice" >/dev/null
check_not "a deleted person's key is refused" key_login
