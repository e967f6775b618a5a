/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading an account map: pure functions over bytes that anyone may have
 * written and may be writing still.  No offset or length is followed unchecked,
 * each number is loaded once, and texts are judged in the caller's copy.
 * No allocation, no lock, no syscall.
 */
#ifndef NSS_STYTCH_MAP_H
#define NSS_STYTCH_MAP_H

#include "nss_stytch/map_format.h"
#include "nss_stytch/map_grammar.h"

/* An attached map.  The bytes are the caller's and must stay. */
struct map {
	const uint8_t *data;
	uint64_t seed;
	uint64_t built; /* seconds since 1970 */
	uint64_t body_checksum;
	uint32_t header_size;
	uint64_t file_size;
	struct {
		const uint8_t *data;
		uint32_t units; /* of 4 bytes: slots, or size of the heap */
	} section[MAP_SECTION_COUNT];
	uint32_t ref_mask[MAP_KIND_COUNT]; /* bits of a slot that are ref + 1 */
	uint32_t count[MAP_KIND_COUNT];
};

/* Numbers that lie in the map; read with map_list_at(). */
struct map_list {
	const uint8_t *items;
	uint32_t count;
};

struct map_group {
	const char *name;
	uint32_t gid;
	struct map_list members; /* refs of accounts */
	uint32_t member_size;    /* the names of all, with NULs */
};

/* Bytes that hold the texts of any account. */
#define MAP_ACCOUNT_TEXT_MAX (4 * (MAP_FIELD_MAX + 1))

/*
 * Attach to a map of size bytes at data, which is aligned to 8.  Looks at the
 * header alone.  Returns 0, -EBADMSG (not a map, or not whole) or
 * -EPROTONOSUPPORT (another major).
 */
int map_attach(const void *data, size_t size, struct map *out_map) MUST_CHECK;

/* The retired word: an enum map_retired, or from a strange writer any number. */
uint32_t map_retired_word(const struct map *map);

/*
 * Find a record by name (len bytes) or id.  Returns 0, -ENOENT (it is not in
 * the map) or -EBADMSG (the map is broken there, so nobody knows).
 */
int map_find_name(const struct map *map, enum map_kind kind, const char *name,
    size_t len, uint32_t *out_ref) MUST_CHECK;
int map_find_id(const struct map *map, enum map_kind kind, uint32_t id,
    uint32_t *out_ref) MUST_CHECK;

/*
 * Walk all records of a kind: *cursor is 0 at first.  Set to a ref, it goes on
 * from that record.  Returns 0, -ENOENT (the end) or -EBADMSG.
 */
int map_next(const struct map *map, enum map_kind kind, uint32_t *cursor,
    uint32_t *out_ref) MUST_CHECK;

/*
 * Read an account; its texts go to buffer, of size bytes, and are there in
 * one piece: name, gecos, home, shell, each with its NUL.  What is returned
 * is in the grammar.  Returns 0, -ERANGE (buffer too small) or -EBADMSG.
 */
int map_read_account(const struct map *map, uint32_t ref, char *buffer,
    size_t size, struct map_account *out_account) MUST_CHECK;

/*
 * The same of name, uid and gid alone; the other texts are NULL.
 */
int map_read_member(const struct map *map, uint32_t ref, char *buffer,
    size_t size, struct map_account *out_account) MUST_CHECK;

/*
 * An account's supplementary gids.  Any number may be in the list.  Returns
 * 0 or -EBADMSG.
 */
int map_read_gids(const struct map *map, uint32_t ref,
    struct map_list *out_gids) MUST_CHECK;

/*
 * Read a group; its name goes to buffer.  Its members are refs for
 * map_read_member(), which checks them.  Returns 0, -ERANGE or -EBADMSG.
 */
int map_read_group(const struct map *map, uint32_t ref, char *buffer,
    size_t size, struct map_group *out_group) MUST_CHECK;

/* The i-th number of a list; i is less than its count. */
uint32_t map_list_at(const struct map_list *list, uint32_t i);

/*
 * Check every invariant of map_format.h, the body's checksum included: takes
 * as long as reading it all several times.  Returns 0 or -EBADMSG, and then
 * *out_why is a constant text.  For stytchctl and tests.
 */
int map_verify(const struct map *map, const char **out_why) MUST_CHECK;

#endif
