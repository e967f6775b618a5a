/* SPDX-License-Identifier: BSD-2-Clause */
/* Authenticator apps of a B2B project. */
import assert from "node:assert/strict";

import { loginMember, newMember, newMemberLogin, newOrganization, otherCode, totpCode, unknownId } from "./state.mjs";

const SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

const ids = ({ organization_id, member_id }) => ({ organization_id, member_id });

/* A member who owes a second factor and has no way to prove one yet. */
async function newOwing(world) {
  const organization = await newOrganization(world, { mfa_policy: "REQUIRED_FOR_ALL" });
  const member = await newMember(world, organization);
  const { organization_id, member_id, intermediate_session_token } = await loginMember(world, member);
  return { member, request: { organization_id, member_id, intermediate_session_token } };
}

export default {
  async "a TOTP is made with a picture and ten recovery codes"(world) {
    const member = await newMember(world, await newOrganization(world));
    const reply = await world.b2b.totps.create({ ...ids(member), expiration_minutes: 30 });

    assert.match(reply.secret, /^[A-Z2-7]{32}$/);
    assert.match(reply.qr_code, /^data:image\/png;base64,/);
    assert.equal(reply.recovery_codes.length, 10);
    assert.match(reply.totp_registration_id, /^member-totp-test-/);
  },

  async "who owes a second factor enrols, and is in with the code"(world) {
    const { request } = await newOwing(world);
    const { secret } = await world.b2b.totps.create(request);
    const code = await totpCode(world, secret);
    const reply = await world.b2b.totps.authenticate({ ...request, code, session_duration_minutes: 60 });

    assert.equal(reply.member.mfa_enrolled, true);
    assert.equal(reply.member.default_mfa_method, "totp");
    assert.deepEqual(
      reply.member_session.authentication_factors.map((factor) => factor.type),
      ["email_otp", "totp"],
    );
  },

  async "who has enrolled is told of the app, not of an SMS"(world) {
    const { member, request } = await newOwing(world);
    const { secret, totp_registration_id } = await world.b2b.totps.create(request);
    await world.b2b.totps.authenticate({ ...request, code: await totpCode(world, secret) });
    const { mfa_required } = await loginMember(world, member);

    assert.equal(mfa_required.member_options.totp_registration_id, totp_registration_id);
    assert.equal(mfa_required.secondary_auth_initiated ?? null, null);
  },

  async "an unknown member gets no TOTP"(world) {
    const { organization_id } = await newOrganization(world);
    await world.refused(
      "member_not_found",
      world.b2b.totps.create({ organization_id, member_id: unknownId("member") }),
    );
  },

  async "a member has one active TOTP, and who has one proves it first"(world) {
    const login = await newMemberLogin(world);
    const { session_token } = login;
    const { secret } = await world.b2b.totps.create({ ...ids(login), session_token });
    const code = await totpCode(world, secret);
    await world.b2b.totps.authenticate({ ...ids(login), session_token, code });

    await world.refused("active_totp_exists", world.b2b.totps.create({ ...ids(login), session_token }));
  },

  async "a code is right, and good once"(world) {
    const { request } = await newOwing(world);
    const { secret } = await world.b2b.totps.create(request);
    const code = await totpCode(world, secret);
    const call = (wish) => world.b2b.totps.authenticate({ ...request, ...wish });
    await world.refused("unable_to_authenticate_totp", call({ code: otherCode(code) }));
    await world.refused("invalid_totp_code", call({ code: "12" }));
    const { session_token } = await call({ code });
    await world.refused(
      "totp_code_already_authenticated",
      call({ code, intermediate_session_token: undefined, session_token }),
    );
  },

  async "a code by itself proves nobody"(world) {
    const { request } = await newOwing(world);
    const { secret } = await world.b2b.totps.create(request);
    const code = await totpCode(world, secret);
    await world.refused("no_session_arguments", world.b2b.totps.authenticate({ ...ids(request), code }));
  },

  async "a TOTP not used in time is expired"(world) {
    const login = await newMemberLogin(world);
    const { session_token } = login;
    const { secret } = await world.b2b.totps.create({ ...ids(login), session_token, expiration_minutes: 5 });
    await world.control("clock", { advance_seconds: 301 });
    const code = await totpCode(world, secret);
    await world.refused("expired_totp", world.b2b.totps.authenticate({ ...ids(login), session_token, code }));
  },

  async "a secret from elsewhere migrates with its recovery codes"(world) {
    const login = await newMemberLogin(world);
    const recovery_codes = ["aaaa-bbbb-cccc", "dddd-eeee-ffff"];
    const reply = await world.b2b.totps.migrate({ ...ids(login), secret: SECRET, recovery_codes });
    assert.deepEqual(reply.recovery_codes, recovery_codes);
    assert.equal(reply.member.totp_registration_id, reply.totp_registration_id);

    const code = await totpCode(world, SECRET);
    await world.b2b.totps.authenticate({ ...ids(login), session_token: login.session_token, code });
  },

  async "a secret migrates to a member who has none"(world) {
    const login = await newMemberLogin(world);
    const call = (wish) => world.b2b.totps.migrate({ ...ids(login), secret: SECRET, recovery_codes: [], ...wish });
    await world.refused("member_not_found", call({ member_id: unknownId("member") }));
    await call({});
    await world.refused("active_totp_exists", call({}));
  },
};
