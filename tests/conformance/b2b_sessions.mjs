/* SPDX-License-Identifier: BSD-2-Clause */
/* Sessions of a B2B project, and tokens from elsewhere. */
import assert from "node:assert/strict";

import {
  loginMember,
  newApp,
  newIssuer,
  newMember,
  newMemberLogin,
  newOrganization,
  newTokens,
  setB2b,
  unknownId,
  unknownToken,
} from "./state.mjs";

const POLICY = {
  roles: [{ role_id: "editor", description: "", permissions: [{ resource_id: "page", actions: ["edit"] }] }],
  resources: [{ resource_id: "page", description: "", actions: ["edit", "delete"] }],
  scopes: [],
};

/* A first-party app's access token of a logged-in member. */
async function fullAccess(world, scopes) {
  const { b2b, keys } = world;
  const login = await newMemberLogin(world);
  const app = await newApp(b2b, { full_access_allowed: true });
  const person = { session_token: login.session_token };
  const { access_token } = await newTokens(world, b2b, keys.b2b.project_id, app, person, scopes);
  return { login, access_token };
}

/* A profile of trusted tokens: sign(claims) makes one of its tokens. */
async function trust(world) {
  const issuer = newIssuer();
  await setB2b(world, {
    trusted_auth_profiles: { "profile-1": { issuer: "https://idp.example", audience: "us", jwks: issuer.jwks } },
  });
  const exp = Math.floor(Date.parse((await world.control("clock")).now) / 1000) + 300;
  return (claims) => issuer.sign({ iss: "https://idp.example", aud: "us", exp, jti: unknownToken(), ...claims });
}

/* The same person in two organizations, logged in to the first. */
async function inTwo(world, organizationWish = {}) {
  const login = await newMemberLogin(world);
  const { email_address } = login.member;
  const other = await newMember(world, await newOrganization(world, organizationWish), { email_address });
  return { login, other };
}

