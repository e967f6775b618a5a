/* SPDX-License-Identifier: BSD-2-Clause */
/* Passwords of a B2B project: of members, and with a setting of addresses. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";

import {
  PASSWORD,
  lastMessage,
  loginMember,
  newEmail,
  newMember,
  newMemberLogin,
  newOrganization,
  newPhone,
  newPkce,
  setB2b,
  unknownId,
  unknownToken,
} from "./state.mjs";

const NEW_PASSWORD = "another-Walrus-58-violin";
const WEAK_PASSWORD = "Password123!";

const sha1 = (text) => ({ hash: createHash("sha1").update(text).digest("hex"), hash_type: "sha_1" });

async function startReset(world, { organization_id, email_address }, wish = {}) {
  await world.b2b.passwords.email.resetStart({ organization_id, email_address, ...wish });
  return (await lastMessage(world, email_address)).token;
}

/* A member of a new organization with PASSWORD and a session: the reply that set it. */
async function newPasswordLogin(world, organizationWish = {}) {
  const member = await newMember(world, await newOrganization(world, organizationWish));
  const password_reset_token = await startReset(world, member);
  return world.b2b.passwords.email.reset({ password_reset_token, password: PASSWORD });
}

/* What names a member by address in its organization. */
const who = ({ member }) => ({ organization_id: member.organization_id, email_address: member.email_address });

const authenticate = ({ b2b }, login, password = PASSWORD) => b2b.passwords.authenticate({ ...who(login), password });

/* Run while passwords are of addresses; then none of them is left. */
async function crossOrg(world, run) {
  await world.control("reset", { empty: true });
  await setB2b(world, { cross_org_passwords: true });
  try {
    await run(world);
  } finally {
    await world.control("reset", { empty: true });
    await setB2b(world, { cross_org_passwords: null });
  }
}

/* An address with PASSWORD, and a member with it: { email_address, member }. */
async function newAddressPassword(world) {
  const { member } = await newMemberLogin(world);
  const { email_address } = member;
  await world.b2b.passwords.discovery.email.resetStart({ email_address });
  const { token } = await lastMessage(world, email_address);
  await world.b2b.passwords.discovery.email.reset({ password_reset_token: token, password: PASSWORD });
  return { email_address, member };
}

