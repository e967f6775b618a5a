/* SPDX-License-Identifier: BSD-2-Clause */
/* Single sign-on: SAML, OIDC and external connections of organizations. */
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";

import { goThrough, newEmail, newMemberLogin, newOrganization, unknownId, unknownToken } from "./state.mjs";

const MAPPING = { email: "mail", full_name: "name", groups: "groups" };

/* An OIDC connection of the provider that the sandbox plays: active. */
async function newOidc(world, { organization_id }) {
  const { oidc } = world.b2b.sso;
  const { connection_id } = (await oidc.createConnection({ organization_id })).connection;
  const reply = await oidc.updateConnection({
    organization_id,
    connection_id,
    issuer: `${world.url.replace(/\/$/, "")}/sandbox/idp`,
    client_id: "us",
    client_secret: "secret",
  });
  assert.equal(reply.connection.status, "active");
  return reply.connection;
}

/* A SAML connection of it: active. */
async function newSaml(world, { organization_id }, wish = {}) {
  const { saml } = world.b2b.sso;
  const { connection_id } = (await saml.createConnection({ organization_id, display_name: "SAML" })).connection;
  const metadata_url = `${world.url.replace(/\/$/, "")}/sandbox/idp/metadata`;
  await saml.updateByURL({ organization_id, connection_id, metadata_url });
  const wishes = { attribute_mapping: MAPPING, ...wish };
  const { connection } = await saml.updateConnection({ organization_id, connection_id, ...wishes });
  assert.equal(connection.status, "active");
  return connection;
}

/* Log in by a connection as this address. */
async function login(world, { connection_id }, login_hint, params = {}) {
  const ended = await goThrough(world, "/v1/public/sso/start", login_hint, { connection_id, ...params });
  assert.equal(ended.get("stytch_token_type"), "sso");
  return ended.get("token");
}

const pem = () =>
  generateKeyPairSync("rsa", {
    modulusLength: 2048,
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  }).privateKey;

/* A certificate that no connection knows: of another's new signing key. */
async function newCertificate({ b2b }, { organization_id }) {
  const { connection_id } = (await b2b.sso.saml.createConnection({ organization_id })).connection;
  const signing_private_key = pem();
  const { connection } = await b2b.sso.saml.updateConnection({ organization_id, connection_id, signing_private_key });
  return connection.signing_certificates.at(-1).certificate;
}

const ids = ({ organization_id, connection_id }) => ({ organization_id, connection_id });

/* The organization and connection of ids that nothing has. */
const nothing = (kind) => ({ organization_id: unknownId("organization"), connection_id: unknownId(kind) });

