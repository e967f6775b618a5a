#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The endpoint table against facts of its own; see endpoints.py.
set -eu
: "${top_srcdir:?}" "${top_builddir:?}"
dump=$(mktemp)
trap 'rm -f "$dump"' EXIT
"$top_builddir/tests/checks/dump_endpoints" >"$dump"
"${PYTHON3:-python3}" "$top_srcdir/tests/checks/endpoints.py" \
	"$top_srcdir/tests/checks/endpoints.json" "$dump"
