/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What holds for all endpoints alike, asked without the SDK, which would not
 * send such requests.  Every answer is held against the form of errors.
 */
import assert from "node:assert/strict";

import { endpoints, requestModels } from "./facts.mjs";
import { unknownId } from "./state.mjs";

/* Endpoints of either kind of project: those that both SDK clients have. */
const SHARED = /^(connected_apps|debug|email|fingerprint|m2m|projects|rules|verdict_reasons)\./;

const isB2b = ({ id }) => id.startsWith("b2b.");
const projectOf = (endpoint) => (isB2b(endpoint) ? "b2b" : "consumer");

/* The path with ids that are right in form and nobody's. */
const pathOf = (endpoint) =>
  endpoint.path.replace(/\{(\w+)\}/g, (_, name) => {
    const { id_prefix } = endpoint.path_params.find((param) => param.name === name);
    return unknownId(id_prefix ?? "thing");
  });

const WRONG = { string: 5, integer: "x", number: "x", boolean: "x", object: [], map: "x", array: {} };

/* Where a query's filters are documented, and a value of each type. */
const SEARCHES = {
  "users.search": "SearchUsersQueryOperand",
  "m2m.clients.search": "M2MSearchQueryOperand",
  "b2b.organizations.search": "OrganizationSearchOperand",
  "b2b.organizations.members.search": "MemberSearchOperand",
};

function valueOf({ type, format, enum: values, items, fields, filter_name }) {
  if (filter_name === "statuses")
    return ["active"];
  if (type === "array")
    return [items.enum?.[0] ?? "nothing"];
  if (type === "object")
    return Object.fromEntries(fields.map((field) => [field.name, valueOf(field)]));
  if (type === "boolean")
    return true;
  return format === "date-time" ? "2025-01-01T00:00:00Z" : (values?.[0] ?? "nothing");
}

export default {
  async "a wrong secret gets nowhere"({ stranger }) {
    for (const endpoint of endpoints.filter(({ auth }) => auth === "basic")) {
      const { status, body } = await stranger(projectOf(endpoint), endpoint.method, pathOf(endpoint), {});
      assert.equal(status, 401, endpoint.id);
      const name = endpoint.host === "fraud" ? "unauthorized_credentials_error" : "unauthorized_credentials";
      assert.equal(body.error_type, name, endpoint.id);
    }
  },

  async "the other kind of project is told so"({ plain }) {
    for (const endpoint of endpoints.filter(({ id, auth }) => auth === "basic" && !SHARED.test(id))) {
      const [other, name] = isB2b(endpoint) ? ["consumer", "invalid_b2b_endpoint"] : ["b2b", "invalid_consumer_endpoint"];
      const { status, body } = await plain(other, endpoint.method, pathOf(endpoint), {});
      assert.equal(status, 400, endpoint.id);
      assert.equal(body.error_type, name, endpoint.id);
    }
  },

  async "what is required is asked for"({ plain }) {
    for (const endpoint of endpoints.filter(({ body }) => body?.some(({ required }) => required))) {
      const { status } = await plain(projectOf(endpoint), endpoint.method, pathOf(endpoint), {});
      assert.equal(status, 400, endpoint.id);
    }
  },

  async "a value of the wrong type is refused"({ plain }) {
    for (const endpoint of endpoints) {
      for (const { name, type } of endpoint.body ?? []) {
        const call = plain(projectOf(endpoint), endpoint.method, pathOf(endpoint), { [name]: WRONG[type] });
        assert.equal((await call).status, 400, `${endpoint.id} ${name}`);
      }
    }
  },

  async "a search takes every filter that is documented"({ plain, b2b }) {
    const { organization } = await b2b.organizations.create({ organization_name: "Searched" });
    for (const [id, model] of Object.entries(SEARCHES)) {
      const endpoint = endpoints.find((one) => one.id === id);
      for (const { filter_name, filter_value } of requestModels[model].variants) {
        const { status, body } = await plain(projectOf(endpoint), endpoint.method, endpoint.path, {
          organization_ids: [organization.organization_id],
          query: { operator: "AND", operands: [{ filter_name, filter_value: valueOf({ ...filter_value, filter_name }) }] },
        });
        assert.equal(status, 200, `${id} ${filter_name}: ${body.error_message}`);
      }
    }
  },
};
