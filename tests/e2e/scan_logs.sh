#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# No log of the product may hold what was typed or planted in a case: codes,
# links, passwords, the projects' secrets, the seeds' TOTP secrets.  The
# sandbox is the far side: its log is not ours.  usage: scan_logs.sh HOST_WORK
set -u
words=$1/words
grep -vxE '0{6}|00000[0-9]|123456|' "$1/typed" 2>/dev/null | sort -u >"$words"
printf '%s\n' Canary0 local-word root-word JBSWY3DPEHPK3PXP KRSXG5CTMVRXEZLU GEZDGNBVGY3TQOJQ >>"$words"
for log in "$1/agent.log" "$1/sshd.log" "$1/syslog"; do
	[ -f "$log" ] || continue
	if grep -nwFf "$words" "$log" | head -3 | grep .; then
		exit 1
	fi
done
exit 0
