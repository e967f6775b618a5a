/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a person does with a mailed link: open the inbox, wait for the message,
 * click its link, and read the address where it ended, which is printed.
 *
 *	follow_link.mjs URL ADDRESS
 */
import { launch } from "./browser.mjs";

const [url, address] = process.argv.slice(2);
const browser = await launch();
/* The case's certificate is of a CA that the browser does not know. */
const context = await browser.newContext({ ignoreHTTPSErrors: true });
const page = await context.newPage();

await page.goto(`${url}/?to=${encodeURIComponent(address)}`);
const [landing] = await Promise.all([
  context.waitForEvent("page"),
  page.locator(".message", { hasText: address }).getByRole("link", { name: "Open link" }).first().click(),
]);
console.log(await landing.locator("#final").textContent());
await browser.close();
