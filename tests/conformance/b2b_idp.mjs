/* SPDX-License-Identifier: BSD-2-Clause */
/* A B2B project as an identity provider, and the apps of its members. */
import assert from "node:assert/strict";

import {
  REDIRECT_URL,
  consent,
  newApp,
  newMember,
  newMemberLogin,
  newOrganization,
  newPkce,
  newTokens,
  unknownId,
} from "./state.mjs";

const ids = ({ organization_id, member_id }) => ({ organization_id, member_id });

const tokens = (world, app, person, scopes) =>
  newTokens(world, world.b2b, world.keys.b2b.project_id, app, person, scopes);

/* A member who has let a third party's app in. */
async function newConsented(world) {
  const { member } = await newMemberLogin(world);
  const app = await newApp(world.b2b, { client_type: "third_party", client_name: "Wiki" });
  await tokens(world, app, ids(member), ["openid", "email"]);
  return { person: ids(member), app };
}

export default {
  async "a third party's app needs consent, an own one does not"(world) {
    const { b2b } = world;
    const { member } = await newMemberLogin(world);
    const own = await newApp(b2b, { client_name: "Own" });
    const other = await newApp(b2b, { client_type: "third_party" });
    const start = (app) => b2b.idp.oauth.authorizeStart(consent(app, ids(member), ["openid", "email"]));
    const reply = await start(own);

    assert.equal(reply.member_id, member.member_id);
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
    const { b2b, refused } = world;
    const { member } = await newMemberLogin(world);
    const app = await newApp(b2b);
    const elsewhere = { ...consent(app, ids(member)), redirect_uri: "https://evil.example/" };
    const error_type = "connected_app_supplied_redirect_url_not_found_in_client";
    await refused(error_type, b2b.idp.oauth.authorizeStart(elsewhere));
    await refused(error_type, b2b.idp.oauth.authorize({ ...elsewhere, consent_granted: true }));
  },

  async "an unknown app or member gets no code"(world) {
    const { b2b, refused } = world;
    const app = await newApp(b2b);
    const { member } = await newMemberLogin(world);
    const call = (one, person) => b2b.idp.oauth.authorize({ ...consent(one, person), consent_granted: true });
    await refused("connected_app_not_found", call({ client_id: unknownId("connected-app") }, ids(member)));
    await refused("member_not_found", call(app, { ...ids(member), member_id: unknownId("member") }));
  },

  async "a code comes back with the state, and buys tokens"(world) {
    const { b2b } = world;
    const { session_token } = await newMemberLogin(world);
    const app = await newApp(b2b);
    const { redirect_uri, authorization_code } = await b2b.idp.oauth.authorize({
      ...consent(app, { session_token }),
      consent_granted: true,
      state: "a b&c",
    });
    const url = new URL(redirect_uri);

    assert.equal(url.origin + url.pathname, REDIRECT_URL);
    assert.equal(url.searchParams.get("code"), authorization_code);
    assert.equal(url.searchParams.get("state"), "a b&c");
    assert.ok((await tokens(world, app, { session_token })).access_token);
  },

  async "a public app needs PKCE"(world) {
    const { b2b, refused } = world;
    const { member } = await newMemberLogin(world);
    const app = await newApp(b2b, { client_type: "first_party_public" });
    const wish = { ...consent(app, ids(member)), consent_granted: true };
    await refused("pkce_required_for_idp_authorization_flow", b2b.idp.oauth.authorize(wish));
    await b2b.idp.oauth.authorize({ ...wish, code_challenge: newPkce().challenge });
  },

  async "a member's apps are listed and revoked"(world) {
    const { person, app } = await newConsented(world);
    const { members } = world.b2b.organizations;
    const { connected_apps } = await members.getConnectedApps(person);
    assert.deepEqual(
      connected_apps.map((one) => [one.connected_app_id, one.name]),
      [[app.client_id, "Wiki"]],
    );

    const revoke = () => members.connectedApps.revoke({ ...person, connected_app_id: app.client_id });
    await revoke();
    assert.deepEqual((await members.getConnectedApps(person)).connected_apps, []);
    await world.refused("connected_app_not_found", revoke());
    await world.refused("member_not_found", members.getConnectedApps({ ...person, member_id: unknownId("member") }));
  },

  async "an organization's apps are listed with who uses them"(world) {
    const { person, app } = await newConsented(world);
    const { organization_id, member_id } = person;
    const { organizations } = world.b2b;
    const { connected_apps } = await organizations.connectedApps({ organization_id });
    assert.deepEqual(
      connected_apps.map((one) => one.connected_app_id),
      [app.client_id],
    );

    const one = await organizations.getConnectedApp({ organization_id, connected_app_id: app.client_id });
    assert.equal(one.name, "Wiki");
    assert.deepEqual(
      one.active_members.map((member) => member.member_id),
      [member_id],
    );
  },

  async "an app that nobody uses is not an organization's"(world) {
    const { organization_id } = await newMember(world, await newOrganization(world));
    await world.refused(
      "connected_app_not_found",
      world.b2b.organizations.getConnectedApp({ organization_id, connected_app_id: unknownId("connected-app") }),
    );
  },

  async "a session revokes its own member's apps alone"(world) {
    const { person, app } = await newConsented(world);
    const { session_token } = await newMemberLogin(world);
    await world.refused(
      "session_authorization_tenancy_error",
      world.b2b.organizations.members.connectedApps.revoke(
        { ...person, connected_app_id: app.client_id },
        { authorization: { session_token } },
      ),
    );
  },
};
