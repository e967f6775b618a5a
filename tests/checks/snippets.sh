#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The snippets for sudo and sshd, read by visudo and sshd themselves.
set -eu
conf=${top_srcdir:?}/conf
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
checked=0
PATH=$PATH:/usr/sbin:/sbin

if command -v visudo >/dev/null; then
	install -m 0440 "$conf/sudoers.d/stytch" "$tmp/sudoers"
	visudo -cf "$tmp/sudoers" >"$tmp/out" 2>&1 || { cat "$tmp/out"; exit 1; }
	# The rule an admin uncomments must parse too.
	sed 's/^#%/%/' "$conf/sudoers.d/stytch" >"$tmp/rules"
	chmod 0440 "$tmp/rules"
	cmp -s "$tmp/rules" "$tmp/sudoers" && { echo "no commented rule"; exit 1; }
	visudo -cf "$tmp/rules" >"$tmp/out" 2>&1 || { cat "$tmp/out"; exit 1; }
	echo 'Defaults:STYTCH passwd_tires=1' >"$tmp/wrong"
	! visudo -cf "$tmp/wrong" >/dev/null 2>&1 || { echo "visudo takes anything"; exit 1; }
	checked=$((checked + 1))
fi

if command -v sshd >/dev/null && command -v ssh-keygen >/dev/null; then
	ssh-keygen -q -t ed25519 -N '' -f "$tmp/key"
	# Debian's default comes behind the snippet and must not win.
	cat "$conf/sshd_config.d/stytch.conf" - >"$tmp/sshd_config" <<-END
		HostKey $tmp/key
		KbdInteractiveAuthentication no
	END
	# As root sshd wants its privilege separation folder; anyone else need not.
	drop=
	if [ "$(id -u)" -eq 0 ]; then
		chown -R 65534:65534 "$tmp"
		drop="setpriv --reuid=65534 --regid=65534 --clear-groups"
	fi
	daemon=$(command -v sshd)
	$drop "$daemon" -T -f "$tmp/sshd_config" >"$tmp/settings"
	for want in 'kbdinteractiveauthentication yes' 'passwordauthentication no' 'usepam yes'; do
		grep -qx "$want" "$tmp/settings" || { echo "sshd lacks: $want"; exit 1; }
	done
	sed 's/^#Auth/Auth/' "$tmp/sshd_config" >"$tmp/methods"
	$drop "$daemon" -T -f "$tmp/methods" >"$tmp/settings"
	grep -qx 'authenticationmethods publickey,keyboard-interactive' "$tmp/settings"
	checked=$((checked + 1))
fi
[ "$checked" -gt 0 ] || exit 77
