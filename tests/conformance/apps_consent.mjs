/* SPDX-License-Identifier: BSD-2-Clause */
/* A Consumer project as an identity provider: consent, codes, tokens. */
import assert from "node:assert/strict";

import { REDIRECT_URL, consent, newApp, newLogin, newPkce, newTokens, newUser, unknownId } from "./state.mjs";

const tokens = (world, app, person, scopes) =>
  newTokens(world, world.consumer, world.keys.consumer.project_id, app, person, scopes);

export default {
  async "a third party's app needs consent, an own one does not"(world) {
    const { consumer } = world;
    const { user_id } = await newUser(world);
    const own = await newApp(consumer, { client_name: "Own" });
    const other = await newApp(consumer, { client_type: "third_party" });
    const start = (app) => consumer.idp.oauth.authorizeStart(consent(app, { user_id }, ["openid", "email"]));
    const reply = await start(own);

    assert.equal(reply.user_id, user_id);
    assert.equal(reply.client.client_name, "Own");
    assert.equal(reply.consent_required, false);
    assert.equal((await start(other)).consent_required, true);
    assert.deepEqual(
      reply.scope_results.map(({ scope, is_grantable }) => [scope, is_grantable]),
      [
        ["openid", true],
        ["email", true],
      ],
    );
  },

  async "a redirect URL is one of the app's"(world) {
    const { consumer, refused } = world;
    const { user_id } = await newUser(world);
    const app = await newApp(consumer);
    const elsewhere = { ...consent(app, { user_id }), redirect_uri: "https://evil.example/" };
    await refused(
      "connected_app_supplied_redirect_url_not_found_in_client",
      consumer.idp.oauth.authorizeStart(elsewhere),
    );
    await refused(
      "connected_app_supplied_redirect_url_not_found_in_client",
      consumer.idp.oauth.authorize({ ...elsewhere, consent_granted: true }),
    );
  },

  async "an unknown app or user gets no code"(world) {
    const { consumer, refused } = world;
    const app = await newApp(consumer);
    const { user_id } = await newUser(world);
    const call = (one, person) => consumer.idp.oauth.authorize({ ...consent(one, person), consent_granted: true });
    await refused("connected_app_not_found", call({ client_id: unknownId("connected-app") }, { user_id }));
    await refused("user_not_found", call(app, { user_id: unknownId("user") }));
  },

  async "a code comes back with the state"(world) {
    const { consumer } = world;
    const { session_token } = await newLogin(world);
    const app = await newApp(consumer);
    const { redirect_uri, authorization_code } = await consumer.idp.oauth.authorize({
      ...consent(app, { session_token }),
      consent_granted: true,
      state: "a b&c",
    });
    const url = new URL(redirect_uri);

    assert.equal(url.origin + url.pathname, REDIRECT_URL);
    assert.equal(url.searchParams.get("code"), authorization_code);
    assert.equal(url.searchParams.get("state"), "a b&c");
  },

  async "who does not consent sends an error back"(world) {
    const { consumer } = world;
    const { user_id } = await newUser(world);
    const app = await newApp(consumer);
    const { redirect_uri } = await consumer.idp.oauth.authorize({
      ...consent(app, { user_id }),
      consent_granted: false,
    });
    assert.equal(new URL(redirect_uri).searchParams.get("error"), "access_denied");
  },

  async "a public app needs PKCE"(world) {
    const { consumer, refused } = world;
    const { user_id } = await newUser(world);
    const app = await newApp(consumer, { client_type: "first_party_public" });
    const wish = { ...consent(app, { user_id }), consent_granted: true };
    await refused("pkce_required_for_idp_authorization_flow", consumer.idp.oauth.authorize(wish));
    const reply = await consumer.idp.oauth.authorize({ ...wish, code_challenge: newPkce().challenge });
    assert.ok(reply.authorization_code);
  },

  async "a person's apps are listed and revoked"(world) {
    const { consumer, refused } = world;
    const { user_id } = await newUser(world);
    const app = await newApp(consumer, { client_type: "third_party", client_name: "Wiki" });
    await tokens(world, app, { user_id }, ["openid", "email"]);
    const { connected_apps } = await consumer.users.connectedApps({ user_id });

    assert.equal(connected_apps.length, 1);
    assert.equal(connected_apps[0].connected_app_id, app.client_id);
    assert.equal(connected_apps[0].name, "Wiki");
    const wish = { user_id, connected_app_id: app.client_id };
    await consumer.users.revoke(wish);
    assert.deepEqual((await consumer.users.connectedApps({ user_id })).connected_apps, []);
    await refused("connected_app_not_found", consumer.users.revoke(wish));
  },

  async "an unknown user has no apps"({ consumer, refused }) {
    await refused("user_not_found", consumer.users.connectedApps({ user_id: unknownId("user") }));
  },
};
