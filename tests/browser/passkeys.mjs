/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Passkeys by Chromium itself, with the authenticator of its developer tools:
 * what the sandbox asks for is what a browser takes, and the other way round.
 */
import assert from "node:assert/strict";

const USER = "user-test-00000000-0000-4000-8000-00000000000a";
const DOMAIN = "localhost";

/* A page of this domain, and an authenticator for it. */
async function begin(world, authenticator = {}) {
  const url = world.sandbox.url.replace("127.0.0.1", DOMAIN);

  await world.control("POST", "seed", { users: [{ user_id: USER, external_id: "alice", emails: ["alice@example.com"] }] });
  const page = await world.open("/", {}, url);
  const tools = await page.context().newCDPSession(page);
  await tools.send("WebAuthn.enable");
  const { authenticatorId } = await tools.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
      ...authenticator,
    },
  });
  return { page, tools, authenticatorId };
}

/* What a site's script does with the options it got. */
const create = (page, options) => page.evaluate(async (text) => {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(JSON.parse(text));
  return JSON.stringify((await navigator.credentials.create({ publicKey })).toJSON());
}, options);
const get = (page, options) => page.evaluate(async (text) => {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(JSON.parse(text));
  return JSON.stringify((await navigator.credentials.get({ publicKey })).toJSON());
}, options);

async function register({ consumer }, page, more = {}) {
  const start = await consumer("POST", "/v1/webauthn/register/start", {
    user_id: USER, domain: DOMAIN, return_passkey_credential_options: true, use_base64_url_encoding: true, ...more,
  });
  assert.equal(start.status_code, 200, start.error_message);
  const public_key_credential = await create(page, start.public_key_credential_creation_options);
  const done = await consumer("POST", "/v1/webauthn/register", { user_id: USER, public_key_credential });
  assert.equal(done.status_code, 200, done.error_message);
  return { done, credential: JSON.parse(public_key_credential) };
}

async function login({ consumer }, page, more = {}) {
  const start = await consumer("POST", "/v1/webauthn/authenticate/start", { domain: DOMAIN, use_base64_url_encoding: true, ...more });
  assert.equal(start.status_code, 200, start.error_message);
  const public_key_credential = await get(page, start.public_key_credential_request_options);
  const send = () => consumer("POST", "/v1/webauthn/authenticate", { public_key_credential, session_duration_minutes: 60 });
  return { done: await send(), again: send };
}

const tests = {
  async a_passkey_is_made_and_logs_in_without_a_name(world) {
    const { page } = await begin(world);
    const { done: made, credential } = await register(world, page);

    assert.equal(made.user.webauthn_registrations[0].authenticator_type, "platform");
    assert.equal(made.user.webauthn_registrations[0].domain, DOMAIN);
    const { done, again } = await login(world, page);
    assert.equal(done.status_code, 200, done.error_message);
    assert.equal(done.user_id, USER);
    assert.equal(done.webauthn_registration_id, made.webauthn_registration_id);
    assert.equal(done.session.authentication_factors[0].type, "webauthn");
    assert.equal((await again()).error_type, "unable_to_auth_webauthn_registration");
    const list = await world.consumer("GET", `/v1/webauthn/credentials/${USER}/${DOMAIN}`);
    assert.equal(list.credentials[0].credential_id, credential.id);
  },

  async a_second_registration_of_the_same_authenticator_is_stopped_by_the_browser(world) {
    const { page } = await begin(world);

    await register(world, page);
    await assert.rejects(register(world, page), /InvalidStateError/);
  },

  async a_security_key_logs_in_whom_the_start_names(world) {
    const { page } = await begin(world, { transport: "usb", hasResidentKey: false, hasUserVerification: false, isUserVerified: false });
    const { done: made } = await register(world, page, { return_passkey_credential_options: false, authenticator_type: "cross-platform" });

    assert.equal(made.user.webauthn_registrations[0].authenticator_type, "cross-platform");
    const { done } = await login(world, page, { user_id: "alice" });
    assert.equal(done.status_code, 200, done.error_message);
  },

  async a_copied_authenticator_is_found_out_by_its_counter(world) {
    const { page, tools, authenticatorId } = await begin(world);

    await register(world, page);
    const { credentials: [copy] } = await tools.send("WebAuthn.getCredentials", { authenticatorId });
    assert.equal((await login(world, page)).done.status_code, 200);
    assert.equal((await login(world, page)).done.status_code, 200);
    await tools.send("WebAuthn.clearCredentials", { authenticatorId });
    await tools.send("WebAuthn.addCredential", { authenticatorId, credential: copy });
    assert.equal((await login(world, page)).done.error_type, "unable_to_auth_webauthn_registration");
  },

  async a_required_verification_that_fails_is_no_login(world) {
    const { page, tools, authenticatorId } = await begin(world);

    await register(world, page);
    await world.control("POST", "settings", { consumer: { webauthn_user_verification: "required" } });
    assert.equal((await login(world, page)).done.status_code, 200);
    await tools.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified: false });
    await assert.rejects(login(world, page), /NotAllowedError/);
  },

  async a_deleted_registration_logs_nobody_in(world) {
    const { page } = await begin(world);
    const { done: made } = await register(world, page);

    await world.consumer("DELETE", `/v1/users/webauthn_registrations/${made.webauthn_registration_id}`);
    assert.equal((await login(world, page)).done.error_type, "webauthn_registration_not_found");
  },
};

export default tests;
