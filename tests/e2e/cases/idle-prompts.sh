# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# 500 idle ssh prompts, more than there are places: sudo still answers.
. "$E2E_DIR/stories.sh"
host_up "$E2E_DIR/seed.json" consumer
story_configure_consumer
# All from one address: lift that quota, so that the places themselves are
# tested.  Of 400, 300 are for callers without a terminal.
sed -i 's/^kind = .*/&\nconversations_per_rhost = 4096\nmax_conversations = 400/' /etc/stytch/stytch.conf
story_configure_sudo
host_stop agent
agent_start

session "$(ssh_to alice)" "$ASK_CODE" fresh:alice@example.com "$SHELL_PROMPT" \
	"run:touch $HOST_WORK/in; while [ ! -e $HOST_WORK/flooded ]; do sleep 0.1; done" \
	'' 'text:sudo id; echo "sudo $?"' "$ASK_TOTP" "totp:$TOTP_ALICE" 'uid=0\(root\)' see 'sudo 0\r' see \
	"$SHELL_PROMPT" text:exit >"$HOST_WORK/sudo.out" 2>&1 &
talker=$!
wait_until test -e "$HOST_WORK/in"
full() {
	[ "$(stytchctl status --json | jq -r '.conversations')" -ge 300 ]
}
# Prompts that nobody answers: what ssh asks by only sleeps.  Who finds no
# place is asked for a local password, and sleeps over that.
printf '#!/bin/sh\nexec sleep 1000\n' >"$HOST_WORK/nobody"
chmod 0755 "$HOST_WORK/nobody"
flood=()
for i in $(seq 500); do
	# A little at a time, so that sshd's queue of new connections holds.
	[ $((i % 20)) -ne 0 ] || sleep 0.5
	SSH_ASKPASS=$HOST_WORK/nobody SSH_ASKPASS_REQUIRE=force DISPLAY=none \
		ssh -o ConnectTimeout=120 "${SSH_OPTIONS[@]}" bob@127.0.0.1 true >/dev/null 2>&1 </dev/null &
	flood+=($!)
done
all_asked() {
	[ "$(pgrep -fcx 'sleep 1000')" -ge 500 ]
}
for _ in $(seq 900); do
	all_asked && break
	sleep 0.1
done
check "500 prompts wait at once" all_asked
check "the places for ssh are full" full
touch "$HOST_WORK/flooded"
wait $talker
check "sudo in the flood: asked, answered, root" grep -q 'sudo 0' "$HOST_WORK/sudo.out"
kill "${flood[@]}" 2>/dev/null
pkill -KILL -x sleep
wait "${flood[@]}" 2>/dev/null
