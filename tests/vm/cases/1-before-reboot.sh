# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# What 2-reboot.sh wants to find again.
. "$E2E_DIR/stories.sh"
host_up "$E2E_DIR/seed.json" b2b "organizations = $ORGANIZATION"
story_configure_b2b
story_configure_sudo
systemctl restart stytchd.service
check "the members come" wait_until stytchctl sync
check "carol gets in" story_ssh_b2b
rm -rf /vm/reboot
mkdir /vm/reboot
getent passwd carol dave erin >/vm/reboot/passwd
id carol >/vm/reboot/id
host_stop sandbox
cp "$HOST_WORK"/*.pem "$HOST_WORK"/*.key "$HOST_WORK"/sandbox.db* /vm/reboot
check "three accounts are noted" test "$(wc -l </vm/reboot/passwd)" = 3