export default {
  async "a session is found by its token and by its JWT"(world) {
    const { session_token, session_jwt, member_session } = await newMemberLogin(world);
    const { sessions } = world.b2b;
    const byToken = await sessions.authenticate({ session_token });
    const byJwt = await sessions.authenticate({ session_jwt });

    assert.equal(byToken.member_session.member_session_id, member_session.member_session_id);
    assert.equal(byJwt.member_session.member_session_id, member_session.member_session_id);
    assert.equal(byToken.session_token, session_token);
  },

  async "the SDK verifies a JWT by the project's keys"(world) {
    const { session_jwt, member_session } = await newMemberLogin(world);
    const local = await world.b2b.sessions.authenticateJwtLocal({ session_jwt });
    assert.equal(local.member_session_id, member_session.member_session_id);
    assert.equal(local.organization_id, member_session.organization_id);
    assert.equal(local.organization_slug, member_session.organization_slug);
  },

  async "a session is extended by a duration, and carries claims"(world) {
    const { session_token, member_session } = await newMemberLogin(world);
    const reply = await world.b2b.sessions.authenticate({
      session_token,
      session_duration_minutes: 600,
      session_custom_claims: { team: "blue" },
    });
    assert.ok(Date.parse(reply.member_session.expires_at) > Date.parse(member_session.expires_at));
    assert.deepEqual(reply.member_session.custom_claims, { team: "blue" });
  },

  async "a session is named in one way, and found"(world) {
    const { session_token, session_jwt } = await newMemberLogin(world);
    const { sessions } = world.b2b;
    await world.refused("session_not_found", sessions.authenticate({ session_token: unknownToken() }));
    await world.refused("too_many_session_arguments", sessions.authenticate({ session_token, session_jwt }));
    await world.control("clock", { advance_seconds: 3601 });
    await world.refused("session_not_found", sessions.authenticate({ session_token }));
  },

  async "a role decides what a session may do, in its organization"(world) {
    await setB2b(world, { rbac_policy: POLICY });
    const { session_token, organization_id } = await newMemberLogin(world, {}, { roles: ["editor"] });
    const check = (wish) =>
      world.b2b.sessions.authenticate({
        session_token,
        authorization_check: { organization_id, resource_id: "page", action: "edit", ...wish },
      });
    const { verdict } = await check({});
    const elsewhere = (await newOrganization(world)).organization_id;

    assert.deepEqual(verdict, { authorized: true, granting_roles: ["editor"] });
    await world.refused("session_authorization_error", check({ action: "delete" }));
    await world.refused("session_authorization_tenancy_error", check({ organization_id: elsewhere }));
    await setB2b(world, { rbac_policy: null });
  },

  async "the sessions of a member are listed"(world) {
    const { organization_id, member_id, member_session } = await newMemberLogin(world);
    const { member_sessions } = await world.b2b.sessions.get({ organization_id, member_id });
    assert.deepEqual(
      member_sessions.map((session) => session.member_session_id),
      [member_session.member_session_id],
    );
    await world.refused(
      "member_not_found",
      world.b2b.sessions.get({ organization_id, member_id: unknownId("member") }),
    );
  },

  async "a session is revoked by id, token and member"(world) {
    const { sessions } = world.b2b;
    const names = [
      ({ member_session }) => ({ member_session_id: member_session.member_session_id }),
      ({ session_token }) => ({ session_token }),
      ({ session_jwt }) => ({ session_jwt }),
      ({ member_id }) => ({ member_id }),
    ];
    for (const name of names) {
      const login = await newMemberLogin(world);
      const { session_token } = login;
      await sessions.revoke(name(login));
      await world.refused("session_not_found", sessions.authenticate({ session_token }));
    }
  },

  async "a revocation names one session, which there is"(world) {
    const { session_token, member_id } = await newMemberLogin(world);
    const { sessions } = world.b2b;
    await world.refused("too_many_session_revoke_arguments", sessions.revoke({ session_token, member_id }));
    await world.refused("session_not_found", sessions.revoke({ member_session_id: unknownId("member-session") }));
    await world.refused("member_not_found", sessions.revoke({ member_id: unknownId("member") }));
  },

  async "a session revokes others' if its roles allow"(world) {
    const login = await newMemberLogin(world);
    const { organization_id } = login;
    const other = await loginMember(world, await newMember(world, { organization_id }));
    const call = (member_id) =>
      world.b2b.sessions.revoke({ member_id }, { authorization: { session_token: login.session_token } });
    await world.refused("session_authorization_error", call(other.member_id));
    await call(login.member_id);
  },

  async "a session is exchanged for one in another organization"(world) {
    const { login, other } = await inTwo(world);
    const { organization_id } = other;
    const { session_token } = login;
    const reply = await world.b2b.sessions.exchange({ organization_id, session_token, session_duration_minutes: 30 });

    assert.equal(reply.member_id, other.member_id);
    assert.equal(reply.member_authenticated, true);
    assert.notEqual(reply.session_token, session_token);
  },

  async "an exchange goes by the other organization's policy"(world) {
    const { login, other } = await inTwo(world, { mfa_policy: "REQUIRED_FOR_ALL" });
    const { organization_id } = other;
    const reply = await world.b2b.sessions.exchange({ organization_id, session_token: login.session_token });
    assert.equal(reply.member_authenticated, false);
    assert.ok(reply.mfa_required);
  },

  async "an exchange is for members alone"(world) {
    const { session_token } = await newMemberLogin(world);
    const { organization_id } = await newOrganization(world);
    await world.refused("member_not_found", world.b2b.sessions.exchange({ organization_id, session_token }));
  },

  async "the project's keys are public"({ b2b, keys, refused }) {
    const { keys: list } = await b2b.sessions.getJWKS(keys.b2b);
    assert.equal(list[0].kty, "RSA");
    assert.equal(list[0].alg, "RS256");
    await refused("project_not_found", b2b.sessions.getJWKS({ project_id: unknownId("project") }));
  },

  async "a token of the old system becomes a session"(world) {
    const { organization_id, member_id, email_address } = await newMember(world, await newOrganization(world));
    await setB2b(world, { userinfo: { "old-token": { email: email_address } } });
    const call = (session_token, wish) => world.b2b.sessions.migrate({ organization_id, session_token, ...wish });
    const reply = await call("old-token");
    const elsewhere = await newOrganization(world);

    assert.equal(reply.member_id, member_id);
    assert.equal(reply.member_session.authentication_factors[0].type, "imported");
    await world.refused("migrate_from_external_unexpected_response", call("other-token"));
    await world.refused(
      "migrate_from_external_email_does_not_exist",
      call("old-token", { organization_id: elsewhere.organization_id }),
    );
  },

  async "a trusted token becomes a session"(world) {
    const { organization_id, member_id, email_address } = await newMember(world, await newOrganization(world));
    const sign = await trust(world);
    const reply = await world.b2b.sessions.attest({
      profile_id: "profile-1",
      token: sign({ sub: "42", email: email_address, organization_id }),
      session_duration_minutes: 60,
    });
    assert.equal(reply.member_id, member_id);
    assert.equal(reply.member_session.authentication_factors[0].type, "trusted_auth_token");
  },

  async "a token of another audience, profile or organization is refused"(world) {
    const { organization_id, email_address } = await newMember(world, await newOrganization(world));
    const sign = await trust(world);
    const call = (claims, wish) =>
      world.b2b.sessions.attest({ profile_id: "profile-1", token: sign({ email: email_address, ...claims }), ...wish });

    await world.refused("jwt_invalid_audience", call({ organization_id, aud: "them" }));
    await world.refused("trusted_token_profile_not_found", call({ organization_id }, { profile_id: "profile-2" }));
    await world.refused("invalid_token_organization_id_claim", call({}));
  },

  async "an access token of an own app becomes a session, once"(world) {
    const { login, access_token } = await fullAccess(world, ["openid", "full_access"]);
    const call = () => world.b2b.sessions.exchangeAccessToken({ access_token, session_duration_minutes: 60 });
    const reply = await call();

    assert.equal(reply.member_id, login.member_id);
    assert.equal(reply.member_session.authentication_factors.at(-1).delivery_method, "oauth_access_token_exchange");
    await world.refused("oauth_access_token_exchange_token_invalid_grant", call());
  },

  async "an access token without full access is refused"(world) {
    const { access_token } = await fullAccess(world, ["openid"]);
    await world.refused(
      "oauth_access_token_exchange_missing_full_access",
      world.b2b.sessions.exchangeAccessToken({ access_token }),
    );
  },
};
