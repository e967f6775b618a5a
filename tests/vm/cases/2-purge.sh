# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# The packages go: local people get in before, during and after; the module
# leaves the stacks before it leaves the disk; nothing of it is left that
# anything reads.
. "$E2E_DIR/stories.sh"
. "$E2E_DIR/locals.sh"
check_locals "before"
packages=$(for deb in /vm/debs/*.deb; do dpkg-deb -f "$deb" Package; done | tr '\n' ' ')

# Beside the purge: local logins one after the other, and a look at the stacks.
local_logins() {
	while [ ! -e "$HOST_WORK/purged" ]; do
		if local_ssh localjoe local-word >"$HOST_WORK/login.out" 2>&1; then
			echo in >>"$HOST_WORK/logins"
		else
			echo out >>"$HOST_WORK/logins"
			cat "$HOST_WORK/login.out" >>"$HOST_WORK/logins.failed"
		fi
	done
}
module=$(dpkg -L libpam-stytch | grep 'pam_stytch.so$')
stacks() {
	while [ ! -e "$HOST_WORK/purged" ]; do
		# The module first: what is looked at later may be gone in between.
		if [ ! -e "$module" ] && grep -qs pam_stytch /etc/pam.d/common-*; then
			echo "the module is gone, a stack names it" >>"$HOST_WORK/stacks"
		fi
		sleep 0.02
	done
}
local_logins &
logins=$!
stacks &
looker=$!
wait_until test -s "$HOST_WORK/logins"
check "the packages are purged" env SESSION_TIMEOUT=600 DEBIAN_FRONTEND=readline \
	expect "$E2E_DIR/session.exp" "exec apt-get purge $packages" '\[Y/n\]' text:y
touch "$HOST_WORK/purged"
wait $logins $looker
sed -i '/^$/d' "$HOST_WORK/logins"
echo "    $(grep -c . "$HOST_WORK/logins") local logins beside the purge"
check "local people got in all the while" bash -c "[ \$(grep -c '^in' $HOST_WORK/logins) -ge 2 ] &&
	! grep -q '^out' $HOST_WORK/logins || { cat $HOST_WORK/logins.failed; false; }"
check_not "no stack ever named a missing module" test -e "$HOST_WORK/stacks"
check_locals "after"
check_not "no stack names it" grep -rn stytch /etc/pam.d
check_not "nsswitch.conf does not" grep -n stytch /etc/nsswitch.conf
check "but for mkhomedir, which the admin switched on, the stacks are as before the packages" bash -c \
	'pam-auth-update --package --remove mkhomedir && diff -r /vm/before/pam.d /etc/pam.d'
check "and nsswitch.conf is" diff -b /vm/before/nsswitch.conf /etc/nsswitch.conf
check_not "no package is left" bash -c "dpkg-query -W -f '\${db:Status-Abbrev} \${Package}\n' $packages 2>/dev/null | grep -v ^un"
check_not "nothing runs" pgrep -u stytchd
check_not "no unit is known" bash -c "systemctl list-unit-files --no-legend 'stytchd*' | grep ."
for unit in "${UNITS[@]}"; do
	check "$unit is not active" is "$unit" inactive
done
check "no unit failed" none_failed
check_not "no configuration, no secret is left" test -e /etc/stytch/stytch.conf -o -e /etc/stytch/secret -o -e /etc/stytch/nss.limits
check_not "no profile is left on the disk" bash -c "find /etc/apparmor.d -name '*stytchd*' | grep ."
check "the ledger of ids stays, as README.Debian says" test -s /var/lib/stytch/private/state.db
check "an account of Stytch is no more" bash -c '! getent passwd carol'
