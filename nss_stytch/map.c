/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading an account map; see map.h, and map_format.h for the bytes. */
#include "config.h"

#include "nss_stytch/map.h"

#include "nss_stytch/map_bytes.h"

#include <errno.h>
#include <stdatomic.h>

#define HEAD_UNITS 4  /* the fixed part of both kinds of record */
#define LINE_UNITS 16 /* a cache line */
_Static_assert(MAP_ACCOUNT_TEXT == 4 * HEAD_UNITS, "an account's fixed part");
_Static_assert(MAP_GROUP_TEXT == 4 * HEAD_UNITS, "a group's fixed part");

/* A record's fixed part, and where the rest of it lies, all within the heap. */
struct record {
	uint32_t word[HEAD_UNITS];
	const uint8_t *text;
	uint32_t text_size;
	struct map_list links; /* gids, or members */
	uint32_t units;
};

static int
attach_section(const struct map_header *header, enum map_section which,
    struct map *map)
{
	uint64_t offset = le64toh(header->section[which].offset);
	uint64_t size = le64toh(header->section[which].size);
	uint64_t max_units = which >= MAP_ACCOUNTS ? MAP_HEAP_MAX : UINT32_MAX;

	if (offset % 4 != 0 || size % 4 != 0 || size / 4 > max_units ||
	    offset < map->header_size || offset > map->file_size ||
	    size > map->file_size - offset)
		return -EBADMSG;
	map->section[which].data = map->data + offset;
	map->section[which].units = (uint32_t)(size / 4);
	return 0;
}

int
map_attach(const void *data, size_t size, struct map *out_map)
{
	struct map map = { .data = data };
	struct map_header header;

	if (size < sizeof(header) || (uintptr_t)data % 8 != 0)
		return -EBADMSG;
	memcpy(&header, data, sizeof(header));
	atomic_signal_fence(memory_order_seq_cst);
	if (memcmp(header.magic, MAP_MAGIC, sizeof(header.magic)) != 0)
		return -EBADMSG;
	if (le16toh(header.major) != MAP_MAJOR)
		return -EPROTONOSUPPORT;
	if (le64toh(header.checksum) !=
	    XXH3_64bits(&header, offsetof(struct map_header, checksum)))
		return -EBADMSG;
	map.header_size = le32toh(header.header_size);
	map.file_size = le64toh(header.file_size);
	if (map.file_size != size || map.header_size < sizeof(header))
		return -EBADMSG;
	for (unsigned i = 0; i < MAP_SECTION_COUNT; i++)
		if (attach_section(&header, (enum map_section)i, &map) != 0)
			return -EBADMSG;
	map.ref_mask[MAP_ACCOUNT] =
	    map_ref_mask(map.section[MAP_ACCOUNTS].units);
	map.ref_mask[MAP_GROUP] = map_ref_mask(map.section[MAP_GROUPS].units);
	map.seed = le64toh(header.seed);
	map.built = le64toh(header.built);
	map.body_checksum = le64toh(header.body_checksum);
	map.count[MAP_ACCOUNT] = le32toh(header.account_count);
	map.count[MAP_GROUP] = le32toh(header.group_count);
	*out_map = map;
	return 0;
}

uint32_t
map_retired_word(const struct map *map)
{
	const void *at = map->data + offsetof(struct map_header, retired);
	const _Atomic uint32_t *word = at;

	return le32toh(atomic_load_explicit(word, memory_order_acquire));
}

uint32_t
map_list_at(const struct map_list *list, uint32_t i)
{
	return map_load_u32(list->items + 4 * (size_t)i);
}

/* Load a record's fixed part and find its other parts; a failure leaves some. */
static inline int
load_record(const struct map *map, enum map_kind kind, uint32_t ref,
    struct record *record)
{
	const uint8_t *heap = map->section[MAP_HEAP_OF(kind)].data;
	uint32_t units = map->section[MAP_HEAP_OF(kind)].units;
	uint64_t needed;

	if (ref >= units || units - ref < HEAD_UNITS)
		return -EBADMSG;
	heap += 4 * (size_t)ref;
	/* Most records lie in two lines: have both on their way. */
	if (units - ref > LINE_UNITS)
		PREFETCH(heap + 4 * (size_t)LINE_UNITS);
	for (unsigned i = 0; i < HEAD_UNITS; i++)
		record->word[i] = map_load_u32(heap + 4 * (size_t)i);
	if (kind == MAP_ACCOUNT) {
		uint32_t lengths = record->word[2];

		record->text_size = (lengths & 0xff) + (lengths >> 8 & 0xff) +
		    (lengths >> 16 & 0xff) + (lengths >> 24) + 4;
		record->links.count = record->word[3] & 0xffff;
	} else {
		record->text_size = (record->word[3] & 0xff) + 1;
		record->links.count = record->word[1];
	}
	needed = HEAD_UNITS + (uint64_t)map_round_up(record->text_size) / 4 +
	    record->links.count;
	if (needed > units - ref)
		return -EBADMSG;
	record->units = (uint32_t)needed;
	record->text = heap + 4 * (size_t)HEAD_UNITS;
	record->links.items = record->text + map_round_up(record->text_size);
	return 0;
}

static uint32_t
name_len(const struct record *record, enum map_kind kind)
{
	return record->word[kind == MAP_ACCOUNT ? 2 : 3] & 0xff;
}

/* What is looked for: a name, or where name is NULL an id. */
struct key {
	const char *name;
	size_t len;
	uint32_t id;
};

