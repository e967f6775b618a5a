#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The AppArmor profile parses, and holds what the agent must not do.
set -eu
profile=${top_srcdir:?}/packaging/apparmor/usr.sbin.stytchd
PATH=$PATH:/usr/sbin:/sbin
command -v apparmor_parser >/dev/null || exit 77
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

apparmor_parser -Q -K "$profile" >"$tmp/out" 2>&1 || { cat "$tmp/out"; exit 1; }
sed 's/^  include <abstractions\/base>/  wrong <abstractions\/base>/' "$profile" >"$tmp/wrong"
! apparmor_parser -Q -K "$tmp/wrong" >/dev/null 2>&1 || { echo "anything parses"; exit 1; }

# Nothing to run, no capability, no name service for users.
rules=$(sed -e '/^[[:space:]]*#/d' "$profile")
! echo "$rules" | grep -qE '[[:space:]][rwmkl]*([pcPCuU]x|ix)[a-z]*,' || { echo "a program may be run"; exit 1; }
! echo "$rules" | grep -qE '^[[:space:]]*capability' || { echo "a capability is given"; exit 1; }
! echo "$rules" | grep -q 'abstractions/nameservice' || { echo "name services are allowed"; exit 1; }
! echo "$rules" | grep -qE '/etc/(shadow|gshadow)' || { echo "shadow may be read"; exit 1; }
