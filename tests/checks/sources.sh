#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# No banned call, and each folder uses only what it may.
command -v python3 >/dev/null || exit 77
exec python3 "${top_srcdir:?}/tests/checks/sources.py" "$top_srcdir"