static bool
record_matches(const struct record *record, enum map_kind kind,
    const struct key *key)
{
	if (key->name == NULL)
		return record->word[0] == key->id;
	return name_len(record, kind) == key->len &&
	    memcmp(record->text, key->name, key->len) == 0;
}

static int
find(const struct map *map, enum map_kind kind, const struct key *key,
    uint32_t *out_ref)
{
	enum map_section which =
	    key->name != NULL ? MAP_NAMES_OF(kind) : MAP_IDS_OF(kind);
	const uint8_t *table = map->section[which].data;
	uint32_t slot_count = map->section[which].units;
	uint32_t mask = map->ref_mask[kind];
	uint64_t hash = key->name != NULL
	    ? map_hash_name(map->seed, key->name, key->len)
	    : map_hash_id(map->seed, key->id);
	uint32_t at = map_first_slot(hash, slot_count);

	for (uint32_t i = 0; i < MAP_PROBE_MAX && i < slot_count; i++) {
		uint32_t slot = map_load_u32(table + 4 * (size_t)at);
		struct record record;

		if (slot == 0)
			return -ENOENT;
		if (((slot ^ (uint32_t)hash) & ~mask) == 0) {
			/* A ref of 0 wraps to one that no heap has. */
			uint32_t ref = (slot & mask) - 1;

			if (load_record(map, kind, ref, &record) != 0)
				return -EBADMSG;
			if (record_matches(&record, kind, key)) {
				*out_ref = ref;
				return 0;
			}
		}
		at = at + 1 == slot_count ? 0 : at + 1;
	}
	return -ENOENT;
}

int
map_find_name(const struct map *map, enum map_kind kind, const char *name,
    size_t len, uint32_t *out_ref)
{
	const struct key key = { .name = name, .len = len };

	return find(map, kind, &key, out_ref);
}

int
map_find_id(const struct map *map, enum map_kind kind, uint32_t id,
    uint32_t *out_ref)
{
	const struct key key = { .id = id };

	return find(map, kind, &key, out_ref);
}

int
map_next(const struct map *map, enum map_kind kind, uint32_t *cursor,
    uint32_t *out_ref)
{
	struct record record;

	if (*cursor >= map->section[MAP_HEAP_OF(kind)].units)
		return -ENOENT;
	if (load_record(map, kind, *cursor, &record) != 0)
		return -EBADMSG;
	*out_ref = *cursor;
	*cursor += record.units;
	return 0;
}

/* Copy texts; from then on only the copy is looked at. */
static int
copy_text(const struct record *record, size_t text_size, char *buffer,
    size_t size)
{
	if (text_size > size)
		return -ERANGE;
	memcpy(buffer, record->text, text_size);
	atomic_signal_fence(memory_order_seq_cst);
	return 0;
}

int
map_read_account(const struct map *map, uint32_t ref, char *buffer, size_t size,
    struct map_account *out_account)
{
	struct record record;
	uint32_t lengths;
	size_t len[4];
	int error = load_record(map, MAP_ACCOUNT, ref, &record);

	if (error == 0)
		error = copy_text(&record, record.text_size, buffer, size);
	if (error != 0)
		return error;
	lengths = record.word[2];
	for (unsigned i = 0; i < ARRAY_LEN(len); i++)
		len[i] = lengths >> (8 * i) & 0xff;
	if (!map_id_is_valid(record.word[0]) ||
	    !map_id_is_valid(record.word[1]) ||
	    !map_texts_are_valid(buffer, len))
		return -EBADMSG;
	out_account->uid = record.word[0];
	out_account->gid = record.word[1];
	out_account->name = buffer;
	out_account->gecos = buffer + len[0] + 1;
	out_account->home = out_account->gecos + len[1] + 1;
	out_account->shell = out_account->home + len[2] + 1;
	return 0;
}

int
map_read_member(const struct map *map, uint32_t ref, char *buffer, size_t size,
    struct map_account *out_account)
{
	struct map_account account = { .name = buffer };
	struct record record;
	uint32_t len;
	int error = load_record(map, MAP_ACCOUNT, ref, &record);

	if (error != 0)
		return error;
	len = name_len(&record, MAP_ACCOUNT);
	error = copy_text(&record, (size_t)len + 1, buffer, size);
	if (error != 0)
		return error;
	account.uid = record.word[0];
	account.gid = record.word[1];
	if (buffer[len] != '\0' || !map_id_is_valid(account.uid) ||
	    !map_id_is_valid(account.gid) ||
	    !map_account_name_is_valid(buffer, len))
		return -EBADMSG;
	*out_account = account;
	return 0;
}

int
map_read_gids(const struct map *map, uint32_t ref, struct map_list *out_gids)
{
	struct record record;
	int error = load_record(map, MAP_ACCOUNT, ref, &record);

	if (error == 0)
		*out_gids = record.links;
	return error;
}

int
map_read_group(const struct map *map, uint32_t ref, char *buffer, size_t size,
    struct map_group *out_group)
{
	struct map_group group = { .name = buffer };
	struct record record;
	uint32_t len;
	int error = load_record(map, MAP_GROUP, ref, &record);

	if (error == 0)
		error = copy_text(&record, record.text_size, buffer, size);
	if (error != 0)
		return error;
	len = name_len(&record, MAP_GROUP);
	group.gid = record.word[0];
	group.members = record.links;
	group.member_size = record.word[2];
	if (buffer[len] != '\0' || !map_id_is_valid(group.gid) ||
	    !map_group_name_is_valid(buffer, len) ||
	    group.member_size / (MAP_ACCOUNT_NAME_MAX + 1) >
		group.members.count)
		return -EBADMSG;
	*out_group = group;
	return 0;
}
