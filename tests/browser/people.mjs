/* SPDX-License-Identifier: BSD-2-Clause */
/* A sandbox with something to see: calls of its API, and a seed. */

export const seed = {
  users: [
    {
      user_id: "user-test-00000000-0000-4000-8000-00000000000a",
      external_id: "alice",
      name: { first_name: "Alice", last_name: "Liddell" },
      emails: ["alice@example.com"],
      phone_numbers: ["+12025550162"],
      password: "correct-Zebra-47-lantern",
      totp: { secret: "JBSWY3DPEHPK3PXP" },
    },
    { external_id: "bob", name: { first_name: "Bob" }, status: "pending", emails: [{ email: "bob@example.com", verified: false }] },
    { external_id: "mallory", name: { first_name: "Mallory" }, emails: ["mallory@example.com"], locked: true },
  ],
  organizations: [
    {
      organization_id: "organization-test-00000000-0000-4000-8000-000000000001",
      organization_name: "Acme",
      organization_slug: "acme",
      members: [
        { external_id: "carol", name: "Carol", email_address: "carol@acme.example", totp_secret: "KRSXG5CTMVRXEZLU" },
        { email_address: "dave@acme.example", status: "invited" },
      ],
    },
    { organization_name: "Globex", organization_slug: "globex", members: [{ name: "Erin", email_address: "erin@globex.example" }] },
  ],
};

/* Calls of one sandbox (conformance/sandbox.mjs) as a project's back end makes them. */
export function caller(sandbox, more = {}) {
  async function call(project, method, path, body) {
    const { project_id: id, secret } = sandbox[project];
    const answer = await fetch(sandbox.url + path, {
      method,
      headers: { Authorization: `Basic ${btoa(`${id}:${secret}`)}`, "Content-Type": "application/json", ...more },
      body: body && JSON.stringify(body),
    });
    return answer.json();
  }
  return {
    consumer: (method, path, body) => call("consumer", method, path, body),
    b2b: (method, path, body) => call("b2b", method, path, body),
    async control(method, path, body) {
      const answer = await fetch(`${sandbox.url}/sandbox/${path}`, { method, headers: more, body: body && JSON.stringify(body) });
      return answer.json();
    },
  };
}

/* An hour of a small company. */
export async function fill({ consumer, b2b, control }) {
  const organization_id = seed.organizations[0].organization_id;

  await control("POST", "seed", seed);
  await consumer("POST", "/v1/magic_links/email/login_or_create", { email: "alice@example.com" });
  await consumer("POST", "/v1/otps/sms/send", { phone_number: "+12025550162" });
  await consumer("POST", "/v1/otps/whatsapp/send", { phone_number: "+12025550162" });
  await consumer("GET", "/v1/users/user-test-00000000-0000-4000-8000-00000000000a");
  await consumer("POST", "/v1/passwords/authenticate", { email: "mallory@example.com", password: "not-the-right-one" });
  await b2b("POST", "/v1/b2b/magic_links/email/login_or_signup", { organization_id, email_address: "carol@acme.example" });
  await b2b("GET", `/v1/b2b/organizations/${organization_id}`);
  await b2b("POST", "/v1/b2b/organizations/members/search", { organization_ids: [organization_id] });
  await control("POST", "faults", { status: 503, count: 1, path: "/v1/users/*" });
  await consumer("GET", "/v1/users/alice");
  await control("POST", "faults", { latency_ms: 400, count: 3, path: "/v1/otps/*" });
  await b2b("POST", "/v1/b2b/otps/email/login_or_signup", { organization_id, email_address: "carol@acme.example" });
  await consumer("POST", "/v1/users", { email: "alice@example.com" });
  await consumer("POST", "/v1/otps/email/send", { email: "alice@example.com" });
}
