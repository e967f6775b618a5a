# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# A whole host in private mount and network namespaces: the installed product
# laid over /usr, /etc and /var, the sandbox with TLS of its own CA, the agent
# as its own user, the real sshd and sudo with the shipped profiles.  Nothing
# of the real host is written; every process is stopped by the pid we started.
#
# Sourced by the cases (through case.sh) and by quickstart.sh.  Wants:
#   HOST_ROOT  the product, installed by make install DESTDIR=HOST_ROOT
#   HOST_WORK  an empty folder of our own

HOST_TLS_PORT=${HOST_TLS_PORT:-8443}
HOST_SSH_PORT=${HOST_SSH_PORT:-2222}
HOST_EXAMPLES=${HOST_EXAMPLES:-${HOST_ROOT:-}/usr/share/doc/pam_stytch/examples}
HOST_CA_FILE=${HOST_CA_FILE:-$HOST_WORK/ca.pem}
SANDBOX_URL=https://localhost:$HOST_TLS_PORT
HOST_PIDS=()

die() {
	echo "FATAL: $*" >&2
	exit 99
}

# Wait until a command succeeds, at most 20 s.
wait_until() {
	local try
	for try in $(seq 400); do
		"$@" >/dev/null 2>&1 && return 0
		sleep 0.05
	done
	echo "waited in vain for: $* (try $try)" >&2
	return 1
}

# ---- the host ---------------------------------------------------------------

host_overlay() { # DIR [LOWER]
	local name upper
	name=$(echo "$1" | tr / _)
	upper=$HOST_WORK/fs/$name
	mkdir -p "$upper/up" "$upper/work"
	mount -t overlay "overlay$name" -o \
		"lowerdir=${2:+$2:}$1,upperdir=$upper/up,workdir=$upper/work" "$1" ||
		die "cannot lay an overlay over $1"
}

host_mount() {
	# We are the first process of our own namespaces, or we touch nothing.
	[ $$ -eq 1 ] || die "not in namespaces of our own"
	mkdir -p "$HOST_WORK/fs"
	mount -t tmpfs -o mode=0755 tmpfs "$HOST_WORK/fs" || die "no tmpfs"
	host_overlay /usr "$HOST_ROOT/usr"
	if [ -d "$HOST_ROOT/etc" ]; then
		host_overlay /etc "$HOST_ROOT/etc"
	else
		host_overlay /etc
	fi
	host_overlay /var
	for dir in /run /home /var/log; do
		mount -t tmpfs -o mode=0755 tmpfs "$dir" || die "no tmpfs on $dir"
	done
	mkdir -m 0755 /run/sshd
	mkdir -m 0711 /run/sudo
	ip link set lo up 2>/dev/null || true
}

# Accounts, nsswitch, PAM and sudo as an admin sets them up with our files.
host_configure_system() {
	systemd-sysusers /usr/lib/sysusers.d/stytch.conf || die "sysusers"
	install -d -o stytchd -g stytchd -m 0755 /run/stytchd /var/lib/stytch
	install -d -o stytchd -g stytchd -m 0700 /var/lib/stytch/private
	ldconfig
	host_switch_on
	host_local_people
}

# What an admin does to let people in: their names, their logins, their homes.
host_switch_on() {
	sed -i -E 's/^(passwd|group):.*/\1: files stytch systemd/' /etc/nsswitch.conf
	pam-auth-update --package --enable stytch mkhomedir >/dev/null 2>&1 ||
		pam-auth-update --force --enable stytch mkhomedir ||
		die "pam-auth-update"
	grep -q pam_stytch /etc/pam.d/common-auth || die "profile not enabled"
	grep -q pam_mkhomedir /etc/pam.d/common-session || die "mkhomedir not enabled"
}

# A local person with a local password, and root with one.
host_local_people() {
	useradd -m -s /bin/bash -p "$(openssl passwd -6 local-word)" localjoe
	usermod -p "$(openssl passwd -6 root-word)" root
}

