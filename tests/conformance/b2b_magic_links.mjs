/* SPDX-License-Identifier: BSD-2-Clause */
/* Magic links of a B2B project. */
import assert from "node:assert/strict";

import {
  lastMessage,
  loginMember,
  newEmail,
  newMember,
  newMemberLogin,
  newOrganization,
  newPkce,
  setB2b,
  unknownId,
  unknownToken,
} from "./state.mjs";

/* A member of a new organization to whom a link was sent: also its token and link. */
async function sendLink(world, wish = {}) {
  const member = await newMember(world, await newOrganization(world));
  const { organization_id, email_address } = member;
  await world.b2b.magicLinks.email.loginOrSignup({ organization_id, email_address, ...wish });
  const { token, link } = await lastMessage(world, email_address);
  return { member, token, link };
}

async function sendDiscovery(world, email_address, wish = {}) {
  await world.b2b.magicLinks.email.discovery.send({ email_address, ...wish });
  return (await lastMessage(world, email_address)).token;
}

export default {
  async "a link sent by mail opens a session"(world) {
    const { member, token } = await sendLink(world);
    const reply = await world.b2b.magicLinks.authenticate({
      magic_links_token: token,
      session_duration_minutes: 120,
      session_custom_claims: { colour: "green" },
    });

    assert.equal(reply.member_id, member.member_id);
    assert.equal(reply.member_authenticated, true);
    assert.equal(reply.method_id, member.email_address_id ?? reply.method_id);
    assert.deepEqual(reply.member_session.custom_claims, { colour: "green" });
    assert.equal(reply.member_session.authentication_factors[0].type, "magic_link");
  },

  async "a followed link ends at the redirect URL with its token"(world) {
    await setB2b(world, {
      redirect_urls: [{ url: "https://example.com/in", types: ["LOGIN", "SIGNUP"], default: true }],
    });
    const { link, token } = await sendLink(world);
    const { status, location } = await world.open(link);
    await setB2b(world, { redirect_urls: null });

    assert.equal(status, 302);
    const url = new URL(location);
    assert.equal(url.origin + url.pathname, "https://example.com/in");
    assert.equal(url.searchParams.get("token"), token);
    assert.equal(url.searchParams.get("stytch_token_type"), "multi_tenant_magic_links");
  },

  async "a link is good once and for its time"(world) {
    const { token } = await sendLink(world);
    const call = (magic_links_token) => world.b2b.magicLinks.authenticate({ magic_links_token });
    await call(token);
    await world.refused("unable_to_auth_magic_link", call(token));
    const late = await sendLink(world, { login_expiration_minutes: 5, signup_expiration_minutes: 5 });
    await world.control("clock", { advance_seconds: 301 });
    await world.refused("unable_to_auth_magic_link", call(late.token));
    await world.refused("magic_link_not_found", call(unknownToken()));
  },

  async "a link begun with PKCE needs its verifier"(world) {
    const { verifier, challenge } = newPkce();
    const { token } = await sendLink(world, { pkce_code_challenge: challenge });
    const call = (wish) => world.b2b.magicLinks.authenticate({ magic_links_token: token, ...wish });

    await world.refused("pkce_expected_code_verifier", call({}));
    await world.refused("pkce_mismatch", call({ pkce_code_verifier: newPkce().verifier }));
    await call({ pkce_code_verifier: verifier });
  },

  async "a link lets nobody in where a second factor is owed"(world) {
    const organization = await newOrganization(world, { mfa_policy: "REQUIRED_FOR_ALL" });
    const { organization_id, email_address } = await newMember(world, organization);
    await world.b2b.magicLinks.email.loginOrSignup({ organization_id, email_address });
    const { token } = await lastMessage(world, email_address);
    const reply = await world.b2b.magicLinks.authenticate({ magic_links_token: token });

    assert.equal(reply.member_authenticated, false);
    assert.equal(reply.session_token, "");
    assert.deepEqual(reply.mfa_required.member_options, { mfa_phone_number: "", totp_registration_id: "" });
    assert.ok(reply.intermediate_session_token);
  },

  async "an unknown address is let in nowhere"(world) {
    const { organization_id } = await newOrganization(world);
    const { email } = world.b2b.magicLinks;
    const call = (wish) => email.loginOrSignup({ organization_id, email_address: newEmail(), ...wish });
    await world.refused("email_jit_provisioning_not_allowed", call({}));
    await world.refused("organization_not_found", call({ organization_id: unknownId("organization") }));
  },

  async "a link to a URL that is not the project's is refused"(world) {
    await setB2b(world, { redirect_urls: [{ url: "https://example.com/in", types: ["LOGIN"], default: true }] });
    await world.refused(
      "no_match_for_provided_magic_link_url",
      sendLink(world, { login_redirect_url: "https://evil.example/in" }),
    );
    await setB2b(world, { redirect_urls: null });
  },

  async "an invitation makes a member, whom the link makes active"(world) {
    const organization = await newOrganization(world);
    const { organization_id } = organization;
    const email_address = newEmail();
    const invited = await world.b2b.magicLinks.email.invite({
      organization_id,
      email_address,
      name: "Joan",
      roles: ["stytch_admin"],
      trusted_metadata: { unix: { username: "joan" } },
    });
    const { token } = await lastMessage(world, email_address);

    assert.equal(invited.member.status, "invited");
    const { member } = await world.b2b.magicLinks.authenticate({ magic_links_token: token });
    assert.equal(member.status, "active");
    assert.equal(member.name, "Joan");
    assert.equal(member.is_admin, true);
  },

  async "a member's session invites if its roles allow"(world) {
    const admin = await newMemberLogin(world, {}, { roles: ["stytch_admin"] });
    const plain = await newMemberLogin(world);
    const invite = ({ organization_id, member_id, session_token }) =>
      world.b2b.magicLinks.email.invite(
        { organization_id, email_address: newEmail(), invited_by_member_id: member_id },
        { authorization: { session_token } },
      );

    await invite(admin);
    await world.refused("session_authorization_error", invite(plain));
  },

  async "an active member is not invited, and nobody by a closed organization"(world) {
    const { organization_id, email_address } = await newMember(world, await newOrganization(world));
    const { invite } = world.b2b.magicLinks.email;
    const call = invite.bind(world.b2b.magicLinks.email);
    await world.refused("duplicate_member_email", call({ organization_id, email_address }));
    const closed = await newOrganization(world, { email_invites: "RESTRICTED", email_allowed_domains: ["in.example"] });
    await world.refused(
      "invalid_email_for_invites",
      call({ organization_id: closed.organization_id, email_address: newEmail() }),
    );
  },

  async "a link sent for discovery finds organizations"(world) {
    const { organization, member } = await newMemberLogin(world);
    const token = await sendDiscovery(world, member.email_address);
    const reply = await world.b2b.magicLinks.discovery.authenticate({ discovery_magic_links_token: token });

    assert.equal(reply.email_address, member.email_address);
    assert.deepEqual(
      reply.discovered_organizations.map((found) => found.organization.organization_id),
      [organization.organization_id],
    );
    assert.equal(reply.discovered_organizations[0].member_authenticated, true);
  },

  async "discovery finds invitations and domains that are let in"(world) {
    const domain = "discovered.example";
    const email_address = newEmail(domain);
    const inviting = await newOrganization(world);
    await world.b2b.magicLinks.email.invite({ organization_id: inviting.organization_id, email_address });
    const open = await newOrganization(world, {
      email_jit_provisioning: "RESTRICTED",
      email_allowed_domains: [domain],
    });
    await loginMember(world, await newMember(world, open, { email_address: newEmail(domain) }));
    const token = await sendDiscovery(world, email_address);
    const reply = await world.b2b.magicLinks.discovery.authenticate({ discovery_magic_links_token: token });

    assert.deepEqual(reply.discovered_organizations.map((found) => found.membership.type).sort(), [
      "eligible_to_join_by_email_domain",
      "invited_member",
    ]);
  },

  async "discovery wants an address, its link and the verifier"(world) {
    const { verifier, challenge } = newPkce();
    const { email, discovery } = world.b2b.magicLinks;
    await world.refused("invalid_email", email.discovery.send({ email_address: "someone" }));
    await world.refused(
      "no_match_for_provided_magic_link_url",
      email.discovery.send({ email_address: newEmail(), discovery_redirect_url: "https://evil.example/" }),
    );
    const token = await sendDiscovery(world, newEmail(), { pkce_code_challenge: challenge });
    const call = (wish) => discovery.authenticate({ discovery_magic_links_token: token, ...wish });
    await world.refused("pkce_expected_code_verifier", call({}));
    await call({ pkce_code_verifier: verifier });
    await world.refused("unable_to_auth_magic_link", call({ pkce_code_verifier: verifier }));
    await world.refused(
      "magic_link_not_found",
      discovery.authenticate({ discovery_magic_links_token: unknownToken() }),
    );
  },

  async "the sandbox's own tokens answer as documented"({ b2b, refused }) {
    const call = (magic_links_token) => b2b.magicLinks.authenticate({ magic_links_token });
    await call("DOYoip3rvIMMW5lgItikFK-Ak1CfMsgjuiCyI7uuU94=");
    await refused("unable_to_auth_magic_link", call("3pzjQpgksDlGKWEwUq2Up--hCHC_0oamfLHyfspKDFU="));
    await refused("magic_link_not_found", call("CprTtwhnRNiMBiUS2jSLcWYrfuO2POeBNdo5HhW6qTM="));
    await b2b.magicLinks.email.loginOrSignup({
      organization_id: "organization-test-007d9d4a-deac-4a87-ba0a-e6e8afba4d4b",
      email_address: "sandbox@stytch.com",
    });
  },
};
