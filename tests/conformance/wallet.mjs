/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Wallets of a person: Ethereum (secp256k1, Keccak-256, EIP-55, EIP-191) and
 * Solana (Ed25519, base58).  Node has neither Keccak nor signatures that can
 * be recovered, so both are here, slow and plain.
 */
import { generateKeyPairSync, randomBytes, sign } from "node:crypto";

/* ---- Keccak-256. ---- */

const MASK = (1n << 64n) - 1n;
const rotate = (value, by) => ((value << by) | (value >> (64n - by))) & MASK;

/* Round constants and offsets (FIPS 202, 3.2.2 and 3.2.5), computed. */
function roundConstants() {
  let lfsr = 1;
  const bit = () => {
    const out = lfsr & 1;
    lfsr = (lfsr << 1) ^ (lfsr & 0x80 ? 0x171 : 0);
    return out;
  };
  return Array.from({ length: 24 }, () => {
    let constant = 0n;
    for (let j = 0n; j <= 6n; j++)
      constant |= BigInt(bit()) << ((1n << j) - 1n);
    return constant;
  });
}

const CONSTANTS = roundConstants();

function permute(a) {
  for (const constant of CONSTANTS) {
    const c = [0, 1, 2, 3, 4].map((x) => a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20]);
    for (let i = 0; i < 25; i++)
      a[i] ^= c[(i + 4) % 5] ^ rotate(c[(i + 1) % 5], 1n);
    let [x, y, current] = [1, 0, a[1]];
    for (let t = 0; t < 24; t++) {
      [x, y] = [y, (2 * x + 3 * y) % 5];
      const moved = rotate(current, BigInt((((t + 1) * (t + 2)) / 2) % 64));
      current = a[x + 5 * y];
      a[x + 5 * y] = moved;
    }
    for (let row = 0; row < 25; row += 5) {
      const b = a.slice(row, row + 5);
      for (let i = 0; i < 5; i++)
        a[row + i] = b[i] ^ (~b[(i + 1) % 5] & MASK & b[(i + 2) % 5]);
    }
    a[0] ^= constant;
  }
}

/* Keccak as it was before SHA-3: padding 0x01. */
export function keccak256(bytes) {
  const RATE = 136;
  const padded = Buffer.alloc((Math.floor(bytes.length / RATE) + 1) * RATE);
  padded.set(bytes);
  padded[bytes.length] ^= 0x01;
  padded[padded.length - 1] ^= 0x80;
  const state = new Array(25).fill(0n);
  for (let block = 0; block < padded.length; block += RATE) {
    for (let i = 0; i < RATE / 8; i++)
      state[i] ^= padded.readBigUInt64LE(block + 8 * i);
    permute(state);
  }
  const out = Buffer.alloc(32);
  [0, 1, 2, 3].forEach((i) => out.writeBigUInt64LE(state[i], 8 * i));
  return out;
}

/* ---- secp256k1. ---- */

const P = 2n ** 256n - 2n ** 32n - 977n;
const N = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const G = [
  0x79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798n,
  0x483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8n,
];

const mod = (value, by) => ((value % by) + by) % by;

function invert(value, by) {
  let [r, next, s, t] = [by, mod(value, by), 0n, 1n];
  while (next > 0n) {
    const q = r / next;
    [r, next, s, t] = [next, r - q * next, t, s - q * t];
  }
  return mod(s, by);
}

function add(a, b) {
  if (!a || !b)
    return a ?? b;
  if (a[0] === b[0] && a[1] !== b[1])
    return null;
  const slope = a[0] === b[0] ? 3n * a[0] * a[0] * invert(2n * a[1], P) : (b[1] - a[1]) * invert(b[0] - a[0], P);
  const x = mod(slope * slope - a[0] - b[0], P);
  return [x, mod(slope * (a[0] - x) - a[1], P)];
}

function multiply(point, by) {
  let sum = null;
  for (let bit = by; bit > 0n; bit >>= 1n) {
    if (bit & 1n)
      sum = add(sum, point);
    point = add(point, point);
  }
  return sum;
}

const toBytes = (number) => Buffer.from(number.toString(16).padStart(64, "0"), "hex");
const toNumber = (bytes) => BigInt(`0x${bytes.toString("hex")}`);

/* r, s and v = 27 or 28 of a 32-byte hash; s in the lower half (EIP-2). */
function signHash(secret, hash) {
  const nonce = mod(toNumber(randomBytes(32)), N - 1n) + 1n;
  const [x, y] = multiply(G, nonce);
  const r = mod(x, N);
  const s = mod(invert(nonce, N) * (toNumber(hash) + r * secret), N);
  const flip = s > N / 2n;
  const parity = Number(y & 1n) ^ (flip ? 1 : 0);
  return Buffer.concat([toBytes(r), toBytes(flip ? N - s : s), Buffer.from([27 + parity])]);
}

/* ---- Ethereum. ---- */

/* Upper case where the hash of the address says so (EIP-55). */
function checksum(hex) {
  const hash = keccak256(Buffer.from(hex)).toString("hex");
  return `0x${[...hex].map((c, i) => (parseInt(hash[i], 16) >= 8 ? c.toUpperCase() : c)).join("")}`;
}

export function ethereumWallet(secret = mod(toNumber(randomBytes(32)), N - 1n) + 1n) {
  const key = Buffer.concat(multiply(G, secret).map(toBytes));
  return {
    crypto_wallet_type: "ethereum",
    crypto_wallet_address: checksum(keccak256(key).subarray(12).toString("hex")),
    /* personal_sign (EIP-191). */
    sign(message) {
      const text = `\x19Ethereum Signed Message:\n${Buffer.byteLength(message)}${message}`;
      return `0x${signHash(secret, keccak256(Buffer.from(text))).toString("hex")}`;
    },
  };
}

/* ---- Solana. ---- */

function base58(bytes) {
  const digits = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
  let text = "";
  for (let number = toNumber(bytes); number > 0n; number /= 58n)
    text = digits[Number(number % 58n)] + text;
  return "1".repeat(bytes.findIndex((byte) => byte !== 0)) + text;
}

export function solanaWallet() {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  return {
    crypto_wallet_type: "solana",
    crypto_wallet_address: base58(Buffer.from(publicKey.export({ format: "jwk" }).x, "base64url")),
    sign: (message) => base58(sign(null, Buffer.from(message), privateKey)),
  };
}
