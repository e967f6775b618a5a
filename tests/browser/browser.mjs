/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Debian's Chromium, driven by the playwright-core that make browser installs
 * into BROWSER_MODULES.
 */
import { existsSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(`${process.env.BROWSER_MODULES}/`);
const CHROMIUM = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/* Without a sandbox of its own: as root it refuses to start with one. */
export function launch() {
  const { chromium } = require("playwright-core");
  const executablePath = CHROMIUM.find(existsSync);

  if (!executablePath)
    throw new Error("there is no Chromium");
  return chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
}
