/* SPDX-License-Identifier: BSD-2-Clause */
/* Clients: connected apps and machines. */
import assert from "node:assert/strict";

import { REDIRECT_URL, newApp, unknownId } from "./state.mjs";

async function newMachine({ consumer }, wish = {}) {
  const reply = await consumer.m2m.clients.create({ scopes: ["read:hosts", "write:hosts"], ...wish });
  assert.equal(reply.status_code, 201);
  return reply.m2m_client;
}

export default {
  async "an app is made, and its secret shown once"({ consumer }) {
    const app = await newApp(consumer, { client_name: "Wiki", client_description: "A wiki" });
    const { connected_app } = await consumer.connectedApp.clients.get({ client_id: app.client_id });

    assert.ok(app.client_secret.length >= 8);
    assert.equal(connected_app.client_secret_last_four, app.client_secret.slice(-4));
    assert.equal(connected_app.client_secret, undefined);
    assert.equal(connected_app.client_name, "Wiki");
  },

  async "a public app has no secret"({ consumer }) {
    const app = await newApp(consumer, { client_type: "third_party_public" });
    assert.ok(!app.client_secret);
  },

  async "an app wants sound redirect URLs"({ consumer, refused }) {
    const call = (url) => consumer.connectedApp.clients.create({ client_type: "first_party", redirect_urls: [url] });
    await refused("connected_app_redirect_url_must_include_scheme", call("app.example.com"));
    await refused("connected_app_redirect_url_http_scheme_must_use_loopback", call("http://app.example.com/"));
  },

  async "others' apps get no full access"({ consumer, refused }) {
    await refused(
      "third_party_clients_cannot_use_full_access",
      consumer.connectedApp.clients.create({ client_type: "third_party", full_access_allowed: true }),
    );
  },

  async "an app is changed"({ consumer, refused }) {
    const { client_id } = await newApp(consumer);
    const { clients } = consumer.connectedApp;
    const redirect_urls = [REDIRECT_URL, "http://127.0.0.1:8080/"];
    const { connected_app } = await clients.update({
      client_id,
      client_name: "New",
      redirect_urls,
      access_token_expiry_minutes: 30,
    });

    assert.equal(connected_app.client_name, "New");
    assert.deepEqual(connected_app.redirect_urls, redirect_urls);
    await refused(
      "idp_invalid_access_token_expiry_minutes",
      clients.update({ client_id, access_token_expiry_minutes: 2000 }),
    );
  },

  async "an unknown app is not found"({ consumer, refused }) {
    const client_id = unknownId("connected-app");
    const { clients } = consumer.connectedApp;
    await refused("connected_app_not_found", clients.get({ client_id }));
    await refused("connected_app_not_found", clients.update({ client_id, client_name: "x" }));
    await refused("connected_app_not_found", clients.delete({ client_id }));
    await refused("connected_app_not_found", clients.secrets.rotateStart({ client_id }));
  },

  async "a deleted app is gone"({ consumer, refused }) {
    const { client_id } = await newApp(consumer);
    assert.equal((await consumer.connectedApp.clients.delete({ client_id })).client_id, client_id);
    await refused("connected_app_not_found", consumer.connectedApp.clients.get({ client_id }));
  },

  async "apps are found page by page"({ consumer, strangers, refused }) {
    for (let i = 0; i < 3; i++)
      await newApp(consumer);
    const { search } = consumer.connectedApp.clients;
    const call = search.bind(consumer.connectedApp.clients);
    const first = await call({ limit: 2 });
    const second = await call({ limit: 2, cursor: first.results_metadata.next_cursor });

    assert.equal(first.connected_apps.length, 2);
    assert.notEqual(first.connected_apps[0].client_id, second.connected_apps[0].client_id);
    await refused("invalid_request_value", call({ limit: 1001 }));
    await refused("unauthorized_credentials", strangers.consumer.connectedApp.clients.search({}));
  },

  async "an app's secret is rotated"({ consumer, refused }) {
    const { client_id } = await newApp(consumer);
    const { secrets } = consumer.connectedApp.clients;
    const { connected_app } = await secrets.rotateStart({ client_id });

    await refused("connected_app_already_rotating_secret", secrets.rotateStart({ client_id }));
    const rotated = await secrets.rotate({ client_id });
    assert.equal(rotated.connected_app.client_secret_last_four, connected_app.next_client_secret.slice(-4));
    await refused("connected_app_not_rotating_secret", secrets.rotate({ client_id }));
  },

  async "a rotation of an app's secret is called off"({ consumer, refused }) {
    const { client_id, client_secret } = await newApp(consumer);
    const { secrets } = consumer.connectedApp.clients;
    await secrets.rotateStart({ client_id });
    const { connected_app } = await secrets.rotateCancel({ client_id });

    assert.equal(connected_app.client_secret_last_four, client_secret.slice(-4));
    await refused("connected_app_not_rotating_secret", secrets.rotateCancel({ client_id }));
  },

  async "a machine gets a token that the SDK verifies"(world) {
    const { m2m } = world.consumer;
    const { client_id, client_secret } = await newMachine(world);
    const { access_token } = await m2m.token({ client_id, client_secret, scopes: ["read:hosts"] });
    const claims = await m2m.authenticateToken({ access_token, required_scopes: ["read:hosts"] });

    assert.equal(claims.client_id, client_id);
    assert.deepEqual(claims.scopes, ["read:hosts"]);
    await assert.rejects(m2m.authenticateToken({ access_token, required_scopes: ["write:hosts"] }));
  },

  async "a machine may bring its id and secret"(world) {
    const wish = { client_id: "build-host", client_secret: "a-Secret-of-our-own-42" };
    const machine = await newMachine(world, wish);
    assert.equal(machine.client_id, wish.client_id);
    assert.equal(machine.client_secret, wish.client_secret);
    await world.refused("duplicate_m2m_client_id", newMachine(world, wish));
    await world.refused("insecure_m2m_client_secret", newMachine(world, { client_secret: "aaaaaaaaaaaa" }));
  },

  async "a machine is read and changed"(world) {
    const { clients } = world.consumer.m2m;
    const { client_id, client_secret } = await newMachine(world, { trusted_metadata: { rack: 1 } });
    const { m2m_client } = await clients.update({ client_id, status: "inactive", scopes: ["read:hosts"] });

    assert.equal(m2m_client.status, "inactive");
    assert.deepEqual((await clients.get({ client_id })).m2m_client.trusted_metadata, { rack: 1 });
    await assert.rejects(world.consumer.m2m.token({ client_id, client_secret }));
    await world.refused("invalid_m2m_client_status", clients.update({ client_id, status: "tired" }));
  },

  async "an unknown machine is not found"({ consumer, refused }) {
    const client_id = unknownId("m2m-client");
    const { clients } = consumer.m2m;
    await refused("m2m_client_not_found", clients.get({ client_id }));
    await refused("m2m_client_not_found", clients.update({ client_id, client_name: "x" }));
    await refused("m2m_client_not_found", clients.delete({ client_id }));
  },

  async "a deleted machine is gone"(world) {
    const { client_id } = await newMachine(world);
    await world.consumer.m2m.clients.delete({ client_id });
    await world.refused("m2m_client_not_found", world.consumer.m2m.clients.get({ client_id }));
  },

  async "machines are found by name"(world) {
    const { clients } = world.consumer.m2m;
    const { client_id } = await newMachine(world, { client_name: "found by name" });
    await newMachine(world);
    const query = (filter_name, filter_value) => ({
      query: { operator: "AND", operands: [{ filter_name, filter_value }] },
    });
    const { m2m_clients } = await clients.search(query("client_name", ["found by name"]));

    assert.deepEqual(
      m2m_clients.map((client) => client.client_id),
      [client_id],
    );
    await world.refused("m2m_search_filter_name_not_recognized", clients.search(query("colour", ["red"])));
    await world.refused("unauthorized_credentials", world.strangers.consumer.m2m.clients.search({}));
  },

  async "a machine's secret is rotated"(world) {
    const { m2m } = world.consumer;
    const { secrets } = m2m.clients;
    const { client_id, client_secret } = await newMachine(world);
    const { next_client_secret } = (await secrets.rotateStart({ client_id })).m2m_client;

    await m2m.token({ client_id, client_secret });
    await m2m.token({ client_id, client_secret: next_client_secret });
    await world.refused("m2m_client_already_rotating_secret", secrets.rotateStart({ client_id }));
    await secrets.rotate({ client_id });
    await assert.rejects(m2m.token({ client_id, client_secret }));
    await m2m.token({ client_id, client_secret: next_client_secret });
    await world.refused("m2m_client_not_rotating_secret", secrets.rotate({ client_id }));
  },

  async "a rotation of a machine's secret is called off"(world) {
    const { secrets } = world.consumer.m2m.clients;
    const { client_id } = await newMachine(world);
    await secrets.rotateStart({ client_id });
    await secrets.rotateCancel({ client_id });
    await world.refused("m2m_client_not_rotating_secret", secrets.rotateCancel({ client_id }));
  },
};
