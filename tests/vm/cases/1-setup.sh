# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# The steps of README.Debian, up to a person's first login.
. "$E2E_DIR/stories.sh"
. "$E2E_DIR/locals.sh"
host_certificates
sandbox_start "$E2E_DIR/seed.json"
install -m 0644 "$HOST_WORK/ca.pem" "$HOST_CA_FILE"
# 1. and the limits of 2.
story_configure_b2b

# 2. The first request starts the agent.
check "both sockets start" systemctl start stytchd-root.socket stytchd-public.socket
check "and belong to root, for root and for everyone" test "$(stat -c '%U:%G %a' /run/stytchd/root.sock \
	/run/stytchd/public.sock | tr '\n' ' ')" = "root:root 600 root:root 666 "
check "the agent is not running yet" is stytchd.service inactive
check "the first request is answered" stytchctl status
check "by the agent, now running" is stytchd.service active
check "systemctl enable --now, as the README says, changes nothing more" systemctl enable --now "${UNITS[@]}"
check "a dry run reads the organization" stytchctl sync --dry-run
check "a sync brings the members" stytchctl sync

# 3. and 4.
check "names and logins are switched on" host_switch_on
check "the members are accounts" getent passwd carol dave erin
host_configure_ssh
# An emulated processor takes long for sshd's favourite.
echo 'KexAlgorithms curve25519-sha256' >/etc/ssh/sshd_config.d/zz-vm.conf
check "sshd takes the snippet" systemctl restart ssh.service
story_configure_sudo

# 5.
check "stytchctl check finds nothing to mend" stytchctl check
check "a member gets in: email code, TOTP, shell, groups, home" story_ssh_b2b
check_locals "set up"
check "systemctl status is clean" systemctl status --no-pager "${UNITS[@]}"
check_not "nothing was warned about" bash -c "$(declare -f journal); HOST_CURSOR='$HOST_CURSOR'; journal -p warning -u stytchd.service | grep ."
check "no unit failed" none_failed
check "the agent runs under its profile, enforced" bash -c \
	'grep -qx "stytchd (enforce)" "/proc/$(systemctl show -P MainPID stytchd.service)/attr/current"'
