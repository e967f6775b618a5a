/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Wallets.  libsecp256k1 recovers Ethereum's keys, OpenSSL checks Solana's
 * Ed25519.
 */
#include "config.h"

#include "sandbox/wallet.h"

#include "common/buf.h"
#include "sandbox/keccak.h"
#include "sandbox/signature.h"

#include <ctype.h>
#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <secp256k1.h>
#include <secp256k1_recovery.h>
#include <stdbool.h>
#include <string.h>

#define ETHEREUM_LEN 20
#define SOLANA_LEN 32
#define COMPACT_LEN 64
#define MESSAGE_MAX 65536

/* ---- Encodings. ---- */

static int
hex_digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at =
	    c != '\0' ? strchr(digits, tolower((unsigned char)c)) : NULL;

	return at != NULL ? (int)(at - digits) : -1;
}

/* Exactly len bytes in hexadecimal. */
static bool
hex_read(const char *text, uint8_t *out_bytes, size_t len)
{
	if (strlen(text) != 2 * len)
		return false;
	for (size_t i = 0; i < len; i++) {
		int high = hex_digit(text[2 * i]);
		int low = hex_digit(text[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		out_bytes[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

int
base58_read(const char *text, uint8_t *out_bytes, size_t size, size_t *out_len)
{
	static const char digits[] =
	    "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
	uint8_t number[128] = { 0 }; /* the last byte has the lowest bits */
	size_t zeros = strspn(text, "1");
	size_t first = sizeof(number);

	for (const char *c = text + zeros; *c != '\0'; c++) {
		const char *digit = strchr(digits, *c);
		unsigned carry;
		size_t i = sizeof(number);

		if (digit == NULL)
			return -EINVAL;
		carry = (unsigned)(digit - digits);
		while (carry > 0 || i > first) {
			if (i == 0)
				return -EINVAL;
			carry += 58U * number[--i];
			number[i] = (uint8_t)(carry & 0xff);
			carry >>= 8;
		}
		first = i;
	}
	if (zeros > size || sizeof(number) - first > size - zeros)
		return -EINVAL;
	memset(out_bytes, 0, zeros);
	memcpy(out_bytes + zeros, number + first, sizeof(number) - first);
	*out_len = zeros + sizeof(number) - first;
	return 0;
}

static const char *
without_0x(const char *text)
{
	return strncmp(text, "0x", 2) == 0 ? text + 2 : text;
}

/* ---- Addresses. ---- */

/* EIP-55: a letter is a capital where the hash of the digits has a bit. */
static void
write_checksummed(const uint8_t key[ETHEREUM_LEN], char out[43])
{
	static const char digits[] = "0123456789abcdef";
	uint8_t hash[KECCAK256_LEN];

	out[0] = '0';
	out[1] = 'x';
	for (size_t i = 0; i < ETHEREUM_LEN; i++) {
		out[2 + 2 * i] = digits[key[i] >> 4];
		out[3 + 2 * i] = digits[key[i] & 0xf];
	}
	out[42] = '\0';
	keccak256(out + 2, 40, hash);
	for (size_t i = 0; i < 40; i++) {
		unsigned nibble = i % 2 == 0 ? hash[i / 2] >> 4 : hash[i / 2];

		if ((nibble & 8) != 0)
			out[2 + i] = (char)toupper((unsigned char)out[2 + i]);
	}
}

static enum api_error
read_ethereum(const char *address, struct wallet *out)
{
	bool lower = strpbrk(without_0x(address), "abcdef") != NULL;
	bool upper = strpbrk(without_0x(address), "ABCDEF") != NULL;

	if (strncmp(address, "0x", 2) != 0 ||
	    !hex_read(address + 2, out->key, ETHEREUM_LEN))
		return API_INVALID_ETHEREUM_ADDRESS;
	write_checksummed(out->key, out->address);
	return lower && upper && strcmp(address, out->address) != 0
	    ? API_INVALID_ETHEREUM_ADDRESS
	    : API_OK;
}

static enum api_error
read_solana(const char *address, struct wallet *out)
{
	size_t len;

	if (strlen(address) >= sizeof(out->address) ||
	    base58_read(address, out->key, SOLANA_LEN, &len) != 0 ||
	    len != SOLANA_LEN)
		return API_INVALID_SOLANA_ADDRESS;
	memcpy(out->address, address, strlen(address) + 1);
	return API_OK;
}

enum api_error
wallet_read(const char *type, const char *address, struct wallet *out_wallet)
{
	memset(out_wallet, 0, sizeof(*out_wallet));
	if (strcmp(type, "ethereum") == 0) {
		out_wallet->type = WALLET_ETHEREUM;
		out_wallet->type_name = "ethereum";
		return read_ethereum(address, out_wallet);
	}
	if (strcmp(type, "solana") == 0) {
		out_wallet->type = WALLET_SOLANA;
		out_wallet->type_name = "solana";
		return read_solana(address, out_wallet);
	}
	return API_INVALID_REQUEST_VALUE;
}

/* ---- Signatures. ---- */

/* What personal_sign signs (EIP-191, version 0x45). */
static bool
personal_hash(const char *message, uint8_t out_hash[KECCAK256_LEN])
{
	CLEANUP(buf_clear) struct buf text = BUF_INIT(MESSAGE_MAX);

	buf_addf(&text,
	    "\x19"
	    "Ethereum Signed Message:\n%zu",
	    strlen(message));
	buf_adds(&text, message);
	if (buf_error(&text) != 0)
		return false;
	keccak256(buf_text(&text), text.len, out_hash);
	return true;
}

static enum api_error
check_ethereum(const struct wallet *wallet, const char *message,
    const char *signature)
{
	const secp256k1_context *context = secp256k1_context_static;
	secp256k1_ecdsa_recoverable_signature parsed;
	uint8_t bytes[COMPACT_LEN + 1], hash[KECCAK256_LEN], point[65];
	size_t len = sizeof(point);
	secp256k1_pubkey key;
	int recovery;

	if (!hex_read(without_0x(signature), bytes, sizeof(bytes)))
		return API_INVALID_SIGNATURE;
	/* 27 or 28, from hardware wallets 0 or 1. */
	recovery = bytes[COMPACT_LEN] - (bytes[COMPACT_LEN] >= 27 ? 27 : 0);
	if (recovery > 1 ||
	    secp256k1_ecdsa_recoverable_signature_parse_compact(context,
		&parsed, bytes, recovery) != 1)
		return API_INVALID_SIGNATURE;
	if (!personal_hash(message, hash))
		return API_INTERNAL_SERVER_ERROR;
	if (secp256k1_ecdsa_recover(context, &key, &parsed, hash) != 1 ||
	    secp256k1_ec_pubkey_serialize(context, point, &len, &key,
		SECP256K1_EC_UNCOMPRESSED) != 1)
		return API_UNABLE_TO_AUTHENTICATE_CRYPTO_WALLET;
	keccak256(point + 1, sizeof(point) - 1, hash);
	return CRYPTO_memcmp(hash + KECCAK256_LEN - ETHEREUM_LEN, wallet->key,
		   ETHEREUM_LEN) == 0
	    ? API_OK
	    : API_UNABLE_TO_AUTHENTICATE_CRYPTO_WALLET;
}

static enum api_error
check_solana(const struct wallet *wallet, const char *message,
    const char *signature)
{
	CLEANUP(signature_key_free)
	EVP_PKEY *key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL,
	    wallet->key, SOLANA_LEN);
	const struct bytes text = { (const uint8_t *)message, strlen(message) };
	uint8_t bytes[COMPACT_LEN];
	const struct bytes signed_by = { bytes, sizeof(bytes) };
	size_t len = 0;
	int rc;

	if (!hex_read(without_0x(signature), bytes, sizeof(bytes)) &&
	    (base58_read(signature, bytes, sizeof(bytes), &len) != 0 ||
		len != sizeof(bytes)))
		return API_INVALID_SIGNATURE;
	rc =
	    key != NULL ? signature_check(key, NULL, text, signed_by) : -ENOMEM;
	if (rc == -ENOMEM)
		return API_INTERNAL_SERVER_ERROR;
	return rc == 0 ? API_OK : API_UNABLE_TO_AUTHENTICATE_CRYPTO_WALLET;
}

enum api_error
wallet_check(const struct wallet *wallet, const char *message,
    const char *signature)
{
	switch (wallet->type) {
	case WALLET_ETHEREUM:
		return check_ethereum(wallet, message, signature);
	case WALLET_SOLANA:
		return check_solana(wallet, message, signature);
	}
	return API_INTERNAL_SERVER_ERROR;
}
