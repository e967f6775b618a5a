/* SPDX-License-Identifier: BSD-2-Clause */
/* Security keys and passkeys, by an authenticator that is a program. */
import assert from "node:assert/strict";

import { newAuthenticator } from "./authenticator.mjs";
import { newLogin, newUser, unknownId } from "./state.mjs";

const DOMAIN = "login.example.com";

async function registerOptions({ consumer }, user_id, wish = {}) {
  const reply = await consumer.webauthn.registerStart({
    user_id,
    domain: DOMAIN,
    use_base64_url_encoding: true,
    ...wish,
  });
  return JSON.parse(reply.public_key_credential_creation_options);
}

async function loginOptions({ consumer }, wish) {
  const reply = await consumer.webauthn.authenticateStart({ domain: DOMAIN, use_base64_url_encoding: true, ...wish });
  return JSON.parse(reply.public_key_credential_request_options);
}

/* A user with a key: { user_id, key, webauthn_registration_id, ... }. */
async function newKeyUser(world, algorithm, wish = {}) {
  const { user_id } = await newUser(world);
  const key = newAuthenticator(algorithm);
  const options = await registerOptions(world, user_id, wish);
  const reply = await world.consumer.webauthn.register({ user_id, public_key_credential: key.create(options) });
  return { key, ...reply };
}

