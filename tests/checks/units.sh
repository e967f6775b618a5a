#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The systemd files: no key that systemd does not know, an exposure of at most
# 2.0, what sysusers and tmpfiles make of theirs, and the choices that other
# parts rely on.
set -eu
conf=${top_srcdir:?}/conf
command -v systemd-analyze >/dev/null || exit 77

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
faults=0
fault() {
	echo "units: $*" >&2
	faults=$((faults + 1))
}

# verify wants the program to be there.
program=$(command -v true)
sed "s,^ExecStart=.*/stytchd,ExecStart=$program," \
	"${top_builddir:?}/conf/systemd/stytchd.service" >"$tmp/stytchd.service"
cp "$conf"/systemd/*.socket "$tmp"
export SYSTEMD_UNIT_PATH="$tmp:"
verify() {
	timeout 60 systemd-analyze verify --man=no "$tmp/stytchd.service" \
		"$tmp/stytchd-root.socket" "$tmp/stytchd-public.socket" 2>&1
}
said=$(verify) || fault "verify failed: $said"
[ -z "$said" ] || fault "verify said: $said"

# The check itself: an unknown key makes verify speak.
cp "$tmp/stytchd.service" "$tmp/kept"
sed -i 's/^UMask=/UMsak=/' "$tmp/stytchd.service"
[ -n "$(verify || :)" ] || fault "an unknown key went unnoticed"
mv "$tmp/kept" "$tmp/stytchd.service"

timeout 60 systemd-analyze security --offline=true --no-pager --threshold=20 \
	"$tmp/stytchd.service" >"$tmp/security" 2>&1 ||
	fault "exposure above 2.0: $(tail -n 1 "$tmp/security")"

has() {
	grep -qx -- "$2" "$tmp/$1" || fault "$1 lacks $2"
}
hasnot() {
	! grep -q -- "^$2" "$tmp/$1" || fault "$1 has $2"
}
hasnot stytchd.service PrivateUsers=	# hides the peers' uids
hasnot stytchd.service RuntimeDirectory=	# a stop would remove the sockets
hasnot stytchd.service DynamicUser=	# hides the maps
has stytchd.service User=stytchd
has stytchd.service StateDirectoryMode=0755
has stytchd.service RestartPreventExitStatus=78	# the agent's EX_CONFIG
has stytchd-root.socket SocketMode=0600
has stytchd-root.socket FileDescriptorName=root
has stytchd-root.socket ListenSequentialPacket=/run/stytchd/root.sock
has stytchd-public.socket SocketMode=0666
has stytchd-public.socket FileDescriptorName=public
has stytchd-public.socket ListenSequentialPacket=/run/stytchd/public.sock

if command -v systemd-sysusers >/dev/null && [ "$(id -u)" -eq 0 ]; then
	mkdir -p "$tmp/root/etc"
	systemd-sysusers --root="$tmp/root" "$conf/sysusers.d/stytch.conf" 2>"$tmp/err" ||
		fault "sysusers: $(cat "$tmp/err")"
	grep -q '^stytchd:.*:/var/lib/stytch:/usr/sbin/nologin$' "$tmp/root/etc/passwd" ||
		fault "sysusers made no stytchd"
	systemd-tmpfiles --root="$tmp/root" --create "$conf/tmpfiles.d/stytch.conf" 2>"$tmp/err" ||
		fault "tmpfiles: $(cat "$tmp/err")"
	modes=$(cd "$tmp/root" && stat -c '%a %n' run/stytchd var/lib/stytch var/lib/stytch/private | tr '\n' ' ')
	[ "$modes" = "755 run/stytchd 755 var/lib/stytch 700 var/lib/stytch/private " ] ||
		fault "tmpfiles made: $modes"
fi
[ "$faults" -eq 0 ]
