# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# Whatever happens to Stytch or to the agent, local people get in with their
# local password: through sshd and through sudo.

locals_setup() {
	echo 'localjoe ALL=(ALL:ALL) ALL' >/etc/sudoers.d/localjoe
	chmod 0440 /etc/sudoers.d/localjoe
}

# local_ssh USER PASSWORD: in, at the first prompt that asks for a password.
local_ssh() {
	session "$(ssh_to "$1" 'id -un')" '[Pp]assword: ?$' "text:$2" "\\n$1\\r" see
}

check_locals() { # WHEN
	check "$1: a local user gets in with the local password" local_ssh localjoe local-word
	check "$1: and not with a wrong one" not_let_in localjoe '[Pp]assword: ?$' text:wrong
	check "$1: root gets in with the local password" local_ssh root root-word
	check "$1: a local user's sudo takes the local password" session \
		"exec setpriv --reuid localjoe --regid localjoe --init-groups sudo -k id" \
		'localjoe: ?$' text:local-word 'uid=0\(root\)' see
}

# A person of Stytch is refused whatever is typed, and gets no shell.
refused() { # USER [TEXT]
	not_let_in "$1" ': ?$' "text:${2:-123456}"
}
