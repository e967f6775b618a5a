/* SPDX-License-Identifier: BSD-2-Clause */
/* The server under test: started on a port of the kernel's choice, stopped. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

/*
 * Start the program, with more arguments where there are any.  Returns { url, consumer: { project_id, secret }, b2b,
 * stop }; stop() gives its exit status and what it wrote on standard error.
 */
export async function startSandbox(program, more = []) {
  const child = spawn(program, ["--listen", "127.0.0.1:0", ...more], { stdio: ["ignore", "pipe", "pipe"] });
  const exit = once(child, "exit");
  const values = {};
  let errors = "";

  child.stderr.setEncoding("utf8").on("data", (text) => (errors += text));
  for await (const line of createInterface({ input: child.stdout })) {
    const [, key, value] = /^([A-Z0-9_]+)=(.*)$/.exec(line) ?? [];
    if (line.startsWith("#"))
      break;
    values[key] = value;
  }
  child.stdout.resume();
  if (!values.STYTCH_BASE_URL)
    throw new Error(`${program} did not start: ${errors}`);
  return {
    url: values.STYTCH_BASE_URL,
    consumer: { project_id: values.STYTCH_CONSUMER_PROJECT_ID, secret: values.STYTCH_CONSUMER_SECRET },
    b2b: { project_id: values.STYTCH_B2B_PROJECT_ID, secret: values.STYTCH_B2B_SECRET },
    async stop() {
      child.kill("SIGTERM");
      const [status, signal] = await exit;
      return { status: status ?? signal, errors };
    },
  };
}