export default {
  async "a login by OIDC makes a member and opens a session"(world) {
    const organization = await newOrganization(world);
    const connection = await newOidc(world, organization);
    const address = newEmail();
    const sso_token = await login(world, connection, address, { name: "Ada Lovelace" });
    const reply = await world.b2b.sso.authenticate({ sso_token, session_duration_minutes: 30 });

    assert.equal(reply.member.email_address, address);
    assert.equal(reply.member.name, "Ada Lovelace");
    assert.equal(reply.member_authenticated, true);
    const [factor] = reply.member_session.authentication_factors;
    assert.equal(factor.delivery_method, "sso_oidc");
    assert.equal(factor.oidc_sso_factor.provider_id, connection.connection_id);
    assert.equal(reply.member.sso_registrations[0].connection_id, connection.connection_id);
  },

  async "a login by SAML brings roles by groups"(world) {
    const organization = await newOrganization(world);
    const connection = await newSaml(world, organization, {
      saml_group_implicit_role_assignments: [{ role_id: "stytch_admin", group: "wheel" }],
    });
    const sso_token = await login(world, connection, newEmail(), { groups: "users,wheel" });
    const reply = await world.b2b.sso.authenticate({ sso_token });

    assert.equal(reply.member_session.authentication_factors[0].delivery_method, "sso_saml");
    assert.ok(reply.member_session.roles.includes("stytch_admin"));
  },

  async "a token of a login is good once"(world) {
    const connection = await newOidc(world, await newOrganization(world));
    const sso_token = await login(world, connection, newEmail());
    const call = (token) => world.b2b.sso.authenticate({ sso_token: token });
    await call(sso_token);
    await world.refused("sso_token_not_found", call(sso_token));
    await world.refused("sso_token_not_found", call(unknownToken()));
  },

  async "strangers stay out where the organization says so"(world) {
    const organization = await newOrganization(world, {
      sso_jit_provisioning: "NOT_ALLOWED",
      email_invites: "ALL_ALLOWED",
    });
    const sso_token = await login(world, await newOidc(world, organization), newEmail());
    await world.refused("email_jit_provisioning_not_allowed", world.b2b.sso.authenticate({ sso_token }));
  },

  async "an OIDC connection is pending until it is complete"(world) {
    const { organization_id } = await newOrganization(world);
    const { oidc } = world.b2b.sso;
    const made = await oidc.createConnection({ organization_id, display_name: "Ours", identity_provider: "okta" });
    const { connection_id } = made.connection;
    assert.equal(made.connection.status, "pending");
    assert.equal(made.connection.display_name, "Ours");

    const whole = await oidc.updateConnection({
      organization_id,
      connection_id,
      issuer: "https://idp.example.com",
      client_id: "us",
      client_secret: "secret",
      authorization_url: "https://idp.example.com/authorize",
      token_url: "https://idp.example.com/token",
      userinfo_url: "https://idp.example.com/userinfo",
      jwks_url: "https://idp.example.com/jwks",
      attribute_mapping: { full_name: "nickname" },
    });
    assert.equal(whole.connection.status, "active");
  },

  async "an OIDC connection wants an organization, and URLs"(world) {
    const { oidc } = world.b2b.sso;
    const { organization_id } = await newOrganization(world);
    const { connection_id } = (await oidc.createConnection({ organization_id })).connection;
    const { organization_id: nowhere } = nothing("oidc-connection");
    await world.refused("organization_not_found", oidc.createConnection({ organization_id: nowhere }));
    await world.refused(
      "oidc_connection_not_found",
      oidc.updateConnection({ organization_id, connection_id: unknownId("oidc-connection"), client_id: "us" }),
    );
    await world.refused(
      "oidc_connection_token_url_invalid_format",
      oidc.updateConnection({ organization_id, connection_id, token_url: "ftp://nowhere" }),
    );
  },

  async "a SAML connection is pending until it is complete"(world) {
    const { organization_id } = await newOrganization(world);
    const { saml } = world.b2b.sso;
    const made = await saml.createConnection({ organization_id, display_name: "Ours", identity_provider: "okta" });
    const { connection_id } = made.connection;
    assert.equal(made.connection.status, "pending");

    const half = await saml.updateConnection({
      organization_id,
      connection_id,
      idp_entity_id: "them",
      idp_sso_url: "https://idp.example.com/sso",
      attribute_mapping: MAPPING,
    });
    assert.equal(half.connection.status, "pending");
    const x509_certificate = made.connection.signing_certificates[0].certificate;
    const whole = await saml.updateConnection({ organization_id, connection_id, x509_certificate });
    assert.equal(whole.connection.status, "active");
    assert.equal(whole.connection.verification_certificates.length, 1);
  },

  async "a SAML connection wants an organization, HTTPS and a mapping"(world) {
    const { saml } = world.b2b.sso;
    const { organization_id } = await newOrganization(world);
    const { connection_id } = (await saml.createConnection({ organization_id })).connection;
    const update = (wish) => saml.updateConnection({ organization_id, connection_id, ...wish });
    const { organization_id: nowhere } = nothing("saml-connection");
    await world.refused("organization_not_found", saml.createConnection({ organization_id: nowhere }));
    await world.refused(
      "saml_connection_not_found",
      update({ connection_id: unknownId("saml-connection"), display_name: "None" }),
    );
    await world.refused("saml_connection_idp_sso_url_not_https", update({ idp_sso_url: "http://idp.example.com" }));
    await world.refused("invalid_x509_certificate", update({ x509_certificate: "no certificate" }));
    await world.refused("saml_connection_email_mapping_required", update({ attribute_mapping: { full_name: "n" } }));
  },

  async "metadata is read of the played provider alone"(world) {
    const { saml } = world.b2b.sso;
    const { organization_id, connection_id } = await newSaml(world, await newOrganization(world));
    await world.refused(
      "saml_connection_metadata_invalid_format",
      saml.updateByURL({ organization_id, connection_id, metadata_url: "https://idp.example.com/metadata" }),
    );
    const unknown = { organization_id, connection_id: unknownId("saml-connection") };
    await world.refused(
      "saml_connection_not_found",
      saml.updateByURL({ ...unknown, metadata_url: "https://idp.example.com/metadata" }),
    );
  },

  async "a certificate is taken away, but not the last of an active connection"(world) {
    const { saml } = world.b2b.sso;
    const organization = await newOrganization(world);
    const connection = await newSaml(world, organization);
    const x509_certificate = await newCertificate(world, organization);
    const { verification_certificates } = (await saml.updateConnection({ ...ids(connection), x509_certificate }))
      .connection;
    const remove = (certificate_id) => saml.deleteVerificationCertificate({ ...ids(connection), certificate_id });

    assert.equal(verification_certificates.length, 2);
    const [one, two] = verification_certificates.map((certificate) => certificate.certificate_id);
    assert.equal((await remove(one)).certificate_id, one);
    await world.refused("sso_verification_key_not_found", remove(one));
    await world.refused("cannot_delete_last_sso_verification_key", remove(two));
  },

  async "keys are RSA, and taken away"(world) {
    const { saml } = world.b2b.sso;
    const connection = await newSaml(world, await newOrganization(world));
    const update = (wish) => saml.updateConnection({ ...ids(connection), ...wish });
    const { encryption_private_keys } = (
      await update({ signing_private_key: pem(), saml_encryption_private_key: pem() })
    ).connection;
    const [{ private_key_id }] = encryption_private_keys;
    const remove = () => saml.deleteEncryptionPrivateKey({ ...ids(connection), private_key_id });

    assert.equal((await remove()).private_key_id, private_key_id);
    await world.refused("sso_encryption_private_key_not_found", remove());
    await world.refused("saml_signing_private_key_invalid", update({ signing_private_key: "no key" }));
  },

  async "an external connection is another organization's"(world) {
    const { external } = world.b2b.sso;
    const source = await newOidc(world, await newOrganization(world));
    const { organization_id } = await newOrganization(world);
    const wish = { external_organization_id: source.organization_id, external_connection_id: source.connection_id };
    const { connection } = await external.createConnection({ organization_id, ...wish, display_name: "Theirs" });
    assert.equal(connection.status, "active");
    assert.equal(connection.external_connection_id, source.connection_id);

    const { connection_id } = connection;
    const renamed = await external.updateConnection({
      organization_id,
      connection_id,
      display_name: "New",
      external_connection_implicit_role_assignments: [{ role_id: "stytch_admin" }],
    });
    assert.equal(renamed.connection.display_name, "New");
    await world.refused(
      "invalid_rbac_role_assignment",
      external.updateConnection({
        organization_id,
        connection_id,
        external_connection_implicit_role_assignments: [{ role_id: "wizard" }],
      }),
    );
  },

  async "an external connection is one there is"(world) {
    const { external } = world.b2b.sso;
    const source = await newOidc(world, await newOrganization(world));
    const { organization_id } = await newOrganization(world);
    const wish = { external_organization_id: source.organization_id, external_connection_id: source.connection_id };
    const call = (more) => external.createConnection({ organization_id, ...wish, ...more });
    await world.refused("sso_connection_not_found", call({ external_connection_id: unknownId("oidc-connection") }));
    await world.refused(
      "sso_connection_not_found",
      external.updateConnection({ organization_id, connection_id: unknownId("external-connection") }),
    );
  },

  async "connections are listed by kind"(world) {
    const organization = await newOrganization(world);
    const oidc = await newOidc(world, organization);
    const saml = await newSaml(world, organization);
    const { organization_id } = organization;
    const list = await world.b2b.sso.getConnections({ organization_id });

    assert.deepEqual(
      list.oidc_connections.map((connection) => connection.connection_id),
      [oidc.connection_id],
    );
    assert.deepEqual(
      list.saml_connections.map((connection) => connection.connection_id),
      [saml.connection_id],
    );
    assert.deepEqual(list.external_connections, []);
    await world.refused(
      "organization_not_found",
      world.b2b.sso.getConnections({ organization_id: unknownId("organization") }),
    );
  },

  async "a session reads and makes connections if its roles allow"(world) {
    const admin = await newMemberLogin(world, {}, { roles: ["stytch_admin"] });
    const plain = await newMemberLogin(world);
    const { sso } = world.b2b;
    const list = ({ organization_id, session_token }) =>
      sso.getConnections({ organization_id }, { authorization: { session_token } });
    const make = ({ organization_id, session_token }) =>
      sso.saml.createConnection({ organization_id }, { authorization: { session_token } });
    await make(admin);
    assert.equal((await list(admin)).saml_connections.length, 1);
    await world.refused("session_authorization_error", make(plain));
    await world.refused("session_authorization_error", list(plain));
  },

  async "a deleted connection is gone"(world) {
    const connection = await newOidc(world, await newOrganization(world));
    const remove = () => world.b2b.sso.deleteConnection(ids(connection));
    assert.equal((await remove()).connection_id, connection.connection_id);
    await world.refused("sso_connection_not_found", remove());
  },

  async "tokens of OIDC logins are read back"(world) {
    const organization = await newOrganization(world);
    const connection = await newOidc(world, organization);
    const sso_token = await login(world, connection, newEmail());
    const { member_id } = await world.b2b.sso.authenticate({ sso_token });
    const { organization_id } = organization;
    const { members } = world.b2b.organizations;
    const { registrations } = await members.oidcProviders({ organization_id, member_id, include_refresh_token: true });

    assert.equal(registrations[0].connection_id, connection.connection_id);
    assert.ok(registrations[0].access_token);
    await world.refused("member_not_found", members.oidcProviders({ organization_id, member_id: unknownId("member") }));
  },
};
