/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * make conformance: the official SDK drives stytch-sandbox through every
 * endpoint, and every reply is held against facts that are no part of the
 * product (facts.mjs).
 *
 *	run.mjs SANDBOX [FILE...]
 *
 * With CONFORMANCE_STYTCHCTL, the path of a stytchctl, that is what asks, by
 * "stytchctl api" (stytchctl.mjs).
 *
 * Scenarios are in consumer_*, b2b_*, apps_* and every_*.mjs beside this file:
 * each exports an object of functions whose names are sentences, and which
 * take the world (world.mjs).  The sandbox is empty before each of them, and
 * its clock right.  The status is 0 if nothing failed and every endpoint had a
 * success and a refusal; where files are named, only these run and nothing is
 * missed.
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

const SCENARIO_MS = 30_000;
const SCENARIOS = /^(consumer|b2b|apps|every)_.*\.mjs$/;

const [program, ...named] = process.argv.slice(2);
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
async function runFile(file, world, coverage) {
  const scenarios = Object.entries((await import(`./${file}`)).default);
  let failed = 0;

  for (const [sentence, scenario] of scenarios) {
    const before = coverage.violations.length;
    let why = [];
    try {
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

async function runAll(world, coverage) {
  let failed = 0;
  for (const file of files)
    failed += await runFile(file, world, coverage);
  return failed;
}

checkCounter();
const stytchctl = process.env.CONFORMANCE_STYTCHCTL;
const coverage = new Coverage(stytchctl ? STYTCHCTL : SDK);
const sandbox = await startSandbox(program);
const proxy = await startProxy(sandbox.url, (exchange) => coverage.add(exchange));
const bridge = stytchctl ? await startBridge(stytchctl, proxy.url, coverage) : undefined;
let failed = 1;
let end;
try {
  failed = await runAll(makeWorld(sandbox, (bridge ?? proxy).url, proxy.url, coverage), coverage);
} finally {
  bridge?.close();
  proxy.close();
  end = await sandbox.stop();
}
if (end.status !== 0) {
  failed += 1;
  console.log(`FAIL the sandbox ended with ${end.status}\n${end.errors}`);
}
const missing = coverage.missing();
const covered = endpoints.length - missing.length;
if (named.length === 0) {
  missing.forEach((line) => console.log(`MISSING ${line}`));
  failed += missing.length;
}
console.log(`conformance: ${covered} passed, ${failed} failed`);
console.log(coverage.table());
console.log(`${covered} of ${endpoints.length} endpoints: success and refusal (by ${coverage.client.name})`);
process.exit(failed > 0 ? 1 : 0);
