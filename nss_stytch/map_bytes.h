/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers and hashes of the account map, shared by its reader and writer. */
#ifndef NSS_STYTCH_MAP_BYTES_H
#define NSS_STYTCH_MAP_BYTES_H

#include "nss_stytch/map_format.h"

#include <endian.h>
#include <string.h>

/* Inline, so that the NSS module needs no library but libc. */
#define XXH_INLINE_ALL
#include <xxhash.h>

/*
 * A number of a map that someone else may be changing: loaded once, so that what
 * was checked is what is used.  at is aligned to 4.
 */
static inline uint32_t
map_load_u32(const uint8_t *at)
{
	return le32toh(*(const volatile uint32_t *)(const void *)at);
}

static inline void
map_put_u16(uint8_t *at, uint16_t value)
{
	value = htole16(value);
	memcpy(at, &value, sizeof(value));
}

static inline void
map_put_u32(uint8_t *at, uint32_t value)
{
	value = htole32(value);
	memcpy(at, &value, sizeof(value));
}

static inline uint64_t
map_hash_name(uint64_t seed, const char *name, size_t len)
{
	return XXH3_64bits_withSeed(name, len, seed);
}

static inline uint64_t
map_hash_id(uint64_t seed, uint32_t id)
{
	uint8_t bytes[4];

	map_put_u32(bytes, id);
	return XXH3_64bits_withSeed(bytes, sizeof(bytes), seed);
}

/* The slot where a search begins; slot_count is not 0. */
static inline uint32_t
map_first_slot(uint64_t hash, uint32_t slot_count)
{
	return (uint32_t)(((hash >> 32) * slot_count) >> 32);
}

/* The bits of a slot that hold ref + 1, for a heap of so many units. */
static inline uint32_t
map_ref_mask(uint32_t heap_units)
{
	uint32_t mask = heap_units;

	mask |= mask >> 1;
	mask |= mask >> 2;
	mask |= mask >> 4;
	mask |= mask >> 8;
	mask |= mask >> 16;
	return mask;
}

/* A length in bytes, rounded up to whole units of 4. */
static inline uint32_t
map_round_up(uint32_t bytes)
{
	return (bytes + 3) & ~UINT32_C(3);
}

#endif
