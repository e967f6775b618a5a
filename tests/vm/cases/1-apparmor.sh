# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# The profile bites: what it must deny, planted, is denied and told; the same
# without the profile is not.
. "$E2E_DIR/stories.sh"
host_up "$E2E_DIR/seed.json" consumer
story_configure_consumer
systemctl restart stytchd.service

check "the profile is enforced" grep -qx 'stytchd (enforce)' /sys/kernel/security/apparmor/profiles
check "and is the agent's" grep -qx 'stytchd (enforce)' "/proc/$(agent_pid)/attr/current"
denial() { # GREP-PATTERN
	denied | grep -E "$1"
}
# The profile goes by the path: a copy elsewhere is not under it.
cp /usr/sbin/stytchd "$HOST_WORK/copy"
reads_shadow() { # PROGRAM: run by root, told that shadow is its configuration
	"$1" --check-config --config /etc/shadow 2>&1 | tee "$HOST_WORK/shadow.out"
	grep -q 'shadow:1:' "$HOST_WORK/shadow.out"
}
journal_mark
check "control: root reads /etc/shadow by a program of no profile" reads_shadow "$HOST_WORK/copy"
check_not "and that is denied to nobody" denied
check_not "under the profile root does not" reads_shadow /usr/sbin/stytchd
check "and the kernel says so" wait_until denial 'name="/etc/shadow".*requested_mask="r"'
# A shell that somebody got to run in the agent's place, by way of aa-exec.
check "control: a shell runs a program" /bin/sh -c 'exec /bin/sh -c :'
check_not "under the profile it runs none" aa-exec -p stytchd -- /bin/sh -c 'exec /bin/sh -c :'
check "and the kernel says so" wait_until denial 'operation="exec".*/(dash|sh)"'
check_not "nobody's ssh key is read" bash -c "/usr/sbin/stytchd --check-config \
	--config /etc/ssh/ssh_host_ed25519_key 2>&1 | grep -q ed25519_key:1:"
check "and the kernel says so" wait_until denial 'ssh_host_ed25519_key'
