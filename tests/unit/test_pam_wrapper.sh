#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The tests of the built module once more, through pam_wrapper.
set -eu
program=${top_builddir:?}/tests/unit/test_pam_module
if LD_PRELOAD=libpam_wrapper.so /bin/true 2>&1 | grep -q 'cannot be preloaded'; then
	echo "libpam_wrapper.so is not installed"
	exit 77
fi
folder=$(mktemp -d /tmp/pw.XXXXXX)
trap 'rm -rf "$folder"' EXIT
"$program" "$folder"
cd "$folder"
# A sanitizer wants to be the first library, and libpam without deep binding;
# the wrapper's own leaks are its own.
export PAM_WRAPPER=1 PAM_WRAPPER_SERVICE_DIR="$folder" UID_WRAPPER_DISABLE_DEEPBIND=1
export ASAN_OPTIONS="${ASAN_OPTIONS:-}:verify_asan_link_order=0:detect_leaks=0"
LD_PRELOAD=libpam_wrapper.so timeout 120 "$program"
