# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# The six packages by apt on a running system: nothing is asked, nothing starts
# before it is configured, nobody is let in, no file of others changes.
. "$E2E_DIR/stories.sh"
. "$E2E_DIR/locals.sh"
host_local_people
locals_setup
mkdir /vm/before
cp -a /etc/pam.d /etc/nsswitch.conf /vm/before

# At a terminal, where a question would wait for its answer in vain.
check "the packages install without a question" env SESSION_TIMEOUT=600 DEBIAN_FRONTEND=readline \
	expect "$E2E_DIR/session.exp" 'exec apt-get install /vm/debs/*.deb'
packages=$(for deb in /vm/debs/*.deb; do dpkg-deb -f "$deb" Package; done)
# shellcheck disable=SC2086 # names are words
check "all six are installed whole" bash -c '[ "$(dpkg-query -W -f "\${db:Status-Abbrev}\n" '"${packages//$'\n'/ }"' | grep -c "^ii ")" = 6 ]'
# shellcheck disable=SC2086
check "and every file is as packed" dpkg -V $packages
for unit in "${UNITS[@]}"; do
	check "$unit is enabled" systemctl is-enabled "$unit"
	check "$unit waits for a configuration" is "$unit" inactive
done
check "no unit failed" none_failed
check "the agent's user is there, and nobody's shell" bash -c 'getent passwd stytchd | grep -q ":/usr/sbin/nologin$"'
check "the folders have their owners and modes" test "$(stat -c '%U %a' /var/lib/stytch /var/lib/stytch/private \
	/run/stytchd | tr '\n' ' ')" = "stytchd 755 stytchd 700 stytchd 755 "
check "AppArmor enforces the agent's profile" grep -qx 'stytchd (enforce)' /sys/kernel/security/apparmor/profiles
check "no stack of PAM has changed" diff -r /vm/before/pam.d /etc/pam.d
check "nor nsswitch.conf" cmp /vm/before/nsswitch.conf /etc/nsswitch.conf
