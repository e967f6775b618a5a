/* SPDX-License-Identifier: BSD-2-Clause */
/* Sessions of a Consumer project, and tokens from elsewhere. */
import assert from "node:assert/strict";

import {
  newApp,
  newIssuer,
  newLogin,
  newTokens,
  newUser,
  setConsumer,
  unknownId,
  unknownToken,
} from "./state.mjs";

const POLICY = {
  roles: [{ role_id: "editor", description: "", permissions: [{ resource_id: "page", actions: ["edit"] }] }],
  resources: [{ resource_id: "page", description: "", actions: ["edit", "delete"] }],
  scopes: [],
};

/* A first-party app's access token of a logged-in user. */
async function fullAccess(world, scopes) {
  const { consumer, keys } = world;
  const login = await newLogin(world);
  const app = await newApp(consumer, { full_access_allowed: true });
  const person = { session_token: login.session_token };
  const tokens = await newTokens(world, consumer, keys.consumer.project_id, app, person, scopes);
  return { login, access_token: tokens.access_token };
}

/* A profile of trusted tokens: sign(claims) makes one of its tokens. */
async function trust(world) {
  const issuer = newIssuer();
  await setConsumer(world, {
    trusted_auth_profiles: { "profile-1": { issuer: "https://idp.example", audience: "us", jwks: issuer.jwks } },
  });
  const exp = Math.floor(Date.parse((await world.control("clock")).now) / 1000) + 300;
  return (claims) => issuer.sign({ iss: "https://idp.example", aud: "us", exp, jti: unknownToken(), ...claims });
}

