# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# The host of the end-to-end cases, when it is the guest of tests/vm: the
# packages are installed, systemd runs the agent, sshd is the system's.  Every
# case begins with a host that has forgotten the one before.
HOST_SSH_PORT=22
HOST_EXAMPLES=/usr/share/doc/stytchd/examples
HOST_CA_FILE=/etc/stytch/sandbox-ca.pem
# shellcheck source=tests/e2e/host.sh
. "$E2E_DIR/host.sh"
[ -e /vm/guest.sh ] || die "not in the guest of tests/vm"
UNITS=(stytchd-root.socket stytchd-public.socket stytchd.service)

# shellcheck disable=SC2317 # called by host.sh and by the cases

# 1-install.sh and 1-setup.sh have made it: now it forgets.
host_make() {
	systemctl stop "${UNITS[@]}"
	host_forget
	install -d -m 0755 /etc/stytch
	install -m 0644 "$HOST_WORK/ca.pem" "$HOST_CA_FILE"
}

# A long process (dbus, systemd-logind) keeps the maps that it has until these
# say that there may be others, which new limits do.
host_forget() {
	[ ! -e /etc/stytch/stytch.conf ] || stytchctl limits write
	rm -rf /var/lib/stytch/private/* /var/lib/stytch/accounts*.map
	find /home -mindepth 1 -maxdepth 1 ! -name localjoe -exec rm -rf {} +
}

# A stop of the sockets too: with these, the next request would start it.
host_stop() { # NAME
	local pid
	if [ "$1" = agent ]; then
		[ ! -e /usr/sbin/stytchd ] || systemctl stop "${UNITS[@]}"
	elif [ -f "$HOST_WORK/$1.pid" ]; then
		pid=$(cat "$HOST_WORK/$1.pid")
		rm -f "$HOST_WORK/$1.pid"
		kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null
	fi
	return 0
}

agent_start() {
	systemctl reset-failed "${UNITS[@]}"
	systemctl start stytchd.service || {
		journalctl -n 20 --no-pager -u stytchd >&2
		die "the agent does not start"
	}
}

sshd_start() {
	systemctl start ssh.service || die "sshd does not start"
}

# The journal is told where the case began by guest.sh.
journal() { # ARGUMENT...
	journalctl --sync
	journalctl --no-pager -q --cursor="$HOST_CURSOR" "$@"
}

host_log() { # sshd|agent
	case $1 in
	sshd) journal -o cat -t sshd ;;
	agent) journal -o cat -u stytchd.service ;;
	esac
}

# From here on, journal() shows what comes.
journal_mark() {
	HOST_CURSOR=$(cursor)
}

# What the kernel denied to the agent.
denied() {
	journal -o cat | grep 'apparmor="DENIED"' | grep 'profile="stytchd'
}

agent_pid() {
	systemctl show -P MainPID stytchd.service
}

is() { # UNIT STATE
	[ "$(systemctl show -P ActiveState "$1")" = "$2" ] && return 0
	systemctl status --no-pager "$1"
	return 1
}

none_failed() {
	[ -z "$(systemctl list-units --failed --no-legend --plain)" ] && return 0
	systemctl list-units --failed --no-pager
	return 1
}
