#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Inside the guest, started by vm-test.service at each boot: the cases of this
# boot, one after the other, told on the second serial line.  Then a reboot, or
# the end.
set -u
exec </dev/null >/dev/ttyS1 2>&1
export LC_ALL=C.UTF-8 HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin
export E2E_DIR=/vm/e2e E2E_HOST=/vm/host.sh
# An emulated processor, shared, is slow.
export SESSION_TIMEOUT=60
boot=$(cat /vm/boot 2>/dev/null || echo 1)
echo $((boot + 1)) >/vm/boot

# A mark in the journal, and where it is.  Not --after-cursor: with a field to
# match, that skips the first entry that does.
cursor() {
	echo mark | systemd-cat -t vm-mark
	journalctl --sync
	journalctl -q -n 1 -t vm-mark -o json | jq -r .__CURSOR
}
export -f cursor

run_case() { # FILE
	local name start code=0
	name=$(basename "$1" .sh)
	start=$(date +%s)
	export HOST_WORK=/var/tmp/vm/$name HOST_CURSOR
	HOST_CURSOR=$(cursor)
	mkdir -p "$HOST_WORK"
	chmod 0755 /var/tmp/vm "$HOST_WORK"
	echo "== $name"
	timeout --kill-after=10 "${VM_CASE_TIMEOUT:-900}" bash "$E2E_DIR/case.sh" "$1" </dev/null || code=$?
	journalctl --sync
	journalctl -q -o cat --cursor="$HOST_CURSOR" -u stytchd.service >"$HOST_WORK/agent.log"
	journalctl -q -o cat --cursor="$HOST_CURSOR" -t sshd -t sudo >"$HOST_WORK/sshd.log"
	journalctl -q -o cat --cursor="$HOST_CURSOR" >"$HOST_WORK/all.log"
	if [ $code -ne 0 ] && [ $code -ne 1 ]; then
		echo "not ok $name: ended with $code"
	fi
	# What the case itself plants is in the log on purpose.
	if [ "$name" != 1-apparmor ]; then
		if grep 'apparmor="DENIED"' "$HOST_WORK/all.log" | grep -m 5 'profile="stytchd'; then
			echo "not ok $name: AppArmor denied the agent something"
		else
			echo "ok $name: AppArmor denied the agent nothing"
		fi
	fi
	if grep -m 3 'pam_systemd.*Failed' "$HOST_WORK/all.log"; then
		echo "not ok $name: a session that systemd-logind does not have"
	fi
	if bash "$E2E_DIR/scan_logs.sh" "$HOST_WORK"; then
		echo "ok $name: no secret in a log"
	else
		echo "not ok $name: a secret in a log"
	fi
	if [ $code -ne 0 ]; then
		tail -n 40 "$HOST_WORK/agent.log" | sed 's/^/    agent: /'
		tail -n 15 "$HOST_WORK/sshd.log" | sed 's/^/    sshd: /'
		tail -n 15 "$HOST_WORK/sandbox.log" 2>/dev/null | sed 's/^/    sandbox: /'
	fi
	echo "== $name took $(($(date +%s) - start)) s"
}

echo "== boot $boot: $(systemd-detect-virt), $(uname -r), systemd $(systemctl --version | head -n 1 | cut -d' ' -f2)"
while read -r file; do
	[ -z "$file" ] || run_case "$file"
done <"/vm/boot.$boot"
if [ -e "/vm/boot.$((boot + 1))" ]; then
	echo "== reboot"
	systemctl reboot
else
	echo "== end"
	systemctl poweroff
fi
