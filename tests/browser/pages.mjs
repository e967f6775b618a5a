/* SPDX-License-Identifier: BSD-2-Clause */
/* What a person sees and does on the sandbox's pages. */
import assert from "node:assert/strict";

import { startSandbox } from "../conformance/sandbox.mjs";
import { contrasts } from "./contrast.mjs";
import { caller, fill, seed } from "./people.mjs";

const ALICE = "alice@example.com";
const NARROW = { viewport: { width: 360, height: 760 } };
const SCHEMES = ["light", "dark"];
/* Would run, load something or break out of an attribute if it were markup. */
const MARKUP = `<img src=x onerror="globalThis.broken=1">'"><script>globalThis.broken=1</script>`;

/* The newest message to an address, as the inbox has it. */
async function newest(world, to) {
  return (await world.control("GET", `messages?to=${encodeURIComponent(to)}`))[0];
}

async function sendCode(world, email = ALICE) {
  const { status_code: status } = await world.consumer("POST", "/v1/otps/email/login_or_create", { email });

  assert.equal(status, 200);
  return (await newest(world, email)).code;
}

async function sendLink(world, email = ALICE) {
  await world.consumer("POST", "/v1/magic_links/email/login_or_create", { email });
  return newest(world, email);
}

/* Open the message's link by a click; the page where it ends. */
async function follow(page) {
  const [landing] = await Promise.all([page.context().waitForEvent("page"), page.getByRole("link", { name: "Open link" }).first().click()]);

  await landing.waitForURL(/\/sandbox\/landing/);
  return landing;
}

function clipboard(page) {
  return page.evaluate(() => navigator.clipboard.readText());
}

async function fits(page, width) {
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), width);
}

/* What is seen of the controls that need the script. */
function scripted(page) {
  return page.locator(".needs-script").filter({ visible: true }).count();
}

async function a_code_shows_without_a_reload(world) {
  const page = await world.open();

  await page.getByText("No message yet.").waitFor();
  await page.evaluate(() => (globalThis.sameDocument = true));
  const code = await sendCode(world);
  await page.locator(".message", { hasText: ALICE }).getByText(code, { exact: true }).waitFor();
  assert.equal(await page.evaluate(() => globalThis.sameDocument), true);
  assert.match(await page.locator("#said").textContent(), new RegExp(`New message to ${ALICE}, code ${code}`));
  const second = await sendCode(world, "bob@example.com");
  await page.locator(".message").nth(1).waitFor();
  assert.equal(await page.locator(".message .code").first().textContent(), second);
  assert.equal(await page.locator(".message .code").nth(1).textContent(), code);
}

async function one_recipient_can_be_chosen(world) {
  const codes = [await sendCode(world), await sendCode(world, "bob@example.com")];
  const page = await world.open();

  await page.getByRole("navigation", { name: "Recipients" }).getByRole("link", { name: "bob@example.com" }).click();
  await page.waitForURL(/to=bob/);
  assert.deepEqual(await page.locator(".message .code").allTextContents(), [codes[1]]);
  await sendCode(world);
  const more = await sendCode(world, "bob@example.com");
  await page.getByText(more, { exact: true }).waitFor();
  assert.deepEqual(await page.locator(".message .code").allTextContents(), [more, codes[1]]);
  await page.getByRole("link", { name: "Everyone" }).click();
  await page.locator(".message").nth(3).waitFor();
}

async function copy_buttons_copy(world) {
  const code = await sendCode(world);
  const { link, token } = await sendLink(world);
  const page = await world.open("/", { permissions: ["clipboard-read", "clipboard-write"] });

  for (const [name, text] of [["Copy code", code], ["Copy link", link], ["Copy token", token]]) {
    await page.getByRole("button", { name }).first().click();
    await page.locator("#said", { hasText: `${name.slice(5)} copied` }).waitFor();
    assert.equal(await clipboard(page), text);
  }
  await page.getByRole("button", { name: "Copied" }).first().waitFor({ state: "detached" });
  const landing = await follow(page);
  await landing.getByRole("button", { name: "Copy address" }).click();
  await landing.getByRole("button", { name: "Copied" }).waitFor();
  assert.equal(await clipboard(landing), landing.url());
}