export default {
  async "a registration begins with what the browser needs"(world) {
    const { user_id, email } = await newUser(world);
    const options = await registerOptions(world, user_id, { authenticator_type: "cross-platform" });

    assert.equal(options.rp.id, DOMAIN);
    assert.equal(options.user.name, email);
    assert.equal(Buffer.from(options.user.id, "base64url").toString(), user_id);
    assert.equal(options.attestation, "direct");
    assert.ok(options.pubKeyCredParams.some(({ alg }) => alg === -7));
    assert.ok(Buffer.from(options.challenge, "base64url").length >= 16);
  },

  async "a passkey is resident"(world) {
    const { user_id } = await newUser(world);
    const { authenticatorSelection } = await registerOptions(world, user_id, {
      return_passkey_credential_options: true,
    });
    assert.equal(authenticatorSelection.residentKey, "required");
    assert.equal(authenticatorSelection.userVerification, "preferred");
  },

  async "an unknown user or a domain that is none registers nothing"(world) {
    const { user_id } = await newUser(world);
    await world.refused("user_not_found", registerOptions(world, unknownId("user")));
    await world.refused(
      "invalid_webauthn_registration_domain",
      registerOptions(world, user_id, { domain: "https://x" }),
    );
  },

  async "keys of each algorithm register and log in"(world) {
    for (const algorithm of ["ES256", "EdDSA", "RS256"]) {
      const { key, user_id, user, webauthn_registration_id } = await newKeyUser(world, algorithm);
      assert.equal(user.webauthn_registrations[0].webauthn_registration_id, webauthn_registration_id);
      assert.equal(user.webauthn_registrations[0].verified, true);
      const options = await loginOptions(world, { user_id });
      const reply = await world.consumer.webauthn.authenticate({
        public_key_credential: key.get(options),
        session_duration_minutes: 60,
      });

      assert.equal(reply.user_id, user_id);
      assert.equal(options.allowCredentials[0].id, key.id);
      assert.equal(reply.session.authentication_factors[0].webauthn_factor.domain, DOMAIN);
    }
  },

  async "a key is the second factor of a session"(world) {
    const { user_id, session_token } = await newLogin(world);
    const key = newAuthenticator();
    const { session } = await world.consumer.webauthn.register({
      user_id,
      public_key_credential: key.create(await registerOptions(world, user_id)),
      session_token,
    });
    assert.deepEqual(
      session.authentication_factors.map((factor) => factor.type),
      ["otp", "webauthn"],
    );
  },

  async "a passkey says itself whose it is"(world) {
    const { key, user_id } = await newKeyUser(world, "ES256", { return_passkey_credential_options: true });
    const options = await loginOptions(world, { return_passkey_credential_options: true });
    const reply = await world.consumer.webauthn.authenticate({ public_key_credential: key.get(options) });
    assert.equal(reply.user_id, user_id);
  },

  async "a page of another origin registers nothing"(world) {
    const { user_id } = await newUser(world);
    const options = await registerOptions(world, user_id);
    const public_key_credential = newAuthenticator().create(options, "https://evil.example");
    const error = await world.consumer.webauthn
      .register({ user_id, public_key_credential })
      .then(assert.fail, (e) => e);
    assert.equal(error.status_code, 400);
  },

  async "a credential that is none is refused"(world) {
    const { user_id } = await newUser(world);
    const call = (value) =>
      world.consumer.webauthn.register({ user_id, public_key_credential: JSON.stringify(value) });
    await world.refused("invalid_public_key_credential_missing_id_field", call({}));
    await world.refused(
      "invalid_public_key_credential_missing_response_field",
      call({ id: "AAAA", rawId: "AAAA", type: "public-key" }),
    );
  },

  async "a key is registered once"(world) {
    const { key } = await newKeyUser(world);
    const { user_id } = await newUser(world);
    const public_key_credential = key.create(await registerOptions(world, user_id));
    await world.refused(
      "duplicate_webauthn_registration",
      world.consumer.webauthn.register({ user_id, public_key_credential }),
    );
  },

  async "who has no key does not begin a login"(world) {
    const { user_id } = await newUser(world);
    await world.refused("no_active_webauthn_registrations", loginOptions(world, { user_id }));
    await world.refused("user_not_found", loginOptions(world, { user_id: unknownId("user") }));
  },

  async "a challenge is answered once, here, by the key"(world) {
    const { key, user_id } = await newKeyUser(world);
    const call = (public_key_credential) => world.consumer.webauthn.authenticate({ public_key_credential });
    const options = await loginOptions(world, { user_id });
    const used = key.get(options);
    await call(used);

    await world.refused("unable_to_auth_webauthn_registration", call(used));
    const elsewhere = key.get(await loginOptions(world, { user_id }), "https://evil.example");
    await world.refused("unable_to_auth_webauthn_registration", call(elsewhere));
    const other = await newKeyUser(world);
    const stolen = other.key.get(await loginOptions(world, { user_id }));
    await world.refused("unable_to_auth_webauthn_registration", call(stolen));
  },

  async "a copied key is found out by its counter"(world) {
    const { key, user_id } = await newKeyUser(world);
    const login = async () =>
      world.consumer.webauthn.authenticate({ public_key_credential: key.get(await loginOptions(world, { user_id })) });
    await login();
    await login();
    key.rewind();
    await world.refused("unable_to_auth_webauthn_registration", login());
  },

  async "a key gets a name"(world) {
    const { webauthn_registration_id } = await newKeyUser(world);
    const { webauthn_registration } = await world.consumer.webauthn.update({
      webauthn_registration_id,
      name: "blue key",
    });
    assert.equal(webauthn_registration.name, "blue key");
    await world.refused(
      "webauthn_registration_not_found",
      world.consumer.webauthn.update({
        webauthn_registration_id: unknownId("webauthn-registration"),
        name: "x",
      }),
    );
  },

  async "the credentials of a user are listed, by domain"(world) {
    const { user_id, webauthn_registration_id, key } = await newKeyUser(world);
    const { credentials } = await world.consumer.webauthn.listCredentials({ user_id, domain: DOMAIN });

    assert.equal(credentials[0].webauthn_registration_id, webauthn_registration_id);
    assert.equal(Buffer.from(credentials[0].credential_id, "base64url").toString("base64url"), key.id);
    const elsewhere = await world.consumer.webauthn.listCredentials({ user_id, domain: "example.org" });
    assert.deepEqual(elsewhere.credentials, []);
    await world.refused(
      "user_not_found",
      world.consumer.webauthn.listCredentials({ user_id: unknownId("user"), domain: DOMAIN }),
    );
  },

  async "a deleted key logs nobody in"(world) {
    const { key, user_id, webauthn_registration_id } = await newKeyUser(world);
    const options = await loginOptions(world, { user_id });
    await world.consumer.users.deleteWebAuthnRegistration({ webauthn_registration_id });
    await world.refused(
      "webauthn_registration_not_found",
      world.consumer.webauthn.authenticate({ public_key_credential: key.get(options) }),
    );
  },
};
