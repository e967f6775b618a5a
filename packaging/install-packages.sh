#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Install the Debian packages that are missing: install-packages.sh GROUP...
# Groups: build (to build everything), play (for quickstart.sh), test (for
# run-tests.sh), vm (for make vm-check).  Asks nothing.
set -eu
declare -A packages=(
	[build]="gcc make autoconf automake libtool pkg-config libpam0g-dev libcurl4-openssl-dev libcjson-dev
		libsqlite3-dev libssl-dev libcjose-dev libjansson-dev libinih-dev libxxhash-dev liboath-dev
		libsystemd-dev libmicrohttpd-dev libcrypt-dev libqrencode-dev libpng-dev libzxcvbn-dev
		libargon2-dev libsecp256k1-dev nettle-dev libcbor-dev"
	[play]="openssh-server openssh-client sudo expect curl jq openssl oathtool iproute2 util-linux systemd
		libpam-modules libpam-runtime passwd procps"
	[test]="clang clang-format clang-tidy clang-tools libclang-rt-14-dev libcmocka-dev libpam-wrapper libnss-wrapper
		pamtester python3 mandoc cppcheck shellcheck codespell apparmor valgrind gdb git gcovr
		libpam-oath libpam-google-authenticator zsh fish chromium"
	[vm]="qemu-system-x86 mmdebstrap e2fsprogs dpkg-dev debhelper dh-apparmor fakeroot"
)
# Tests in a browser want Node.js 18 and npm: Debian's, where none is installed
# from elsewhere (whose package would not stand beside Debian's npm).
command -v node >/dev/null && command -v npm >/dev/null || packages[test]+=" nodejs npm"
usage() {
	echo "usage: install-packages.sh GROUP... (groups: build play test vm)" >&2
	exit 2
}
[ $# -gt 0 ] || usage
for group; do
	[ -n "$group" ] && [ -n "${packages[$group]:-}" ] || {
		echo "install-packages.sh: no such group: $group" >&2
		usage
	}
done
wanted=()
for group; do
	# shellcheck disable=SC2206 # words are packages
	wanted+=(${packages[$group]})
done
missing=()
for package in "${wanted[@]}"; do
	dpkg-query -W -f '${Status}\n' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0
if [ "$(id -u)" != 0 ]; then
	echo "install as root first: apt-get install ${missing[*]}" >&2
	exit 1
fi
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
trap 'rm -f "$log"' EXIT
apt-get update >"$log" 2>&1 || true
# policy-rc.d: installing openssh-server must not start a server on this machine.
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
	printf '#!/bin/sh\nexit 101\n' >$policy
	chmod 0755 $policy
	trap 'rm -f "$log" $policy' EXIT
fi
apt-get install -y -q --no-install-recommends -o Dpkg::Use-Pty=0 "${missing[@]}" >"$log" 2>&1 || {
	tail -20 "$log" >&2
	exit 1
}