async function a_link_ends_where_its_address_can_be_copied(world) {
  await world.control("POST", "seed", seed);
  const { token } = await sendLink(world);
  const page = await world.open();
  const landing = await follow(page);
  const final = new URL(await landing.locator("#final").textContent());

  assert.equal(final.href, landing.url());
  assert.equal(final.searchParams.get("token"), token);
  assert.equal(final.searchParams.get("stytch_token_type"), "magic_links");
  await landing.getByText("What it carries").click();
  assert.equal(await landing.getByRole("definition").nth(1).textContent(), token);
  const answer = await world.consumer("POST", "/v1/magic_links/authenticate", { token });
  assert.equal(answer.user_id, seed.users[0].user_id);
}

async function calls_show_as_they_come(world) {
  const page = await world.open();

  await page.getByText("No call yet.").waitFor();
  await world.control("POST", "seed", seed);
  await world.consumer("GET", `/v1/users/${seed.users[0].user_id}`);
  const found = page.locator(".call", { hasText: "/v1/users/{user_id}" });
  await found.waitFor();
  assert.match(await found.textContent(), new RegExp(`^200\\s+GET /v1/users/{user_id}\\s.* ms ${seed.users[0].user_id}$`, "s"));
  await world.consumer("POST", "/v1/users", { email: ALICE });
  await page.locator(".call", { hasText: "duplicate_email" }).waitFor();
  assert.equal(await page.locator(".call").count(), 2);
  await page.getByLabel("Errors only").check();
  assert.equal(await page.locator(".call").filter({ visible: true }).count(), 1);
  await world.consumer("GET", "/v1/users/nobody");
  await page.locator(".call", { hasText: "user_not_found" }).waitFor();
  assert.equal(await page.locator(".call").filter({ visible: true }).count(), 2);
}

async function what_was_typed_is_in_no_call(world) {
  const password = "correct-Zebra-47-lantern";
  await world.control("POST", "seed", seed);
  const { token } = await sendLink(world);
  const session = await world.consumer("POST", "/v1/magic_links/authenticate", { token, session_duration_minutes: 60 });
  await world.consumer("POST", "/v1/passwords/authenticate", { email: ALICE, password });
  const wrong = await world.consumer("GET", `/v1/users/${token}?password=${password}`);
  assert.equal(wrong.status_code, 404);
  await world.consumer("GET", `/v1/no/such/route/${token}`);
  const page = await world.open();
  const log = (await page.locator("#call-list").innerHTML()) + JSON.stringify(await world.control("GET", "calls"));

  assert.match(log, /no such route/);
  for (const secret of [token, password, session.session_token, session.session_jwt, ALICE, world.sandbox.consumer.secret, "Basic "])
    assert.ok(!log.includes(secret), secret);
}

async function a_fault_switch_fails_the_next_call(world) {
  const page = await world.open();
  const list = page.locator("#fault-list");

  await page.getByRole("button", { name: "Fail" }).click();
  await list.getByText("status 503 1 more time").waitFor();
  assert.equal((await world.consumer("GET", "/v1/debug/whoami")).error_type, "server_unavailable");
  assert.equal((await world.consumer("GET", "/v1/debug/whoami")).status_code, 200);
  await page.locator(".call", { hasText: "fault: status" }).waitFor();
  await list.getByText("None: every call").waitFor();
}

async function faults_wait_hang_and_are_cleared(world) {
  const page = await world.open();
  const list = page.locator("#fault-list");

  await page.getByLabel("Path").fill("/v1/debug/*");
  await page.getByLabel("Times").fill("");
  await page.getByLabel("ms", { exact: true }).fill("300");
  await page.getByRole("button", { name: "Delay" }).click();
  await list.getByText("/v1/debug/* 300 ms late until cleared").waitFor();
  const start = Date.now();
  assert.equal((await world.consumer("GET", "/v1/debug/whoami")).status_code, 200);
  assert.ok(Date.now() - start >= 300);
  await page.getByRole("button", { name: "Clear all" }).click();
  await list.getByText("None: every call").waitFor();
  await page.getByRole("button", { name: "Hang" }).click();
  await list.getByText("hang").waitFor();
  const impatient = new AbortController();
  const hanging = fetch(`${world.sandbox.url}/v1/debug/whoami`, { signal: impatient.signal }).catch((error) => error.name);
  await page.locator(".call", { hasText: "fault: hang" }).getByText("none").waitFor();
  await page.getByRole("button", { name: "Clear all" }).click();
  await list.getByText("None: every call").waitFor();
  assert.equal((await world.consumer("GET", "/v1/debug/whoami")).status_code, 200);
  impatient.abort();
  assert.equal(await hanging, "AbortError");
}

