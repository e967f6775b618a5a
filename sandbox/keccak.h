/* SPDX-License-Identifier: BSD-2-Clause */
/* Keccak-256, the hash of Ethereum: SHA-3 before its padding was changed. */
#ifndef SANDBOX_KECCAK_H
#define SANDBOX_KECCAK_H

#include <stddef.h>
#include <stdint.h>

#define KECCAK256_LEN 32

void keccak256(const void *bytes, size_t len, uint8_t out_hash[KECCAK256_LEN]);

#endif
