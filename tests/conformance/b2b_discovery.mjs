/* SPDX-License-Identifier: BSD-2-Clause */
/* Discovery: the organizations of an address, and entering one. */
import assert from "node:assert/strict";

import { PASSWORD, lastMessage, newEmail, newMember, newMemberLogin, newOrganization, unknownToken } from "./state.mjs";

/* What an address discovers by a code sent to it. */
async function discover({ b2b, control }, email_address) {
  await b2b.otps.email.discovery.send({ email_address });
  const { code } = await lastMessage({ control }, email_address);
  return b2b.otps.email.discovery.authenticate({ email_address, code });
}

export default {
  async "an intermediate session lists organizations, more than once"(world) {
    const { member, organization } = await newMemberLogin(world);
    const found = await discover(world, member.email_address);
    const { intermediate_session_token } = found;
    const { organizations } = world.b2b.discovery;
    for (let i = 0; i < 2; i++) {
      const reply = await organizations.list({ intermediate_session_token });
      assert.equal(reply.email_address, member.email_address);
      assert.deepEqual(reply.discovered_organizations, found.discovered_organizations);
      assert.equal(reply.discovered_organizations[0].organization.organization_id, organization.organization_id);
    }
  },

  async "a session lists organizations too"(world) {
    const { member, session_token } = await newMemberLogin(world);
    const { email_address } = member;
    await newMember(world, await newOrganization(world), { email_address });
    const reply = await world.b2b.discovery.organizations.list({ session_token });
    assert.equal(reply.discovered_organizations.length, 2);
  },

  async "an unknown token lists nothing"({ b2b, refused }) {
    const { organizations } = b2b.discovery;
    await refused("session_not_found", organizations.list({ session_token: unknownToken() }));
  },

  async "an intermediate session ends after ten minutes"(world) {
    const { intermediate_session_token } = await discover(world, newEmail());
    await world.control("clock", { advance_seconds: 601 });
    const { organizations } = world.b2b.discovery;
    await world.refused("intermediate_session_not_found", organizations.list({ intermediate_session_token }));
  },

  async "an intermediate session is exchanged for a session, once"(world) {
    const { member } = await newMemberLogin(world);
    const { organization_id, email_address } = member;
    const { intermediate_session_token } = await discover(world, email_address);
    const { intermediateSessions } = world.b2b.discovery;
    const call = () => intermediateSessions.exchange({ intermediate_session_token, organization_id });
    const reply = await call();

    assert.equal(reply.member_id, member.member_id);
    assert.equal(reply.member_authenticated, true);
    await world.refused("intermediate_session_not_found", call());
  },

  async "an exchange asks for the second factor that is owed"(world) {
    const { member } = await newMemberLogin(world);
    const { organization_id, member_id, email_address } = member;
    await world.b2b.organizations.members.update({ organization_id, member_id, mfa_enrolled: true });
    const { intermediate_session_token } = await discover(world, email_address);
    const reply = await world.b2b.discovery.intermediateSessions.exchange({
      intermediate_session_token,
      organization_id,
    });
    assert.equal(reply.member_authenticated, false);
    assert.ok(reply.mfa_required);
    assert.ok(reply.intermediate_session_token);
  },

  async "an organization that wants passwords asks for one"(world) {
    const organization = await newOrganization(world, {
      auth_methods: "RESTRICTED",
      allowed_auth_methods: ["password"],
    });
    const { organization_id, email_address } = await newMember(world, organization);
    const { intermediate_session_token } = await discover(world, email_address);
    const owed = await world.b2b.discovery.intermediateSessions.exchange({
      intermediate_session_token,
      organization_id,
    });
    assert.deepEqual(owed.primary_required.allowed_auth_methods, ["password"]);

    await world.b2b.passwords.email.resetStart({ organization_id, email_address });
    const { token } = await lastMessage(world, email_address);
    const reply = await world.b2b.passwords.email.reset({
      password_reset_token: token,
      password: PASSWORD,
      intermediate_session_token: owed.intermediate_session_token,
    });
    assert.equal(reply.member_authenticated, true);
  },

  async "nobody enters where nobody is let in"(world) {
    const { organization_id } = await newOrganization(world);
    const { intermediate_session_token } = await discover(world, newEmail());
    await world.refused(
      "email_jit_provisioning_not_allowed",
      world.b2b.discovery.intermediateSessions.exchange({ intermediate_session_token, organization_id }),
    );
  },

  async "who made an organization is its admin"(world) {
    const email_address = newEmail();
    const { intermediate_session_token } = await discover(world, email_address);
    const reply = await world.b2b.discovery.organizations.create({
      intermediate_session_token,
      organization_name: "Made",
      organization_slug: "made-by-discovery",
      mfa_policy: "OPTIONAL",
      session_duration_minutes: 60,
    });

    assert.equal(reply.organization.organization_slug, "made-by-discovery");
    assert.equal(reply.member.email_address, email_address);
    assert.equal(reply.member.is_admin, true);
    assert.equal(reply.member_authenticated, true);
  },

  async "an organization is made once of a token, with a slug of its own"(world) {
    const { organization_slug } = await newOrganization(world);
    const { intermediate_session_token } = await discover(world, newEmail());
    const { organizations } = world.b2b.discovery;
    const call = (wish) => organizations.create({ intermediate_session_token, ...wish });
    await world.refused("organization_slug_already_used", call({ organization_slug }));
    await call({});
    await world.refused("intermediate_session_not_found", call({}));
  },
};
