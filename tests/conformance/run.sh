#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# make conformance: run.sh SRCDIR BUILDDIR [FILE...]; see run.mjs.
# By both clients, the SDK and stytchctl, or by the one that CLIENT names.
# The SDK is installed into the build tree, as the lock file has it.
set -eu
here=$1/tests/conformance
build=$2
shift 2
modules=$build/tests/conformance
"$here/../npm-install.sh" "$here" "$modules"
export CONFORMANCE_MODULES="$modules"
status=0
for client in ${CLIENT:-sdk stytchctl}; do
	case $client in
	sdk) unset CONFORMANCE_STYTCHCTL ;;
	stytchctl) export CONFORMANCE_STYTCHCTL="$build/stytchctl/stytchctl" ;;
	*)
		echo "conformance: CLIENT is sdk or stytchctl" >&2
		exit 2
		;;
	esac
	node "$here/run.mjs" "$build/sandbox/stytch-sandbox" "$@" || status=1
done
exit $status
