#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The program itself: options, refusals, sockets, reload and stop.  It refuses
# to run as root, so root runs the rest as nobody.
# shellcheck disable=SC2086 # $as is words, or nothing
set -eu
# It may not be traced, which the leak check would need.
export ASAN_OPTIONS=detect_leaks=0
agent=${top_builddir:?}/stytchd/stytchd
ctl=$top_builddir/stytchctl/stytchctl
fail() {
	echo "stytchd: $*" >&2
	[ ! -s "${work:-/nonexistent}/log" ] || sed 's/^/  | /' "$work/log" >&2
	exit 1
}
status_of() {
	status=0
	"$@" >/dev/null 2>&1 || status=$?
	echo "$status"
}
wait_for() { # COMMAND...
	tries=0
	until "$@" 2>/dev/null; do
		tries=$((tries + 1))
		[ $tries -lt 400 ] || return 1
		sleep 0.05
	done
}

work=$(mktemp -d /tmp/stytchd-test.XXXXXX)
pid=
trap '[ -z "$pid" ] || kill -KILL "$pid" 2>/dev/null || :; rm -rf "$work"' EXIT
mkdir -m 0700 "$work/state"
mkdir -m 0755 "$work/run"
umask 022
printf '%s\n' '[stytch]' 'kind = consumer' 'project_id = project-test-x' 'sandbox = yes' \
	'base_url = http://127.0.0.1:9' 'connect_timeout = 1s' "secret_file = $work/secret" \
	"runtime_dir = $work/run" "state_dir = $work/state" >"$work/conf"
(umask 077 && echo secret-test-x >"$work/secret")
as=
if [ "$(id -u)" = 0 ]; then
	[ "$(status_of "$agent" --config "$work/conf")" = 1 ] || fail "runs as root"
	chmod 0755 "$work"
	chown -R nobody "$work"
	as='setpriv --reuid nobody --clear-groups'
	# The build may lie where nobody cannot look.
	install -m 0755 "$agent" "$ctl" "$work/"
	agent=$work/stytchd ctl=$work/stytchctl
fi

[ "$(status_of "$agent" --help)" = 0 ] || fail "--help"
"$agent" --version | grep -q pam_stytch || fail "--version"
[ "$(status_of "$agent" --nonsense)" = 2 ] || fail "an unknown option is taken"
[ "$(status_of "$agent" argument)" = 2 ] || fail "an argument is taken"
[ "$(status_of $as "$agent" --config "$work/conf" --check-config)" = 0 ] || fail "a good configuration is refused"
echo 'nonsense = 1' | cat "$work/conf" - >"$work/bad"
[ "$(status_of $as "$agent" --config "$work/bad" --check-config)" = 78 ] || fail "a bad configuration is taken"
[ "$(status_of $as "$agent" --config "$work/bad")" = 78 ] || fail "starts with a bad configuration"
[ "$(status_of $as "$agent" --config "$work/none")" = 78 ] || fail "starts without a configuration"

start() {
	$as "$agent" --config "$work/conf" --foreground >>"$work/log" 2>&1 &
	pid=$!
	wait_for test -e "$work/run/ready" || fail "does not start"
}
answers() {
	$as "$ctl" --runtime-dir "$work/run" status >/dev/null
}
stop() {
	kill -TERM "$pid"
	status=0
	wait "$pid" || status=$?
	pid=
	[ "$status" = 0 ] || fail "a clean stop exits with $status"
}

chmod 0644 "$work/secret"
[ "$(status_of $as "$agent" --config "$work/conf")" = 78 ] || fail "takes a secret that all can read"
chmod 0600 "$work/secret"

start
[ "$(stat -c %a "$work/run/root.sock")" = 600 ] || fail "mode of root.sock"
[ "$(stat -c %a "$work/run/public.sock")" = 666 ] || fail "mode of public.sock"
[ "$(stat -c %a "$work/state/private")" = 700 ] || fail "mode of private"
[ "$(stat -c %a "$work/state/private/seal.key")" = 600 ] || fail "mode of seal.key"
answers || fail "does not answer"
grep -q '^NoNewPrivs:.*1' "/proc/$pid/status" || fail "may gain privileges"
[ "$(status_of $as "$agent" --config "$work/conf")" = 1 ] || fail "two agents on one state"
answers || fail "the second agent broke the first"

cp "$work/bad" "$work/conf.new" && cp "$work/conf" "$work/good" && cat "$work/conf.new" >"$work/conf"
kill -HUP "$pid"
wait_for grep -q 'old configuration stays' "$work/log" || fail "a bad reload is not refused"
answers || fail "a bad reload stopped it"
{ sed 's/connect_timeout = 1s/connect_timeout = 2s/' "$work/good"; echo '[service sshd]'; echo 'enabled = no'; } >"$work/conf"
kill -HUP "$pid"
wait_for grep -q 'read again' "$work/log" || fail "a good reload is not taken"
grep -q 'connect_timeout has changed: restart' "$work/log" || fail "what needs a restart is not named"
cat "$work/good" >"$work/conf"

stop
[ ! -e "$work/run/ready" ] || fail "ready is left behind"
[ ! -e "$work/run/root.sock" ] || fail "root.sock is left behind"

start
kill -KILL "$pid"
wait "$pid" 2>/dev/null || :
[ -e "$work/run/root.sock" ] || fail "control: a killed agent leaves its socket"
rm -f "$work/run/ready"
start
answers || fail "does not replace a dead agent's socket"
stop

chmod 0777 "$work/run"
[ "$(status_of $as "$agent" --config "$work/conf")" = 1 ] || fail "serves in a folder that all can write"
chmod 0755 "$work/run"

if command -v systemd-socket-activate >/dev/null; then
	$as systemd-socket-activate --seqpacket -l "$work/run/root.sock" -l "$work/run/public.sock" \
		--fdname=root:public "$agent" --config "$work/conf" >>"$work/log" 2>&1 &
	pid=$!
	wait_for test -S "$work/run/public.sock" || fail "no activation sockets"
	wait_for answers || fail "does not serve the sockets passed in"
	stop
	[ -S "$work/run/root.sock" ] || fail "removes a socket that is not its own"
	rm -f "$work/run/root.sock" "$work/run/public.sock"
	$as systemd-socket-activate --seqpacket -l "$work/run/root.sock" --fdname=other \
		"$agent" --config "$work/conf" >>"$work/log" 2>&1 &
	pid=$!
	wait_for test -S "$work/run/root.sock" || fail "no activation socket"
	$as "$ctl" --runtime-dir "$work/run" status >/dev/null 2>&1 && fail "serves a socket of another name"
	wait "$pid" 2>/dev/null || :
	pid=
fi
echo "stytchd: ok"