async function a_fault_that_is_none_says_why(world) {
  const page = await world.open();

  await page.getByLabel("Times").fill("0");
  await page.getByRole("button", { name: "Fail" }).click();
  await page.getByRole("alert").getByText('see "count"').waitFor();
  /* Chromium notes every answer that is an error. */
  world.faults.splice(0, world.faults.length, ...world.faults.filter((fault) => !fault.includes("status of 400")));
}

async function people_are_there_with_their_organizations(world) {
  const page = await world.open();

  await page.getByText("No user yet.").waitFor();
  await world.control("POST", "seed", seed);
  await page.locator(".person", { hasText: "Alice Liddell" }).getByText("totp").waitFor();
  await page.locator(".person", { hasText: "Mallory" }).getByText("locked").waitFor();
  await page.locator(".person", { hasText: "Bob" }).getByText("pending").waitFor();
  const acme = page.locator(".organization", { hasText: "Acme" });
  assert.equal(await acme.getByText("carol@acme.example").isVisible(), false);
  await acme.locator("summary").click();
  await acme.getByText("carol@acme.example").waitFor();
  assert.equal(await page.locator("#people-count").textContent(), "3 users, 2 organizations");
}

async function what_is_open_or_focused_stays_so(world) {
  await world.control("POST", "seed", seed);
  const page = await world.open();
  const acme = page.locator(".organization", { hasText: "Acme" });

  await acme.locator("summary").click();
  await page.getByLabel("Path").fill("/v1/users/*");
  await acme.locator("summary").focus();
  await world.b2b("POST", "/v1/b2b/organizations/acme/members", { email_address: "frank@acme.example" });
  await acme.getByText("frank@acme.example").waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.textContent.trim().replace(/\s+/g, " ")), "Acme acme 3 members");
  assert.equal(await page.getByLabel("Path").inputValue(), "/v1/users/*");
}

async function markup_in_names_and_addresses_stays_text(world) {
  const { consumer, b2b, control, sandbox } = world;
  const rude = caller(sandbox, { "User-Agent": MARKUP });

  await control("POST", "settings", { b2b: { email_jit: true } });
  await consumer("POST", "/v1/users", { email: "o'neil&co@example.com", name: { first_name: MARKUP, last_name: "\u202Edlrow" } });
  await rude.consumer("POST", "/v1/otps/email/send", { email: "o'neil&co@example.com", attributes: { user_agent: MARKUP } });
  await rude.consumer("POST", "/v1/magic_links/email/send", { email: "o'neil&co@example.com", login_magic_link_url: `${sandbox.url}/sandbox/landing?x=${MARKUP}` });
  const { organization } = await b2b("POST", "/v1/b2b/organizations", { organization_name: MARKUP, organization_slug: "rude" });
  await b2b("POST", `/v1/b2b/organizations/${organization.organization_id}/members`, { email_address: "a@example.com", name: MARKUP });
  await fetch(`${sandbox.url}/v1/${MARKUP}`, { method: "POST", body: MARKUP });
  await control("POST", "faults", { path: MARKUP, error_type: MARKUP });
  const page = await world.open();
  await page.locator(".person", { hasText: MARKUP }).first().waitFor();
  await page.locator(".organization", { hasText: MARKUP }).getByText(MARKUP).first().click();
  await page.locator("#fault-list", { hasText: MARKUP }).waitFor();
  await sendCode(world); /* what comes by an update is no markup either */
  await page.locator(".message", { hasText: ALICE }).waitFor();
  const landing = await follow(page);
  assert.ok(decodeURIComponent(await landing.locator("#final").textContent()).includes(MARKUP));
  await world.open(`/?to=${encodeURIComponent(MARKUP)}`).then((one) => one.locator("[aria-current]", { hasText: MARKUP }).waitFor());
  for (const each of [page, landing]) {
    assert.equal(await each.evaluate(() => globalThis.broken), undefined);
    assert.equal(await each.locator("img[onerror], main script").count(), 0);
  }
}

