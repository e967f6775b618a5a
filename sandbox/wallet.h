/* SPDX-License-Identifier: BSD-2-Clause */
/* Crypto wallets: addresses, and signatures of a text by their keys. */
#ifndef SANDBOX_WALLET_H
#define SANDBOX_WALLET_H

#include "common/attr.h"
#include "sandbox/error.h"

#include <stddef.h>
#include <stdint.h>

enum wallet_type {
	WALLET_ETHEREUM,
	WALLET_SOLANA,
};

struct wallet {
	enum wallet_type type;
	const char *type_name; /* a literal: "ethereum", "solana" */
	char address[64];      /* in the one form that is kept */
	uint8_t key[32];       /* Ethereum: 20 bytes of the key's hash */
};

/*
 * Read an address.  Ethereum: 0x and 40 hexadecimal digits, where both cases
 * occur with EIP-55's checksum, which out_wallet->address has always.  Solana:
 * the base58 of 32 bytes.  API_OK, API_INVALID_ETHEREUM_ADDRESS,
 * API_INVALID_SOLANA_ADDRESS, or API_INVALID_REQUEST_VALUE for another type.
 */
enum api_error wallet_read(const char *type, const char *address,
    struct wallet *out_wallet) MUST_CHECK;

/*
 * Whether the wallet signed message.  Ethereum: by personal_sign, 65 bytes in
 * hexadecimal, with or without 0x.  Solana: Ed25519, 64 bytes in base58 or
 * hexadecimal.  API_OK; API_INVALID_SIGNATURE for what is no signature;
 * API_UNABLE_TO_AUTHENTICATE_CRYPTO_WALLET for one of another key or text.
 */
enum api_error wallet_check(const struct wallet *wallet, const char *message,
    const char *signature) MUST_CHECK;

/* Read base58 (Bitcoin's digits).  0, or -EINVAL also where it is too long. */
int base58_read(const char *text, uint8_t *out_bytes, size_t size,
    size_t *out_len) MUST_CHECK;

#endif
