/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Keccak-256 over nettle's permutation.  No library of Debian has it: SHA3-256
 * (FIPS 202) pads by 0x06 where this pads by 0x01, and is the same otherwise.
 */
#include "config.h"

#include "sandbox/keccak.h"

#include <nettle/sha3.h>
#include <string.h>

#define RATE 136 /* bytes: 1600 bits without twice the hash's */

static void
absorb(struct sha3_state *state, const uint8_t block[RATE])
{
	for (size_t i = 0; i < RATE; i++)
		state->a[i / 8] ^= (uint64_t)block[i] << (8 * (i % 8));
	sha3_permute(state);
}

void
keccak256(const void *bytes, size_t len, uint8_t out_hash[KECCAK256_LEN])
{
	const uint8_t *at = bytes;
	uint8_t last[RATE] = { 0 };
	struct sha3_state state;

	memset(&state, 0, sizeof(state));
	for (; len >= RATE; at += RATE, len -= RATE)
		absorb(&state, at);
	if (len > 0)
		memcpy(last, at, len);
	last[len] = 0x01;
	last[RATE - 1] |= 0x80;
	absorb(&state, last);
	for (size_t i = 0; i < KECCAK256_LEN; i++)
		out_hash[i] = (uint8_t)(state.a[i / 8] >> (8 * (i % 8)));
}
