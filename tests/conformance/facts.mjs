/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is known of the API, kept apart from the product: the endpoints
 * and the models of requests (tests/checks/endpoints.json), the form of their replies and the names of
 * errors (replies.json).  route() finds the endpoint of a request, and the
 * check functions say in words what is wrong with a reply.
 */
import { readFileSync } from "node:fs";

const read = (name) => JSON.parse(readFileSync(new URL(name, import.meta.url)));
const facts = read("replies.json");

export const { endpoints, models: requestModels } = read("../checks/endpoints.json");

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;
const UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";

/* ---- Routes. ---- */

const routes = endpoints
  .map((endpoint) => {
    const segments = endpoint.path.split("/");
    const pattern = segments.map((s) => (s.startsWith("{") ? "[^/]+" : s.replaceAll(".", "\\.")));
    return {
      endpoint,
      pattern: new RegExp(`^${pattern.join("/")}$`),
      literal: segments.filter((s) => !s.startsWith("{")).length,
    };
  })
  .sort((a, b) => b.literal - a.literal);

/* The endpoint of a method and a path without query, or undefined. */
export function route(method, path) {
  return routes.find((r) => r.endpoint.method === method && r.pattern.test(path))?.endpoint;
}

/* ---- Values. ---- */

const plainObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

const types = {
  string: (value) => typeof value === "string",
  integer: Number.isInteger,
  number: (value) => typeof value === "number",
  boolean: (value) => typeof value === "boolean",
  object: plainObject,
  map: plainObject,
  array: Array.isArray,
  any: () => true,
};

/* Unset strings come back as "", so an empty one has no form to keep. */
function checkString(field, value, where) {
  if (value === "")
    return [];
  if (field.enum && !field.enum.includes(value))
    return [`${where}: "${value}" is none of ${field.enum.join(", ")}`];
  if (field.format === "date-time" && !TIME.test(value))
    return [`${where}: "${value}" is no time in UTC`];
  if (field.id_prefix && !new RegExp(`^${field.id_prefix}-(test|live|fraud)-${UUID}$`).test(value))
    return [`${where}: "${value}" is no ${field.id_prefix} id`];
  return [];
}

function checkValue(field, value, where) {
  if (!types[field.type](value))
    return [`${where}: ${JSON.stringify(value)?.slice(0, 60)} is no ${field.type}`];
  if (field.type === "string")
    return checkString(field, value, where);
  if (field.type === "array")
    return value.flatMap((item, i) => checkValue(field.items, item, `${where}[${i}]`));
  if (field.type === "map")
    return Object.entries(value).flatMap(([key, item]) => checkValue(field.values, item, `${where}.${key}`));
  if (field.type === "object")
    return checkFields(field.fields ?? facts.models[field.ref], value, where);
  return [];
}

function checkFields(fields, object, where) {
  const known = new Set(fields.map((field) => field.name));
  const wrong = Object.keys(object)
    .filter((key) => !known.has(key))
    .map((key) => `${where}.${key}: no such field is documented`);

  for (const field of fields) {
    const value = object[field.name];
    const at = `${where}.${field.name}`;
    if (value === undefined || value === null) {
      if (value === undefined ? field.required : field.required && !field.nullable)
        wrong.push(`${at}: ${value === null ? "null" : "missing"}, although it is required`);
    } else {
      wrong.push(...checkValue(field, value, at));
    }
  }
  return wrong;
}

/* ---- Replies. ---- */

/* request-id-test-.., or request-id-fraud-.. from the fraud host. */
function checkRequestId({ host }, { request_id: id }) {
  const kind = host === "fraud" ? "fraud" : "test";
  return id === undefined || String(id).startsWith(`request-id-${kind}-`) ? [] : [`request_id: "${id}" is not ${kind}'s`];
}

/* The page of an error: by kind of project, the fraud host's apart. */
function pageOf({ host, id }, { status_code, error_type }) {
  const b2b = id.startsWith("b2b.") && error_type !== "invalid_b2b_endpoint";
  const of = host === "fraud" ? "fraud/" : b2b ? "b2b/" : "(b2b/)?";
  return new RegExp(`^https://stytch\\.com/docs/${of}api/errors/${status_code}#${error_type}$`);
}

/* What is wrong with the 2xx reply of an endpoint: sentences. */
export function checkSuccess(endpoint, status, body) {
  const fields = facts.replies[endpoint.id];
  const wrong = plainObject(body) ? checkFields(fields, body, "reply") : ["reply: no JSON object"];

  if (plainObject(body) && fields.some((field) => field.name === "status_code") && body.status_code !== status)
    wrong.push(`reply.status_code: ${body.status_code} in a reply of status ${status}`);
  return plainObject(body) ? [...wrong, ...checkRequestId(endpoint, body)] : wrong;
}

/* Whether an error_type is one that is documented (the list is open). */
export const isDocumented = (errorType) => Object.hasOwn(facts.error_types, errorType);

/* What is wrong with an error's reply: sentences. */
export function checkError(endpoint, status, body) {
  if (!plainObject(body))
    return ["error: no JSON object"];
  const wrong = checkFields(facts.models.StytchError, body, "error");
  const documented = facts.error_types[body.error_type] ?? 0; /* 0: name known, status not */

  if (body.status_code !== status)
    wrong.push(`error.status_code: ${body.status_code} in a reply of status ${status}`);
  if (documented !== 0 && documented !== status)
    wrong.push(`error.error_type: "${body.error_type}" is documented as ${documented}, not ${status}`);
  if (!pageOf(endpoint, body).test(body.error_url))
    wrong.push(`error.error_url: "${body.error_url}"`);
  return [...wrong, ...checkRequestId(endpoint, body)];
}