export default {
  async "a session is found by its token and by its JWT"(world) {
    const { session_token, session_jwt, session } = await newLogin(world);
    const { sessions } = world.consumer;
    const byToken = await sessions.authenticate({ session_token });
    const byJwt = await sessions.authenticate({ session_jwt });

    assert.equal(byToken.session.session_id, session.session_id);
    assert.equal(byJwt.session.session_id, session.session_id);
    assert.equal(byToken.session.expires_at, session.expires_at);
  },

  async "the SDK verifies a JWT by the project's keys"(world) {
    const { session_jwt, session } = await newLogin(world);
    const local = await world.consumer.sessions.authenticateJwtLocal({ session_jwt });
    assert.equal(local.session_id, session.session_id);
    assert.equal(local.user_id, session.user_id);
  },

  async "a session is extended by a duration, and carries claims"(world) {
    const { session_token, session } = await newLogin(world);
    const reply = await world.consumer.sessions.authenticate({
      session_token,
      session_duration_minutes: 600,
      session_custom_claims: { team: "blue" },
    });
    assert.ok(Date.parse(reply.session.expires_at) > Date.parse(session.expires_at));
    assert.equal(reply.session.custom_claims.team, "blue");
  },

  async "a JWT lives five minutes, its session longer"(world) {
    const { session_jwt, session, user_id } = await newLogin(world);
    const { project_id } = world.keys.consumer;
    const claims = JSON.parse(Buffer.from(session_jwt.split(".")[1], "base64url"));

    assert.equal(claims.exp - claims.iat, 300);
    assert.equal(claims.nbf, claims.iat);
    assert.equal(claims.iss, `stytch.com/${project_id}`);
    assert.deepEqual(claims.aud, [project_id]);
    assert.equal(claims.sub, user_id);
    assert.equal(claims["https://stytch.com/session"].id, session.session_id);
    await world.control("clock", { advance_seconds: 301 });
    const again = await world.consumer.sessions.authenticate({ session_jwt });
    assert.equal(again.session.session_id, session.session_id);
  },

  async "claims are merged by name, and null removes one"(world) {
    const { session_token } = await newLogin(world);
    const call = (session_custom_claims) =>
      world.consumer.sessions.authenticate({ session_token, session_custom_claims });
    await call({ a: 1, b: { c: 2 }, sub: "me" });
    const { session } = await call({ a: null, d: 4 });

    assert.deepEqual(session.custom_claims, { b: { c: 2 }, d: 4 });
    await world.refused("custom_claims_too_large", call({ e: "x".repeat(5000) }));
  },

  async "a session lives from 5 minutes to 366 days"(world) {
    const { session_token } = await newLogin(world);
    const call = (session_duration_minutes) =>
      world.consumer.sessions.authenticate({ session_token, session_duration_minutes });
    await world.refused("invalid_session_duration_minutes", call(4));
    await world.refused("invalid_session_duration_minutes", call(527041));
    await call(527040);
    await setConsumer(world, { session_max_minutes: 600 });
    await world.refused("invalid_session_duration", call(601));
  },

  async "a session is revoked by its JWT"(world) {
    const { session_token, session_jwt } = await newLogin(world);
    await world.consumer.sessions.revoke({ session_jwt });
    await world.refused("session_not_found", world.consumer.sessions.authenticate({ session_token }));
  },

  async "the sandbox's own session answers as documented"({ consumer, refused }) {
    const session_token = "WJtR5BCy38Szd5AfoDpf0iqFKEt4EE5JhjlWUY7l3FtY";
    const { session, session_jwt } = await consumer.sessions.authenticate({ session_token });
    assert.equal(session.session_id, "session-test-eb94233f-8800-4ebd-8645-51dc15f9d028");
    assert.equal(session.started_at, "2021-08-28T00:41:58.935673Z");
    assert.ok(await consumer.sessions.authenticateJwtLocal({ session_jwt }));
    await refused("session_not_found", consumer.sessions.revoke({ session_id: session.session_id }));
  },

  async "an unknown session is not found"({ consumer, refused }) {
    await refused("session_not_found", consumer.sessions.authenticate({ session_token: unknownToken() }));
    await refused(
      "session_not_found",
      consumer.sessions.authenticate({ session_token: "59cnLELtq5cFVS6uYK9f-pAWzBkhqZl8AvLhbhOvKNWw" }),
    );
  },

  async "a session is named in one way"(world) {
    const { session_token, session_jwt } = await newLogin(world);
    const { sessions } = world.consumer;
    await world.refused("too_many_session_arguments", sessions.authenticate({ session_token, session_jwt }));
    await world.refused("invalid_session_token", sessions.authenticate({ session_token: "short" }));
  },

  async "an expired session is not found"(world) {
    const { session_token } = await newLogin(world);
    await world.control("clock", { advance_seconds: 3601 });
    await world.refused("session_not_found", world.consumer.sessions.authenticate({ session_token }));
  },

  async "a role decides what a session may do"(world) {
    const { consumer, refused } = world;
    await setConsumer(world, { rbac_policy: POLICY });
    const { session_token, user_id } = await newLogin(world);
    await consumer.users.update({ user_id, roles: ["editor"] });
    const check = (action) =>
      consumer.sessions.authenticate({ session_token, authorization_check: { resource_id: "page", action } });
    const { verdict } = await check("edit");

    assert.equal(verdict.authorized, true);
    assert.deepEqual(verdict.granting_roles, ["editor"]);
    await refused("consumer_session_authorization_error", check("delete"));
  },

  async "the SDK knows by the policy what a role may do"(world) {
    const { consumer } = world;
    await setConsumer(world, { rbac_policy: POLICY });
    const { session_token, user_id } = await newLogin(world);
    await consumer.users.update({ user_id, roles: ["editor"] });
    const { session_jwt } = await consumer.sessions.authenticate({ session_token });
    const check = (action) =>
      consumer.sessions.authenticateJwtLocal({ session_jwt, authorization_check: { resource_id: "page", action } });

    assert.ok((await check("edit")).roles.includes("editor"));
    await assert.rejects(check("delete"), /invalid_permissions/);
  },

  async "the sessions of a user are listed"(world) {
    const { user_id, session } = await newLogin(world);
    const { sessions } = await world.consumer.sessions.get({ user_id });
    assert.deepEqual(
      sessions.map((one) => one.session_id),
      [session.session_id],
    );
  },

  async "an unknown user has no list of sessions"({ consumer, refused }) {
    await refused("user_not_found", consumer.sessions.get({ user_id: unknownId("user") }));
  },

  async "a revoked session is gone"(world) {
    const { consumer, refused } = world;
    const { session_token, session } = await newLogin(world);
    await consumer.sessions.revoke({ session_id: session.session_id });
    await refused("session_not_found", consumer.sessions.authenticate({ session_token }));
    await refused("session_not_found", consumer.sessions.revoke({ session_token }));
  },

  async "a revocation names one session"({ consumer, refused }) {
    await refused(
      "too_many_session_revoke_arguments",
      consumer.sessions.revoke({ session_id: unknownId("session"), session_token: unknownToken() }),
    );
  },

  async "the project's keys are public"({ consumer, keys }) {
    const { keys: list } = await consumer.sessions.getJWKS(keys.consumer);
    assert.equal(list[0].kty, "RSA");
    assert.equal(list[0].alg, "RS256");
  },

  async "an unknown project has no keys"({ consumer, refused }) {
    await refused("project_not_found", consumer.sessions.getJWKS({ project_id: unknownId("project") }));
  },

  async "a token of the old system becomes a session"(world) {
    const { user_id, email } = await newUser(world);
    await setConsumer(world, { userinfo: { "old-token": { email } } });
    const reply = await world.consumer.sessions.migrate({ session_token: "old-token", session_duration_minutes: 60 });
    assert.equal(reply.user_id, user_id);
    assert.equal(reply.session.authentication_factors[0].type, "imported");
  },

  async "a token that the old system does not know is refused"(world) {
    const { consumer, refused } = world;
    await setConsumer(world, { userinfo: { "old-token": { email: "nobody@example.com" } } });
    await refused(
      "migrate_from_external_unexpected_response",
      consumer.sessions.migrate({ session_token: "other-token" }),
    );
    await refused(
      "migrate_from_external_email_does_not_exist",
      consumer.sessions.migrate({ session_token: "old-token" }),
    );
  },

  async "a trusted token becomes a session"(world) {
    const { user_id, email } = await newUser(world);
    const sign = await trust(world);
    const reply = await world.consumer.sessions.attest({
      profile_id: "profile-1",
      token: sign({ sub: "42", email }),
      session_duration_minutes: 60,
    });
    assert.equal(reply.user_id, user_id);
    assert.equal(reply.session.authentication_factors[0].type, "trusted_auth_token");
  },

  async "a token of another audience or profile is refused"(world) {
    const { consumer, refused } = world;
    const { email } = await newUser(world);
    const sign = await trust(world);
    const call = (profile_id, claims) => consumer.sessions.attest({ profile_id, token: sign({ email, ...claims }) });

    await refused("jwt_invalid_audience", call("profile-1", { aud: "them" }));
    await refused("trusted_token_profile_not_found", call("profile-2", {}));
  },

  async "an access token of an own app becomes a session"(world) {
    const { login, access_token } = await fullAccess(world, ["openid", "full_access"]);
    const { consumer, refused } = world;
    const reply = await consumer.sessions.exchangeAccessToken({ access_token, session_duration_minutes: 60 });

    assert.equal(reply.user_id, login.user_id);
    assert.equal(reply.session.authentication_factors.at(-1).delivery_method, "oauth_access_token_exchange");
    await refused(
      "oauth_access_token_exchange_token_invalid_grant",
      consumer.sessions.exchangeAccessToken({ access_token }),
    );
  },

  async "an access token without full access is refused"(world) {
    const { access_token } = await fullAccess(world, ["openid"]);
    const { consumer, refused } = world;
    await refused(
      "oauth_access_token_exchange_missing_full_access",
      consumer.sessions.exchangeAccessToken({ access_token }),
    );
    await refused(
      "idp_access_token_not_found",
      consumer.sessions.exchangeAccessToken({ access_token: unknownToken() }),
    );
  },
};
