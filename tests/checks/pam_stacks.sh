#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The shipped PAM stacks, every outcome: libpam runs them with pam_debug in the
# place of pam_stytch and of pam_unix, each made to answer as a row says.
set -eu
conf=${top_srcdir:?}/conf
outcome=${top_builddir:?}/tests/checks/pam_outcome
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# stytch_answers unix_answers: pam_debug plays both; what else a stack has is
# there for its control alone.
play() {
	all() {
		echo "pam_debug.so auth=$1 cred=$1 acct=$1 open_session=$1 close_session=$1"
	}
	sed -E -e '/^#/d' -e '/^@include/d' -e '/^[[:space:]]*$/d' \
		-e "s/pam_(selinux|loginuid|keyinit|mkhomedir|systemd|motd|mail|limits|env|nologin)\.so.*/pam_permit.so/" \
		-e "s/pam_stytch\.so.*/$(all "$1")/" -e "s/pam_unix\.so.*/$(all "$2")/"
}

# Debian's common-* with the profile in, as pam-auth-update puts it there.
profile_part() {
	sed -n "/^$1:/,/^[A-Z]/p" "$conf/pam-configs/stytch" | sed -n 's/^[[:space:]]\{1,\}//p'
}
profile() {
	cat <<-END
		auth	$(profile_part Auth | sed 's/success=end/success=2/')
		auth	[success=1 default=ignore]	pam_unix.so nullok try_first_pass
		auth	requisite	pam_deny.so
		auth	required	pam_permit.so
		auth	optional	pam_permit.so
		account	[success=1 new_authtok_reqd=done default=ignore]	pam_unix.so
		account	requisite	pam_deny.so
		account	required	pam_permit.so
		account	$(profile_part Account)
		session	[default=1]	pam_permit.so
		session	requisite	pam_deny.so
		session	required	pam_permit.so
		session	$(profile_part Session)
		session	required	pam_unix.so
		session	optional	pam_permit.so
	END
}

# phases | pam_stytch answers | pam_unix answers | outcome
table() {
	cat <<-END
		auth success auth_err granted
		auth success success granted
		auth success user_unknown granted
		auth user_unknown success granted
		auth user_unknown auth_err denied
		auth user_unknown user_unknown denied
		auth authinfo_unavail success granted
		auth authinfo_unavail auth_err denied
		auth authinfo_unavail user_unknown denied
		auth+setcred success auth_err granted
		auth+setcred user_unknown success granted
		setcred success success granted
		setcred user_unknown success granted
		account success success granted
		account success user_unknown denied
		account success acct_expired denied
		account user_unknown success granted
		account user_unknown user_unknown denied
		account user_unknown new_authtok_reqd denied
		open success success granted
		open user_unknown success granted
		open success session_err denied
		open+close success success granted
		open+close user_unknown success granted
	END
	# No other answer of pam_stytch lets anybody in, whatever pam_unix says.
	for answer in auth_err perm_denied maxtries abort conv_err service_err \
		system_err buf_err cred_insufficient new_authtok_reqd acct_expired \
		session_err cred_unavail cred_expired cred_err no_module_data \
		authtok_err try_again ignore authtok_expired module_unknown \
		open_err symbol_err bad_item conv_again incomplete; do
		echo "auth $answer success denied"
		echo "account $answer success denied"
		echo "open $answer success denied"
	done
	echo "account authinfo_unavail success denied"
	echo "open authinfo_unavail success denied"
}

# Run the table over the stack in $1/stytch; print each row that went wrong.
walk() {
	name=$1
	table | while read -r phases stytch unix want; do
		mkdir -p "$tmp/d"
		play "$stytch" "$unix" <"$tmp/$name" >"$tmp/d/stytch"
		# shellcheck disable=SC2046 # the phases are words
		code=$("$outcome" "$tmp/d" stytch $(echo "$phases" | tr + ' ')) || code=none
		case $code in
		0) got=granted ;;
		none | '') got=nothing ;;
		*) got=denied ;;
		esac
		[ "$got" = "$want" ] || echo "$name: $phases: stytch $stytch, unix $unix: $got ($code)"
	done
}

# A module that cannot be loaded is a denial too, not a way round.
missing() {
	mkdir -p "$tmp/d"
	sed -e '/^#/d' -e '/^@include/d' -e 's,pam_stytch\.so,/nonexistent/pam_stytch.so,' "$tmp/$1" |
		play success success >"$tmp/d/stytch"
	for phase in auth account open; do
		code=$("$outcome" "$tmp/d" stytch "$phase" 2>/dev/null) || code=none
		case $code in
		0 | none | '') echo "$1: $phase with no module: $code" ;;
		esac
	done
}

cp "$conf/pam.d/sshd.sample" "$tmp/sshd"
cp "$conf/pam.d/sudo.sample" "$tmp/sudo"
profile >"$tmp/profile"
echo 'auth required pam_debug.so auth=success' >"$tmp/probe"
mkdir -p "$tmp/d"
cp "$tmp/probe" "$tmp/d/stytch"
[ "$("$outcome" "$tmp/d" stytch auth)" = 0 ] || { echo "no pam_debug here"; exit 77; }

wrong=$(for stack in sshd sudo profile; do walk "$stack"; missing "$stack"; done)
[ -z "$wrong" ] || { echo "$wrong"; exit 1; }

# The samples ask pam_stytch before an expired password may skip it.
mkdir -p "$tmp/d"
for stack in sshd sudo; do
	play perm_denied new_authtok_reqd <"$tmp/$stack" >"$tmp/d/stytch"
	code=$("$outcome" "$tmp/d" stytch account)
	[ "$code" = 6 ] || { echo "$stack: an expired password skips pam_stytch: $code"; exit 1; }
done

# The table itself: each weakened control must be noticed.
for edit in 's/default=die\]\tpam_stytch/default=ignore]\tpam_stytch/' \
	's/\(authinfo_unavail=ignore \)\{0,1\}default=die/authinfo_unavail=ignore default=die/' \
	's/success=2 \(.*pam_stytch\)/success=ignore \1/' \
	's/^auth\(.*\)default=die/auth\1default=bad/;s/^\(account.*\)user_unknown=ignore/\1/'; do
	sed "$edit" "$tmp/profile" >"$tmp/weak"
	! cmp -s "$tmp/weak" "$tmp/profile" || { echo "no such control: $edit"; exit 1; }
	[ -n "$(walk weak)" ] || { echo "weakened and not noticed: $edit"; exit 1; }
done