host_configure_ssh() {
	install -d /etc/ssh/sshd_config.d
	rm -f /etc/ssh/ssh_host_*
	ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key
	install -m 0644 "$HOST_EXAMPLES/sshd_config.d/stytch.conf" \
		/etc/ssh/sshd_config.d/stytch.conf || die "no sshd snippet"
	cat >/etc/ssh/sshd_config.d/zz-test.conf <<-EOF
		HostKey /etc/ssh/ssh_host_ed25519_key
		PidFile none
		LogLevel VERBOSE
		UseDNS no
		MaxStartups 600:30:700
		PermitRootLogin yes
		PrintMotd no
	EOF
}

# The product's configuration: host_configure KIND PROJECT_ID SECRET [LINE...]
# where lines are further text of stytch.conf.
host_configure() {
	local kind=$1 project=$2 secret=$3
	shift 3
	install -d -m 0755 /etc/stytch
	{
		printf '[stytch]\nkind = %s\nproject_id = %s\n' "$kind" "$project"
		printf 'base_url = %s\nca_file = %s\n' "$SANDBOX_URL" "$HOST_CA_FILE"
		printf '%s\n' "$@"
	} >/etc/stytch/stytch.conf
	(umask 077 && printf '%s\n' "$secret" >/etc/stytch/secret)
	chown stytchd /etc/stytch/secret
	stytchctl limits write || die "limits write"
}

