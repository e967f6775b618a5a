/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The same scenarios by the C client: a server that the SDK talks to, and that
 * asks by "stytchctl api" what the SDK would have asked.  So the calls are the
 * SDK's, and everything between the parameters and the wire is stytchctl's.
 * What it prints must be what was answered: an answer on standard output, a
 * refusal's type, status and request on standard error.  What the SDK asks
 * beside its 184 endpoints, or without credentials, goes on as it is.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { route } from "./facts.mjs";
import { handOn, serve } from "./proxy.mjs";

/* The error_type of what stytchctl did not send, since it cannot be right. */
const NOT_SENT = "not_sent";

/* Refusals for what a request says, which a client can see by itself. */
const OF_THE_REQUEST =
  /^(bad_request|invalid_|too_many_|cannot_update_)|_(invalid|missing|not_recognized|too_large|too_many)(_|$)/;

/* Whether error says that it was not sent, where a server says errorType. */
export const isNotSent = (error, errorType) => error.error_type === NOT_SENT && OF_THE_REQUEST.test(errorType);

const REFUSAL = /^stytchctl: (\w+): (\w+) \(status (\d+), request ([\w-]+)\): (.*)\n$/s;
const OK = 0;
const REFUSED = 1;
const USAGE = 2;
const UNREACHABLE = 3;

/* Secrets go by files, never by arguments; one file for each, mode 0600. */
class SecretFiles {
  #folder = mkdtempSync(join(tmpdir(), "conformance-"));

  add(secret) {
    const path = join(this.#folder, createHash("sha256").update(secret).digest("hex"));
    writeFileSync(path, secret, { mode: 0o600 });
    return path;
  }

  close() {
    rmSync(this.#folder, { recursive: true });
  }
}

const words = (text) => text.replaceAll("_", "-");

/* The option of a parameter in path or query: a project's id has one of its own. */
const optionOf = (name) => (name === "project_id" ? "--path.project-id" : `--${words(name)}`);

/* What stands in the path, by the endpoint's template. */
function pathValues({ path }, pathname) {
  const names = path.split("/");
  return pathname
    .split("/")
    .map((segment, i) => [names[i], decodeURIComponent(segment)])
    .filter(([name]) => name.startsWith("{"))
    .map(([name, value]) => [name.slice(1, -1), value]);
}

/* Whose project asks, and with which member's session. */
function credentials(headers, files) {
  const [project_id, secret] = atob(headers.authorization.split(" ")[1]).split(/:(.*)/s);
  const token = headers["x-stytch-member-session"];
  const jwt = headers["x-stytch-member-sessionjwt"];
  return [
    ["--project-id", project_id, "--secret-file", files.add(secret)],
    token === undefined ? [] : ["--member-session-token-file", files.add(token)],
    jwt === undefined ? [] : ["--member-session-jwt-file", files.add(jwt)],
  ].flat();
}

function argumentsOf(endpoint, url, request, files) {
  const given = [...pathValues(endpoint, url.pathname), ...url.searchParams];
  return [
    "api",
    ...endpoint.id.split(".").map(words),
    ...credentials(request.headers, files),
    ...given.map(([name, value]) => `${optionOf(name)}=${value}`),
    ...(["POST", "PUT"].includes(request.method) ? ["--body", "-"] : []),
  ];
}

/* Run it to its end: { code, out, err }. */
function run(program, args, input) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env: {}, timeout: 20_000 });
    let out = "";
    let err = "";
    child.stdout.setEncoding("utf8").on("data", (text) => (out += text));
    child.stderr.setEncoding("utf8").on("data", (text) => (err += text));
    child.stdin.on("error", () => {}); /* It need not read what it refuses. */
    child.stdin.end(input);
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, out, err }));
  });
}

/* The answer that it printed, which the wire must have had. */
function readAnswer(out, coverage) {
  const body = JSON.parse(out);
  if (body.request_id !== undefined)
    assert.deepEqual(body, coverage.answered(body.request_id)?.body, "printed is not what was answered");
  return { status: body.status_code, body };
}

/* The refusal that it told, which the wire must have had. */
function readRefusal(code, err, coverage) {
  const [, , type, status, requestId, message] = REFUSAL.exec(err) ?? assert.fail(`no refusal: ${code} ${err}`);
  const { body } = coverage.answered(requestId) ?? assert.fail(`nothing was answered like this: ${err}`);
  assert.equal(type, body.error_type);
  assert.equal(Number(status), body.status_code);
  assert.equal(message, body.error_message);
  assert.equal(code, body.status_code >= 500 ? UNREACHABLE : REFUSED);
  return { status: body.status_code, body };
}

/* What it said, { code, out, err }, as the reply { status, body } that it had. */
export function read({ code, out, err }, coverage) {
  if (code === OK)
    return readAnswer(out, coverage);
  assert.equal(out, "");
  if (code === USAGE)
    return { status: 400, body: { status_code: 400, error_type: NOT_SENT, error_message: err } };
  return readRefusal(code, err, coverage);
}

/*
 * Listen before the proxy at target, which tells coverage what it saw.
 * Returns { url, close }.
 */
export async function startBridge(program, target, coverage) {
  const files = new SecretFiles();
  const base = ["--base-url", target.replace(/\/$/, ""), "--json"];
  const { url, close } = await serve(async (request, body) => {
    const asked = new URL(request.url, target);
    const endpoint = route(request.method, asked.pathname);
    if (!endpoint || !request.headers.authorization)
      return handOn(target, undefined, request, body);
    let reply;
    try {
      reply = read(await run(program, [...argumentsOf(endpoint, asked, request, files), ...base], body), coverage);
      if (reply.body.error_type === NOT_SENT)
        coverage.notSent(endpoint);
    } catch (error) {
      reply = { status: 500, body: { status_code: 500, error_type: "stytchctl", error_message: error.message } };
    }
    return { status: reply.status, headers: {}, bytes: JSON.stringify(reply.body) };
  });

  return {
    url,
    close() {
      close();
      files.close();
    },
  };
}
