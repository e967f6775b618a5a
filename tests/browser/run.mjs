/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * make browser: the sandbox's pages, and passkeys, in real headless Chromium.
 *
 *	run.mjs SANDBOX FOLDER [WORD]
 *
 * Each test of pages.mjs and passkeys.mjs gets an empty sandbox and a browser
 * context; whatever it shows, no page may load anything from another host or
 * write an error to the console.  With a WORD only the tests whose names have
 * it.  Screenshots go to FOLDER.  The last line is "browser: N passed, N failed".
 */
import { mkdirSync } from "node:fs";

import { startSandbox } from "../conformance/sandbox.mjs";
import { launch } from "./browser.mjs";
import pages from "./pages.mjs";
import passkeys from "./passkeys.mjs";
import { caller } from "./people.mjs";

const TEST_MS = 60_000;
const [program, folder, word = ""] = process.argv.slice(2);

/*
 * What a test works with: its sandbox, calls of it, pages of it, and what went
 * wrong in any of these (faults).
 */
function makeWorld(browser, sandbox) {
  const contexts = [];
  const faults = [];

  return {
    folder,
    sandbox,
    program,
    faults,
    ...caller(sandbox),
    /* A page at path of the sandbox; options are those of a browser context. */
    async open(path = "/", options = {}, url = sandbox.url) {
      const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, ...options });
      const { host } = new URL(url);

      contexts.push(context);
      context.setDefaultTimeout(20_000);
      context.on("request", (request) => {
        if (new URL(request.url()).host !== host)
          faults.push(`a request to ${request.url()}`);
      });
      context.on("console", (message) => {
        if (["error", "warning"].includes(message.type()))
          faults.push(`the console: ${message.text()}`);
      });
      context.on("weberror", (error) => faults.push(`the script: ${error.error()}`));
      const page = await context.newPage();
      await page.goto(url + path);
      return page;
    },
    async close() {
      for (const context of contexts)
        await context.close();
    },
  };
}

async function runTest(browser, sandbox, test) {
  const world = makeWorld(browser, sandbox);
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no end after ${TEST_MS / 1000} s`)), TEST_MS);
  });

  try {
    await world.control("POST", "reset", { empty: true });
    await Promise.race([test(world), late]);
    return world.faults;
  } catch (error) {
    return [...world.faults, error.stack];
  } finally {
    clearTimeout(timer);
    await world.close();
  }
}

mkdirSync(folder, { recursive: true });
const sandbox = await startSandbox(program);
const browser = await launch();
let passed = 0, failed = 0;
for (const [name, test] of Object.entries({ ...pages, ...passkeys })) {
  if (!name.includes(word))
    continue;
  const start = Date.now();
  const faults = await runTest(browser, sandbox, test);
  const sentence = name.replaceAll("_", " ");

  if (faults.length > 0) {
    failed++;
    console.log(`not ok ${sentence}`);
    for (const fault of faults)
      console.log(`   ${fault.replaceAll("\n", "\n   ")}`);
  } else {
    passed++;
    console.log(`ok ${sentence} (${Date.now() - start} ms)`);
  }
}
await browser.close();
const { status, errors } = await sandbox.stop();
if (status !== 0 || errors !== "") {
  failed++;
  console.log(`not ok the sandbox ends as it should: ${status} ${errors}`);
}
console.log(`browser: ${passed} passed, ${failed} failed`);
process.exit(failed > 0 || passed === 0 ? 1 : 0);
