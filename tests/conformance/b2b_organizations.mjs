/* SPDX-License-Identifier: BSD-2-Clause */
/* Organizations of a B2B project. */
import assert from "node:assert/strict";

import { newEmail, newMember, newMemberLogin, newOrganization, unknownId } from "./state.mjs";

const all = (...operands) => ({ operator: "AND", operands });

async function isGone({ b2b, refused }, { organization_id }) {
  await refused("organization_not_found", b2b.organizations.get({ organization_id }));
}

export default {
  async "an organization is made with what it was given"(world) {
    const made = await newOrganization(world, {
      organization_slug: "acme.of_the-world",
      organization_logo_url: "https://example.com/logo.png",
      organization_external_id: "acme|1",
      trusted_metadata: { unix: { group: "acme" } },
      email_allowed_domains: ["acme.example"],
      email_jit_provisioning: "RESTRICTED",
      email_invites: "RESTRICTED",
      auth_methods: "RESTRICTED",
      allowed_auth_methods: ["password", "sso"],
      mfa_policy: "REQUIRED_FOR_ALL",
      mfa_methods: "RESTRICTED",
      allowed_mfa_methods: ["totp"],
      oauth_tenant_jit_provisioning: "RESTRICTED",
      allowed_oauth_tenants: { slack: ["T1"] },
      rbac_email_implicit_role_assignments: [{ domain: "acme.example", role_id: "stytch_admin" }],
    });

    assert.equal(made.organization_slug, "acme.of_the-world");
    assert.deepEqual(made.trusted_metadata, { unix: { group: "acme" } });
    assert.deepEqual(made.allowed_auth_methods.sort(), ["password", "sso"]);
    assert.deepEqual(made.allowed_mfa_methods, ["totp"]);
    assert.deepEqual(made.allowed_oauth_tenants, { slack: ["T1"] });
    assert.equal(made.mfa_policy, "REQUIRED_FOR_ALL");
  },

  async "without settings whoever is invited may come, and nobody else"(world) {
    const made = await newOrganization(world);
    assert.equal(made.email_invites, "ALL_ALLOWED");
    assert.equal(made.email_jit_provisioning, "NOT_ALLOWED");
    assert.equal(made.sso_jit_provisioning, "ALL_ALLOWED");
    assert.equal(made.mfa_policy, "OPTIONAL");
    assert.equal(made.auth_methods, "ALL_ALLOWED");
  },

  async "a slug and an external_id are of one organization"(world) {
    const { organization_slug } = await newOrganization(world, { organization_external_id: "only-one" });
    await world.refused("organization_slug_already_used", newOrganization(world, { organization_slug }));
    await world.refused(
      "organization_external_id_already_used",
      newOrganization(world, { organization_external_id: "only-one" }),
    );
  },

  async "settings that contradict themselves are refused"(world) {
    const rows = [
      ["allowed_auth_methods_required_for_restricted", { auth_methods: "RESTRICTED" }],
      ["allowed_mfa_methods_required_for_restricted", { mfa_methods: "RESTRICTED" }],
      ["invalid_restricted_email_setting", { email_jit_provisioning: "RESTRICTED" }],
      [
        "organization_settings_domain_too_common",
        { email_jit_provisioning: "RESTRICTED", email_allowed_domains: ["gmail.com"] },
      ],
      ["organization_settings_invalid_domain", { email_allowed_domains: ["no domain"] }],
    ];
    for (const [error_type, wish] of rows)
      await world.refused(error_type, newOrganization(world, wish));
  },

  async "an organization is found by id, slug and external_id"(world) {
    const made = await newOrganization(world, { organization_external_id: "found" });
    for (const organization_id of [made.organization_id, made.organization_slug, "found"]) {
      const { organization } = await world.b2b.organizations.get({ organization_id });
      assert.deepEqual(organization, made);
    }
  },

  async "an unknown organization is not found"({ b2b, refused }) {
    const organization_id = unknownId("organization");
    const { organizations } = b2b;
    await refused("organization_not_found", organizations.get({ organization_id }));
    await refused("organization_not_found", organizations.update({ organization_id, organization_name: "None" }));
    await refused("organization_not_found", organizations.delete({ organization_id }));
    await refused("organization_not_found", organizations.metrics({ organization_id }));
    await refused("organization_not_found", organizations.connectedApps({ organization_id }));
    await refused("organization_not_found", organizations.deleteExternalId({ organization_id }));
  },

  async "an update changes what it names"(world) {
    const made = await newOrganization(world, { trusted_metadata: { kept: 1, dropped: 2 } });
    const { organization } = await world.b2b.organizations.update({
      organization_id: made.organization_id,
      organization_name: "Renamed",
      trusted_metadata: { dropped: null, added: [3] },
      mfa_policy: "REQUIRED_FOR_ALL",
      claimed_email_domains: ["claimed.example"],
    });

    assert.equal(organization.organization_name, "Renamed");
    assert.equal(organization.organization_slug, made.organization_slug);
    assert.deepEqual(organization.trusted_metadata, { kept: 1, added: [3] });
    assert.equal(organization.mfa_policy, "REQUIRED_FOR_ALL");
    assert.deepEqual(organization.claimed_email_domains, ["claimed.example"]);
  },

  async "a member's session updates what its roles allow"(world) {
    const admin = await newMemberLogin(world, {}, { roles: ["stytch_admin"] });
    const plain = await newMemberLogin(world);
    const rename = ({ organization_id, session_token }) =>
      world.b2b.organizations.update(
        { organization_id, organization_name: "By a member" },
        { authorization: { session_token } },
      );

    assert.equal((await rename(admin)).organization.organization_name, "By a member");
    await world.refused("session_authorization_error", rename(plain));
    const { session_token } = admin;
    await world.refused("session_authorization_tenancy_error", rename({ ...plain, session_token }));
  },

  async "an organization is deleted with its members"(world) {
    const { organization_id, member_id, session_token } = await newMemberLogin(world);
    assert.equal((await world.b2b.organizations.delete({ organization_id })).organization_id, organization_id);

    await isGone(world, { organization_id });
    await world.refused("member_not_found", world.b2b.organizations.members.dangerouslyGet({ member_id }));
    await world.refused("session_not_found", world.b2b.sessions.authenticate({ session_token }));
  },

  async "organizations are searched"(world) {
    const { b2b } = world;
    const one = await newOrganization(world, { organization_slug: "searched-one" });
    const two = await newOrganization(world, { organization_slug: "searched-two" });
    const { email_address } = await newMember(world, two);
    const find = async (filter_name, filter_value) =>
      (await b2b.organizations.search({ query: all({ filter_name, filter_value }) })).organizations;

    assert.deepEqual(await find("organization_slugs", ["searched-one"]), [one]);
    assert.deepEqual(await find("organization_ids", [two.organization_id]), [two]);
    assert.deepEqual(await find("member_emails", [email_address]), [two]);
    assert.equal((await find("organization_slug_fuzzy", "searched")).length, 2);
  },

  async "a search goes on where the last page ended"(world) {
    await newOrganization(world);
    await newOrganization(world);
    const first = await world.b2b.organizations.search({ limit: 1 });
    const next = await world.b2b.organizations.search({ limit: 1, cursor: first.results_metadata.next_cursor });

    assert.equal(first.organizations.length, 1);
    assert.ok(first.results_metadata.total >= 2);
    assert.notEqual(first.organizations[0].organization_id, next.organizations[0].organization_id);
  },

  async "a filter of another name is refused"({ b2b, refused }) {
    await refused(
      "organization_search_filter_name_not_recognized",
      b2b.organizations.search({ query: all({ filter_name: "organization_slug", filter_value: ["a"] }) }),
    );
  },

  async "metrics count the members"(world) {
    const organization = await newOrganization(world);
    const { organization_id } = organization;
    await newMember(world, organization);
    await newMember(world, organization, { email_address: newEmail("other.example") });
    assert.equal((await world.b2b.organizations.metrics({ organization_id })).member_count, 2);
  },

  async "an external_id is taken away"(world) {
    const { organization_id } = await newOrganization(world, { organization_external_id: "away" });
    await world.b2b.organizations.deleteExternalId({ organization_id });
    await isGone(world, { organization_id: "away" });
  },
};
