/* SPDX-License-Identifier: BSD-2-Clause */
/* Members of the organizations of a B2B project. */
import assert from "node:assert/strict";

import {
  PASSWORD,
  lastMessage,
  loginMember,
  newEmail,
  newMember,
  newMemberLogin,
  newOrganization,
  newPhone,
  unknownId,
} from "./state.mjs";

const ids = ({ organization_id, member_id }) => ({ organization_id, member_id });

async function newSoleMember(world, wish = {}) {
  return newMember(world, await newOrganization(world), wish);
}

const get = async ({ b2b }, member) => (await b2b.organizations.members.get(ids(member))).member;

/* The refusal of a call for a member that is not there. */
async function unknownIsRefused(world, call, wish = {}) {
  const { organization_id } = await newOrganization(world);
  const request = { organization_id, member_id: unknownId("member"), ...wish };
  await world.refused("member_not_found", call.call(world.b2b.organizations.members, request));
}

async function search({ b2b }, organization, filter_name, filter_value) {
  const { members } = await b2b.organizations.members.search({
    organization_ids: [organization.organization_id],
    query: { operator: "AND", operands: [{ filter_name, filter_value }] },
  });
  return members.map((member) => member.member_id);
}

export default {
  async "a member is made with what it was given"(world) {
    const phone = newPhone();
    const made = await newSoleMember(world, {
      name: "Ada Lovelace",
      trusted_metadata: { unix: { username: "ada" } },
      untrusted_metadata: { colour: "green" },
      is_breakglass: true,
      mfa_phone_number: phone,
      mfa_enrolled: true,
      roles: ["stytch_admin"],
      external_id: "ada",
    });

    assert.equal(made.name, "Ada Lovelace");
    assert.equal(made.status, "active");
    assert.equal(made.external_id, "ada");
    assert.equal(made.mfa_phone_number, phone);
    assert.equal(made.is_admin, true);
    assert.equal(made.is_breakglass, true);
    assert.deepEqual(made.trusted_metadata, { unix: { username: "ada" } });
    assert.deepEqual(made.roles.find((role) => role.role_id === "stytch_admin").sources, [
      { type: "direct_assignment", details: {} },
    ]);
  },

  async "a member may begin as pending"(world) {
    assert.equal((await newSoleMember(world, { create_member_as_pending: true })).status, "pending");
  },

  async "an address and an external_id are of one member"(world) {
    const organization = await newOrganization(world);
    const { email_address } = await newMember(world, organization, { external_id: "one" });
    await world.refused("duplicate_member_email", newMember(world, organization, { email_address }));
    await world.refused("duplicate_member_external_id", newMember(world, organization, { external_id: "one" }));
  },

  async "a member wants an organization, an address and roles there are"(world) {
    const nowhere = { organization_id: unknownId("organization") };
    await world.refused("organization_not_found", newMember(world, nowhere));
    await world.refused("invalid_email", newSoleMember(world, { email_address: "ada" }));
    await world.refused("invalid_rbac_role_assignment", newSoleMember(world, { roles: ["wizard"] }));
  },

  async "a member is found by id, external_id and address"(world) {
    const made = await newSoleMember(world, { external_id: "found" });
    const { organization_id, member_id, email_address } = made;
    for (const key of [{ member_id }, { member_id: "found" }, { email_address }]) {
      const { member, organization } = await world.b2b.organizations.members.get({ organization_id, ...key });
      assert.deepEqual(member, made);
      assert.equal(organization.organization_id, organization_id);
    }
  },

  async "an unknown member is not found"(world) {
    const { organization_id } = await newOrganization(world);
    const { members } = world.b2b.organizations;
    await unknownIsRefused(world, members.get);
    await unknownIsRefused(world, members.update, { name: "No One" });
    await unknownIsRefused(world, members.delete);
    await unknownIsRefused(world, members.deleteMFAPhoneNumber);
    await unknownIsRefused(world, members.deleteTOTP);
    await unknownIsRefused(world, members.deleteExternalId);
    await unknownIsRefused(world, members.startEmailUpdate, { email_address: newEmail() });
    await unknownIsRefused(world, members.unlinkRetiredEmail, { email_address: newEmail() });
    await world.refused("invalid_member_get_fields", members.get({ organization_id }));
  },

  async "a member is found without the organization"(world) {
    const made = await newSoleMember(world);
    const { member_id } = made;
    const { member } = await world.b2b.organizations.members.dangerouslyGet({ member_id });
    assert.deepEqual(member, made);
  },

  async "an unknown member is not found without the organization either"({ b2b, refused }) {
    const member_id = unknownId("member");
    await refused("member_not_found", b2b.organizations.members.dangerouslyGet({ member_id }));
  },

  async "an update changes what it names"(world) {
    const made = await newSoleMember(world, { name: "Old", trusted_metadata: { kept: 1, dropped: 2 } });
    const { member } = await world.b2b.organizations.members.update({
      ...ids(made),
      name: "New",
      trusted_metadata: { dropped: null, added: 3 },
      mfa_enrolled: true,
      roles: ["stytch_admin"],
      external_id: "new",
    });

    assert.equal(member.name, "New");
    assert.equal(member.email_address, made.email_address);
    assert.deepEqual(member.trusted_metadata, { kept: 1, added: 3 });
    assert.equal(member.mfa_enrolled, true);
    assert.equal(member.is_admin, true);
    assert.equal(member.external_id, "new");
  },

  async "a new address retires the old one, which stays taken"(world) {
    const { b2b, refused } = world;
    const { member } = await newMemberLogin(world);
    const old = member.email_address;
    const updated = (await b2b.organizations.members.update({ ...ids(member), email_address: newEmail() })).member;

    assert.equal(updated.email_address_verified, false);
    assert.deepEqual(
      updated.retired_email_addresses.map((retired) => retired.email_address),
      [old],
    );
    await refused("duplicate_member_email", newMember(world, member, { email_address: old }));
    const unlinked = await b2b.organizations.members.unlinkRetiredEmail({ ...ids(member), email_address: old });
    assert.deepEqual(unlinked.member.retired_email_addresses, []);
    await newMember(world, member, { email_address: old });
  },

  async "an address to unlink must be named"(world) {
    const member = await newSoleMember(world);
    await world.refused(
      "retired_email_missing_email_identifiers",
      world.b2b.organizations.members.unlinkRetiredEmail(ids(member)),
    );
  },

  async "a session writes what its member may, and no trusted metadata"(world) {
    const { b2b, refused } = world;
    const login = await newMemberLogin(world);
    const authorization = { session_token: login.session_token };
    const update = (wish) => b2b.organizations.members.update({ ...ids(login.member), ...wish }, { authorization });

    assert.deepEqual((await update({ untrusted_metadata: { a: 1 } })).member.untrusted_metadata, { a: 1 });
    await refused("cannot_update_trusted_metadata", update({ trusted_metadata: { a: 1 } }));
    await refused("session_authorization_error", update({ roles: ["stytch_admin"] }));
  },

  async "a session may be given as a JWT"(world) {
    const { member, session_jwt } = await newMemberLogin(world);
    const authorization = { session_jwt };
    const reply = await world.b2b.organizations.members.update({ ...ids(member), name: "J" }, { authorization });
    assert.equal(reply.member.name, "J");
  },

  async "a deleted member is gone, and comes back"(world) {
    const { b2b, refused } = world;
    const { member, session_token } = await newMemberLogin(world);
    assert.equal((await b2b.organizations.members.delete(ids(member))).member_id, member.member_id);

    await refused("session_not_found", b2b.sessions.authenticate({ session_token }));
    await refused("member_not_found", b2b.organizations.members.get(ids(member)));
    const { member_id } = member;
    const deleted = await b2b.organizations.members.dangerouslyGet({ member_id, include_deleted: true });
    assert.equal(deleted.member.status, "deleted");
    assert.equal((await b2b.organizations.members.reactivate(ids(member))).member.status, "active");
    await loginMember(world, member);
  },

  async "only who was deleted and had proven the address comes back"(world) {
    const { b2b, refused } = world;
    const { members } = b2b.organizations;
    const member = await newSoleMember(world);
    await refused("no_deleted_member_found_for_reactivation", members.reactivate(ids(member)));
    await members.delete(ids(member));
    await refused("email_unverified_for_reactivation", members.reactivate(ids(member)));
  },

  async "the phone is taken away"(world) {
    const made = await newSoleMember(world, { mfa_phone_number: newPhone() });
    const { member } = await world.b2b.organizations.members.deleteMFAPhoneNumber(ids(made));
    assert.equal(member.mfa_phone_number, "");
  },

  async "a second phone is refused until the first is taken away"(world) {
    const { members } = world.b2b.organizations;
    const made = await newSoleMember(world, { mfa_phone_number: newPhone() });
    const update = () => members.update({ ...ids(made), mfa_phone_number: newPhone() });

    await world.refused("duplicate_member_phone_number_for_member", update());
    await members.deleteMFAPhoneNumber(ids(made));
    await update();
  },

  async "the authenticator app is taken away"(world) {
    const made = await newSoleMember(world);
    await world.b2b.totps.create(ids(made));
    const { member } = await world.b2b.organizations.members.deleteTOTP(ids(made));
    assert.equal(member.totp_registration_id, "");
  },

  async "the password is taken away"(world) {
    const { b2b, refused } = world;
    const { organization_id, email_address } = await newSoleMember(world);
    await b2b.passwords.email.resetStart({ organization_id, email_address });
    const { token } = await lastMessage(world, email_address);
    const { member } = await b2b.passwords.email.reset({ password_reset_token: token, password: PASSWORD });
    const { member_password_id } = member;
    const remove = () => b2b.organizations.members.deletePassword({ organization_id, member_password_id });

    assert.match(member_password_id, /^member-password-test-/);
    assert.equal((await remove()).member.member_password_id, "");
    await refused("member_password_not_found", remove());
  },

  async "members are searched"(world) {
    const organization = await newOrganization(world);
    const mfa_phone_number = newPhone();
    const ada = await newMember(world, organization, { mfa_phone_number, is_breakglass: true });
    const bob = await newMember(world, organization, { create_member_as_pending: true });

    assert.deepEqual(await search(world, organization, "member_ids", [ada.member_id]), [ada.member_id]);
    assert.deepEqual(await search(world, organization, "member_emails", [bob.email_address]), [bob.member_id]);
    assert.deepEqual(await search(world, organization, "statuses", ["pending"]), [bob.member_id]);
    assert.deepEqual(await search(world, organization, "member_is_breakglass", true), [ada.member_id]);
    assert.deepEqual(await search(world, organization, "member_phone_numbers", [mfa_phone_number]), [ada.member_id]);
    const [name] = ada.email_address.split("@");
    assert.deepEqual(await search(world, organization, "member_email_fuzzy", name), [ada.member_id]);
  },

  async "a search answers the organizations of its members"(world) {
    const organization = await newOrganization(world);
    await newMember(world, organization);
    const { organization_id } = organization;
    const { organizations, results_metadata } = await world.b2b.organizations.members.search({
      organization_ids: [organization_id],
    });
    assert.deepEqual(organizations, { [organization_id]: organization });
    assert.equal(results_metadata.total, 1);
  },

  async "a filter of another name or value is refused"(world) {
    const organization = await newOrganization(world);
    const call = (name, value) => search(world, organization, name, value);
    await world.refused("member_search_filter_name_not_recognized", call("member_colour", ["green"]));
    await world.refused("search_invalid_status_filter", call("statuses", ["asleep"]));
  },

  async "an external_id is taken away"(world) {
    const { b2b, refused } = world;
    const { organization_id, member_id } = await newSoleMember(world, { external_id: "away" });
    await b2b.organizations.members.deleteExternalId({ organization_id, member_id });
    await refused("member_not_found", b2b.organizations.members.get({ organization_id, member_id: "away" }));
  },

  async "a change of address is proven by a link to the new one"(world) {
    const { member } = await newMemberLogin(world);
    const email_address = newEmail();
    await world.b2b.organizations.members.startEmailUpdate({ ...ids(member), email_address });
    assert.equal((await get(world, member)).email_address, member.email_address);
    const { token } = await lastMessage(world, email_address);
    await world.b2b.magicLinks.authenticate({ magic_links_token: token });

    const changed = await get(world, member);
    assert.equal(changed.email_address, email_address);
    assert.equal(changed.email_address_verified, true);
  },

  async "only active members change their address"(world) {
    const member = await newSoleMember(world, { create_member_as_pending: true });
    await world.refused(
      "email_updates_available_only_for_active_members",
      world.b2b.organizations.members.startEmailUpdate({ ...ids(member), email_address: newEmail() }),
    );
  },
};
