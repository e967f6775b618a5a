/* SPDX-License-Identifier: BSD-2-Clause */
/* Impersonation of members: tokens that the dashboard makes. */
import assert from "node:assert/strict";

import { newMember, newOrganization, unknownToken } from "./state.mjs";

async function impersonate(world) {
  const member = await newMember(world, await newOrganization(world));
  const { impersonation_token } = await world.control("impersonation", {
    project: "b2b",
    member_id: member.member_id,
    impersonator_email_address: "support@example.com",
  });
  return { member, impersonation_token };
}

export default {
  async "a token opens a session that says who it is"(world) {
    const { member, impersonation_token } = await impersonate(world);
    const reply = await world.b2b.impersonation.authenticate({ impersonation_token });
    const [factor] = reply.member_session.authentication_factors;

    assert.equal(reply.member_id, member.member_id);
    assert.equal(factor.type, "impersonated");
    assert.equal(factor.impersonated_factor.impersonator_email_address, "support@example.com");
  },

  async "a token is good once, and for five minutes"(world) {
    const { impersonation_token } = await impersonate(world);
    const call = (token) => world.b2b.impersonation.authenticate({ impersonation_token: token });
    await call(impersonation_token);
    await world.refused("unable_to_auth_impersonation_token", call(impersonation_token));
    const late = await impersonate(world);
    await world.control("clock", { advance_seconds: 301 });
    await world.refused("unable_to_auth_impersonation_token", call(late.impersonation_token));
    await world.refused("unable_to_auth_impersonation_token", call(unknownToken()));
  },
};
