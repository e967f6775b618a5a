/* SPDX-License-Identifier: BSD-2-Clause */
/* Logins by the identity providers that the sandbox plays. */
import assert from "node:assert/strict";

import { lastMessage, newEmail, newLogin, newPkce, newUser, unknownId, unknownToken } from "./state.mjs";

/* The public token of the project, as every mailed link has it. */
async function publicToken(world) {
  const { email } = await newUser(world);
  await world.consumer.magicLinks.email.send({ email });
  return new URL((await lastMessage(world, email)).link).searchParams.get("public_token");
}

/* Go through a provider's start URL; the token for authenticate. */
async function goThrough(world, provider, params) {
  const query = new URLSearchParams({ public_token: await publicToken(world), ...params });
  const { status, location } = await world.open(`/v1/public/oauth/${provider}/start?${query}`);
  assert.equal(status, 302);
  const url = new URL(location);
  assert.equal(url.searchParams.get("stytch_token_type"), "oauth");
  return url.searchParams.get("token");
}

export default {
  async "a provider's login makes a user with a registration"(world) {
    const login_hint = newEmail();
    const token = await goThrough(world, "google", { login_hint, name: "Ada Lovelace" });
    const reply = await world.consumer.oauth.authenticate({ token, session_duration_minutes: 60 });

    assert.equal(reply.provider_type, "Google");
    assert.equal(reply.user.emails[0].email, login_hint);
    assert.equal(reply.user.providers[0].oauth_user_registration_id, reply.oauth_user_registration_id);
    assert.equal(reply.user_session.authentication_factors[0].google_oauth_factor.provider_subject, reply.provider_subject);
    assert.ok(reply.provider_values.access_token);
  },

  async "the same person is the same user"(world) {
    const login_hint = newEmail();
    const first = await world.consumer.oauth.authenticate({ token: await goThrough(world, "github", { login_hint }) });
    const again = await world.consumer.oauth.authenticate({ token: await goThrough(world, "github", { login_hint }) });
    assert.equal(first.user_id, again.user_id);
    assert.equal(first.oauth_user_registration_id, again.oauth_user_registration_id);
  },

  async "a provider's token is good once"(world) {
    const token = await goThrough(world, "microsoft", { login_hint: newEmail() });
    await world.consumer.oauth.authenticate({ token });
    await world.refused("oauth_token_not_found", world.consumer.oauth.authenticate({ token }));
    await world.refused("oauth_token_not_found", world.consumer.oauth.authenticate({ token: unknownToken() }));
  },

  async "the sandbox's own tokens answer as documented"({ consumer, refused }) {
    await consumer.oauth.authenticate({ token: "hdPVZHHX0UoRa7hJTuuPHi1vlddffSnoweRbVFf5-H8g" });
    await refused(
      "oauth_token_not_found",
      consumer.oauth.authenticate({ token: "59cnLELtq5cFVS6uYK9f-pAWzBkhqZl8AvLhbhOvKNWw" }),
    );
  },

  async "a login begun with PKCE needs its verifier"(world) {
    const { verifier, challenge } = newPkce();
    const token = await goThrough(world, "google", { login_hint: newEmail(), code_challenge: challenge });
    await world.refused("pkce_expected_code_verifier", world.consumer.oauth.authenticate({ token }));
    await world.consumer.oauth.authenticate({ token, code_verifier: verifier });
  },

  async "every provider has its factor"(world) {
    const providers = ["amazon", "apple", "bitbucket", "coinbase", "discord", "facebook", "figma", "github"];
    providers.push("gitlab", "google", "linkedin", "microsoft", "salesforce", "slack", "snapchat", "tiktok");
    providers.push("twitch", "twitter", "yahoo");
    for (const provider of providers) {
      const token = await goThrough(world, provider, { login_hint: newEmail() });
      const { user_session } = await world.consumer.oauth.authenticate({ token, session_duration_minutes: 5 });
      const [factor] = user_session.authentication_factors;
      assert.equal(factor.delivery_method, `oauth_${provider}`);
      const details = Object.keys(factor).filter((key) => key.endsWith("_oauth_factor"));
      assert.deepEqual(
        details.map((key) => key.replaceAll("_", "")),
        [`${provider}oauthfactor`],
      );
    }
  },

  async "a login is attached to the user who asked"(world) {
    const { user_id, session_token } = await newLogin(world);
    const { oauth_attach_token } = await world.consumer.oauth.attach({ provider: "google", session_token });
    const token = await goThrough(world, "google", { login_hint: newEmail(), oauth_attach_token });
    const reply = await world.consumer.oauth.authenticate({ token });
    assert.equal(reply.user_id, user_id);
  },

  async "nothing is attached to an unknown user"({ consumer, refused }) {
    await refused("user_not_found", consumer.oauth.attach({ provider: "google", user_id: unknownId("user") }));
  },
};
