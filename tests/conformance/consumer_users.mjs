/* SPDX-License-Identifier: BSD-2-Clause */
/* Users of a Consumer project. */
import assert from "node:assert/strict";

import { PASSWORD, newEmail, newPhone, newUser, unknownId } from "./state.mjs";

const all = (operands) => ({ query: { operator: "AND", operands } });

/* A user with every kind of registration, by the sandbox's seed. */
async function seedUser({ consumer, control }, members) {
  const external_id = `seeded-${newEmail().split("@")[0]}`;
  await control("seed", { users: [{ external_id, emails: [newEmail()], ...members }] });
  return consumer.users.get({ user_id: external_id });
}

/* What a seed may say of a user: one of everything. */
const everything = () => ({
  name: { first_name: "Ada", last_name: "Lovelace" },
  emails: [newEmail("ada.example")],
  phone_numbers: [newPhone()],
  password: PASSWORD,
  totp: { secret: "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", recovery_codes: [], verified: true },
  webauthn_registrations: [
    {
      webauthn_registration_id: unknownId("webauthn-registration"),
      domain: "example.com",
      user_agent: "",
      verified: true,
      authenticator_type: "platform",
      name: "",
    },
  ],
  crypto_wallets: [
    {
      crypto_wallet_id: unknownId("crypto-wallet"),
      crypto_wallet_address: "0x6df2dB4Fb3DA35d241901Bd53367770BF03123f1",
      crypto_wallet_type: "ethereum",
      verified: true,
    },
  ],
  providers: [
    {
      oauth_user_registration_id: unknownId("oauth-user"),
      provider_type: "Google",
      provider_subject: "1",
      profile_picture_url: "",
      locale: "",
    },
  ],
});

/* The filters that are right of this user, and of no new one. */
const filtersOf = (user) => ({
  user_id: [user.user_id],
  full_name_fuzzy: "Lovelace",
  phone_number: [user.phone_numbers[0].phone_number],
  phone_id: [user.phone_numbers[0].phone_id],
  phone_verified: true,
  phone_number_fuzzy: user.phone_numbers[0].phone_number.slice(2),
  email_address: [user.emails[0].email],
  email_id: [user.emails[0].email_id],
  email_verified: true,
  email_address_fuzzy: "ada.example",
  webauthn_registration_verified: true,
  webauthn_registration_id: [user.webauthn_registrations[0].webauthn_registration_id],
  crypto_wallet_id: [user.crypto_wallets[0].crypto_wallet_id],
  crypto_wallet_address: [user.crypto_wallets[0].crypto_wallet_address],
  crypto_wallet_verified: true,
  totp_id: [user.totps[0].totp_id],
  totp_verified: true,
  oauth_provider: [user.providers[0].provider_type],
  password_exists: true,
  status: "active",
});