export default {
  async "the password lets its member in"(world) {
    const login = await newPasswordLogin(world);
    const reply = await authenticate(world, login);

    assert.equal(reply.member_id, login.member_id);
    assert.equal(reply.member_authenticated, true);
    assert.equal(reply.member_session.authentication_factors[0].type, "password");
  },

  async "a wrong password is refused, and who has none"(world) {
    const login = await newPasswordLogin(world);
    const { member } = await newMemberLogin(world);
    await world.refused("unauthorized_credentials", authenticate(world, login, NEW_PASSWORD));
    await world.refused("member_password_not_found", authenticate(world, { member }));
    await world.refused("member_not_found", authenticate(world, { member: { ...member, email_address: newEmail() } }));
  },

  async "ten wrong passwords lock the member"(world) {
    const login = await newPasswordLogin(world);
    for (let i = 0; i < 10; i++)
      await world.refused("unauthorized_credentials", authenticate(world, login, NEW_PASSWORD));
    await world.refused("user_lock_limit_reached", authenticate(world, login));
  },

  async "a password lets nobody in where a second factor is owed"(world) {
    const login = await newPasswordLogin(world, { mfa_policy: "REQUIRED_FOR_ALL" });
    assert.equal(login.member_authenticated, false);
    const reply = await authenticate(world, login);
    assert.equal(reply.member_authenticated, false);
    assert.ok(reply.intermediate_session_token);
    assert.equal(reply.mfa_required.secondary_auth_initiated ?? null, null);
  },

  async "strength is rated"({ b2b }) {
    const strong = await b2b.passwords.strengthCheck({ password: PASSWORD });
    const weak = await b2b.passwords.strengthCheck({ password: "p@ssword1", email_address: newEmail() });

    assert.equal(strong.valid_password, true);
    assert.equal(weak.valid_password, false);
    assert.equal(weak.breached_password, true);
    assert.ok(weak.zxcvbn_feedback.suggestions.length > 0);
  },

  async "strength by kinds of characters is rated"(world) {
    await setB2b(world, { password_policy: "luds", luds_min_length: 12 });
    const { valid_password, strength_policy, luds_feedback } = await world.b2b.passwords.strengthCheck({
      password: "lower",
    });
    await setB2b(world, { password_policy: null, luds_min_length: null });

    assert.equal(valid_password, false);
    assert.equal(strength_policy, "luds");
    assert.equal(luds_feedback.missing_characters, 7);
  },

  async "strength is rated of a password alone, for the project"({ b2b, strangers, refused }) {
    await refused("unauthorized_credentials", strangers.b2b.passwords.strengthCheck({ password: PASSWORD }));
    await refused("bad_request", b2b.passwords.strengthCheck({ email_address: newEmail() }));
    await refused("invalid_email", b2b.passwords.strengthCheck({ password: PASSWORD, email_address: "someone" }));
  },

  async "a hash migrates with its member"(world) {
    const { organization_id } = await newOrganization(world);
    const email_address = newEmail();
    const reply = await world.b2b.passwords.migrate({
      organization_id,
      email_address,
      ...sha1(PASSWORD),
      name: "Migrated",
      roles: ["stytch_admin"],
      trusted_metadata: { unix: {} },
      mfa_phone_number: newPhone(),
      set_phone_number_verified: true,
      external_id: "migrated",
    });

    assert.equal(reply.member_created, true);
    assert.equal(reply.member.email_address_verified, true);
    assert.equal(reply.member.mfa_phone_number_verified, true);
    assert.equal((await authenticate(world, reply)).member_id, reply.member_id);
    await world.refused("unauthorized_credentials", authenticate(world, reply, NEW_PASSWORD));
  },

  async "a hash that is none is refused, and one over another"(world) {
    const login = await newPasswordLogin(world);
    const call = (wish) => world.b2b.passwords.migrate({ ...who(login), ...wish });
    await world.refused("password_already_exists", call(sha1(PASSWORD)));
    await world.refused("invalid_sha_1_hash", call({ hash: "xyz", hash_type: "sha_1", email_address: newEmail() }));
    await world.refused(
      "organization_not_found",
      call({ ...sha1(PASSWORD), organization_id: unknownId("organization") }),
    );
  },

  async "a mailed reset sets the password and ends all sessions"(world) {
    const { b2b, refused } = world;
    const login = await newPasswordLogin(world);
    const password_reset_token = await startReset(world, login.member);
    const call = (password) => b2b.passwords.email.reset({ password_reset_token, password });
    await refused("weak_password", call(WEAK_PASSWORD));
    const reply = await call(NEW_PASSWORD);

    assert.equal(reply.member_authenticated, true);
    await refused("session_not_found", b2b.sessions.authenticate({ session_token: login.session_token }));
    await refused("unauthorized_credentials", authenticate(world, login));
    await authenticate(world, login, NEW_PASSWORD);
    await refused("unable_to_auth_password_reset_token", call(PASSWORD));
  },

  async "a reset begun with PKCE needs its verifier"(world) {
    const { verifier, challenge } = newPkce();
    const member = await newMember(world, await newOrganization(world));
    const password_reset_token = await startReset(world, member, { code_challenge: challenge });
    const call = (wish) => world.b2b.passwords.email.reset({ password_reset_token, password: PASSWORD, ...wish });
    await world.refused("pkce_expected_code_verifier", call({}));
    await call({ code_verifier: verifier });
  },

  async "a reset is for a member there is"(world) {
    const organization = await newOrganization(world);
    const { organization_id } = organization;
    await world.refused("member_not_found", startReset(world, { organization_id, email_address: newEmail() }));
  },

  async "the old password sets a new one"(world) {
    const login = await newPasswordLogin(world);
    const call = (existing_password) =>
      world.b2b.passwords.existingPassword.reset({ ...who(login), existing_password, new_password: NEW_PASSWORD });
    await world.refused("unauthorized_credentials", call(NEW_PASSWORD));
    const reply = await call(PASSWORD);

    assert.equal(reply.member_id, login.member_id);
    const { session_token } = login;
    await world.refused("session_not_found", world.b2b.sessions.authenticate({ session_token }));
  },

  async "a fresh session sets a new password and stays"(world) {
    const { b2b, refused } = world;
    const login = await newPasswordLogin(world);
    const other = await authenticate(world, login);
    const { organization_id, session_token } = login;
    const call = (password) => b2b.passwords.sessions.reset({ organization_id, session_token, password });
    await refused("weak_password", call(WEAK_PASSWORD));
    await call(NEW_PASSWORD);

    await b2b.sessions.authenticate({ session_token });
    await refused("session_not_found", b2b.sessions.authenticate({ session_token: other.session_token }));
    await world.control("clock", { advance_seconds: 301 });
    await refused("session_too_old_to_reset_password", call(PASSWORD));
  },

  async "a password of an address lets in where its members are"(world) {
    await crossOrg(world, async () => {
      const { b2b, refused } = world;
      const { email_address, member } = await newAddressPassword(world);
      const reply = await b2b.passwords.discovery.authenticate({ email_address, password: PASSWORD });

      assert.equal(reply.email_address, email_address);
      assert.deepEqual(
        reply.discovered_organizations.map((found) => found.organization.organization_id),
        [member.organization_id],
      );
      await refused(
        "unauthorized_credentials",
        b2b.passwords.discovery.authenticate({ email_address, password: NEW_PASSWORD }),
      );
      await authenticate(world, { member });
    });
  },

  async "a reset of an address's password is good once"(world) {
    await crossOrg(world, async () => {
      const { email } = world.b2b.passwords.discovery;
      const { challenge, verifier } = newPkce();
      const email_address = newEmail();
      await email.resetStart({ email_address, pkce_code_challenge: challenge });
      const { token } = await lastMessage(world, email_address);
      const call = (wish) => email.reset({ password_reset_token: token, password: PASSWORD, ...wish });

      await world.refused("pkce_expected_code_verifier", call({}));
      await world.refused("weak_password", call({ password: WEAK_PASSWORD, pkce_code_verifier: verifier }));
      const reply = await call({ pkce_code_verifier: verifier });
      assert.equal(reply.email_address, email_address);
      assert.ok(reply.intermediate_session_token);
      await world.refused("unable_to_auth_password_reset_token", call({ pkce_code_verifier: verifier }));
    });
  },

  async "a required reset voids the password of an address"(world) {
    await crossOrg(world, async () => {
      const { email_address, member } = await newAddressPassword(world);
      const { organization_id, member_id } = member;
      const call = (email) =>
        world.b2b.passwords.email.requireReset({ email_address: email, organization_id, member_id });
      await call(email_address);
      await world.refused("member_reset_password", authenticate(world, { member }));
      await world.refused("member_not_found", call(newEmail()));
    });
  },

  async "a session requires a reset if its roles allow"(world) {
    await crossOrg(world, async () => {
      const { email_address, member } = await newAddressPassword(world);
      const { organization_id, member_id } = member;
      const stranger = await loginMember(world, await newMember(world, { organization_id }));
      const { session_token } = stranger;
      await world.refused(
        "session_authorization_error",
        world.b2b.passwords.email.requireReset(
          { email_address, organization_id, member_id },
          { authorization: { session_token } },
        ),
      );
    });
  },

  async "what is of addresses is refused where passwords are of members"({ b2b, refused }) {
    const { discovery, email } = b2b.passwords;
    const email_address = newEmail();
    const token = unknownToken();
    await refused("cross_org_passwords_not_enabled", discovery.authenticate({ email_address, password: PASSWORD }));
    await refused("cross_org_passwords_not_enabled", discovery.email.resetStart({ email_address }));
    await refused(
      "cross_org_passwords_not_enabled",
      discovery.email.reset({ password_reset_token: token, password: PASSWORD }),
    );
    await refused("cross_org_passwords_not_enabled", email.requireReset({ email_address }));
  },
};
