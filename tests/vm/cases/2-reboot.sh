# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# After a reboot: accounts are there before the agent is, the agent is there
# before Stytch is, and people are who they were.
. "$E2E_DIR/stories.sh"
. "$E2E_DIR/locals.sh"
check "carol was an account before the sockets or the agent were there" bash -c \
	'grep ^carol: /run/vm-early && diff <(grep ^carol: /vm/reboot/passwd) <(grep ^carol: /run/vm-early) &&
		! grep -q sock /run/vm-early'
check "and a name that nobody has was none" grep -qx 'status 2' /run/vm-early
for unit in "${UNITS[@]}"; do
	check "$unit came up by itself" is "$unit" active
done
check "no unit failed" none_failed
check "systemd calls the system running" test "$(systemctl is-system-running)" = running
check "the agent runs under its profile, enforced" grep -qx 'stytchd (enforce)' "/proc/$(agent_pid)/attr/current"
check "the accounts are those of before" diff /vm/reboot/passwd <(getent passwd carol dave erin)
check "so are their groups" diff /vm/reboot/id <(id carol)
check "Stytch is not there yet: a member is refused" refused carol
check_locals "Stytch not there yet"

cp /vm/reboot/* "$HOST_WORK"
rm "$HOST_WORK"/passwd "$HOST_WORK"/id
sandbox_start "$E2E_DIR/seed.json"
sandbox /sandbox/clock '{"advance_seconds": 3600}' >/dev/null
check "Stytch is there: a sync changes nothing" bash -c 'stytchctl sync && diff /vm/reboot/passwd <(getent passwd carol dave erin)'
check "the login of before the reboot is ended" bash -c '[ "$(stytchctl status --json | jq -r .sessions)" = 0 ]'
check "dave gets in, with his home made" session "$(ssh_to dave 'id -un; pwd')" "$ASK_CODE" fresh:dave@example.com \
	"$ASK_TOTP" "run:oathtool --totp -b --now '+3600 seconds' GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ >$HOST_WORK/code" \
	'' "file:$HOST_WORK/code" '/home/dave\r' see
