/* SPDX-License-Identifier: BSD-2-Clause */
/* SCIM connections, and the people and groups that a directory pushes. */
import assert from "node:assert/strict";

import { newEmail, newMemberLogin, newOrganization, unknownId } from "./state.mjs";

/* A connection of a new organization, with its token. */
async function newConnection(world, wish = {}) {
  const { organization_id } = await newOrganization(world);
  return (await world.b2b.scim.connection.create({ organization_id, ...wish })).connection;
}

/* What a directory sends to a connection: { status, body }. */
async function push({ base_url, bearer_token }, method, path, resource) {
  const reply = await fetch(`${base_url}/${path}`, {
    method,
    headers: { authorization: `Bearer ${bearer_token}`, "content-type": "application/scim+json" },
    body: resource === undefined ? undefined : JSON.stringify(resource),
  });
  const text = await reply.text();
  return { status: reply.status, body: text ? JSON.parse(text) : undefined };
}

const ids = ({ organization_id, connection_id }) => ({ organization_id, connection_id });

export default {
  async "a connection is made, and its token shown once"(world) {
    const made = await newConnection(world, { display_name: "Okta", identity_provider: "okta" });
    const { organization_id } = made;
    const { connection } = await world.b2b.scim.connection.get({ organization_id });

    assert.equal(made.bearer_token.length, 48);
    assert.equal(connection.bearer_token_last_four, made.bearer_token.slice(-4));
    assert.equal(connection.bearer_token, undefined);
    assert.equal(connection.display_name, "Okta");
    assert.equal(connection.status, "active");
  },

  async "an organization has one connection"(world) {
    const { organization_id } = await newConnection(world);
    await world.refused("active_scim_connection_exists", world.b2b.scim.connection.create({ organization_id }));
  },

  async "an organization without a connection has none to show"(world) {
    const { organization_id } = await newOrganization(world);
    const { connection } = world.b2b.scim;
    await world.refused("no_active_scim_connection", connection.get({ organization_id }));
    await world.refused("organization_not_found", connection.get({ organization_id: unknownId("organization") }));
  },

  async "an unknown connection is not found"(world) {
    const { organization_id } = await newOrganization(world);
    const unknown = { organization_id, connection_id: unknownId("scim-connection") };
    const { connection } = world.b2b.scim;
    await world.refused("no_active_scim_connection", connection.update({ ...unknown, display_name: "None" }));
    await world.refused("no_active_scim_connection", connection.delete(unknown));
    await world.refused("no_active_scim_connection", connection.getGroups(unknown));
    for (const rotate of ["rotateStart", "rotateComplete", "rotateCancel"])
      await world.refused("no_active_scim_connection", connection[rotate](unknown));
  },

  async "a rotation has two tokens until it is completed"(world) {
    const made = await newConnection(world);
    const { connection } = world.b2b.scim;
    const next = (await connection.rotateStart(ids(made))).connection.next_bearer_token;
    const works = async (bearer_token) => (await push({ ...made, bearer_token }, "GET", "Users")).status === 200;

    assert.deepEqual([await works(made.bearer_token), await works(next)], [true, true]);
    await world.refused("scim_connection_already_rotating_token", connection.rotateStart(ids(made)));
    const { bearer_token_last_four } = (await connection.rotateComplete(ids(made))).connection;
    assert.equal(bearer_token_last_four, next.slice(-4));
    assert.deepEqual([await works(made.bearer_token), await works(next)], [false, true]);
    await world.refused("scim_connection_not_rotating_token", connection.rotateComplete(ids(made)));
  },

  async "a cancelled rotation leaves the old token"(world) {
    const made = await newConnection(world);
    const { connection } = world.b2b.scim;
    await connection.rotateStart(ids(made));
    const { bearer_token_last_four } = (await connection.rotateCancel(ids(made))).connection;
    assert.equal(bearer_token_last_four, made.bearer_token.slice(-4));
    await world.refused("scim_connection_not_rotating_token", connection.rotateCancel(ids(made)));
  },

  async "a pushed user is a member, with the user's attributes"(world) {
    const made = await newConnection(world);
    const address = newEmail();
    const { status, body } = await push(made, "POST", "Users", {
      userName: address,
      name: { givenName: "Eve", familyName: "Adams" },
      emails: [{ value: address, primary: true, type: "work" }],
    });
    const { organization_id } = made;
    const { member } = await world.b2b.organizations.members.get({ organization_id, member_id: body.id });

    assert.equal(status, 201);
    assert.equal(member.email_address, address);
    assert.equal(member.scim_registration.connection_id, made.connection_id);
    assert.equal(member.scim_registration.scim_attributes.user_name, address);
  },

  async "a pushed group brings its role"(world) {
    const made = await newConnection(world);
    const { connection } = world.b2b.scim;
    const { organization_id } = made;
    const member_id = (await push(made, "POST", "Users", { userName: newEmail() })).body.id;
    await push(made, "POST", "Groups", { displayName: "wheel", members: [{ value: member_id }] });
    const { scim_groups } = await connection.getGroups({ ...ids(made), limit: 10 });
    const [{ group_id, group_name }] = scim_groups;
    assert.equal(group_name, "wheel");

    await connection.update({
      ...ids(made),
      scim_group_implicit_role_assignments: [{ role_id: "stytch_admin", group_id, group_name }],
    });
    const { member } = await world.b2b.organizations.members.get({ organization_id, member_id });
    assert.equal(member.is_admin, true);
    assert.ok(member.roles.some((role) => role.sources.some((source) => source.type === "scim_connection_group")));
  },

  async "a role for a group that is not there is refused"(world) {
    const made = await newConnection(world);
    const group_id = unknownId("scim-group");
    const call = (role_id) =>
      world.b2b.scim.connection.update({
        ...ids(made),
        scim_group_implicit_role_assignments: [{ role_id, group_id, group_name: "none" }],
      });
    await world.refused("scim_group_role_assignment_group_does_not_exist", call("stytch_admin"));
    await world.refused("invalid_rbac_role_assignment", call("wizard"));
  },

  async "a session keeps a connection if its roles allow"(world) {
    const admin = await newMemberLogin(world, {}, { roles: ["stytch_admin"] });
    const plain = await newMemberLogin(world);
    const create = ({ organization_id, session_token }) =>
      world.b2b.scim.connection.create({ organization_id }, { authorization: { session_token } });
    await create(admin);
    await world.refused("session_authorization_error", create(plain));
  },

  async "a deleted connection takes no more pushes"(world) {
    const made = await newConnection(world);
    const { connection_id } = await world.b2b.scim.connection.delete(ids(made));
    assert.equal(connection_id, made.connection_id);
    assert.notEqual((await push(made, "GET", "Users")).status, 200);
    await world.refused("no_active_scim_connection", world.b2b.scim.connection.delete(ids(made)));
  },
};
