/* SPDX-License-Identifier: BSD-2-Clause */
/* Logins of members by the identity providers that the sandbox plays. */
import assert from "node:assert/strict";

import {
  goThrough,
  newEmail,
  newMember,
  newMemberLogin,
  newOrganization,
  newPkce,
  unknownId,
  unknownToken,
} from "./state.mjs";

const PROVIDERS = ["google", "microsoft", "slack", "hubspot", "github"];

/* A member of a new organization, who logs in by a provider: the token. */
async function start(world, provider, { organization_id, email_address }, params = {}) {
  const path = `/v1/b2b/public/oauth/${provider}/start`;
  const ended = await goThrough(world, path, email_address, { organization_id, ...params });
  assert.equal(ended.get("stytch_token_type"), "oauth");
  return ended.get("token");
}

async function startDiscovery(world, provider, login_hint, params = {}) {
  const path = `/v1/b2b/public/oauth/${provider}/discovery/start`;
  const ended = await goThrough(world, path, login_hint, params);
  assert.equal(ended.get("stytch_token_type"), "discovery_oauth");
  return ended.get("token");
}

/* A member who has logged in by each provider. */
async function newOauthMember(world, provider) {
  const { member } = await newMemberLogin(world);
  const oauth_token = await start(world, provider, member);
  const reply = await world.b2b.oauth.authenticate({ oauth_token });
  const { organization_id, member_id } = member;
  return { request: { organization_id, member_id }, reply };
}

export default {
  async "a provider's login opens a session"(world) {
    const member = await newMember(world, await newOrganization(world));
    const oauth_token = await start(world, "google", member, { name: "Ada Lovelace" });
    const reply = await world.b2b.oauth.authenticate({ oauth_token, session_duration_minutes: 30 });

    assert.equal(reply.member_id, member.member_id);
    assert.equal(reply.member_authenticated, true);
    assert.equal(reply.provider_type, "Google");
    assert.ok(reply.provider_values.access_token);
    const [factor] = reply.member_session.authentication_factors;
    assert.equal(factor.delivery_method, "oauth_google");
    assert.equal(factor.google_oauth_factor.provider_subject, reply.provider_subject);
  },

  async "a provider's token is good once"(world) {
    const oauth_token = await start(world, "google", await newMember(world, await newOrganization(world)));
    const call = (token) => world.b2b.oauth.authenticate({ oauth_token: token });
    await call(oauth_token);
    await world.refused("member_oauth_token_not_found", call(oauth_token));
    await world.refused("member_oauth_token_not_found", call(unknownToken()));
  },

  async "a login begun with PKCE needs its verifier"(world) {
    const { verifier, challenge } = newPkce();
    const member = await newMember(world, await newOrganization(world));
    const oauth_token = await start(world, "microsoft", member, { pkce_code_challenge: challenge });
    const call = (wish) => world.b2b.oauth.authenticate({ oauth_token, ...wish });
    await world.refused("pkce_expected_code_verifier", call({}));
    await call({ pkce_code_verifier: verifier });
  },

  async "an address that the provider did not prove is asked for"(world) {
    const oauth_token = await start(world, "github", await newMember(world, await newOrganization(world)));
    const reply = await world.b2b.oauth.authenticate({ oauth_token });
    assert.equal(reply.member_authenticated, false);
    assert.ok(reply.primary_required.allowed_auth_methods.length > 0);
  },

  async "strangers come in by their tenant alone"(world) {
    const organization = await newOrganization(world, {
      oauth_tenant_jit_provisioning: "RESTRICTED",
      allowed_oauth_tenants: { slack: ["T1"] },
    });
    const { organization_id } = organization;
    const login = async (tenant_id) => {
      const stranger = { organization_id, email_address: newEmail() };
      return world.b2b.oauth.authenticate({ oauth_token: await start(world, "slack", stranger, { tenant_id }) });
    };
    assert.equal((await login("T1")).organization_id, organization_id);
    await world.refused("email_jit_provisioning_not_allowed", login("T2"));
  },

  async "an organization that wants passwords takes no provider's word"(world) {
    const organization = await newOrganization(world, {
      auth_methods: "RESTRICTED",
      allowed_auth_methods: ["password"],
    });
    const oauth_token = await start(world, "google", await newMember(world, organization));
    await world.refused(
      "operation_restricted_by_organization_auth_methods",
      world.b2b.oauth.authenticate({ oauth_token }),
    );
  },

  async "every provider has its factor"(world) {
    for (const provider of PROVIDERS) {
      const { reply } = await newOauthMember(world, provider);
      const [factor] = reply.member_session.authentication_factors;
      assert.equal(factor.delivery_method, `oauth_${provider}`);
      assert.ok(factor[`${provider}_oauth_factor`].id);
    }
  },

  async "discovery by a provider names person and tenant"(world) {
    const { member } = await newMemberLogin(world);
    const discovery_oauth_token = await startDiscovery(world, "google", member.email_address, { name: "Ann" });
    const reply = await world.b2b.oauth.discovery.authenticate({ discovery_oauth_token });

    assert.equal(reply.email_address, member.email_address);
    assert.equal(reply.full_name, "Ann");
    assert.equal(reply.discovered_organizations.length, 1);
    await world.refused(
      "member_oauth_token_not_found",
      world.b2b.oauth.discovery.authenticate({ discovery_oauth_token }),
    );
  },

  async "tokens of Google and Microsoft are read back"(world) {
    for (const provider of ["google", "microsoft"]) {
      const { request, reply } = await newOauthMember(world, provider);
      const read = (wish) => world.b2b.organizations.members.oauthProviders[provider]({ ...request, ...wish });
      const tokens = await read({});
      assert.equal(tokens.access_token, reply.provider_values.access_token);
      assert.equal(tokens.provider_subject, reply.provider_subject);
      assert.equal(tokens.refresh_token ?? "", "");
      assert.ok((await read({ include_refresh_token: true })).refresh_token);
    }
  },

  async "registrations at Slack, HubSpot and GitHub are listed"(world) {
    for (const provider of ["slack", "hubspot", "github"]) {
      const { request, reply } = await newOauthMember(world, provider);
      const { registrations } = await world.b2b.organizations.members.oauthProviders[provider](request);
      assert.deepEqual(
        registrations.map((registration) => registration.provider_subject),
        [reply.provider_subject],
      );
    }
  },

  async "who has not been at a provider has no tokens of it"(world) {
    const { organization_id, member_id } = await newMember(world, await newOrganization(world));
    const { oauthProviders } = world.b2b.organizations.members;
    for (const provider of ["google", "microsoft"])
      await world.refused(
        "oauth_user_registration_not_found",
        oauthProviders[provider]({ organization_id, member_id }),
      );
    for (const provider of PROVIDERS)
      await world.refused(
        "member_not_found",
        oauthProviders[provider]({ organization_id, member_id: unknownId("member") }),
      );
  },
};
