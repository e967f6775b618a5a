/* SPDX-License-Identifier: BSD-2-Clause */
/* A project itself: who it is, how large, its policy, its impersonators. */
import assert from "node:assert/strict";

import { newUser, setConsumer, unknownToken } from "./state.mjs";

const POLICY = {
  roles: [{ role_id: "editor", description: "Edits", permissions: [{ resource_id: "page", actions: ["*"] }] }],
  resources: [{ resource_id: "page", description: "A page", actions: ["edit"] }],
  scopes: [{ scope: "edit:page", description: "", permissions: [{ resource_id: "page", actions: ["edit"] }] }],
};

/* Endpoints without parameters refuse one thing: who is not the project. */
export default {
  async "a project knows its id"({ consumer, keys, strangers, refused }) {
    assert.equal((await consumer.debug.whoami()).project_id, keys.consumer.project_id);
    await refused("unauthorized_credentials", strangers.consumer.debug.whoami());
  },

  async "a project counts its users"(world) {
    const { consumer, strangers, refused } = world;
    const count = async () =>
      (await consumer.project.metrics()).metrics.find((metric) => metric.metric_type === "USER_COUNT").count;
    const before = await count();
    await newUser(world);
    assert.equal(await count(), before + 1);
    await refused("unauthorized_credentials", strangers.consumer.project.metrics());
  },

  async "a project's policy is read"(world) {
    const { consumer, strangers, refused } = world;
    await setConsumer(world, { rbac_policy: POLICY });
    const { policy } = await consumer.rbac.policy();

    const role = policy.roles.find(({ role_id }) => role_id === "editor");
    assert.deepEqual(role.permissions, [{ resource_id: "page", actions: ["*"] }]);
    assert.ok(policy.roles.some(({ role_id }) => role_id === "stytch_user"));
    assert.ok(policy.scopes.some(({ scope }) => scope === "edit:page"));
    await refused("unauthorized_credentials", strangers.consumer.rbac.policy());
  },

  async "an endpoint of the other kind of project says so"({ plain }) {
    const { status, body } = await plain("consumer", "GET", "/v1/b2b/rbac/policy");
    assert.equal(status, 400);
    assert.equal(body.error_type, "invalid_b2b_endpoint");
    assert.equal((await plain("b2b", "GET", "/v1/users/user-1")).body.error_type, "invalid_consumer_endpoint");
  },

  async "support logs in as a user, for an hour"(world) {
    const { consumer, control, refused } = world;
    const { user_id } = await newUser(world);
    const { impersonation_token } = await control("impersonation", {
      user_id,
      impersonator_email_address: "support@example.com",
    });
    const reply = await consumer.impersonation.authenticate({ impersonation_token });
    const [factor] = reply.session.authentication_factors;

    assert.equal(reply.user_id, user_id);
    assert.equal(factor.type, "impersonated");
    assert.equal(factor.impersonated_factor.impersonator_email_address, "support@example.com");
    await refused(
      "unable_to_auth_impersonation_token",
      consumer.impersonation.authenticate({ impersonation_token }),
    );
  },

  async "an unknown impersonator is refused"({ consumer, refused }) {
    await refused(
      "unable_to_auth_impersonation_token",
      consumer.impersonation.authenticate({ impersonation_token: unknownToken() }),
    );
  },
};
