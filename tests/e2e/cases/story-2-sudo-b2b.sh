# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# Story 2 for a member: sudo's TOTP needs the login's session, which the agent
# keeps, sealed, also over a restart; after a key login there is none, and
# policy names the primary step that runs first.
. "$E2E_DIR/stories.sh"
host_up "$E2E_DIR/seed.json" b2b "organizations = $ORGANIZATION"
host_stop agent
story_configure_b2b
story_configure_sudo
agent_start

restart="kill \$(cat $HOST_WORK/agent.pid); while [ -e /run/stytchd/ready ]; do sleep 0.05; done"
check "sudo uses the login's kept session: wrong, right, again" story_sudo_b2b

# A restart in the middle of a session.
agent_restarter() {
	local i
	for i in $(seq 2400); do
		if [ -e "$HOST_WORK/restart" ]; then
			rm "$HOST_WORK/restart"
			host_stop agent
			agent_start
			touch "$HOST_WORK/restarted"
			return
		fi
		sleep 0.05
	done
}
sandbox /sandbox/clock '{"advance_seconds": 120}' >/dev/null
totp_later="oathtool --totp -b --now '+120 seconds' $TOTP_CAROL"
totp_next="oathtool --totp -b --now '+150 seconds' $TOTP_CAROL"
agent_restarter &
restarter=$!
check "sudo after an agent restart still has the session" session "$(ssh_to carol)" \
	"$ASK_CODE" fresh:carol@example.com \
	"$ASK_TOTP" "run:$totp_later >$HOST_WORK/code" '' "file:$HOST_WORK/code" \
	"$SHELL_PROMPT" "run:touch $HOST_WORK/restart; while [ ! -e $HOST_WORK/restarted ]; do sleep 0.05; done" \
	'' 'text:sudo id' "$ASK_TOTP" "run:$totp_next >$HOST_WORK/code" '' "file:$HOST_WORK/code" \
	'uid=0\(root\)' see "$SHELL_PROMPT" text:exit
kill $restarter 2>/dev/null # it has done its work, or there was none
wait $restarter
# The agent was started in the background shell; take over its pid.
[ -f "$HOST_WORK/agent.pid" ] && HOST_PIDS+=("$(cat "$HOST_WORK/agent.pid")")

# A key login: account phase alone, then sudo runs the primary step first.
ssh-keygen -q -t ed25519 -N '' -f "$HOST_WORK/key"
install -d -o carol -g carol -m 0700 /home/carol/.ssh
install -o carol -g carol -m 0600 "$HOST_WORK/key.pub" /home/carol/.ssh/authorized_keys
sandbox /sandbox/clock '{"advance_seconds": 120}' >/dev/null
totp_key="oathtool --totp -b --now '+240 seconds' $TOTP_CAROL"
key_ssh="exec ssh -o PreferredAuthentications=publickey ${SSH_OPTIONS[*]} -i $HOST_WORK/key -tt carol@127.0.0.1"
check "after a key login sudo asks the primary step, then TOTP" session "$key_ssh" \
	"$SHELL_PROMPT" 'text:sudo id' "$ASK_CODE" fresh:carol@example.com \
	"$ASK_TOTP" "run:$totp_key >$HOST_WORK/code" '' "file:$HOST_WORK/code" \
	'uid=0\(root\)' see "$SHELL_PROMPT" text:exit
