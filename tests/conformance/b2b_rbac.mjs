/* SPDX-License-Identifier: BSD-2-Clause */
/* Roles of a B2B project and of its organizations. */
import assert from "node:assert/strict";

import { newMemberLogin, newOrganization, setB2b, unknownId } from "./state.mjs";

const RESOURCES = [{ resource_id: "page", description: "", actions: ["edit", "delete"] }];
const EDITOR = { role_id: "editor", description: "Edits", permissions: [{ resource_id: "page", actions: ["edit"] }] };

/* Run with a policy that has pages. */
async function withPages(world, run) {
  await setB2b(world, { rbac_policy: { roles: [], resources: RESOURCES, scopes: [] } });
  await run();
  await setB2b(world, { rbac_policy: null });
}

export default {
  async "the policy has the built-in roles and what was set"(world) {
    await withPages(world, async () => {
      const { policy } = await world.b2b.rbac.policy();
      const roles = policy.roles.map((role) => role.role_id);
      assert.ok(roles.includes("stytch_member"));
      assert.ok(roles.includes("stytch_admin"));
      assert.deepEqual(
        policy.resources.find((resource) => resource.resource_id === "page"),
        RESOURCES[0],
      );
    });
  },

  async "the policy is for the project alone"({ strangers, refused }) {
    await refused("unauthorized_credentials", strangers.b2b.rbac.policy());
  },

  async "an organization has roles of its own, which count"(world) {
    await withPages(world, async () => {
      const { b2b, refused } = world;
      const { organization_id, member_id, session_token } = await newMemberLogin(world);
      const check = () =>
        b2b.sessions.authenticate({
          session_token,
          authorization_check: { organization_id, resource_id: "page", action: "edit" },
        });
      const set = await b2b.rbac.organizations.setOrgPolicy({ organization_id, org_policy: { roles: [EDITOR] } });
      const got = await b2b.rbac.organizations.getOrgPolicy({ organization_id });

      assert.deepEqual(set.org_policy.roles, [EDITOR]);
      assert.deepEqual(got.org_policy.roles, [EDITOR]);
      await refused("session_authorization_error", check());
      await b2b.organizations.members.update({ organization_id, member_id, roles: ["editor"] });
      assert.deepEqual((await check()).verdict.granting_roles, ["editor"]);
    });
  },

  async "roles of an organization keep to the project's resources"(world) {
    await withPages(world, async () => {
      const { b2b, refused } = world;
      const { organization_id } = await newOrganization(world);
      const set = (role) =>
        b2b.rbac.organizations.setOrgPolicy({ organization_id, org_policy: { roles: [{ ...EDITOR, ...role }] } });
      await refused("invalid_rbac_stytch_role_edit", set({ role_id: "stytch_wizard" }));
      await refused("invalid_rbac_custom_role", set({ permissions: [{ resource_id: "book", actions: ["edit"] }] }));
      await refused("rbac_permission_missing_actions", set({ permissions: [{ resource_id: "page", actions: [] }] }));
    });
  },

  async "an unknown organization has no policy"({ b2b, refused }) {
    const organization_id = unknownId("organization");
    const { organizations } = b2b.rbac;
    await refused("organization_not_found", organizations.getOrgPolicy({ organization_id }));
    await refused("organization_not_found", organizations.setOrgPolicy({ organization_id, org_policy: { roles: [] } }));
  },
};