async function scripts_that_are_not_ours_do_not_run(world) {
  const page = await world.open();
  const answer = await page.request.get(`${world.sandbox.url}/`);
  const policy = answer.headers()["content-security-policy"];

  assert.match(policy, /default-src 'none'/);
  assert.doesNotMatch(policy, /unsafe|\*/);
  const markup = await page.evaluate(() => {
    const script = document.createElement("script");
    const button = document.createElement("button");

    try {
      script.textContent = "globalThis.broken = 1";
    } catch {}
    document.body.append(script);
    button.setAttribute("id", "planted");
    try {
      button.setAttribute("onclick", "globalThis.broken = 1");
    } catch {}
    document.body.append(button);
    button.click();
    try {
      document.body.innerHTML = "<p>planted</p>";
    } catch (error) {
      return error.name;
    }
    return "set";
  });
  assert.equal(markup, "TypeError");
  assert.equal(await page.evaluate(() => globalThis.broken), undefined);
  assert.ok(world.faults.length > 0); /* each refusal is noted there */
  assert.ok(world.faults.every((fault) => /Content Security Policy|TrustedScript|TrustedHTML/.test(fault)), world.faults.join());
  world.faults.length = 0;
}

async function all_of_it_is_read_without_script(world) {
  await fill(world);
  const { code } = await newest(world, ALICE);
  const page = await world.open("/", { javaScriptEnabled: false });

  for (const text of [code, "Alice Liddell", "Acme", "/v1/users/{user_id}", "duplicate_email", "400 ms late", "curl -X DELETE"])
    await page.getByText(text).filter({ visible: true }).first().waitFor();
  assert.equal(await scripted(page), 0);
  await page.locator("summary", { hasText: "Acme" }).click();
  await page.locator("#organization-list").getByText("carol@acme.example").waitFor();
  await page.getByRole("navigation", { name: "Recipients" }).getByRole("link", { name: "carol@acme.example" }).click();
  await page.waitForURL(/to=carol/);
  assert.equal(await page.locator(".message").count(), 2);
  const landing = await follow(page);
  assert.equal(await landing.locator("#final").textContent(), landing.url());
  assert.equal(await scripted(landing), 0);
}

async function nothing_is_wider_than_a_small_screen(world) {
  const long = "a".repeat(60);
  await fill(world);
  await world.control("POST", "seed", {
    users: [{ external_id: long, name: { first_name: "W".repeat(120) }, emails: [`${long}@${long}.example`] }],
    organizations: [{ organization_name: "W".repeat(120), organization_slug: long }],
  });
  await sendLink(world, `${long}@${long}.example`);
  await world.control("POST", "faults", { path: `/v1/${long}${long}`, status: 500 });
  for (const javaScriptEnabled of [true, false]) {
    const page = await world.open("/", { ...NARROW, javaScriptEnabled });
    await page.locator("summary", { hasText: "WWW" }).click();
    await fits(page, 360);
    const landing = await follow(page);
    await landing.getByText("What it carries").click();
    await fits(landing, 360);
  }
  const token = new URL((await sendLink(world)).link).searchParams.get("public_token");
  const form = await world.open(`/v1/public/oauth/google/start?public_token=${token}`, NARROW);
  await form.getByRole("button", { name: "Continue" }).waitFor();
  await fits(form, 360);
}

async function a_person_signs_in_at_the_played_provider(world) {
  const token = new URL((await sendLink(world)).link).searchParams.get("public_token");
  const page = await world.open(`/v1/public/oauth/google/start?public_token=${token}`);

  await page.getByLabel("Email address").fill(ALICE);
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/sandbox\/landing/);
  const final = new URL(await page.locator("#final").textContent());
  const answer = await world.consumer("POST", "/v1/oauth/authenticate", { token: final.searchParams.get("token") });
  assert.equal(answer.status_code, 200);
}

