/* SPDX-License-Identifier: BSD-2-Clause */
/* Magic links of a Consumer project. */
import assert from "node:assert/strict";

import {
  lastMessage,
  newEmail,
  newLogin,
  newPkce,
  newUser,
  setConsumer,
  unknownId,
  unknownToken,
} from "./state.mjs";

/* A user to whom a link was sent: also its token and link. */
async function sendLink(world, wish = {}) {
  const user = await newUser(world);
  await world.consumer.magicLinks.email.send({ email: user.email, ...wish });
  return { ...user, ...(await lastMessage(world, user.email)), email: user.email };
}

export default {
  async "a link sent by mail opens a session"(world) {
    const { user_id, email_id, token } = await sendLink(world);
    const reply = await world.consumer.magicLinks.authenticate({ token, session_duration_minutes: 60 });

    assert.equal(reply.user_id, user_id);
    assert.equal(reply.method_id, email_id);
    assert.equal(reply.session.authentication_factors[0].type, "magic_link");
  },

  async "a followed link ends at the redirect URL with its token"(world) {
    await setConsumer(world, {
      redirect_urls: [{ url: "https://example.com/in", types: ["LOGIN", "SIGNUP"], default: true }],
    });
    const { link, token } = await sendLink(world);
    const { status, location } = await world.open(link);

    assert.equal(status, 302);
    const url = new URL(location);
    assert.equal(url.origin + url.pathname, "https://example.com/in");
    assert.equal(url.searchParams.get("token"), token);
    assert.equal(url.searchParams.get("stytch_token_type"), "magic_links");
  },

  async "a link is good once"(world) {
    const { token } = await sendLink(world);
    await world.consumer.magicLinks.authenticate({ token });
    await world.refused("unable_to_auth_magic_link", world.consumer.magicLinks.authenticate({ token }));
  },

  async "a link ends with its hour"(world) {
    const { token } = await sendLink(world, { login_expiration_minutes: 5, signup_expiration_minutes: 5 });
    await world.control("clock", { advance_seconds: 301 });
    await world.refused("unable_to_auth_magic_link", world.consumer.magicLinks.authenticate({ token }));
  },

  async "an unknown link is not found"({ consumer, refused }) {
    await refused("magic_link_not_found", consumer.magicLinks.authenticate({ token: unknownToken() }));
  },

  async "the sandbox's own tokens answer as documented"({ consumer, refused }) {
    const good = await consumer.magicLinks.authenticate({ token: "DOYoip3rvIMMW5lgItikFK-Ak1CfMsgjuiCyI7uuU94=" });
    assert.equal(good.user_id, "user-test-e3795c81-f849-4167-bfda-e4a6e9c280fd");
    await refused(
      "unable_to_auth_magic_link",
      consumer.magicLinks.authenticate({ token: "3pzjQpgksDlGKWEwUq2Up--hCHC_0oamfLHyfspKDFU=" }),
    );
    await refused(
      "magic_link_not_found",
      consumer.magicLinks.authenticate({ token: "CprTtwhnRNiMBiUS2jSLcWYrfuO2POeBNdo5HhW6qTM=" }),
    );
  },

  async "a link begun with PKCE needs its verifier"(world) {
    const { verifier, challenge } = newPkce();
    const { token } = await sendLink(world, { code_challenge: challenge });
    const { authenticate } = world.consumer.magicLinks;
    const call = authenticate.bind(world.consumer.magicLinks);

    await world.refused("pkce_expected_code_verifier", call({ token }));
    await world.refused("pkce_mismatch", call({ token, code_verifier: newPkce().verifier }));
    await call({ token, code_verifier: verifier });
  },

  async "a link stays with the browser that asked, if wanted"(world) {
    const { token } = await sendLink(world, { attributes: { ip_address: "192.0.2.1" } });
    const options = { ip_match_required: true, user_agent_match_required: false };
    await world.refused(
      "attribute_mismatch",
      world.consumer.magicLinks.authenticate({ token, options, attributes: { ip_address: "192.0.2.2" } }),
    );
  },

  async "the mails to reset a password log in without one, too"(world) {
    const { consumer } = world;
    const { email, user_id } = await newUser(world);
    await consumer.passwords.email.resetStart({ email });
    const { text } = await lastMessage(world, email);
    const links = text.match(/https?:\/\/\S+/g).map((link) => new URL(link));
    const login = links.find((link) => link.searchParams.get("stytch_token_type") === "login");

    const reply = await consumer.magicLinks.authenticate({ token: login.searchParams.get("token") });
    assert.equal(reply.user_id, user_id);
  },

  async "a link to a URL that is not the project's is refused"(world) {
    await setConsumer(world, { redirect_urls: [{ url: "https://example.com/in", types: ["LOGIN"], default: true }] });
    await world.refused(
      "no_match_for_provided_magic_link_url",
      sendLink(world, { login_magic_link_url: "https://evil.example/in" }),
    );
  },

  async "mail goes to known addresses alone"({ consumer, refused }) {
    await refused("email_not_found", consumer.magicLinks.email.send({ email: newEmail() }));
  },

  async "login_or_create makes a pending user, whom the link makes active"(world) {
    const { consumer } = world;
    const email = newEmail();
    const { user_id, user_created } = await consumer.magicLinks.email.loginOrCreate({
      email,
      create_user_as_pending: true,
    });
    const { token } = await lastMessage(world, email);

    assert.equal(user_created, true);
    assert.equal((await consumer.users.get({ user_id })).status, "pending");
    assert.equal((await consumer.magicLinks.authenticate({ token })).user.status, "active");
  },

  async "login_or_create wants an address, and a URL of the project"({ consumer, refused }) {
    await refused("invalid_email", consumer.magicLinks.email.loginOrCreate({ email: "someone" }));
    await refused(
      "no_match_for_provided_magic_link_url",
      consumer.magicLinks.email.loginOrCreate({ email: newEmail(), signup_magic_link_url: "https://evil.example/in" }),
    );
  },

  async "an invitation makes a pending user"(world) {
    const { consumer } = world;
    const email = newEmail();
    const { user_id } = await consumer.magicLinks.email.invite({ email, name: { first_name: "Joan" } });
    const { token } = await lastMessage(world, email);

    assert.equal((await consumer.users.get({ user_id })).status, "pending");
    const { user } = await consumer.magicLinks.authenticate({ token });
    assert.equal(user.status, "active");
    assert.equal(user.name.first_name, "Joan");
  },

  async "an active user is not invited"(world) {
    const { email } = await newLogin(world);
    await world.refused("duplicate_email", world.consumer.magicLinks.email.invite({ email }));
  },

  async "a revoked invitation is void"(world) {
    const { consumer } = world;
    const email = newEmail();
    await consumer.magicLinks.email.invite({ email });
    const { token } = await lastMessage(world, email);
    await consumer.magicLinks.email.revokeInvite({ email });
    const error = await consumer.magicLinks.authenticate({ token }).then(assert.fail, (e) => e);
    assert.match(error.error_type, /^(magic_link_not_found|unable_to_auth_magic_link)$/);
  },

  async "there is no invitation of an unknown address"({ consumer, refused }) {
    await refused("email_not_found", consumer.magicLinks.email.revokeInvite({ email: newEmail() }));
  },

  async "an embedded link verifies no address"(world) {
    const { user_id } = await newUser(world);
    const { token } = await world.consumer.magicLinks.create({ user_id });
    const reply = await world.consumer.magicLinks.authenticate({ token, session_duration_minutes: 60 });

    assert.equal(reply.session.authentication_factors[0].delivery_method, "embedded");
    assert.equal(reply.user.emails[0].verified, false);
  },

  async "an embedded link is for a user there is"({ consumer, refused }) {
    await refused("user_not_found", consumer.magicLinks.create({ user_id: unknownId("user") }));
  },

  async "embedded links want the project's leave"(world) {
    const { user_id } = await newUser(world);
    await setConsumer(world, { embeddable_magic_links: false });
    await world.refused("enterprise_endpoint", world.consumer.magicLinks.create({ user_id }));
  },
};
