/* SPDX-License-Identifier: BSD-2-Clause */
/* Passcodes of a B2B project. */
import assert from "node:assert/strict";

import {
  lastMessage,
  loginMember,
  newEmail,
  newMember,
  newMemberLogin,
  newOrganization,
  newPhone,
  otherCode,
  unknownId,
} from "./state.mjs";

/* A member to whom a code was sent: { organization_id, email_address, code }. */
async function sendCode(world, member) {
  const { organization_id, email_address } = member ?? (await newMember(world, await newOrganization(world)));
  await world.b2b.otps.email.loginOrSignup({ organization_id, email_address });
  return { organization_id, email_address, code: (await lastMessage(world, email_address)).code };
}

/* A member who has a phone and owes its code: { organization_id, member_id, intermediate_session_token, code }. */
async function oweCode(world) {
  const mfa_phone_number = newPhone();
  const organization = await newOrganization(world, { mfa_policy: "REQUIRED_FOR_ALL" });
  const login = await loginMember(world, await newMember(world, organization, { mfa_phone_number }));
  const { organization_id, member_id, intermediate_session_token } = login;
  const { code } = await lastMessage(world, mfa_phone_number);
  return { login, request: { organization_id, member_id, intermediate_session_token }, code };
}

export default {
  async "a code sent by mail opens a session"(world) {
    const sent = await sendCode(world);
    const reply = await world.b2b.otps.email.authenticate({ ...sent, session_duration_minutes: 30 });

    assert.equal(reply.member_authenticated, true);
    assert.equal(reply.member.email_address_verified, true);
    assert.equal(reply.member_session.authentication_factors[0].type, "email_otp");
    assert.equal(reply.intermediate_session_token, "");
  },

  async "a wrong code is not found, and a code is good once"(world) {
    const sent = await sendCode(world);
    const call = (code) => world.b2b.otps.email.authenticate({ ...sent, code });
    await world.refused("otp_code_not_found", call(otherCode(sent.code)));
    await call(sent.code);
    await world.refused("unable_to_auth_otp_code", call(sent.code));
  },

  async "a code is good for ten minutes"(world) {
    const sent = await sendCode(world);
    await world.control("clock", { advance_seconds: 601 });
    await world.refused("unable_to_auth_otp_code", world.b2b.otps.email.authenticate(sent));
  },

  async "ten wrong codes lock the member"(world) {
    const sent = await sendCode(world);
    const call = (code) => world.b2b.otps.email.authenticate({ ...sent, code });
    for (let i = 0; i < 10; i++)
      await world.refused("otp_code_not_found", call(otherCode(sent.code)));
    await world.refused("user_lock_limit_reached", call(sent.code));
    const { organization_id, email_address } = sent;
    const { member } = await world.b2b.organizations.members.get({ organization_id, email_address });
    assert.equal(member.is_locked, true);
  },

  async "of two clients with one code one gets in"(world) {
    const sent = await sendCode(world);
    const tries = [1, 2, 3, 4].map(() => world.b2b.otps.email.authenticate(sent));
    const results = await Promise.allSettled(tries);
    assert.equal(results.filter((result) => result.status === "fulfilled").length, 1);
  },

  async "an address of an allowed domain makes a member"(world) {
    const domain = "joined.example";
    const organization = await newOrganization(world, {
      email_jit_provisioning: "RESTRICTED",
      email_allowed_domains: [domain],
    });
    const { organization_id } = organization;
    const email_address = newEmail(domain);
    const { member_created, member } = await world.b2b.otps.email.loginOrSignup({ organization_id, email_address });

    assert.equal(member_created, true);
    assert.equal(member.status, "pending");
    assert.equal((await loginMember(world, member)).member.status, "active");
    await world.refused(
      "invalid_email_for_jit_provisioning",
      world.b2b.otps.email.loginOrSignup({ organization_id, email_address: newEmail() }),
    );
  },

  async "an unknown address is let in nowhere else"(world) {
    const { organization_id } = await newOrganization(world);
    await world.refused(
      "email_jit_provisioning_not_allowed",
      world.b2b.otps.email.loginOrSignup({ organization_id, email_address: newEmail() }),
    );
  },

  async "an organization that wants passwords takes no codes"(world) {
    const member = await newMember(
      world,
      await newOrganization(world, { auth_methods: "RESTRICTED", allowed_auth_methods: ["password"] }),
    );
    await world.refused("operation_restricted_by_organization_auth_methods", sendCode(world, member));
  },

  async "who owes a second factor gets it by SMS, and is in with it"(world) {
    const { login, request, code } = await oweCode(world);
    assert.equal(login.member_authenticated, false);
    assert.equal(login.session_token, "");
    assert.equal(login.member_session ?? null, null);
    assert.equal(login.mfa_required.secondary_auth_initiated, "sms_otp");

    const reply = await world.b2b.otps.sms.authenticate({ ...request, code, session_duration_minutes: 60 });
    assert.equal(reply.member.mfa_phone_number_verified, true);
    assert.equal(reply.member.default_mfa_method, "sms_otp");
    assert.deepEqual(
      reply.member_session.authentication_factors.map((factor) => factor.type),
      ["email_otp", "otp"],
    );
  },

  async "a wrong code leaves the step owed, and success ends it"(world) {
    const { request, code } = await oweCode(world);
    const call = (guess) => world.b2b.otps.sms.authenticate({ ...request, code: guess });
    await world.refused("otp_code_not_found", call(otherCode(code)));
    await call(code);
    await world.refused("intermediate_session_not_found", call(code));
  },

  async "a code comes again by SMS, and enrols who has no phone"(world) {
    const { organization_id, member_id, session_token } = await newMemberLogin(world);
    const mfa_phone_number = newPhone();
    const request = { organization_id, member_id, session_token };
    await world.b2b.otps.sms.send({ ...request, mfa_phone_number });
    const { code } = await lastMessage(world, mfa_phone_number);
    const reply = await world.b2b.otps.sms.authenticate({ ...request, code, set_mfa_enrollment: "enroll" });

    assert.equal(reply.member.mfa_enrolled, true);
    assert.equal(reply.member.mfa_phone_number, mfa_phone_number);
  },

  async "an SMS goes to a member there is, with a number"(world) {
    const { organization_id, member_id } = await newMember(world, await newOrganization(world));
    const { send } = world.b2b.otps.sms;
    const call = send.bind(world.b2b.otps.sms);
    const unknown = { organization_id, member_id: unknownId("member"), mfa_phone_number: newPhone() };
    await world.refused("member_not_found", call(unknown));
    await world.refused("member_phone_number_not_found", call({ organization_id, member_id }));
  },

  async "a code sent for discovery finds organizations"(world) {
    const { organization, email_address } = await discoverable(world);
    await world.b2b.otps.email.discovery.send({ email_address });
    const { code } = await lastMessage(world, email_address);
    const reply = await world.b2b.otps.email.discovery.authenticate({ email_address, code });

    assert.equal(reply.email_address, email_address);
    assert.ok(reply.intermediate_session_token);
    assert.deepEqual(
      reply.discovered_organizations.map((found) => [found.organization.organization_id, found.membership.type]),
      [[organization.organization_id, "active_member"]],
    );
  },

  async "discovery wants an address and its code"(world) {
    const email_address = newEmail();
    const { discovery } = world.b2b.otps.email;
    await world.refused("invalid_email", discovery.send({ email_address: "someone" }));
    await world.refused("unauthorized_credentials", world.strangers.b2b.otps.email.discovery.send({ email_address }));
    await discovery.send({ email_address });
    const code = otherCode((await lastMessage(world, email_address)).code);
    await world.refused("otp_code_not_found", discovery.authenticate({ email_address, code }));
  },
};

async function discoverable(world) {
  const { organization, member } = await newMemberLogin(world);
  return { organization, email_address: member.email_address };
}
