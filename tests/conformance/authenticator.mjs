/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A security key in a browser (WebAuthn level 3): makes credentials with
 * self-attestation (8.2, "packed") and signs assertions with them.
 */
import { createHash, generateKeyPairSync, randomBytes, sign } from "node:crypto";

const FLAGS = { present: 0x01, verified: 0x04, attested: 0x40 };

const sha256 = (bytes) => createHash("sha256").update(bytes).digest();
const encode = (bytes) => Buffer.from(bytes).toString("base64url");

/* ---- CBOR: what COSE keys and attestation objects need. ---- */

function cborHead(major, value) {
  if (value < 24)
    return Buffer.from([(major << 5) | value]);
  if (value < 0x100)
    return Buffer.from([(major << 5) | 24, value]);
  return Buffer.from([(major << 5) | 25, value >> 8, value & 0xff]);
}

function cbor(value) {
  if (typeof value === "number")
    return value >= 0 ? cborHead(0, value) : cborHead(1, -1 - value);
  if (Buffer.isBuffer(value))
    return Buffer.concat([cborHead(2, value.length), value]);
  if (typeof value === "string")
    return Buffer.concat([cborHead(3, Buffer.byteLength(value)), Buffer.from(value)]);
  const entries = [...value].flatMap(([key, item]) => [cbor(key), cbor(item)]);
  return Buffer.concat([cborHead(5, value.size), ...entries]);
}

/* ---- Keys (RFC 9053). ---- */

const jwkBytes = (jwk, name) => Buffer.from(jwk[name], "base64url");

const algorithms = {
  ES256: {
    number: -7,
    hash: "sha256",
    make: () => generateKeyPairSync("ec", { namedCurve: "P-256" }),
    cose: (jwk) => [[1, 2], [3, -7], [-1, 1], [-2, jwkBytes(jwk, "x")], [-3, jwkBytes(jwk, "y")]],
  },
  EdDSA: {
    number: -8,
    hash: null,
    make: () => generateKeyPairSync("ed25519"),
    cose: (jwk) => [[1, 1], [3, -8], [-1, 6], [-2, jwkBytes(jwk, "x")]],
  },
  RS256: {
    number: -257,
    hash: "sha256",
    make: () => generateKeyPairSync("rsa", { modulusLength: 2048 }),
    cose: (jwk) => [[1, 3], [3, -257], [-1, jwkBytes(jwk, "n")], [-2, jwkBytes(jwk, "e")]],
  },
};

/* ---- The authenticator. ---- */

function clientData(type, options, origin) {
  const challenge = encode(Buffer.from(options.challenge, "base64url"));
  return Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin: false }));
}

function authenticatorData(domain, flags, counter, rest = []) {
  const head = Buffer.alloc(5);
  head[0] = flags;
  head.writeUInt32BE(counter, 1);
  return Buffer.concat([sha256(domain), head, ...rest]);
}

/*
 * A new key.  create() and get() answer the options of a start with the text
 * of a credential; origin is the page's, the domain's own if not given.
 */
export function newAuthenticator(name = "ES256") {
  const algorithm = algorithms[name];
  const { publicKey, privateKey } = algorithm.make();
  const id = randomBytes(32);
  const key = cbor(new Map(algorithm.cose(publicKey.export({ format: "jwk" }))));
  let counter = 0;
  let handle = "";

  const text = (response) =>
    JSON.stringify({
      id: encode(id),
      rawId: encode(id),
      type: "public-key",
      authenticatorAttachment: "cross-platform",
      clientExtensionResults: {},
      response,
    });
  const signed = (data, client) => sign(algorithm.hash, Buffer.concat([data, sha256(client)]), privateKey);

  return {
    id: encode(id),
    create(options, origin = `https://${options.rp.id}`) {
      const client = clientData("webauthn.create", options, origin);
      const length = Buffer.from([id.length >> 8, id.length & 0xff]);
      const flags = FLAGS.present | FLAGS.verified | FLAGS.attested;
      const data = authenticatorData(options.rp.id, flags, counter, [Buffer.alloc(16), length, id, key]);
      const statement = new Map([["alg", algorithm.number], ["sig", signed(data, client)]]);
      handle = encode(Buffer.from(options.user.id, "base64url"));
      const object = new Map([["fmt", "packed"], ["attStmt", statement], ["authData", data]]);
      return text({ clientDataJSON: encode(client), attestationObject: encode(cbor(object)), transports: ["usb"] });
    },
    get(options, origin = `https://${options.rpId}`) {
      const client = clientData("webauthn.get", options, origin);
      counter += 1;
      const data = authenticatorData(options.rpId, FLAGS.present | FLAGS.verified, counter);
      return text({
        clientDataJSON: encode(client),
        authenticatorData: encode(data),
        signature: encode(signed(data, client)),
        userHandle: handle,
      });
    },
    /* A copy of the key that has not seen the logins of the other. */
    rewind() {
      counter = 0;
    },
  };
}
