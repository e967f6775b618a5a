/* SPDX-License-Identifier: BSD-2-Clause */
/* Passwords of a Consumer project. */
import assert from "node:assert/strict";
import { createHash, pbkdf2Sync, randomBytes, scryptSync } from "node:crypto";

import {
  PASSWORD,
  lastMessage,
  newEmail,
  newLogin,
  newPhone,
  newPkce,
  newUser,
  setConsumer,
  unknownToken,
} from "./state.mjs";

const NEW_PASSWORD = "another-Walrus-58-violin";

/* A user with a password and a session: { email, user_id, session_token, ... }. */
async function newPasswordUser({ consumer }, wish = {}) {
  const email = newEmail();
  return {
    email,
    ...(await consumer.passwords.create({ email, password: PASSWORD, session_duration_minutes: 60, ...wish })),
  };
}

async function startReset(world, email, wish = {}) {
  await world.consumer.passwords.email.resetStart({ email, ...wish });
  return (await lastMessage(world, email)).token;
}

/* A migrated password lets in, another does not. */
async function migrates(world, password, hash) {
  const { consumer, refused } = world;
  const email = newEmail();
  const { user_created, user } = await consumer.passwords.migrate({ email, ...hash });

  assert.equal(user_created, true);
  assert.ok(user.password.password_id);
  assert.equal((await consumer.passwords.authenticate({ email, password })).user_id, user.user_id);
  await refused("unauthorized_credentials", consumer.passwords.authenticate({ email, password: `${password}x` }));
}

const hex = (algorithm, text) => createHash(algorithm).update(text).digest("hex");

