/* SPDX-License-Identifier: BSD-2-Clause */
/* Authenticator apps and recovery codes of a Consumer project. */
import assert from "node:assert/strict";

import { newLogin, newUser, otherCode, totpCode, unknownId } from "./state.mjs";

/* A user with a TOTP that has been used once. */
async function newTotpUser(world) {
  const user = await newUser(world);
  const totp = await world.consumer.totps.create({ user_id: user.user_id });
  const totp_code = await totpCode(world, totp.secret);
  await world.consumer.totps.authenticate({ user_id: user.user_id, totp_code });
  return { ...user, ...totp, totp_code };
}

export default {
  async "a TOTP is made with a picture and ten recovery codes"(world) {
    const { user_id } = await newUser(world);
    const reply = await world.consumer.totps.create({ user_id, expiration_minutes: 30 });

    assert.match(reply.secret, /^[A-Z2-7]{32}$/);
    assert.match(reply.qr_code, /^data:image\/png;base64,/);
    assert.equal(reply.recovery_codes.length, 10);
    reply.recovery_codes.forEach((code) => assert.match(code, /^[a-z0-9]{4}-[a-z0-9]{4}-[a-z0-9]{4}$/));
    assert.equal(reply.user.totps[0].verified, false);
  },

  async "an unknown user gets no TOTP"({ consumer, refused }) {
    await refused("user_not_found", consumer.totps.create({ user_id: unknownId("user") }));
    await refused("invalid_user_id", consumer.totps.create({ user_id: "some one" }));
  },

  async "a user has one active TOTP"(world) {
    const { user_id } = await newTotpUser(world);
    await world.refused("active_totp_exists", world.consumer.totps.create({ user_id }));
  },

  async "a code is a second factor of the session"(world) {
    const { user_id, session_token, session } = await newLogin(world);
    const { secret, totp_id } = await world.consumer.totps.create({ user_id });
    const reply = await world.consumer.totps.authenticate({
      user_id,
      totp_code: await totpCode(world, secret),
      session_token,
    });

    assert.equal(reply.totp_id, totp_id);
    assert.equal(reply.session.session_id, session.session_id);
    assert.deepEqual(
      reply.session.authentication_factors.map((factor) => factor.type),
      ["otp", "totp"],
    );
    assert.equal(reply.user.totps[0].verified, true);
  },

  async "a wrong code is refused"(world) {
    const { user_id, totp_code } = await newTotpUser(world);
    await world.refused(
      "unable_to_authenticate_totp",
      world.consumer.totps.authenticate({ user_id, totp_code: otherCode(totp_code) }),
    );
  },

  async "a code is good once"(world) {
    const { user_id, totp_code } = await newTotpUser(world);
    await world.refused(
      "totp_code_already_authenticated",
      world.consumer.totps.authenticate({ user_id, totp_code }),
    );
  },

  async "the codes before and after are taken, further ones are not"(world) {
    await world.control("clock", { freeze: true });
    for (const [seconds, good] of [
      [-30, true],
      [30, true],
      [90, false],
    ]) {
      const { user_id } = await newUser(world);
      const { secret } = await world.consumer.totps.create({ user_id });
      const call = world.consumer.totps.authenticate({ user_id, totp_code: await totpCode(world, secret, seconds) });
      if (good)
        await call;
      else
        await world.refused("unable_to_authenticate_totp", call);
    }
  },

  async "a TOTP not used in time is expired"(world) {
    const { user_id } = await newUser(world);
    const { secret } = await world.consumer.totps.create({ user_id, expiration_minutes: 5 });
    await world.control("clock", { advance_seconds: 301 });
    const totp_code = await totpCode(world, secret);
    await world.refused("expired_totp", world.consumer.totps.authenticate({ user_id, totp_code }));
  },

  async "recovery codes are read back"(world) {
    const { user_id, recovery_codes } = await newTotpUser(world);
    const { totps } = await world.consumer.totps.recoveryCodes({ user_id });
    assert.deepEqual(totps[0].recovery_codes, recovery_codes);
  },

  async "without a TOTP there are no recovery codes"(world) {
    const { user_id } = await newUser(world);
    await world.refused("totps_not_found_for_user", world.consumer.totps.recoveryCodes({ user_id }));
  },

  async "a recovery code is good once"(world) {
    const { user_id, recovery_codes } = await newTotpUser(world);
    const [recovery_code] = recovery_codes;
    const { recover } = world.consumer.totps;
    const call = recover.bind(world.consumer.totps);
    const reply = await call({ user_id, recovery_code, session_duration_minutes: 60 });

    assert.equal(reply.session.authentication_factors[0].type, "recovery_codes");
    await world.refused("unable_to_authenticate_recovery_code", call({ user_id, recovery_code }));
    const { totps } = await world.consumer.totps.recoveryCodes({ user_id });
    assert.equal(totps[0].recovery_codes.length, 9);
  },

  async "a code of another form is no recovery code"(world) {
    const { user_id } = await newTotpUser(world);
    const call = (recovery_code) => world.consumer.totps.recover({ user_id, recovery_code });
    await world.refused("invalid_recovery_code", call("a1b2"));
    await world.refused("totp_code_used_as_recovery_code", call("123456"));
  },

  async "the sandbox's own user answers as documented"({ consumer, refused }) {
    const user_id = "user-test-e3795c81-f849-4167-bfda-e4a6e9c280fd";
    await consumer.totps.create({ user_id });
    await consumer.totps.authenticate({ user_id, totp_code: "000000", session_duration_minutes: 60 });
    await consumer.totps.recoveryCodes({ user_id });
    await consumer.totps.recover({ user_id, recovery_code: "a1b2-c3d4-e5f6" });
    await refused("unable_to_authenticate_totp", consumer.totps.authenticate({ user_id, totp_code: "000001" }));
  },
};
