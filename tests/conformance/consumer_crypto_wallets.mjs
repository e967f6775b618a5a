/* SPDX-License-Identifier: BSD-2-Clause */
/* Logins by the signature of a wallet. */
import assert from "node:assert/strict";

import { newLogin, newUser } from "./state.mjs";
import { ethereumWallet, keccak256, solanaWallet } from "./wallet.mjs";

const named = ({ crypto_wallet_type, crypto_wallet_address }) => ({ crypto_wallet_type, crypto_wallet_address });

const SIWE = { domain: "app.example.com", uri: "https://app.example.com/login", resources: [] };

async function start({ consumer }, wallet, wish = {}) {
  return consumer.cryptoWallets.authenticateStart({ ...named(wallet), ...wish });
}

async function login({ consumer }, wallet, message, wish = {}) {
  const signature = wallet.sign(message);
  return consumer.cryptoWallets.authenticate({ ...named(wallet), signature, ...wish });
}

export default {
  async "the wallets of this test are those of the world"() {
    /* The empty string's hash, and the address of the key 1. */
    assert.equal(
      keccak256(Buffer.alloc(0)).toString("hex"),
      "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470",
    );
    assert.equal(ethereumWallet(1n).crypto_wallet_address, "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf");
  },

  async "an Ethereum wallet logs in"(world) {
    const wallet = ethereumWallet();
    const { user_id, user_created, challenge } = await start(world, wallet);
    const reply = await login(world, wallet, challenge, { session_duration_minutes: 60 });

    assert.equal(user_created, true);
    assert.equal(reply.user_id, user_id);
    assert.equal(reply.user.crypto_wallets[0].crypto_wallet_address, wallet.crypto_wallet_address);
    assert.equal(reply.user.crypto_wallets[0].verified, true);
    assert.equal(reply.session.authentication_factors[0].type, "crypto");
    assert.equal((await start(world, wallet)).user_created, false);
  },

  async "a Solana wallet logs in"(world) {
    const wallet = solanaWallet();
    const { user_id, challenge } = await start(world, wallet);
    assert.equal((await login(world, wallet, challenge)).user_id, user_id);
  },

  async "a message of SIWE is signed and read back"(world) {
    const wallet = ethereumWallet();
    const { challenge } = await start(world, wallet, {
      siwe_params: { ...SIWE, statement: "Log in to the wiki.", chain_id: "10", message_request_id: "r-1" },
    });
    const { siwe_params } = await login(world, wallet, challenge);

    assert.match(challenge, /^app\.example\.com wants you to sign in with your Ethereum account:\n0x/);
    assert.match(challenge, /\nChain ID: 10\n/);
    assert.equal(siwe_params.uri, SIWE.uri);
    assert.equal(siwe_params.chain_id, "10");
    assert.equal(siwe_params.message_request_id, "r-1");
  },

  async "SIWE is for Ethereum"(world) {
    await world.refused(
      "crypto_wallet_type_incompatible_with_siwe",
      start(world, solanaWallet(), { siwe_params: SIWE }),
    );
  },

  async "an address is one of its kind"(world) {
    const wallet = (crypto_wallet_type, crypto_wallet_address) => ({ crypto_wallet_type, crypto_wallet_address });
    const { crypto_wallet_address: good } = ethereumWallet();
    const wrong = good.replace(/[a-fA-F](?=[0-9]*$)/, (c) => (c < "a" ? c.toLowerCase() : c.toUpperCase()));
    await world.refused("invalid_ethereum_address", start(world, wallet("ethereum", "0x1234")));
    await world.refused("invalid_ethereum_address", start(world, wallet("ethereum", wrong)));
    await world.refused("invalid_solana_address", start(world, wallet("solana", good)));
  },

  async "the signature of another wallet is refused"(world) {
    for (const [wallet, other] of [
      [ethereumWallet(), ethereumWallet()],
      [solanaWallet(), solanaWallet()],
    ]) {
      const { challenge } = await start(world, wallet);
      await world.refused(
        "unable_to_authenticate_crypto_wallet",
        login(world, { ...wallet, sign: other.sign }, challenge),
      );
    }
  },

  async "a challenge is signed once"(world) {
    const wallet = ethereumWallet();
    const { challenge } = await start(world, wallet);
    await login(world, wallet, challenge);
    await world.refused("unable_to_authenticate_crypto_wallet", login(world, wallet, challenge));
  },

  async "an unknown wallet is not found"(world) {
    await world.refused("crypto_wallet_not_found", login(world, ethereumWallet(), "anything"));
  },

  async "a signature that is none is refused"(world) {
    const wallet = ethereumWallet();
    await start(world, wallet);
    await world.refused(
      "invalid_signature",
      world.consumer.cryptoWallets.authenticate({ ...named(wallet), signature: "0x12" }),
    );
  },

  async "a wallet joins the user who is logged in"(world) {
    const wallet = solanaWallet();
    const { user_id, session_token } = await newLogin(world);
    const { challenge } = await start(world, wallet, { session_token });
    const reply = await login(world, wallet, challenge, { session_token });
    assert.equal(reply.user_id, user_id);
    assert.equal(reply.session.authentication_factors.length, 2);
    const other = await newUser(world);
    await world.refused("duplicate_wallet_address", start(world, wallet, { user_id: other.user_id }));
  },

  async "the sandbox's own wallet answers as documented"({ consumer }) {
    const { user_id } = await consumer.cryptoWallets.authenticate({
      crypto_wallet_type: "ethereum",
      crypto_wallet_address: "0x6df2dB4Fb3DA35d241901Bd53367770BF03123f1",
      signature: "0x0c4f82edc3c818b6beff4b89e0682994e5878074609903cecdfb",
    });
    assert.equal(user_id, "user-test-e3795c81-f849-4167-bfda-e4a6e9c280fd");
  },
};
