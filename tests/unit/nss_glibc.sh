#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The module as it is installed, under the real glibc: getent and id in a private
# mount namespace with an /etc, /run and /var/lib of their own.
set -eu
: "${top_builddir:?}"

skip() {
	echo "skipped: $1"
	exit 77
}

if [ -z "${NSS_GLIBC_INSIDE-}" ]; then
	if grep -q '^#define WITH_SANITIZERS' "$top_builddir/config.h"; then
		skip "getent cannot load a module built with a sanitizer"
	fi
	export NSS_GLIBC_INSIDE=1
	if unshare -m true 2>/dev/null; then
		exec timeout 120 unshare -m --propagation private "$0"
	elif unshare -Urm true 2>/dev/null; then
		exec timeout 120 unshare -Urm --propagation private "$0"
	fi
	skip "no private mount namespace here"
fi

mount -t tmpfs tmpfs /mnt
mkdir /mnt/etc /mnt/lib
mount --bind /mnt/etc /etc
mount -t tmpfs tmpfs /var/lib
mount -t tmpfs tmpfs /run
cp "$top_builddir/nss_stytch/.libs/libnss_stytch.so.2" /mnt/lib/
export LD_LIBRARY_PATH=/mnt/lib
printf 'passwd: files stytch\ngroup: files stytch\n' >/etc/nsswitch.conf
printf 'root:x:0:0:root:/root:/bin/sh\nbob:x:1000:1000:local Bob:/home/bob:/bin/sh\n' >/etc/passwd
printf 'root:x:0:\nvideo:x:44:\nbob:x:1000:\n' >/etc/group
mkdir /etc/stytch /var/lib/stytch
map=/var/lib/stytch/accounts.map
overlay=/var/lib/stytch/accounts.new.map
build=$top_builddir/tests/unit/nss_build_map
alice='alice:*:1879100000:1879100000:A Person:/home/alice:/bin/sh'
failed=0

write_limits() {
	printf 'uid 1879048192-2147352575\ngid 1879048192-2147352575\n%s' "${1-}" >/etc/stytch/nss.limits
	chmod 0644 /etc/stytch/nss.limits
}

# is LABEL WANTED COMMAND...: the command prints WANTED
is() {
	label=$1 wanted=$2
	shift 2
	got=$("$@" 2>&1) || true
	if [ "$got" != "$wanted" ]; then
		printf 'FAILED %s\n  wanted: %s\n  got: %s\n' "$label" "$wanted" "$got"
		failed=1
	fi
}

# absent LABEL COMMAND...: the command finds nothing
absent() {
	label=$1
	shift
	if got=$("$@" 2>&1); then
		printf 'FAILED %s\n  got: %s\n' "$label" "$got"
		failed=1
	fi
}

absent 'nothing without a map' getent passwd alice
write_limits
"$build" $map
is 'an account by name' "$alice" getent passwd alice
is 'an account by uid' "$alice" getent passwd 1879100000
is 'a group by name' 'stytch-team:*:1879200000:alice,carol' getent group stytch-team
is 'a group by gid' 'stytch-team:*:1879200000:alice,carol' getent group 1879200000
is 'a private group' 'alice:*:1879100000:' getent group alice
is 'groups of an account' '1879100000 1879200000' id -G alice
is 'names of ids' 'alice stytch-team' id -Gn alice
is 'everyone, the local ones first' 'root bob alice bob carol' \
	sh -c 'getent passwd | cut -d: -f1 | grep -xE "root|alice|bob|carol" | tr "\n" " " | sed "s/ $//"'
is 'groups when listed' '5' sh -c 'getent group | grep -c :187'
is 'a local name stays local' 'bob:x:1000:1000:local Bob:/home/bob:/bin/sh' getent passwd bob
is 'a local account has no groups of ours' '1000' id -G bob
absent 'an unknown name' getent passwd nosuch
absent 'an unknown uid' getent passwd 1879100050
absent 'a name that breaks the grammar' getent passwd 'a:b'
absent 'no shadow entry' getent shadow alice

write_limits 'grant 44 alice
'
is 'a granted local group' '1879100000 44 1879200000' id -G alice
write_limits 'grant 44 carol
'
is 'a group granted to another' '1879100000 1879200000' id -G alice

"$build" $overlay dora
is 'someone of the overlay' '1879100100' id -u dora
"$build" $map xena
is 'a map that was replaced' 'xena:*:1879100100:1879100100:A Person:/home/xena:/bin/sh' getent passwd xena
absent 'someone of the old map' getent passwd alice
"$build" $map

chmod 0664 /etc/stytch/nss.limits
absent 'limits that others may write' getent passwd alice
write_limits 'uid 0-5
'
absent 'limits with a bad line' getent passwd alice
rm /etc/stytch/nss.limits
absent 'no limits' getent passwd alice
is 'local accounts without limits' 'bob' id -un bob
write_limits
is 'limits that are good again' "$alice" getent passwd alice
chmod 0666 $map
absent 'a map that others may write' getent passwd alice
chmod 0644 $map
head -c 500 $map >/var/lib/stytch/short
mv /var/lib/stytch/short $map
absent 'half a map' getent passwd alice
is 'local accounts without a map' 'root' id -un root
exit $failed