export default {
  async "a password makes a user and, if wanted, a session"(world) {
    const { user, session } = await newPasswordUser(world, { name: { first_name: "Alan" } });
    assert.ok(user.password.password_id);
    assert.equal(user.name.first_name, "Alan");
    assert.equal(session.authentication_factors[0].type, "password");
  },

  async "an address has one user"(world) {
    const { email } = await newPasswordUser(world);
    await world.refused("duplicate_email", world.consumer.passwords.create({ email, password: PASSWORD }));
  },

  async "a weak password is refused"({ consumer, refused }) {
    await refused("weak_password", consumer.passwords.create({ email: newEmail(), password: "Password123!" }));
  },

  async "the password lets its user in"(world) {
    const { email, user_id } = await newPasswordUser(world);
    const reply = await world.consumer.passwords.authenticate({
      email,
      password: PASSWORD,
      session_duration_minutes: 5,
    });
    assert.equal(reply.user_id, user_id);
    assert.equal(reply.session.user_id, user_id);
  },

  async "a wrong password is refused"(world) {
    const { email } = await newPasswordUser(world);
    const { passwords } = world.consumer;
    await world.refused("unauthorized_credentials", passwords.authenticate({ email, password: NEW_PASSWORD }));
    await world.refused("email_not_found", passwords.authenticate({ email: newEmail(), password: PASSWORD }));
  },

  async "who has no password cannot use one"(world) {
    const { email } = await newUser(world);
    await world.refused(
      "no_user_password",
      world.consumer.passwords.authenticate({ email, password: PASSWORD }),
    );
  },

  async "a password set before the address was proven must be reset"(world) {
    const { consumer } = world;
    const { email } = await newPasswordUser(world);
    const { email_id: method_id } = await consumer.otps.email.send({ email });
    await consumer.otps.authenticate({ method_id, code: (await lastMessage(world, email)).code });
    await world.refused("reset_password", consumer.passwords.authenticate({ email, password: PASSWORD }));
  },

  async "a password known from breaches must be reset"(world) {
    const { consumer, refused } = world;
    const email = newEmail();
    await refused("weak_password", consumer.passwords.create({ email, password: "123456" }));
    await consumer.passwords.migrate({ email, hash: hex("sha1", "123456"), hash_type: "sha_1" });
    await refused("reset_password", consumer.passwords.authenticate({ email, password: "123456" }));
    await setConsumer(world, { breach_detection_on_authenticate: false });
    await consumer.passwords.authenticate({ email, password: "123456" });
  },

  async "strength is rated"({ consumer }) {
    const strong = await consumer.passwords.strengthCheck({ password: PASSWORD });
    const weak = await consumer.passwords.strengthCheck({ password: "p@ssword1", email: newEmail() });

    assert.equal(strong.valid_password, true);
    assert.ok(strong.score >= 3);
    assert.equal(weak.valid_password, false);
    assert.equal(weak.breached_password, true);
    assert.ok(weak.feedback.suggestions.length > 0);
  },

  async "strength by kinds of characters is rated"(world) {
    await setConsumer(world, { password_policy: "luds", luds_min_length: 12, luds_min_kinds: 3 });
    const { valid_password, strength_policy, feedback } = await world.consumer.passwords.strengthCheck({
      password: "lower",
    });

    assert.equal(valid_password, false);
    assert.equal(strength_policy, "luds");
    assert.equal(feedback.luds_requirements.missing_characters, 7);
    assert.equal(feedback.luds_requirements.missing_complexity, 2);
  },

  async "strength is rated of a password alone, for the project"({ consumer, strangers, refused }) {
    await refused("unauthorized_credentials", strangers.consumer.passwords.strengthCheck({ password: PASSWORD }));
    await refused("bad_request", consumer.passwords.strengthCheck({ email: newEmail() }));
  },

  async "hashes of bcrypt migrate"(world) {
    /* jBCrypt's test vector. */
    const hash = "$2a$10$WvvTPHKwdBJ3uk0Z37EMR.hLA2W6N9AEBhEgrAOljy2Ae5MtaSIUi";
    await migrates(world, "abc", { hash, hash_type: "bcrypt" });
  },

  async "hashes of Argon2i and Argon2id migrate"(world) {
    /* Test vectors of the reference implementation; the password is a breached one. */
    await setConsumer(world, { breach_detection_on_authenticate: false });
    await migrates(world, "password", {
      hash: "$argon2i$v=19$m=65536,t=2,p=4$c29tZXNhbHQ$RdescudvJCsgt3ub+b+dWRWJTmaaJObG",
      hash_type: "argon_2i",
    });
    await migrates(world, "password", {
      hash: "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
      hash_type: "argon_2id",
    });
    await migrates(world, "password", {
      hash: "nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4=",
      hash_type: "argon_2id",
      argon_2_config: { salt: "c29tZXNhbHQ=", iteration_amount: 2, memory: 256, threads: 1, key_length: 32 },
    });
  },

  async "hashes of phpass migrate"(world) {
    /* phpass's own test vector. */
    await migrates(world, "test12345", { hash: "$P$9IQRaTwmfeRo7ud9Fh4E2PdI0S3r.L0", hash_type: "phpass" });
  },

  async "hashes of MD5 migrate, with salts and without"(world) {
    await migrates(world, PASSWORD, { hash: hex("md5", PASSWORD), hash_type: "md_5" });
    await migrates(world, PASSWORD, {
      hash: hex("md5", `before${PASSWORD}after`),
      hash_type: "md_5",
      md_5_config: { prepend_salt: "before", append_salt: "after" },
    });
  },

  async "hashes of SHA-1 migrate"(world) {
    await migrates(world, PASSWORD, {
      hash: hex("sha1", `before${PASSWORD}`),
      hash_type: "sha_1",
      sha_1_config: { prepend_salt: "before", append_salt: "" },
    });
  },

  async "hashes of SHA-512 migrate"(world) {
    await migrates(world, PASSWORD, {
      hash: hex("sha512", `${PASSWORD}after`),
      hash_type: "sha_512",
      sha_512_config: { prepend_salt: "", append_salt: "after" },
    });
  },

  async "hashes of scrypt migrate"(world) {
    const salt = randomBytes(16).toString("base64");
    const key = scryptSync(PASSWORD, Buffer.from(salt, "base64"), 32, { N: 1024, r: 8, p: 1 });
    await migrates(world, PASSWORD, {
      hash: key.toString("base64"),
      hash_type: "scrypt",
      scrypt_config: { salt, n_parameter: 1024, r_parameter: 8, p_parameter: 1, key_length: 32 },
    });
  },

  async "hashes of PBKDF2 migrate"(world) {
    for (const algorithm of ["sha256", "sha512"]) {
      const salt = randomBytes(16);
      const key = pbkdf2Sync(PASSWORD, salt, 1000, 32, algorithm);
      await migrates(world, PASSWORD, {
        hash: key.toString("base64"),
        hash_type: "pbkdf_2",
        pbkdf_2_config: { salt: salt.toString("base64"), iteration_amount: 1000, key_length: 32, algorithm },
      });
    }
  },

  async "a migrated user may be verified, with a phone and an external_id"({ consumer }) {
    const { user } = await consumer.passwords.migrate({
      email: newEmail(),
      hash: hex("sha1", PASSWORD),
      hash_type: "sha_1",
      set_email_verified: true,
      phone_number: newPhone(),
      set_phone_number_verified: true,
      external_id: "migrated",
    });
    assert.equal(user.emails[0].verified, true);
    assert.equal(user.phone_numbers[0].verified, true);
    assert.equal(user.external_id, "migrated");
  },

  async "a password is not migrated over another"(world) {
    const { email } = await newPasswordUser(world);
    const hash = hex("sha1", PASSWORD);
    await world.refused(
      "password_already_exists",
      world.consumer.passwords.migrate({ email, hash, hash_type: "sha_1" }),
    );
  },

  async "a hash that is none is refused"({ consumer, refused }) {
    const call = (hash, hash_type) => consumer.passwords.migrate({ email: newEmail(), hash, hash_type });
    await refused("invalid_bcrypt_hash", call("$2a$10$short", "bcrypt"));
    await refused("invalid_md_5_hash", call("xyz", "md_5"));
    await refused("invalid_sha_1_hash", call("xyz", "sha_1"));
    await refused("invalid_phpass_hash_prefix", call("$Q$9IQRaTwmfeRo7ud9Fh4E2PdI0S3r.L0", "phpass"));
  },

  async "a mailed reset sets the password and ends all sessions"(world) {
    const { consumer, refused } = world;
    const { email, session_token } = await newPasswordUser(world);
    const token = await startReset(world, email);
    const reply = await consumer.passwords.email.reset({
      token,
      password: NEW_PASSWORD,
      session_duration_minutes: 60,
    });

    assert.ok(reply.session);
    await refused("session_not_found", consumer.sessions.authenticate({ session_token }));
    await consumer.passwords.authenticate({ email, password: NEW_PASSWORD });
    await refused("unauthorized_credentials", consumer.passwords.authenticate({ email, password: PASSWORD }));
    await refused(
      "unable_to_auth_password_reset_token",
      consumer.passwords.email.reset({ token, password: PASSWORD }),
    );
  },

  async "a reset begun with PKCE needs its verifier"(world) {
    const { consumer, refused } = world;
    const { verifier, challenge } = newPkce();
    const { email } = await newPasswordUser(world);
    const token = await startReset(world, email, { code_challenge: challenge });
    const wish = { token, password: NEW_PASSWORD };
    await refused("pkce_expected_code_verifier", consumer.passwords.email.reset(wish));
    await consumer.passwords.email.reset({ ...wish, code_verifier: verifier });
  },

  async "a reset ends after half an hour"(world) {
    const { email } = await newPasswordUser(world);
    const token = await startReset(world, email);
    await world.control("clock", { advance_seconds: 1801 });
    await world.refused(
      "unable_to_auth_password_reset_token",
      world.consumer.passwords.email.reset({ token, password: NEW_PASSWORD }),
    );
  },

  async "a reset of an unknown address is refused"({ consumer, refused }) {
    await refused("email_not_found", consumer.passwords.email.resetStart({ email: newEmail() }));
  },

  async "an unknown reset token is refused"({ consumer, refused }) {
    await refused(
      "unable_to_auth_password_reset_token",
      consumer.passwords.email.reset({ token: unknownToken(), password: NEW_PASSWORD }),
    );
  },

  async "a weak password does not spend the reset"(world) {
    const { consumer, refused } = world;
    const { email } = await newPasswordUser(world);
    const token = await startReset(world, email);
    await refused("weak_password", consumer.passwords.email.reset({ token, password: "abc" }));
    await consumer.passwords.email.reset({ token, password: NEW_PASSWORD });
  },

  async "the old password sets a new one"(world) {
    const { consumer, refused } = world;
    const { email, session_token } = await newPasswordUser(world);
    const { user } = await consumer.passwords.existingPassword.reset({
      email,
      existing_password: PASSWORD,
      new_password: NEW_PASSWORD,
    });
    assert.equal(user.emails[0].email, email);
    await refused("session_not_found", consumer.sessions.authenticate({ session_token }));
  },

  async "without the old password there is no new one"(world) {
    const { email } = await newPasswordUser(world);
    await world.refused(
      "unauthorized_credentials",
      world.consumer.passwords.existingPassword.reset({
        email,
        existing_password: NEW_PASSWORD,
        new_password: NEW_PASSWORD,
      }),
    );
  },

  async "a fresh session sets a new password and stays"(world) {
    const { consumer, refused } = world;
    const { email, session_token } = await newPasswordUser(world);
    const other = await consumer.passwords.authenticate({ email, password: PASSWORD, session_duration_minutes: 60 });
    await consumer.passwords.sessions.reset({ session_token, password: NEW_PASSWORD });

    await consumer.sessions.authenticate({ session_token });
    await refused("session_not_found", consumer.sessions.authenticate({ session_token: other.session_token }));
  },

  async "an old session sets no password"(world) {
    const { session_token } = await newLogin(world);
    await world.control("clock", { advance_seconds: 301 });
    await world.refused(
      "session_too_old_to_reset_password",
      world.consumer.passwords.sessions.reset({ session_token, password: NEW_PASSWORD }),
    );
  },
};
