/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Things that scenarios begin with, made through the SDK: people, sessions,
 * organizations, members.  Each call makes new ones, so that scenarios do not
 * meet.
 */
import assert from "node:assert/strict";
import { createHash, createHmac, generateKeyPairSync, randomBytes, randomUUID, sign } from "node:crypto";

let count = 0;

export const PASSWORD = "correct-Zebra-47-lantern";

/* Of one length, so that none is part of another. */
const next = () => String(++count).padStart(4, "0");

export const newEmail = (domain = "example.com") => `person${next()}@${domain}`;
export const newPhone = () => `+1202555${next()}`;

/* An id of the right form that nothing has. */
export const unknownId = (kind) => `${kind}-test-${randomUUID()}`;
/* A token of the right form that was never given. */
export const unknownToken = () => randomBytes(33).toString("base64url");

/* The newest message to an address or number: { code, token, link, ... }. */
export async function lastMessage({ control }, to) {
  const messages = await control(`messages?to=${encodeURIComponent(to)}`);
  assert.ok(messages.length > 0, `no message to ${to}`);
  return messages[0];
}

/* A code of six digits that is not this one. */
export const otherCode = (code) => (code === "123456" ? "654321" : "123456");

/* A PKCE pair: { verifier, challenge }. */
export function newPkce() {
  const verifier = randomBytes(48).toString("base64url");
  return { verifier, challenge: createHash("sha256").update(verifier).digest("base64url") };
}

function fromBase32(text) {
  const bits = [...text].map((c) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(c).toString(2).padStart(5, "0"));
  return Buffer.from(bits.join("").match(/.{8}/g).map((byte) => parseInt(byte, 2)));
}

/* The TOTP code (RFC 6238) of a secret, so many seconds after the sandbox's time. */
export async function totpCode({ control }, secret, seconds = 0) {
  const counter = Buffer.alloc(8);
  const now = Date.parse((await control("clock")).now) / 1000 + seconds;
  counter.writeBigUInt64BE(BigInt(Math.floor(now / 30)));
  const digest = createHmac("sha1", fromBase32(secret)).update(counter).digest();
  const number = digest.readUInt32BE(digest[19] & 15) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, "0");
}

/* ---- Either project: client is one of the SDK's. ---- */

export const REDIRECT_URL = "https://app.example.com/callback";

/* A connected app: { client_id, client_secret, ... }. */
export async function newApp(client, wish = {}) {
  const redirect_urls = [REDIRECT_URL];
  return (await client.connectedApp.clients.create({ client_type: "first_party", redirect_urls, ...wish })).connected_app;
}

/* What person and app agree on, as authorize and authorizeStart take it. */
export const consent = (app, person, scopes = ["openid"]) => ({
  ...person,
  scopes,
  client_id: app.client_id,
  redirect_uri: REDIRECT_URL,
  response_type: "code",
});

/* The tokens that an app gets of a person: { access_token, ... }. */
export async function newTokens({ form }, client, project_id, app, person, scopes) {
  const { authorization_code } = await client.idp.oauth.authorize({
    consent_granted: true,
    ...consent(app, person, scopes),
  });
  const { status, body } = await form(`/v1/public/${project_id}/oauth2/token`, {
    grant_type: "authorization_code",
    code: authorization_code,
    redirect_uri: REDIRECT_URL,
    client_id: app.client_id,
    client_secret: app.client_secret,
  });
  assert.equal(status, 200, JSON.stringify(body));
  return body;
}

/* An issuer of JWTs: its key set, and sign(claims). */
export function newIssuer() {
  const kid = randomUUID();
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const part = (object) => Buffer.from(JSON.stringify(object)).toString("base64url");
  return {
    jwks: { keys: [{ ...publicKey.export({ format: "jwk" }), kid, alg: "RS256", use: "sig" }] },
    sign(claims) {
      const text = `${part({ alg: "RS256", typ: "JWT", kid })}.${part(claims)}`;
      return `${text}.${sign("sha256", Buffer.from(text), privateKey).toString("base64url")}`;
    },
  };
}

/* ---- A Consumer project. ---- */

/* A user with an email address: { user_id, email_id, email, user }. */
export async function newUser({ consumer }, wish = {}) {
  const email = newEmail();
  return { email, ...(await consumer.users.create({ email, ...wish })) };
}

/* A user who has logged in by a code: also session_token, session_jwt, session. */
export async function newLogin(world, wish = {}) {
  const user = await newUser(world, wish);
  const sent = await world.consumer.otps.email.send({ email: user.email });
  const { code } = await lastMessage(world, user.email);
  const reply = await world.consumer.otps.authenticate({
    method_id: sent.email_id,
    code,
    session_duration_minutes: 60,
  });
  return { ...user, ...reply, email: user.email, email_id: sent.email_id };
}

/* Settings of the Consumer project, until the end of the scenario. */
export const setConsumer = ({ control }, settings) => control("settings", { consumer: settings });

/* ---- A B2B project. ---- */

/* An organization, as the API shows it. */
export async function newOrganization({ b2b }, wish = {}) {
  const name = `Organization ${next()}`;
  return (await b2b.organizations.create({ organization_name: name, ...wish })).organization;
}

/* A member of it, as the API shows it; pending until the first login. */
export async function newMember({ b2b }, organization, wish = {}) {
  const { organization_id } = organization;
  return (await b2b.organizations.members.create({ organization_id, email_address: newEmail(), ...wish })).member;
}

/* Log a member in by an emailed code: the reply, session or not. */
export async function loginMember(world, member, wish = {}) {
  const { organization_id, email_address } = member;
  await world.b2b.otps.email.loginOrSignup({ organization_id, email_address });
  const { code } = await lastMessage(world, email_address);
  return world.b2b.otps.email.authenticate({ organization_id, email_address, code, ...wish });
}

/* A member of a new organization who is logged in: { organization, member, session_token, ... }. */
export async function newMemberLogin(world, organizationWish = {}, memberWish = {}) {
  const organization = await newOrganization(world, organizationWish);
  const member = await newMember(world, organization, memberWish);
  return loginMember(world, member);
}

/* Settings of the B2B project, until the end of the scenario. */
export const setB2b = ({ control }, settings) => control("settings", { b2b: settings });

/* Go through a provider's start URL as this address: the URL at which it ends. */
export async function goThrough(world, path, login_hint, params = {}) {
  const { organization_id, email_address } = await newMember(world, await newOrganization(world));
  await world.b2b.magicLinks.email.loginOrSignup({ organization_id, email_address });
  const public_token = new URL((await lastMessage(world, email_address)).link).searchParams.get("public_token");
  const query = new URLSearchParams({ public_token, login_hint, ...params });
  const { status, location, text } = await world.open(`${path}?${query}`);
  assert.equal(status, 302, text);
  return new URL(location).searchParams;
}
