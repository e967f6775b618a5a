#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# make conformance: run.sh SRCDIR BUILDDIR [FILE...]; see run.mjs.
# The SDK is installed into the build tree, as the lock file has it.
set -eu
here=$1/tests/conformance
build=$2
shift 2
modules=$build/tests/conformance
"$here/../npm-install.sh" "$here" "$modules"
CONFORMANCE_MODULES=$modules exec node "$here/run.mjs" "$build/sandbox/stytch-sandbox" "$build/stytchctl/stytchctl" "$@"
