/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The account map on disk: /var/lib/stytch/accounts.map and, for people who
 * came since, accounts.new.map.  The agent writes it, every process reads it
 * through mmap, so the writer keeps what follows and the reader trusts none
 * of it.
 *
 * Numbers are little-endian.  A file is a header, then six sections, each on
 * a multiple of 64 bytes, in any order, without overlap:
 *
 *   four hash tables    account names, account ids, group names, group ids
 *   two heaps           account records, group records
 *
 * A record is named by its REF: its offset in its heap, in units of 4 bytes.
 *
 * Account record, 4-aligned, lengths without NUL:
 *   u32 uid, u32 gid, u8 name_len, u8 gecos_len, u8 home_len, u8 shell_len,
 *   u16 gid_count, u16 zero, then name, gecos, home, shell, each with its NUL,
 *   zeros up to 4, then gid_count x u32: the supplementary gids, ascending, of
 *   the groups below and of granted local groups alike.
 *
 * Group record, 4-aligned:
 *   u32 gid, u32 member_count, u32 member_size (bytes of all members' names with
 *   their NULs), u8 name_len, 3 zeros, then name with its NUL, zeros up to 4, then
 *   member_count x u32: refs of account records, ascending.
 *
 * So both directions of a membership are there, initgroups() reads one record,
 * and a hit costs one line of the table and one or two of the record.
 *
 * Hash table: slot_count x u32, slot_count = section size / 4.  A slot is 0
 * (empty) or, with BITS the number of bits in the size of the heap in units of
 * 4, (hash's low word, its lowest BITS bits cleared) | (ref + 1).  The hash is XXH3,
 * 64 bits, seeded, of the name's bytes or of the id as 4 bytes; the search
 * begins at (hash's high word * slot_count) >> 32, goes up by one, wraps, and
 * ends at an empty slot or after MAP_PROBE_MAX slots: the writer takes another
 * seed where an entry would lie further off.  Half the slots are empty.
 *
 * Invariants: names and ids are unique within accounts and within groups; no
 * uid or gid is 0 or 2^32-1; every field is in the grammar of
 * map_grammar.h; each record stands in both of its tables, and in nothing
 * else.  map_verify() checks all of it.
 *
 * Replacement: a new file is written beside the old one, synced, and renamed
 * over it.  A mapped reader learns of it from the old file's RETIRED word,
 * the only one that changes after publication:
 *   MAP_CURRENT    nothing newer is known of
 *   MAP_LEAVING    written before the rename: a newer file may be at the path,
 *                  look once a second.  Survives a writer killed half-way.
 *   MAP_RETIRED    written after the rename: look now.
 *   MAP_REREAD     nss.limits has changed: look now, and once a second after.
 *
 * Versions: a reader takes every minor of its major.  A minor may use bytes
 * that are zero here and enlarge the header; a new major is another file.
 */
#ifndef NSS_STYTCH_MAP_FORMAT_H
#define NSS_STYTCH_MAP_FORMAT_H

#include <stddef.h>
#include <stdint.h>

#define MAP_MAGIC "STYTCHAM"
#define MAP_MAJOR 1
#define MAP_MINOR 0
#define MAP_ALIGN 64
#define MAP_PROBE_MAX 256

/* Units of 4 bytes in a heap: leaves four bits of hash in each slot. */
#define MAP_HEAP_MAX ((UINT32_C(1) << 28) - 1)

enum map_retired {
	MAP_CURRENT,
	MAP_LEAVING,
	MAP_RETIRED,
	MAP_REREAD
};

enum map_kind {
	MAP_ACCOUNT,
	MAP_GROUP,
	MAP_KIND_COUNT
};

enum map_section {
	MAP_ACCOUNT_NAMES,
	MAP_ACCOUNT_IDS,
	MAP_GROUP_NAMES,
	MAP_GROUP_IDS,
	MAP_ACCOUNTS,
	MAP_GROUPS,
	MAP_SECTION_COUNT
};

/* Sections by kind. */
#define MAP_NAMES_OF(kind) ((enum map_section)(2 * (unsigned)(kind)))
#define MAP_IDS_OF(kind) ((enum map_section)(2 * (unsigned)(kind) + 1))
#define MAP_HEAP_OF(kind) \
	((enum map_section)((unsigned)MAP_ACCOUNTS + (unsigned)(kind)))

struct map_header {
	char magic[8];
	uint16_t major;
	uint16_t minor;
	uint32_t header_size;
	uint64_t file_size;
	uint64_t seed;
	uint64_t built;         /* seconds since 1970 */
	uint64_t body_checksum; /* XXH3, seed 0, of all after the header */
	struct {
		uint64_t offset; /* in the file */
		uint64_t size;   /* in bytes */
	} section[MAP_SECTION_COUNT];
	uint32_t account_count;
	uint32_t group_count;
	uint64_t checksum; /* XXH3, seed 0, of the header up to here */
	uint32_t retired;
	uint32_t zero[7];
};
_Static_assert(sizeof(struct map_header) == 192, "the header as on disk");
_Static_assert(offsetof(struct map_header, checksum) == 152, "no padding");
_Static_assert(offsetof(struct map_header, retired) == 160, "a fixed place");

/* The fixed part of each record. */
#define MAP_ACCOUNT_UID 0
#define MAP_ACCOUNT_GID 4
#define MAP_ACCOUNT_LENGTHS 8
#define MAP_ACCOUNT_GID_COUNT 12
#define MAP_ACCOUNT_TEXT 16

#define MAP_GROUP_GID 0
#define MAP_GROUP_MEMBER_COUNT 4
#define MAP_GROUP_MEMBER_SIZE 8
#define MAP_GROUP_NAME_LEN 12
#define MAP_GROUP_TEXT 16

#define MAP_GIDS_MAX UINT16_MAX

#endif
