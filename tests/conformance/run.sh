#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# make conformance: run.sh SRCDIR BUILDDIR [FILE...]; see run.mjs.
# The SDK is installed into the build tree, as the lock file has it.
set -eu
here=$1/tests/conformance
build=$2
shift 2
modules=$build/tests/conformance
for tool in node npm; do
	command -v $tool >/dev/null || {
		echo "conformance: $tool is missing" >&2
		exit 1
	}
done
mkdir -p "$modules"
if ! cmp -s "$here/package-lock.json" "$modules/installed.json"; then
	cp "$here/package.json" "$here/package-lock.json" "$modules"
	(cd "$modules" && npm ci --no-audit --no-fund --loglevel=error)
	cp "$here/package-lock.json" "$modules/installed.json"
fi
CONFORMANCE_MODULES=$modules exec node "$here/run.mjs" "$build/sandbox/stytch-sandbox" "$@"
