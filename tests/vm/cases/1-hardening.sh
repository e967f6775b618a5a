# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# The unit's directives as systemd and the kernel apply them: on the running
# agent, and by a program that tries each thing in the same sandbox.
. "$E2E_DIR/stories.sh"
host_up "$E2E_DIR/seed.json" consumer
story_configure_consumer
systemctl restart stytchd.service
pid=$(agent_pid)
has() { # KEY VALUE: in /proc/PID/status
	grep -E "^$1:[[:space:]]+$2\$" "/proc/$pid/status" || {
		grep "^$1:" "/proc/$pid/status"
		return 1
	}
}
check "the agent is stytchd" test "$(stat -c %U "/proc/$pid")" = root -o "$(ps -o user= -p "$pid")" = stytchd
check "has uid and gid of its own in every place" has Uid "$(id -u stytchd)(\s+$(id -u stytchd)){3}"
check "has no further groups" has Groups "($(id -g stytchd) ?)?"
check "gains no privilege" has NoNewPrivs 1
check "is under a filter of system calls" has Seccomp 2
for set in CapInh CapPrm CapEff CapBnd CapAmb; do
	check "$set is empty" has $set 0000000000000000
done
check "writes no core file" grep -E '^Max core file size +0 +0 ' "/proc/$pid/limits"
check "nothing of it is readable by its own user" test "$(stat -c %U "/proc/$pid/mem")" = root
check "systemd counts its exposure at 2.0 at most" systemd-analyze security --threshold=20 --no-pager stytchd.service

# The same sandbox, around a program that tries.
unit=/run/systemd/system/vm-probe.service
sed -E -e 's,^ExecStart=.*,ExecStart=/usr/bin/perl /vm/probe.pl,' -e 's/^Type=.*/Type=oneshot/' \
	-e '/^(Requires|After|Before|Wants|WatchdogSec|Restart|RestartSec|ExecReload|Also|WantedBy)/d' \
	/lib/systemd/system/stytchd.service >$unit
systemctl daemon-reload
journal_mark
check "a program runs in the agent's sandbox" systemctl start vm-probe.service
journal -o cat -u vm-probe.service | grep '^probe ' >"$HOST_WORK/inside"
perl /vm/probe.pl >"$HOST_WORK/outside"
while read -r name want; do
	check "control: $name is possible outside" grep -qx "probe $name ok" "$HOST_WORK/outside"
	check "inside, $name: $want" grep -E "^probe $name ($want)\$" "$HOST_WORK/inside"
done <<-'TABLE'
	write-state ok
	write-run ok
	write-tmp ok
	socket-unix ok
	socket-inet ok
	socket-inet6 ok
	read-null ok
	write-usr EROFS
	write-etc EROFS
	write-var EROFS
	list-home EACCES
	open-kmsg ENOENT
	open-disk ENOENT
	read-sysctl ENOENT
	make-cgroup EROFS|EACCES
	socket-netlink EAFNOSUPPORT
	socket-packet EAFNOSUPPORT
	map-write-execute EPERM
	protect-execute EPERM
	new-user-namespace EPERM
	setuid-file EPERM
	real-time EPERM
	personality EPERM
	set-hostname EPERM
	set-clock EPERM
	mount EPERM
	trace EPERM
	change-owner EPERM
	change-uid EPERM
	change-root EPERM
	raise-limit EPERM
TABLE
check_not "its /tmp is its own" test -e /tmp/vm-probe-inside
rm -f $unit
systemctl daemon-reload
check "and the agent works in all of this" session "$(ssh_to alice 'id -un')" "$ASK_CODE" fresh:alice@example.com '\nalice\r' see