# Forget every account, as another host would be.
host_forget() {
	[ $$ -eq 1 ] || die "not in namespaces of our own"
	rm -rf /var/lib/stytch/private/* /var/lib/stytch/accounts*.map
	find /home -mindepth 1 -maxdepth 1 ! -name localjoe -exec rm -rf {} +
}

# ---- services ---------------------------------------------------------------

host_started() { # NAME PID
	HOST_PIDS+=("$2")
	echo "$2" >"$HOST_WORK/$1.pid"
}

host_stop() { # NAME
	local pid
	[ -f "$HOST_WORK/$1.pid" ] || return 0
	pid=$(cat "$HOST_WORK/$1.pid")
	rm -f "$HOST_WORK/$1.pid"
	kill "$pid" 2>/dev/null || return 0
	wait "$pid" 2>/dev/null || true
}

host_end() {
	local name
	for name in sshd agent sandbox hang; do
		host_stop "$name"
	done
}

host_certificates() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
		-subj "/CN=sandbox CA" -keyout "$HOST_WORK/ca.key" -out "$HOST_WORK/ca.pem" 2>/dev/null
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=localhost" \
		-keyout "$HOST_WORK/tls.key" -out "$HOST_WORK/tls.csr" 2>/dev/null
	printf 'subjectAltName=DNS:localhost,IP:127.0.0.1\n' >"$HOST_WORK/san"
	openssl x509 -req -in "$HOST_WORK/tls.csr" -CA "$HOST_WORK/ca.pem" -CAkey "$HOST_WORK/ca.key" \
		-CAcreateserial -days 2 -extfile "$HOST_WORK/san" -out "$HOST_WORK/tls.pem" 2>/dev/null ||
		die "no certificate"
	chmod 0644 "$HOST_WORK/ca.pem"
	chmod 0755 "$HOST_WORK"
}

CONSUMER_ID=project-test-11111111-1111-4111-8111-111111111111
CONSUMER_SECRET=secret-test-Consumer0Canary0Consumer0Canary0AAA=
B2B_ID=project-test-22222222-2222-4222-8222-222222222222
B2B_SECRET=secret-test-Organization0Canary0Canary0AAAAAAA=
ORGANIZATION=organization-test-33333333-3333-4333-8333-333333333333

sandbox_start() { # SEED
	stytch-sandbox --listen "127.0.0.1:$HOST_TLS_PORT" \
		--tls-cert "$HOST_WORK/tls.pem" --tls-key "$HOST_WORK/tls.key" \
		--consumer "$CONSUMER_ID:$CONSUMER_SECRET" --b2b "$B2B_ID:$B2B_SECRET" \
		--db "${SANDBOX_DB:-$HOST_WORK/sandbox.db}" --seed "$1" >"$HOST_WORK/sandbox.out" 2>"$HOST_WORK/sandbox.log" &
	host_started sandbox $!
	wait_until sandbox /sandbox/messages || {
		cat "$HOST_WORK/sandbox.log" >&2
		die "the sandbox does not start"
	}
}

# sandbox PATH [JSON]: a control request of the sandbox.
sandbox() {
	if [ $# -gt 1 ]; then
		curl -sSf --max-time 10 --cacert "$HOST_WORK/ca.pem" -H 'Content-Type: application/json' \
			-d "$2" "$SANDBOX_URL$1"
	else
		curl -sSf --max-time 10 --cacert "$HOST_WORK/ca.pem" "$SANDBOX_URL$1"
	fi
}

sandbox_no_faults() {
	curl -sSf --max-time 10 --cacert "$HOST_WORK/ca.pem" -X DELETE "$SANDBOX_URL/sandbox/faults" >/dev/null
}

# api consumer|b2b METHOD PATH [JSON]: a call of the API itself, as an admin makes it.
api() {
	local user=$CONSUMER_ID:$CONSUMER_SECRET
	[ "$1" = consumer ] || user=$B2B_ID:$B2B_SECRET
	curl -sS --max-time 10 --cacert "$HOST_WORK/ca.pem" -u "$user" -X "$2" \
		-H 'Content-Type: application/json' ${4:+-d "$4"} "$SANDBOX_URL$3"
}

# Number of messages to an address; the newest code sent to it.
message_count() {
	sandbox "/sandbox/messages?to=$(printf %s "$1" | jq -sRr @uri)" | jq length
}

newest_code() {
	sandbox "/sandbox/messages?to=$(printf %s "$1" | jq -sRr @uri)" |
		jq -er '[.[] | select(.code)][0].code'
}

agent_start() {
	rm -f /run/stytchd/ready
	setpriv --reuid stytchd --regid stytchd --clear-groups --no-new-privs \
		"${AGENT_WRAPPER[@]}" stytchd --foreground ${AGENT_FLAGS:-} >>"$HOST_WORK/agent.log" 2>&1 &
	host_started agent $!
	wait_until test -e /run/stytchd/ready || {
		tail -20 "$HOST_WORK/agent.log" >&2
		die "the agent does not start"
	}
}
AGENT_WRAPPER=()

sshd_start() {
	/usr/sbin/sshd -D -e -f /etc/ssh/sshd_config -p "$HOST_SSH_PORT" \
		-o ListenAddress=127.0.0.1 2>>"$HOST_WORK/sshd.log" &
	host_started sshd $!
	wait_until bash -c "exec 3<>/dev/tcp/127.0.0.1/$HOST_SSH_PORT" || {
		tail -5 "$HOST_WORK/sshd.log" >&2
		die "sshd does not start"
	}
}

# What sshd or the agent has logged in this case.
host_log() { # sshd|agent
	cat "$HOST_WORK/$1.log"
}

# The arguments of ssh to this host.
# shellcheck disable=SC2034 # used by the cases
SSH_OPTIONS=(-p "$HOST_SSH_PORT" -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null
	-o GlobalKnownHostsFile=/dev/null -o LogLevel=ERROR -o PreferredAuthentications=keyboard-interactive
	-o ConnectTimeout=10 -F /dev/null)

# A host without Stytch's project yet.
host_make() {
	host_mount
	host_configure_system
	host_configure_ssh
}

# Everything, for a seed: host_up SEED KIND LINES...
host_up() {
	local seed=$1 kind=$2 id=$CONSUMER_ID secret=$CONSUMER_SECRET
	shift 2
	if [ "$kind" = b2b ]; then
		id=$B2B_ID
		secret=$B2B_SECRET
	fi
	host_certificates
	host_make
	sandbox_start "$seed"
	host_configure "$kind" "$id" "$secret" "$@"
	agent_start
	sshd_start
}
