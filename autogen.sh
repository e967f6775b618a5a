#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Make ./configure from configure.ac; needed after a fresh clone.
set -eu
cd "$(dirname "$0")"
exec autoreconf --force --install --warnings=all,no-obsolete,no-override
