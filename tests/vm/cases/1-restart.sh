# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# The agent ends in every way there is: restart in a prompt, a kill, a hang, a
# stop, a configuration that it cannot start with, an upgrade.
. "$E2E_DIR/stories.sh"
. "$E2E_DIR/locals.sh"
host_up "$E2E_DIR/seed.json" consumer
story_configure_consumer
systemctl restart stytchd.service
gets_in() { # USER
	session "$(ssh_to "$1" 'id -un')" "$ASK_CODE" "code:$1@example.com" "\\n$1\\r" see
}
check "alice gets in" session "$(ssh_to alice 'id -un')" "$ASK_CODE" fresh:alice@example.com '\nalice\r' see

# The module has its answer, no agent: the stack goes on to the local password,
# which bob has not.  sshd then asks anew, and the code of before is still good.
journal_mark
check "a restart in a prompt ends it, and the next one lets in" session "$(ssh_to bob 'id -un')" \
	"$ASK_CODE" 'run:systemctl restart stytchd.service' '' text:000000 '[Pp]assword: ?$' text:none \
	"$ASK_CODE" code:bob@example.com '\nbob\r' see
check "the login that was cut off is one event" test "$(journal STYTCH_ACCOUNT=bob STYTCH_OPERATION=authenticate \
	-o json | jq -r .STYTCH_VERDICT | tr '\n' ' ')" = "unavailable granted "

# Killed: systemd starts it again, and says so.
pid=$(agent_pid)
again() {
	is stytchd.service active && [ "$(agent_pid)" != "$pid" ] && [ -e /run/stytchd/ready ] && stytchctl status
}
kill -KILL "$pid"
check "killed, it comes back" wait_until again
check "by systemd's restart" test "$(systemctl show -P NRestarts stytchd.service)" -ge 1
check "alice gets in again" gets_in alice

# Hung: the watchdog.
mkdir -p /run/systemd/system/stytchd.service.d
printf '[Service]\nWatchdogSec=4s\n' >/run/systemd/system/stytchd.service.d/watchdog.conf
systemctl daemon-reload
systemctl restart stytchd.service
pid=$(agent_pid)
sleep 9
check "a watchdog is fed" test "$(agent_pid)" = "$pid"
kill -STOP "$pid"
check "hung, it is ended by the watchdog and comes back" wait_until again
rm -r /run/systemd/system/stytchd.service.d
systemctl daemon-reload
check "and leaves no core file" bash -c '[ -z "$(find / -xdev -name "core*" -newer /run/stytchd/boot -type f -size +0 ! -path "/proc/*" ! -path "/sys/*" 2>/dev/null | grep -E "/core(\.[0-9]+)?$")" ]'
check "bob gets in again" gets_in bob

check "it stops" systemctl stop "${UNITS[@]}"
check_locals "stopped"
check "a Stytch account is refused" refused alice

# It cannot start: local people do not wait for it, and mending is enough.
cp /etc/stytch/stytch.conf "$HOST_WORK/good.conf"
printf '[service sshd]\nnonsense = 1\n' >>/etc/stytch/stytch.conf
check_not "a bad configuration does not start" systemctl start stytchd.service
check "its status says which" test "$(systemctl show -P ExecMainStatus stytchd.service)" = 78
check_locals "bad configuration"
check "bad configuration: a Stytch account is refused" refused alice
check "systemd does not try it over and over" test "$(systemctl show -P NRestarts stytchd.service)" = 0
cp "$HOST_WORK/good.conf" /etc/stytch/stytch.conf
check "mended, one start is enough" systemctl start stytchd.service
check "with its sockets" is stytchd-root.socket active
check "both" is stytchd-public.socket active
check "alice gets in at last" gets_in alice
systemctl reset-failed

# An upgrade: the packages over themselves.
pid=$(agent_pid)
cp -a /etc/pam.d "$HOST_WORK/pam.d"
check "an upgrade asks nothing" env SESSION_TIMEOUT=600 DEBIAN_FRONTEND=readline \
	expect "$E2E_DIR/session.exp" 'exec apt-get install --reinstall /vm/debs/*.deb'
check "the agent is the new one" again
check "and has its sockets" is stytchd-root.socket active
check "PAM's stacks are as they were" diff -r "$HOST_WORK/pam.d" /etc/pam.d
check "alice gets in after it" gets_in alice
check_locals "upgraded"
check "no unit failed" none_failed