async function all_text_has_contrast_enough(world) {
  await fill(world);
  for (const colorScheme of SCHEMES) {
    const page = await world.open("/", { colorScheme, reducedMotion: "reduce" });
    await page.locator("summary", { hasText: "Acme" }).click();
    const landing = await follow(page);
    for (const each of [page, landing]) {
      const { seen, low } = await contrasts(each);
      assert.deepEqual(low, [], colorScheme);
      assert.ok(seen > 6, `${seen} texts`);
    }
  }
}

async function the_keyboard_reaches_everything(world) {
  await fill(world);
  const page = await world.open("/", { permissions: ["clipboard-read", "clipboard-write"] });
  const wanted = await page.locator("a, button, input, select, summary, [tabindex]").filter({ visible: true }).count();
  const reached = new Set();

  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "Skip to messages");
  for (let i = 0; i < wanted; i++) {
    const { key, ring } = await page.evaluate(() => {
      const at = document.activeElement;
      at.dataset.reached ??= Math.random();
      return { key: at.dataset.reached, ring: getComputedStyle(at).outlineStyle };
    });
    assert.notEqual(ring, "none");
    reached.add(key);
    await page.keyboard.press("Tab");
  }
  assert.equal(reached.size, wanted);
  await page.getByRole("button", { name: "Copy code" }).first().focus();
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Copied" }).waitFor();
}

async function a_control_token_is_kept_and_used(world) {
  const guarded = await startSandbox(world.program, ["--control-token", "a word & more"]);
  const calls = caller(guarded, { "X-Sandbox-Token": "a word & more" });

  try {
    await calls.consumer("POST", "/v1/otps/email/login_or_create", { email: ALICE });
    const page = await world.open("/?control_token=a%20word%20%26%20more", {}, guarded.url);
    await page.getByRole("navigation", { name: "Recipients" }).getByRole("link", { name: ALICE }).click();
    await page.waitForURL(/to=alice/);
    await page.locator(".message").waitFor();
    await page.getByRole("button", { name: "Fail" }).click();
    await page.getByText("status 503 1 more time").waitFor();
    assert.equal((await calls.consumer("GET", "/v1/debug/whoami")).status_code, 503);
    const refused = await page.request.get(`${guarded.url}/`);
    assert.equal(refused.status(), 403);
    assert.equal((await page.request.get(`${guarded.url}/sandbox/calls`)).status(), 403);
  } finally {
    await guarded.stop();
  }
}

async function a_sandbox_that_is_gone_is_noticed(world) {
  const other = await startSandbox(world.program);
  const page = await world.open("/", {}, other.url);

  await page.getByText("Live", { exact: true }).waitFor();
  await other.stop();
  await page.getByText("Not reached").waitFor();
  assert.ok(world.faults.every((fault) => /ERR_(CONNECTION_REFUSED|CONNECTION_RESET|EMPTY_RESPONSE)/.test(fault)), world.faults.join());
  world.faults.length = 0;
}

async function pictures_are_taken(world) {
  await fill(world);
  for (const colorScheme of SCHEMES) {
    for (const [name, options] of [["wide", {}], ["narrow", NARROW]]) {
      const page = await world.open("/", { colorScheme, ...options });
      await page.locator(".message").first().waitFor();
      await page.getByText("Live", { exact: true }).waitFor();
      await page.screenshot({ path: `${world.folder}/inbox-${colorScheme}-${name}.png`, animations: "disabled" });
    }
  }
}

export default {
  a_code_shows_without_a_reload,
  one_recipient_can_be_chosen,
  copy_buttons_copy,
  a_link_ends_where_its_address_can_be_copied,
  calls_show_as_they_come,
  what_was_typed_is_in_no_call,
  a_fault_switch_fails_the_next_call,
  faults_wait_hang_and_are_cleared,
  a_fault_that_is_none_says_why,
  people_are_there_with_their_organizations,
  what_is_open_or_focused_stays_so,
  markup_in_names_and_addresses_stays_text,
  scripts_that_are_not_ours_do_not_run,
  all_of_it_is_read_without_script,
  nothing_is_wider_than_a_small_screen,
  a_person_signs_in_at_the_played_provider,
  all_text_has_contrast_enough,
  the_keyboard_reaches_everything,
  a_control_token_is_kept_and_used,
  a_sandbox_that_is_gone_is_noticed,
  pictures_are_taken,
};
