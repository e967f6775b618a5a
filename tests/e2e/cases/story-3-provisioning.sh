# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# Story 3: accounts and groups come from a B2B organization, and go when the
# member goes.
. "$E2E_DIR/stories.sh"
host_up "$E2E_DIR/seed.json" b2b "organizations = $ORGANIZATION"
host_stop agent
story_configure_b2b
agent_start

uid_of() { getent passwd "$1" | cut -d: -f3; }
check "members come by sync, and a deleted one goes by the next" story_provisioning
cp "$HOST_WORK/check.out" "$HOST_WORK/provisioning.out"
check "a dry run said what would change" grep -E 'removed.*erin|erin.*removed' "$HOST_WORK/provisioning.out"
carol=$(uid_of carol)
check "accounts are in the configured range" test "$carol" -ge 1879048192 -a "$carol" -le 2147352575
check "the password field is a star" bash -c "getent passwd carol | cut -d: -f2 | grep -qx '[*]'"
check "enumeration has the members" bash -c 'getent passwd | grep -q ^carol: && getent passwd | grep -q ^dave:'
check "a role is a group" bash -c 'id -nG carol | grep -qw stytch-operator'
check "initgroups and group agree" bash -c 'getent group stytch-operator | grep -qw carol'

# Nothing of a gone member is left: her waiting prompt ends, her sessions are ended.
sandbox /sandbox/faults '{"path": "/v1/b2b/organizations/members/search", "status": 500, "count": 20}' >/dev/null
dave=$(api b2b GET "/v1/b2b/organizations/$ORGANIZATION/member?member_id=dave" | jq -r .member.member_id)
api b2b DELETE "/v1/b2b/organizations/$ORGANIZATION/members/$dave" >/dev/null
check_not "a sync that does not end cleanly says so" stytchctl sync
check "and removes nobody" getent passwd dave
sandbox_no_faults
session "$(ssh_to carol id)" "$ASK_CODE" see '\n.*closed|denied|Authenticated|Code' see >"$HOST_WORK/waiting.out" 2>&1 &
waiting=$!
wait_until bash -c '[ "$(stytchctl status --json | jq ".conversations")" -ge 1 ]'
carol_id=$(api b2b GET "/v1/b2b/organizations/$ORGANIZATION/member?member_id=carol" | jq -r .member.member_id)
api b2b DELETE "/v1/b2b/organizations/$ORGANIZATION/members/$carol_id" >/dev/null
check "the next sync removes both" stytchctl sync
check_not "dave is gone" getent passwd dave
check_not "carol is gone" getent passwd carol
check "carol's waiting prompt is ended by the agent" wait_until bash -c \
	'[ "$(stytchctl status --json | jq ".conversations")" = 0 ]'
kill $waiting 2>/dev/null
wait $waiting 2>/dev/null
check "and she is not let in" not_let_in carol "$ASK_CODE" text:123456
