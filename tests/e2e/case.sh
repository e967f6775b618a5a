#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# One case inside its namespaces: case.sh FILE.  The case prints a line
# "ok TEXT" or "not ok TEXT" for each thing it shows, by check.  E2E_HOST says
# another kind of host than a private one.
set -u
# shellcheck source=tests/e2e/host.sh
. "${E2E_HOST:-$E2E_DIR/host.sh}"
E2E_FAILED=0

# shellcheck disable=SC2317 # called by the case

# check TEXT COMMAND...: the command must succeed.
check() {
	local text=$1
	shift
	if "$@" >"$HOST_WORK/check.out" 2>&1; then
		echo "ok $text"
	else
		echo "not ok $text: $*"
		sed 's/^/    | /' "$HOST_WORK/check.out"
		E2E_FAILED=1
	fi
}

# check_not TEXT COMMAND...: the command must fail.
check_not() {
	local text=$1
	shift
	if "$@" >"$HOST_WORK/check.out" 2>&1; then
		echo "not ok $text: $* succeeded"
		sed 's/^/    | /' "$HOST_WORK/check.out"
		E2E_FAILED=1
	else
		echo "ok $text"
	fi
}

# talk SCRIPT ARGUMENT...: an expect script of this folder; its transcript is in
# talk.out.  Its exit code is the outcome.
talk() {
	local script=$1
	shift
	timeout 100 expect "$E2E_DIR/$script.exp" "$@" >"$HOST_WORK/talk.out" 2>&1
	local code=$?
	cat "$HOST_WORK/talk.out"
	return $code
}

# skip TEXT: the case cannot be shown on this machine.
skip() {
	echo "skip $1"
	exit 77
}

trap host_end EXIT
export HOST_WORK HOST_ROOT E2E_DIR HOST_SSH_PORT HOST_TLS_PORT
# shellcheck source=/dev/null
. "$1"
exit $E2E_FAILED
