/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The counter counted: what is not as documented, or not by the SDK, must not
 * count.  Runs before everything else, since a count is worth what its counter
 * is.
 */
import assert from "node:assert/strict";

import { Coverage, STYTCHCTL } from "./coverage.mjs";
import { endpoints, route } from "./facts.mjs";
import { isNotSent, read } from "./stytchctl.mjs";

const AGENT = "Stytch Node v14.2.0";
const UUID = "00000000-0000-4000-8000-000000000000";
const ID = "totps.recovery_codes";

const good = () => ({
  request_id: `request-id-test-${UUID}`,
  user_id: `user-test-${UUID}`,
  totps: [{ totp_id: `totp-test-${UUID}`, verified: true, recovery_codes: ["a1b2-c3d4-e5f6"] }],
  status_code: 200,
});

const refusal = () => ({
  status_code: 404,
  request_id: `request-id-test-${UUID}`,
  error_type: "user_not_found",
  error_message: "There is no such user.",
  error_url: "https://stytch.com/docs/api/errors/404#user_not_found",
});

/* How a reply can be wrong; each spoils one thing. */
const spoiled = {
  "a field is missing": (reply) => delete reply.totps,
  "a field inside is missing": (reply) => delete reply.totps[0].verified,
  "a field is null": (reply) => (reply.user_id = null),
  "a field has another type": (reply) => (reply.totps[0].verified = "yes"),
  "an item has another type": (reply) => (reply.totps[0].recovery_codes = [1]),
  "a list is an object": (reply) => (reply.totps = {}),
  "a field is not documented": (reply) => (reply.totps[0].secret = "x"),
  "an id is of another kind": (reply) => (reply.user_id = `member-test-${UUID}`),
  "the status is another": (reply) => (reply.status_code = 201),
};

const spoiledRefusal = {
  "no error_url": (reply) => delete reply.error_url,
  "a message that is no text": (reply) => (reply.error_message = 5),
  "another status inside": (reply) => (reply.status_code = 400),
  "another request_id": (reply) => (reply.request_id = "1"),
  "the fraud host's request_id": (reply) => (reply.request_id = `request-id-fraud-${UUID}`),
  "another error's page": (reply) => (reply.error_url = "https://stytch.com/docs/api/errors/404#email_not_found"),
  "the fraud host's page": (reply) => (reply.error_url = reply.error_url.replace("/api", "/fraud/api")),
};

/* Count one exchange; what the row of the endpoint then says. */
function count(status, body, { agent = AGENT, named = body?.error_type, client } = {}) {
  const coverage = new Coverage(client);
  const endpoint = endpoints.find(({ id }) => id === ID);
  coverage.add({ endpoint, method: "POST", path: endpoint.path, agent, status, body });
  coverage.refuse(body?.request_id, named);
  const { success, refusal: refused, plain } = coverage.rows.get(ID);
  return { counts: [success, refused, plain], violations: coverage.violations.length };
}

function spoil(make, change) {
  const body = make();
  change(body);
  return body;
}

/* What stytchctl may say of an answer that the wire had, and what not. */
function checkReader() {
  const coverage = new Coverage(STYTCHCTL);
  const { request_id, error_type, error_message } = refusal();
  const tell = (type, status, id) =>
    `stytchctl: not_found: ${type} (status ${status}, request ${id}): ${error_message}\n`;
  const refuse = (code, err, out = "") => () => read({ code, out, err }, coverage);
  const answer = (body) => () => read({ code: 0, out: JSON.stringify(body), err: "" }, coverage);
  const endpoint = route("POST", "/v1/totps/recovery_codes");
  const add = (status, body) => coverage.add({ endpoint, agent: "", status, body });

  add(200, good());
  assert.equal(answer(good())().status, 200);
  for (const change of Object.values(spoiled))
    assert.throws(answer(spoil(good, change)));

  add(404, refusal());
  assert.equal(refuse(1, tell(error_type, 404, request_id))().status, 404);
  assert.throws(refuse(3, tell(error_type, 404, request_id)), "another exit");
  assert.throws(refuse(1, tell("member_not_found", 404, request_id)), "another type");
  assert.throws(refuse(1, tell(error_type, 401, request_id)), "another status");
  assert.throws(refuse(1, tell(error_type, 404, `${request_id}0`)), "another request");
  assert.throws(refuse(1, tell(error_type, 404, request_id), "{}"), "an answer beside it");
  assert.throws(refuse(1, ""), "nothing");

  const { body } = refuse(2, "stytchctl: --user-id is required\n")();
  assert.equal(isNotSent(body, "invalid_user_id"), true);
  assert.equal(isNotSent(body, "user_not_found"), false);
  assert.equal(isNotSent(refusal(), "invalid_user_id"), false);
}

export function checkCounter() {
  checkReader();

  assert.equal(new Coverage().missing().length, 184);
  assert.equal(route("POST", "/v1/users/search").id, "users.search");
  assert.equal(route("GET", "/v1/users/search").id, "users.get");
  assert.equal(route("PATCH", "/v1/users/search"), undefined);

  assert.deepEqual(count(200, good()), { counts: [1, 0, 0], violations: 0 });
  assert.deepEqual(count(404, refusal()), { counts: [0, 1, 0], violations: 0 });
  assert.deepEqual(count(200, good(), { agent: "curl/8" }).counts, [0, 0, 1], "not by the SDK");
  assert.deepEqual(count(404, refusal(), { agent: "curl/8" }).counts, [0, 0, 1], "not by the SDK");
  assert.deepEqual(count(200, good(), { client: STYTCHCTL }).counts, [0, 0, 1], "not by stytchctl");
  assert.deepEqual(count(200, good(), { client: STYTCHCTL, agent: "Stytch pam_stytch v1" }).counts, [1, 0, 0]);
  assert.deepEqual(count(404, refusal(), { named: "weak_password" }).counts, [0, 0, 0], "not named");
  const unheard = { ...refusal(), error_type: "never_heard_of" };
  assert.deepEqual(count(404, unheard).counts, [0, 0, 0], "not documented");

  for (const [what, change] of Object.entries(spoiled)) {
    const { counts, violations } = count(200, spoil(good, change));
    assert.deepEqual(counts, [0, 0, 0], what);
    assert.equal(violations, 1, what);
  }
  for (const [what, change] of Object.entries(spoiledRefusal)) {
    const { counts, violations } = count(404, spoil(refusal, change));
    assert.deepEqual(counts, [0, 0, 0], what);
    assert.ok(violations > 0, what);
  }
  /* Documented as 404; and what is no refusal at all. */
  const elsewhere = { ...refusal(), status_code: 401, error_url: refusal().error_url.replace("404", "401") };
  assert.equal(count(401, elsewhere).violations, 1);
  assert.ok(count(500, { ...refusal(), status_code: 500 }).violations > 0);
  assert.ok(count(302, good()).violations > 0);
  assert.ok(count(200, undefined).violations > 0);
}
