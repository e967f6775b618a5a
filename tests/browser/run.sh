#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# make browser: run.sh SRCDIR BUILDDIR [WORD]; see run.mjs.  Screenshots are
# left in BUILDDIR/tests/browser/shots.
set -eu
src=$1
build=$2/tests/browser
program=$2/sandbox/stytch-sandbox
shift 2
"$src/tests/npm-install.sh" "$src/tests/browser" "$build"
BROWSER_MODULES=$build exec node "$src/tests/browser/run.mjs" "$program" "$build/shots" "$@"
