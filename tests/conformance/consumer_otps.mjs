/* SPDX-License-Identifier: BSD-2-Clause */
/* Passcodes of a Consumer project. */
import assert from "node:assert/strict";

import { lastMessage, newEmail, newLogin, newPhone, newUser, otherCode, setConsumer, unknownId } from "./state.mjs";

async function sendCode(world) {
  const user = await newUser(world);
  const sent = await world.consumer.otps.email.send({ email: user.email });
  return { ...user, method_id: sent.email_id, code: (await lastMessage(world, user.email)).code };
}

export default {
  async "a code sent by mail opens a session"(world) {
    const { user_id, method_id, code } = await sendCode(world);
    const reply = await world.consumer.otps.authenticate({ method_id, code, session_duration_minutes: 30 });

    assert.equal(reply.user_id, user_id);
    assert.equal(reply.method_id, method_id);
    assert.equal(reply.session.authentication_factors[0].email_factor.email_id, method_id);
    assert.equal(reply.user.emails[0].verified, true);
  },

  async "without a duration there is no session"(world) {
    const { method_id, code } = await sendCode(world);
    const reply = await world.consumer.otps.authenticate({ method_id, code });

    assert.equal(reply.session_token, "");
    assert.equal(reply.session ?? null, null);
  },

  async "a wrong code is not found"(world) {
    const { method_id, code } = await sendCode(world);
    await world.refused(
      "otp_code_not_found",
      world.consumer.otps.authenticate({ method_id, code: otherCode(code) }),
    );
  },

  async "a code is good once"(world) {
    const { method_id, code } = await sendCode(world);
    await world.consumer.otps.authenticate({ method_id, code });
    await world.refused("unable_to_auth_otp_code", world.consumer.otps.authenticate({ method_id, code }));
  },

  async "a new code ends the old one"(world) {
    const { email, method_id, code } = await sendCode(world);
    await world.consumer.otps.email.send({ email });
    const error = await world.consumer.otps.authenticate({ method_id, code }).then(assert.fail, (e) => e);
    assert.ok(error.status_code === 401 || error.status_code === 404);
  },

  async "a code is good for two minutes"(world) {
    const { method_id, code } = await sendCode(world);
    await world.control("clock", { advance_seconds: 121 });
    await world.refused("unable_to_auth_otp_code", world.consumer.otps.authenticate({ method_id, code }));
  },

  async "a code lives from one to ten minutes"(world) {
    const { email } = await newUser(world);
    const call = (expiration_minutes) => world.consumer.otps.email.send({ email, expiration_minutes });
    await world.refused("invalid_expiration_otp", call(0));
    await world.refused("invalid_expiration_otp", call(11));
    await call(10);
  },

  async "messages are sent in every language"({ consumer }) {
    const locales = ["en", "es", "pt-br", "fr", "it", "de-DE", "zh-Hans", "ca-ES"];
    locales.push("ja", "ru", "nl", "pl", "tr", "fa", "vi", "cs");
    const phone_number = newPhone();
    for (const locale of locales)
      await consumer.otps.sms.loginOrCreate({ phone_number, locale });
    for (const locale of ["en", "es", "pt-br", "fr"])
      await consumer.otps.email.loginOrCreate({ email: newEmail(), locale });
  },

  async "a success ends the count of failures"(world) {
    const { email, method_id, ...first } = await sendCode(world);
    const { authenticate } = world.consumer.otps;
    const call = authenticate.bind(world.consumer.otps);
    for (let code = first.code, round = 0; round < 2; round++) {
      for (let i = 0; i < 9; i++)
        await world.refused("otp_code_not_found", call({ method_id, code: otherCode(code) }));
      await call({ method_id, code });
      await world.consumer.otps.email.send({ email });
      ({ code } = await lastMessage(world, email));
    }
  },

  async "the sandbox's own address and number answer as documented"({ consumer, refused }) {
    const { email, sms, whatsapp } = consumer.otps;
    const phone_number = "+10000000000";
    const sent = await email.send({ email: "sandbox@stytch.com" });
    assert.equal(sent.email_id, "email-test-23873e89-d4ed-4e92-b3b9-e5c7198fa286");
    await email.loginOrCreate({ email: "sandbox@stytch.com" });
    await whatsapp.send({ phone_number });
    const { phone_id } = await sms.send({ phone_number });
    for (const method_id of [sent.email_id, phone_id]) {
      const { user_id } = await consumer.otps.authenticate({ method_id, code: "000000" });
      assert.equal(user_id, "user-test-e3795c81-f849-4167-bfda-e4a6e9c280fd");
      await refused("otp_code_not_found", consumer.otps.authenticate({ method_id, code: "000001" }));
    }
  },

  async "a method_id that is none is refused"({ consumer, refused }) {
    await refused("invalid_method_id", consumer.otps.authenticate({ method_id: "method", code: "123456" }));
  },

  async "of two clients with one code one gets in"(world) {
    const { method_id, code } = await sendCode(world);
    const tries = [1, 2, 3, 4].map(() => world.consumer.otps.authenticate({ method_id, code }));
    const results = await Promise.allSettled(tries);
    assert.equal(results.filter((result) => result.status === "fulfilled").length, 1);
  },

  async "ten wrong codes lock the user"(world) {
    const { email, method_id, code } = await sendCode(world);
    for (let i = 0; i < 10; i++)
      await world.refused(
        "otp_code_not_found",
        world.consumer.otps.authenticate({ method_id, code: otherCode(code) }),
      );
    await world.refused("user_lock_limit_reached", world.consumer.otps.authenticate({ method_id, code }));
    const { results } = await world.consumer.users.search({
      query: { operator: "AND", operands: [{ filter_name: "email_address", filter_value: [email] }] },
    });
    assert.equal(results[0].is_locked, true);
    assert.ok(Date.parse(results[0].lock_expires_at) > Date.parse(results[0].lock_created_at));
  },

  async "the second factor joins the session"(world) {
    const login = await newLogin(world);
    const phone_number = newPhone();
    const sent = await world.consumer.otps.sms.send({ phone_number, session_token: login.session_token });
    const { code } = await lastMessage(world, phone_number);
    const reply = await world.consumer.otps.authenticate({
      method_id: sent.phone_id,
      code,
      session_token: login.session_token,
    });

    assert.equal(reply.user_id, login.user_id);
    assert.equal(reply.session.authentication_factors.length, 2);
    assert.equal(reply.session.session_id, login.session.session_id);
  },

  async "mail goes to known addresses alone"({ consumer, refused }) {
    await refused("email_not_found", consumer.otps.email.send({ email: newEmail() }));
  },

  async "login_or_create by mail makes a user once"({ consumer }) {
    const email = newEmail();
    const first = await consumer.otps.email.loginOrCreate({ email, create_user_as_pending: true });
    const again = await consumer.otps.email.loginOrCreate({ email });

    assert.equal(first.user_created, true);
    assert.equal(again.user_created, false);
    assert.equal(again.user_id, first.user_id);
    assert.equal((await consumer.users.get({ user_id: first.user_id })).status, "pending");
  },

  async "an address that is none gets no mail"({ consumer, refused }) {
    await refused("invalid_email", consumer.otps.email.send({ email: "someone" }));
    await refused("invalid_email", consumer.otps.email.loginOrCreate({ email: "someone@" }));
  },

  async "an address that bounced gets no mail"(world) {
    const email = newEmail();
    await setConsumer(world, { inactive_emails: [email] });
    await world.refused("inactive_email", world.consumer.otps.email.loginOrCreate({ email }));
  },

  async "sms goes to a known number"({ consumer, control }) {
    const phone_number = newPhone();
    const { user_id } = await consumer.users.create({ phone_number });
    const sent = await consumer.otps.sms.send({ phone_number, expiration_minutes: 5, locale: "es" });
    const { code, channel } = await lastMessage({ control }, phone_number);

    assert.equal(channel, "sms");
    assert.equal((await consumer.otps.authenticate({ method_id: sent.phone_id, code })).user_id, user_id);
  },

  async "sms to an unknown number is refused"({ consumer, refused }) {
    await refused("phone_number_not_found", consumer.otps.sms.send({ phone_number: newPhone() }));
  },

  async "login_or_create by sms makes a user"({ consumer }) {
    const reply = await consumer.otps.sms.loginOrCreate({ phone_number: newPhone() });
    assert.equal(reply.user_created, true);
  },

  async "sms to another country is refused"({ consumer, refused }) {
    await refused(
      "invalid_phone_number_country_code",
      consumer.otps.sms.loginOrCreate({ phone_number: "+4915112345678" }),
    );
  },

  async "a number without its country is refused"({ consumer, refused }) {
    await refused("invalid_phone_number", consumer.otps.sms.loginOrCreate({ phone_number: "2025550100" }));
  },

  async "whatsapp goes to a known number"({ consumer, control }) {
    const phone_number = newPhone();
    await consumer.users.create({ phone_number });
    const sent = await consumer.otps.whatsapp.send({ phone_number });
    const { code, channel } = await lastMessage({ control }, phone_number);
    const reply = await consumer.otps.authenticate({
      method_id: sent.phone_id,
      code,
      session_duration_minutes: 5,
    });

    assert.equal(channel, "whatsapp");
    assert.equal(reply.session.authentication_factors[0].delivery_method, "whatsapp");
  },

  async "whatsapp to an unknown number is refused"({ consumer, refused }) {
    await refused("phone_number_not_found", consumer.otps.whatsapp.send({ phone_number: newPhone() }));
  },

  async "login_or_create by whatsapp makes a user"({ consumer }) {
    const reply = await consumer.otps.whatsapp.loginOrCreate({ phone_number: newPhone() });
    assert.equal(reply.user_created, true);
  },

  async "who said STOP gets no message"(world) {
    const phone_number = newPhone();
    await setConsumer(world, { unsubscribed_phone_numbers: [phone_number] });
    await world.refused(
      "unsubscribed_phone_number",
      world.consumer.otps.whatsapp.loginOrCreate({ phone_number }),
    );
  },

  async "an address not proven within five minutes is dropped"(world) {
    const { consumer, refused } = world;
    const { user_id } = await newLogin(world);
    const email = newEmail();
    const { email_id } = await consumer.otps.email.send({ email, user_id, expiration_minutes: 10 });
    const { code } = await lastMessage(world, email);
    const emails = async () => (await consumer.users.get({ user_id })).emails.map((one) => one.email);

    assert.ok((await emails()).includes(email));
    await world.control("clock", { advance_seconds: 301 });
    assert.ok(!(await emails()).includes(email));
    await refused("otp_code_not_found", consumer.otps.authenticate({ method_id: email_id, code }));
  },

  async "a session keeps where it began"(world) {
    const { method_id, code } = await sendCode(world);
    const attributes = { ip_address: "192.0.2.9", user_agent: "ssh" };
    const wish = { method_id, code, attributes, session_duration_minutes: 60 };
    const { session } = await world.consumer.otps.authenticate(wish);
    assert.deepEqual(session.attributes, attributes);
  },

  async "a second unverified address is too many"(world) {
    const { consumer, refused } = world;
    const { user_id } = await newUser(world);
    await refused("too_many_unverified_factors", consumer.otps.email.send({ email: newEmail(), user_id }));
    await refused("user_not_found", consumer.otps.email.send({ email: newEmail(), user_id: unknownId("user") }));
  },
};
