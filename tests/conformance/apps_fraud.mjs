/* SPDX-License-Identifier: BSD-2-Clause */
/* Fraud: devices, rules, reasons, addresses. */
import assert from "node:assert/strict";

import { PASSWORD, loginMember, newEmail, newMember, newOrganization } from "./state.mjs";

/* A device that a browser has told of: its telemetry id. */
const newDevice = async ({ control }, device = {}) => (await control("telemetry", device)).telemetry_id;

export default {
  async "a device is looked up"(world) {
    const telemetry_id = await newDevice(world, { ip_address: "192.0.2.7", country: "DE" });
    const external_metadata = { external_id: "u-1", organization_id: "o-1", user_action: "login" };
    const reply = await world.consumer.fraud.fingerprint.lookup({ telemetry_id, external_metadata });

    assert.equal(reply.telemetry_id, telemetry_id);
    assert.equal(reply.verdict.action, "ALLOW");
    assert.equal(reply.properties.network_properties.ip_address, "192.0.2.7");
    assert.equal(reply.external_metadata.external_id, "u-1");
  },

  async "a login tells since when its device is known"(world) {
    const { passwords } = world.consumer;
    const email = newEmail();
    const telemetry_id = await newDevice(world, { ip_address: "192.0.2.7", country: "DE" });
    const first = await passwords.create({ email, password: PASSWORD, telemetry_id });
    const again = await passwords.authenticate({ email, password: PASSWORD, telemetry_id });

    assert.equal(first.user_device.ip_address, "192.0.2.7");
    assert.equal(first.user_device.visitor_id_details.is_new, true);
    assert.equal(again.user_device.visitor_id_details.is_new, false);
    assert.equal(again.user_device.visitor_id, first.user_device.visitor_id);
  },

  async "a member's login too"(world) {
    const organization = await newOrganization(world);
    const member = await newMember(world, organization);
    const telemetry_id = await newDevice(world, { project: "b2b", country: "AT" });
    const { member_device } = await loginMember(world, member, { telemetry_id });
    assert.equal(member_device.ip_geo_country, "AT");
    assert.equal(member_device.ip_geo_country_details.is_new, true);
  },

  async "the strictest reason is the verdict"(world) {
    const telemetry_id = await newDevice(world, { reasons: ["VIRTUAL_MACHINE", "HEADLESS_BROWSER_AUTOMATION"] });
    const { verdict } = await world.consumer.fraud.fingerprint.lookup({ telemetry_id });
    assert.equal(verdict.action, "BLOCK");
    assert.deepEqual([...verdict.reasons].sort(), ["HEADLESS_BROWSER_AUTOMATION", "VIRTUAL_MACHINE"]);
  },

  async "an unknown device is not found"({ consumer, refused }) {
    await refused("telemetry_id_not_found", consumer.fraud.fingerprint.lookup({ telemetry_id: "none" }));
  },

  async "the fraud host has a name of its own for a wrong secret"({ strangers, refused }) {
    await refused(
      "unauthorized_credentials_error",
      strangers.consumer.fraud.fingerprint.lookup({ telemetry_id: "none" }),
    );
  },

  async "of two blocks the smaller decides"(world) {
    const { fingerprint, rules } = world.consumer.fraud;
    const telemetry_id = await newDevice(world, { ip_address: "198.51.100.7" });
    await rules.set({ cidr_block: "198.51.100.0/24", action: "BLOCK" });
    const reply = await rules.set({ cidr_block: "198.51.100.0/28", action: "ALLOW", expires_in_minutes: 60 });

    assert.ok(reply.expires_at);
    const { verdict } = await fingerprint.lookup({ telemetry_id });
    assert.equal(verdict.action, "ALLOW");
    assert.equal(verdict.rule_match_type, "CIDR_BLOCK");
    assert.equal(verdict.rule_match_identifier, "198.51.100.0/28");
  },

  async "a rule is taken back by NONE"({ consumer }) {
    const { rules } = consumer.fraud;
    await rules.set({ country_code: "AQ", action: "BLOCK", description: "penguins" });
    const listed = (await rules.list({ limit: 100 })).rules.filter((rule) => rule.country_code === "AQ");
    assert.equal(listed[0].description, "penguins");
    await rules.set({ country_code: "AQ", action: "NONE" });
    assert.deepEqual(
      (await rules.list({ limit: 100 })).rules.filter((rule) => rule.country_code === "AQ"),
      [],
    );
  },

  async "rules are listed page by page"({ consumer, refused }) {
    const { rules } = consumer.fraud;
    for (let i = 1; i <= 3; i++)
      await rules.set({ asn: String(64500 + i), action: "CHALLENGE" });
    const first = await rules.list({ limit: 2 });
    const second = await rules.list({ limit: 2, cursor: first.next_cursor });

    assert.equal(first.rules.length, 2);
    assert.notDeepEqual(first.rules, second.rules);
    await refused("invalid_argument", rules.list({ limit: 2, cursor: "nonsense" }));
  },

  async "a rule is about one thing, and no country is let in"({ consumer, refused }) {
    const { rules } = consumer.fraud;
    await refused("bad_request", rules.set({ action: "BLOCK", asn: "64500", country_code: "AQ" }));
    await refused("invalid_argument", rules.set({ action: "ALLOW", country_code: "AQ" }));
  },

  async "a reason is overridden"(world) {
    const { fingerprint, verdictReasons } = world.consumer.fraud;
    const telemetry_id = await newDevice(world, { reasons: ["VIRTUAL_MACHINE"] });
    const { verdict_reason_action } = await verdictReasons.override({
      verdict_reason: "VIRTUAL_MACHINE",
      override_action: "ALLOW",
      override_description: "our testers",
    });

    assert.equal(verdict_reason_action.override_action, "ALLOW");
    const { verdict } = await fingerprint.lookup({ telemetry_id });
    assert.equal(verdict.action, "ALLOW");
    assert.equal(verdict.verdict_reason_overrides[0].verdict_reason, "VIRTUAL_MACHINE");
    const list = await verdictReasons.list({ overrides_only: true });
    assert.deepEqual(
      list.verdict_reason_actions.map((reason) => reason.verdict_reason),
      ["VIRTUAL_MACHINE"],
    );
  },

  async "RULE_MATCH is not overridden"({ consumer, refused }) {
    await refused(
      "invalid_argument",
      consumer.fraud.verdictReasons.override({ verdict_reason: "RULE_MATCH", override_action: "ALLOW" }),
    );
  },

  async "reasons are listed to the project alone"({ consumer, strangers, refused }) {
    const { verdict_reason_actions } = await consumer.fraud.verdictReasons.list({});
    assert.ok(verdict_reason_actions.length > 1);
    await refused("unauthorized_credentials_error", strangers.consumer.fraud.verdictReasons.list({}));
  },

  async "an address has a risk"({ consumer, strangers, refused }) {
    const { email } = consumer.fraud;
    const good = await email.risk({ email_address: "ada.lovelace@example.com" });
    assert.equal(good.address_information.has_valid_syntax, true);
    assert.ok(good.risk_score >= 0 && good.risk_score <= 100);
    await refused("invalid_email", email.risk({}));
    const wish = { email_address: "ada.lovelace@example.com" };
    await refused("unauthorized_credentials_error", strangers.consumer.fraud.email.risk(wish));
  },
};