export default {
  async "a user is made with an address and a number"({ consumer }) {
    const email = newEmail();
    const reply = await consumer.users.create({
      email,
      phone_number: newPhone(),
      name: { first_name: "Ada", last_name: "Lovelace" },
      attributes: { ip_address: "192.0.2.1", user_agent: "test" },
      trusted_metadata: { unix: { username: "ada" } },
      untrusted_metadata: { colour: "blue" },
      external_id: "ada",
    });

    assert.equal(reply.status_code, 201);
    assert.equal(reply.user.emails[0].email_id, reply.email_id);
    assert.equal(reply.user.phone_numbers[0].phone_id, reply.phone_id);
    assert.equal(reply.user.emails[0].verified, false);
    assert.deepEqual(reply.user.trusted_metadata, { unix: { username: "ada" } });
  },

  async "an address belongs to one user"(world) {
    const { email } = await newUser(world);
    await world.refused("duplicate_email", world.consumer.users.create({ email }));
  },

  async "an external_id belongs to one user"(world) {
    await newUser(world, { external_id: "twice" });
    await world.refused(
      "duplicate_user_external_id",
      world.consumer.users.create({ email: newEmail(), external_id: "twice" }),
    );
  },

  async "metadata has at most 20 keys"({ consumer, refused }) {
    const trusted_metadata = Object.fromEntries(Array.from({ length: 21 }, (_, i) => [`key${i}`, i]));
    await refused("metadata_too_many_keys", consumer.users.create({ email: newEmail(), trusted_metadata }));
  },

  async "metadata has at most four kilobytes"(world) {
    const { user_id } = await newUser(world, { trusted_metadata: { a: "x".repeat(4000) } });
    await world.refused(
      "metadata_too_large",
      world.consumer.users.update({ user_id, trusted_metadata: { b: "x".repeat(200) } }),
    );
  },

  async "an external_id stands for the id"(world) {
    await newUser(world, { external_id: "stand.in" });
    await world.consumer.users.update({ user_id: "stand.in", name: { first_name: "In" } });
    await world.consumer.users.delete({ user_id: "stand.in" });
    await world.refused("user_not_found", world.consumer.users.get({ user_id: "stand.in" }));
  },

  async "a user is found by id and by external_id"(world) {
    const { user_id, email } = await newUser(world, { external_id: "grace" });
    assert.equal((await world.consumer.users.get({ user_id })).emails[0].email, email);
    assert.equal((await world.consumer.users.get({ user_id: "grace" })).user_id, user_id);
  },

  async "an unknown user is not found"({ consumer, refused }) {
    await refused("user_not_found", consumer.users.get({ user_id: unknownId("user") }));
  },

  async "an update replaces names and merges metadata"(world) {
    const { user_id } = await newUser(world, { trusted_metadata: { a: 1, b: { c: 2 } } });
    const reply = await world.consumer.users.update({
      user_id,
      name: { first_name: "Grace" },
      trusted_metadata: { b: { d: 3 }, a: null },
    });

    assert.equal(reply.user.name.first_name, "Grace");
    assert.deepEqual(reply.user.trusted_metadata, { b: { d: 3 } });
  },

  async "a role that the policy lacks is refused"(world) {
    const { user_id } = await newUser(world);
    await world.refused("invalid_role", world.consumer.users.update({ user_id, roles: ["emperor"] }));
  },

  async "an unknown user is not updated"({ consumer, refused }) {
    await refused("user_not_found", consumer.users.update({ user_id: unknownId("user"), name: {} }));
  },

  async "a deleted user is gone"(world) {
    const { user_id } = await newUser(world);
    assert.equal((await world.consumer.users.delete({ user_id })).user_id, user_id);
    await world.refused("user_not_found", world.consumer.users.delete({ user_id }));
  },

  async "a search finds by address"(world) {
    const { user_id, email } = await newUser(world);
    const reply = await world.consumer.users.search(all([{ filter_name: "email_address", filter_value: [email] }]));

    assert.deepEqual(
      reply.results.map((user) => user.user_id),
      [user_id],
    );
    assert.equal(reply.results_metadata.total, 1);
  },

  async "each filter finds whom it is about, and nobody else"(world) {
    const { search } = world.consumer.users;
    const call = search.bind(world.consumer.users);
    const user = await seedUser(world, everything());
    const other = await newUser(world, { create_user_as_pending: true });
    const find = async (filter_name, filter_value) =>
      (await call(all([{ filter_name, filter_value }]))).results.map(({ user_id }) => user_id);

    for (const [filter_name, value] of Object.entries(filtersOf(user)))
      assert.deepEqual(await find(filter_name, value), [user.user_id], filter_name);
    assert.deepEqual(await find("status", "pending"), [other.user_id]);
    assert.deepEqual(await find("email_verified", false), [other.user_id]);
    assert.deepEqual(await find("created_at_greater_than", "2999-01-01T00:00:00Z"), []);
    assert.deepEqual(await find("full_name_fuzzy", "Nobody"), []);
  },

  async "a search joins its filters by AND and by OR"(world) {
    const { user_id, email } = await newUser(world, { name: { first_name: "Joined" } });
    const other = await newUser(world, { name: { first_name: "Other" } });
    const operands = [
      { filter_name: "email_address", filter_value: [email] },
      { filter_name: "full_name_fuzzy", filter_value: "Other" },
    ];
    const find = async (operator) =>
      (await world.consumer.users.search({ query: { operator, operands } })).results.map((user) => user.user_id);

    assert.deepEqual(await find("AND"), []);
    assert.deepEqual((await find("OR")).sort(), [user_id, other.user_id].sort());
  },

  async "a search goes page by page"(world) {
    const ids = new Set();
    for (let i = 0; i < 5; i++)
      ids.add((await newUser(world, { name: { first_name: "Paged" } })).user_id);
    const pages = world.consumer.users.searchAll({
      limit: 2,
      ...all([{ filter_name: "full_name_fuzzy", filter_value: "Paged" }]),
    });
    const found = [];
    for await (const page of pages) {
      assert.ok(page.length <= 2);
      found.push(...page.map((user) => user.user_id));
    }
    assert.deepEqual(new Set(found), ids);
    assert.equal(found.length, 5);
  },

  async "a filter that there is not is refused"({ consumer, refused }) {
    await refused(
      "user_search_filter_name_not_recognized",
      consumer.users.search(all([{ filter_name: "shoe_size", filter_value: ["42"] }])),
    );
  },

  async "a fuzzy filter needs three letters"({ consumer, refused }) {
    await refused(
      "user_search_full_name_fuzzy_too_short",
      consumer.users.search(all([{ filter_name: "full_name_fuzzy", filter_value: "Al" }])),
    );
  },

  async "the only address is exchanged for another"(world) {
    const { user_id } = await newUser(world);
    const email_address = newEmail();
    const { user } = await world.consumer.users.exchangePrimaryFactor({ user_id, email_address });
    assert.deepEqual(
      user.emails.map((email) => email.email),
      [email_address],
    );
  },

  async "an address of someone else is not taken over"(world) {
    const { user_id } = await newUser(world);
    const { email } = await newUser(world);
    await world.refused(
      "duplicate_email",
      world.consumer.users.exchangePrimaryFactor({ user_id, email_address: email }),
    );
  },

  async "who has two factors exchanges none"(world) {
    const { user_id } = await newUser(world, { phone_number: newPhone() });
    await world.refused(
      "invalid_exchange_primary_factor_user",
      world.consumer.users.exchangePrimaryFactor({ user_id, email_address: newEmail() }),
    );
  },

  async "an address is taken off"(world) {
    const { email_id, phone_id } = await newUser(world, { phone_number: newPhone() });
    const { user } = await world.consumer.users.deleteEmail({ email_id });
    assert.deepEqual(user.emails, []);
    await world.refused("email_not_found", world.consumer.users.deleteEmail({ email_id }));
    await world.refused("cannot_delete_last_primary_factor", world.consumer.users.deletePhoneNumber({ phone_id }));
  },

  async "a number is taken off"(world) {
    const { phone_id } = await newUser(world, { phone_number: newPhone() });
    const { user } = await world.consumer.users.deletePhoneNumber({ phone_id });
    assert.deepEqual(user.phone_numbers, []);
    await world.refused("phone_number_not_found", world.consumer.users.deletePhoneNumber({ phone_id }));
  },

  async "a security key is taken off"(world) {
    const webauthn_registration_id = unknownId("webauthn-registration");
    const { webauthn_registrations } = await seedUser(world, {
      webauthn_registrations: [
        {
          webauthn_registration_id,
          domain: "example.com",
          user_agent: "",
          verified: true,
          authenticator_type: "platform",
          name: "key",
        },
      ],
    });
    assert.equal(webauthn_registrations.length, 1);
    const { user } = await world.consumer.users.deleteWebAuthnRegistration({ webauthn_registration_id });
    assert.deepEqual(user.webauthn_registrations, []);
    await world.refused(
      "webauthn_registration_not_found",
      world.consumer.users.deleteWebAuthnRegistration({ webauthn_registration_id }),
    );
  },

  async "a phone's biometrics are taken off"(world) {
    const biometric_registration_id = unknownId("biometric-registration");
    await seedUser(world, { biometric_registrations: [{ biometric_registration_id, verified: true }] });
    const { user } = await world.consumer.users.deleteBiometricRegistration({ biometric_registration_id });
    assert.deepEqual(user.biometric_registrations, []);
    await world.refused(
      "biometric_registration_not_found",
      world.consumer.users.deleteBiometricRegistration({ biometric_registration_id }),
    );
  },

  async "a wallet is taken off"(world) {
    const crypto_wallet_id = unknownId("crypto-wallet");
    await seedUser(world, {
      crypto_wallets: [
        {
          crypto_wallet_id,
          crypto_wallet_address: "0x6df2dB4Fb3DA35d241901Bd53367770BF03123f1",
          crypto_wallet_type: "ethereum",
          verified: true,
        },
      ],
    });
    const { user } = await world.consumer.users.deleteCryptoWallet({ crypto_wallet_id });
    assert.deepEqual(user.crypto_wallets, []);
    await world.refused(
      "crypto_wallet_not_found",
      world.consumer.users.deleteCryptoWallet({ crypto_wallet_id }),
    );
  },

  async "a login of a provider is taken off"(world) {
    const oauth_user_registration_id = unknownId("oauth-user");
    const { providers } = await seedUser(world, {
      providers: [
        {
          oauth_user_registration_id,
          provider_type: "Google",
          provider_subject: "12345",
          profile_picture_url: "",
          locale: "",
        },
      ],
    });
    assert.equal(providers.length, 1);
    const { user } = await world.consumer.users.deleteOAuthRegistration({ oauth_user_registration_id });
    assert.deepEqual(user.providers, []);
    await world.refused(
      "oauth_user_registration_not_found",
      world.consumer.users.deleteOAuthRegistration({ oauth_user_registration_id }),
    );
  },

  async "a TOTP is taken off"(world) {
    const { user_id } = await newUser(world);
    const { totp_id } = await world.consumer.totps.create({ user_id });
    const { user } = await world.consumer.users.deleteTOTP({ totp_id });
    assert.deepEqual(user.totps, []);
    await world.refused("totp_not_found", world.consumer.users.deleteTOTP({ totp_id }));
  },

  async "a password is taken off"({ consumer, refused }) {
    const { user } = await consumer.passwords.create({ email: newEmail(), password: PASSWORD });
    const { password_id } = user.password;
    assert.equal((await consumer.users.deletePassword({ password_id })).user.password ?? null, null);
    await refused("password_not_found", consumer.users.deletePassword({ password_id }));
  },

  async "an external_id is taken off"(world) {
    const { user_id } = await newUser(world, { external_id: "left" });
    const { user } = await world.consumer.users.deleteExternalId({ user_id });
    assert.ok(!user.external_id);
    await world.refused("user_not_found", world.consumer.users.get({ user_id: "left" }));
    await world.refused("user_not_found", world.consumer.users.deleteExternalId({ user_id: unknownId("user") }));
  },
};
