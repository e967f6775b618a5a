/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a scenario works with:
 *
 *	consumer, b2b		the SDK's clients of the two projects
 *	strangers		{ consumer, b2b } with a wrong secret
 *	refused(type, promise)	the call must be refused with this error_type,
 *				which counts for its endpoint; gives the error
 *	control(path, body)	a control route of the sandbox: GET, or POST
 *				where there is a body; gives its JSON
 *	plain(project, method, path, body)
 *				a call without the SDK, counted apart; gives
 *				{ status, body }; stranger(..) has a wrong secret
 *	form(path, fields)	a form posted to the sandbox, for what is none of
 *				the SDK's endpoints; gives { status, body }
 *	open(path)		a page of the sandbox, as a browser gets it, not
 *				following a redirect; gives { status, location,
 *				text }
 *	url			the sandbox itself (for start URLs and pages)
 *	keys			{ consumer, b2b } of { project_id, secret }
 */
import assert from "node:assert/strict";
import { createRequire } from "node:module";

import { isNotSent } from "./stytchctl.mjs";

/* The SDK lies in the build tree, which CONFORMANCE_MODULES names. */
const require = createRequire(`${process.env.CONFORMANCE_MODULES}/`);
const { B2BClient, Client, StytchError } = require("stytch");

/* The SDK warns of any server but Stytch's own: not news here. */
function makeClient(Kind, keys, url) {
  const { warn } = console;
  console.warn = () => {};
  try {
    return new Kind({ ...keys, env: url, fraud_env: url, timeout: 30_000 });
  } finally {
    console.warn = warn;
  }
}

async function readJson(reply) {
  const text = await reply.text();
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

async function ask({ project_id, secret }, url, method, path, body) {
  const headers = { authorization: `Basic ${Buffer.from(`${project_id}:${secret}`).toString("base64")}` };
  const sent = body === undefined || method === "GET" ? undefined : JSON.stringify(body);
  const reply = await fetch(new URL(path, url), { method, headers, body: sent });
  return { status: reply.status, body: await readJson(reply) };
}

/* The clients ask at clientUrl, what goes without them at proxyUrl. */
export function makeWorld(sandbox, clientUrl, proxyUrl, coverage) {
  const keys = { consumer: sandbox.consumer, b2b: sandbox.b2b };
  const wrong = (project) => ({ ...project, secret: `${project.secret}x` });
  return {
    keys,
    url: sandbox.url,
    consumer: makeClient(Client, sandbox.consumer, clientUrl),
    b2b: makeClient(B2BClient, sandbox.b2b, clientUrl),

    strangers: {
      consumer: makeClient(Client, wrong(sandbox.consumer), clientUrl),
      b2b: makeClient(B2BClient, wrong(sandbox.b2b), clientUrl),
    },

    async refused(errorType, promise) {
      let reply;
      try {
        reply = await promise;
      } catch (error) {
        if (!(error instanceof StytchError))
          throw error;
        if (isNotSent(error, errorType))
          return error;
        assert.equal(error.error_type, errorType, error.error_message);
        coverage.refuse(error.request_id, errorType);
        return error;
      }
      assert.fail(`expected ${errorType}, got ${JSON.stringify(reply).slice(0, 200)}`);
    },

    async control(path, body) {
      const options = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
      const reply = await fetch(`${sandbox.url}/sandbox/${path}`, options);
      const answer = await readJson(reply);
      assert.ok(reply.ok, `/sandbox/${path}: ${reply.status} ${JSON.stringify(answer)}`);
      return answer;
    },

    plain: (project, ...rest) => ask(keys[project], proxyUrl, ...rest),
    stranger: (project, ...rest) => ask(wrong(keys[project]), proxyUrl, ...rest),

    async form(path, fields) {
      const options = { method: "POST", body: new URLSearchParams(fields) };
      const reply = await fetch(new URL(path, sandbox.url), options);
      return { status: reply.status, body: await readJson(reply) };
    },

    async open(path) {
      const reply = await fetch(new URL(path, sandbox.url), { redirect: "manual" });
      return { status: reply.status, location: reply.headers.get("location"), text: await reply.text() };
    },
  };
}
