/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * make conformance: the official SDK drives stytch-sandbox through every
 * endpoint, then "stytchctl api" does (stytchctl.mjs), and every reply is held
 * against facts that are no part of the product (facts.mjs).
 *
 *	run.mjs SANDBOX STYTCHCTL [FILE...]
 *
 * CLIENT=sdk or CLIENT=stytchctl is to run by one of the two alone.
 *
 * Scenarios are in consumer_*, b2b_*, apps_* and every_*.mjs beside this file:
 * each exports an object of functions whose names are sentences, and which
 * take the world (world.mjs).  The sandbox is empty before each of them, its
 * clock right, and the clients remember nothing.  The status is 0 if nothing
 * failed and every endpoint had a success and a refusal; where files are named,
 * only these run and nothing is missed.
 */
import { readdirSync } from "node:fs";
import { basename } from "node:path";

import { checkCounter } from "./counter.mjs";
import { Coverage, SDK, STYTCHCTL } from "./coverage.mjs";
import { endpoints } from "./facts.mjs";
import { startProxy } from "./proxy.mjs";
import { startSandbox } from "./sandbox.mjs";
import { startBridge } from "./stytchctl.mjs";
import { makeWorld } from "./world.mjs";

const SCENARIO_MS = 120_000;
const SCENARIOS = /^(consumer|b2b|apps|every)_.*\.mjs$/;

const CLIENTS = { sdk: SDK, stytchctl: STYTCHCTL };

const [program, stytchctl, ...named] = process.argv.slice(2);
const clients = process.env.CLIENT ? [CLIENTS[process.env.CLIENT]] : Object.values(CLIENTS);
if (clients.includes(undefined))
  throw new Error(`CLIENT is one of ${Object.keys(CLIENTS)}`);
const files = readdirSync(new URL(".", import.meta.url))
  .filter((name) => SCENARIOS.test(name))
  .filter((name) => named.length === 0 || named.includes(basename(name, ".mjs")))
  .sort();

function deadline() {
  return new Promise((_, reject) => {
    setTimeout(() => reject(new Error(`no end after ${SCENARIO_MS / 1000} s`)), SCENARIO_MS).unref();
  });
}

/* Where in the scenarios it went wrong, and how. */
function explain(error) {
  const place = /conformance\/((?:consumer|b2b|apps|every)_\w+\.mjs:\d+)/.exec(error.stack ?? "")?.[1] ?? "";
  return `${place} ${error.message}`.trim().replaceAll("\n", "\n     ");
}

/* The scenarios of one file, one after the other; the number that failed. */
async function runFile(file, newWorld, coverage) {
  const scenarios = Object.entries((await import(`./${file}`)).default);
  let failed = 0;

  for (const [sentence, scenario] of scenarios) {
    const before = coverage.violations.length;
    let why = [];
    try {
      const world = newWorld();
      await world.control("reset", { empty: true });
      await Promise.race([scenario(world), deadline()]);
    } catch (error) {
      why = [explain(error)];
    }
    why.push(...new Set(coverage.violations.slice(before)));
    if (why.length > 0) {
      failed += 1;
      console.log(`FAIL ${basename(file, ".mjs")}: ${sentence}`);
      why.forEach((text) => console.log(`     ${text}`));
    }
  }
  console.log(`${basename(file, ".mjs")}: ${scenarios.length - failed} of ${scenarios.length} scenarios`);
  return failed;
}

/* Every scenario by one client, against a sandbox of its own: { coverage, failed }. */
async function runClient(client) {
  console.log(`By ${client.name}:`);
  const coverage = new Coverage(client);
  const sandbox = await startSandbox(program);
  const proxy = await startProxy(sandbox.url, (exchange) => coverage.add(exchange));
  const bridge = client === STYTCHCTL ? await startBridge(stytchctl, proxy.url, coverage) : undefined;
  const newWorld = () => makeWorld(sandbox, (bridge ?? proxy).url, proxy.url, coverage);
  let failed = 0;
  let end;

  try {
    for (const file of files)
      failed += await runFile(file, newWorld, coverage);
  } finally {
    bridge?.close();
    proxy.close();
    end = await sandbox.stop();
  }
  if (end.status !== 0) {
    failed += 1;
    console.log(`FAIL the sandbox ended with ${end.status}\n${end.errors}`);
  }
  if (named.length === 0)
    coverage.missing().forEach((line) => console.log(`MISSING ${line}`));
  return { coverage, failed };
}

checkCounter();
let passed = 0;
let failed = 0;
const results = [];
for (const client of clients) {
  const result = await runClient(client);
  const missing = result.coverage.missing().length;
  results.push(result);
  passed += endpoints.length - missing;
  failed += result.failed + (named.length === 0 ? missing : 0);
}
console.log(`conformance: ${passed} passed, ${failed} failed`);
for (const { coverage } of results) {
  const covered = endpoints.length - coverage.missing().length;
  console.log(`By ${coverage.client.name}:\n${coverage.table()}`);
  console.log(`${covered} of ${endpoints.length} endpoints: success and refusal`);
}
process.exit(failed > 0 ? 1 : 0);
