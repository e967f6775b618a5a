/* SPDX-License-Identifier: BSD-2-Clause */
/* Laying out an account map; see map_format.h for the bytes. */
#include "config.h"

#include "nss_stytch/map_image.h"

#include "nss_stytch/map_bytes.h"

#include <errno.h>
#include <stdbool.h>
#include <time.h>

#define SEEDS_MAX 16

/* Where everything goes, known before a byte is written. */
struct layout {
	uint32_t *refs[MAP_KIND_COUNT]; /* by index */
	struct {
		uint64_t offset;
		uint64_t size;
	} section[MAP_SECTION_COUNT];
	size_t file_size;
};

static void
layout_clear(struct layout *layout)
{
	free(layout->refs[MAP_ACCOUNT]);
	free(layout->refs[MAP_GROUP]);
}

void
map_image_clear(struct map_image *image)
{
	free(image->data);
	image->data = NULL;
	image->size = 0;
}

static int
compare_pairs(const void *a, const void *b)
{
	const uint64_t *left = a, *right = b;

	return (*left > *right) - (*left < *right);
}

static void
sort_pairs(struct map_pairs *pairs)
{
	size_t kept = 0;

	if (pairs->count == 0)
		return;
	qsort(pairs->items, pairs->count, sizeof(*pairs->items), compare_pairs);
	for (size_t i = 1; i < pairs->count; i++)
		if (pairs->items[i] != pairs->items[kept])
			pairs->items[++kept] = pairs->items[i];
	pairs->count = kept + 1;
}

/* The sorted links of a kind's entries: gids of accounts, or members. */
static const struct map_pairs *
links_of(const struct map_writer *writer, enum map_kind kind)
{
	return kind == MAP_ACCOUNT ? &writer->gids : &writer->members;
}

/* How many links entry index has, which begin at *at; moves *at behind them. */
static size_t
take_links(const struct map_pairs *pairs, uint32_t index, size_t *at)
{
	size_t start = *at;

	while (*at < pairs->count && pairs->items[*at] >> 32 == index)
		(*at)++;
	return *at - start;
}

/* Bytes of an entry's strings with their NULs. */
static uint32_t
text_size(const struct map_entry *entry, enum map_kind kind)
{
	uint32_t size = 0;

	for (size_t i = 0; i < (kind == MAP_ACCOUNT ? 4 : 1); i++)
		size += entry->len[i] + 1U;
	return size;
}

/* Give each record of a kind its ref and the heap its size. */
static int
place_records(const struct map_writer *writer, enum map_kind kind,
    struct layout *layout)
{
	const struct map_entries *entries = &writer->entries[kind];
	uint64_t units = 0;
	size_t at = 0;

	layout->refs[kind] =
	    reallocarray(NULL, (size_t)entries->count + 1, sizeof(uint32_t));
	if (layout->refs[kind] == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; i < entries->count; i++) {
		size_t links = take_links(links_of(writer, kind), i, &at);

		if (kind == MAP_ACCOUNT && links > MAP_GIDS_MAX)
			return -E2BIG;
		layout->refs[kind][i] = (uint32_t)units;
		units +=
		    (MAP_ACCOUNT_TEXT +
			map_round_up(text_size(&entries->items[i], kind))) /
			4 +
		    links;
		if (units > MAP_HEAP_MAX)
			return -EFBIG;
	}
	layout->section[MAP_HEAP_OF(kind)].size = units * 4;
	layout->section[MAP_NAMES_OF(kind)].size = 8 * (uint64_t)entries->count;
	layout->section[MAP_IDS_OF(kind)].size = 8 * (uint64_t)entries->count;
	return 0;
}

static void
place_sections(struct layout *layout)
{
	uint64_t at = sizeof(struct map_header);

	for (unsigned i = 0; i < MAP_SECTION_COUNT; i++) {
		layout->section[i].offset = at;
		at += (layout->section[i].size + MAP_ALIGN - 1) / MAP_ALIGN *
		    MAP_ALIGN;
	}
	layout->file_size = at;
}

static void
fill_accounts(const struct map_writer *writer, const struct layout *layout,
    uint8_t *heap)
{
	const struct map_entries *entries = &writer->entries[MAP_ACCOUNT];
	size_t at = 0;

	for (uint32_t i = 0; i < entries->count; i++) {
		const struct map_entry *entry = &entries->items[i];
		uint8_t *record =
		    heap + 4 * (size_t)layout->refs[MAP_ACCOUNT][i];
		uint32_t size = text_size(entry, MAP_ACCOUNT);
		size_t first = at;
		size_t links = take_links(&writer->gids, i, &at);

		map_put_u32(record + MAP_ACCOUNT_UID, entry->id);
		map_put_u32(record + MAP_ACCOUNT_GID, entry->gid);
		memcpy(record + MAP_ACCOUNT_LENGTHS, entry->len, 4);
		map_put_u16(record + MAP_ACCOUNT_GID_COUNT, (uint16_t)links);
		record += MAP_ACCOUNT_TEXT;
		memcpy(record, writer->texts + entry->text, size);
		record += map_round_up(size);
		for (size_t k = 0; k < links; k++)
			map_put_u32(record + 4 * k,
			    (uint32_t)writer->gids.items[first + k]);
	}
}

static void
fill_groups(const struct map_writer *writer, const struct layout *layout,
    uint8_t *heap)
{
	const struct map_entries *entries = &writer->entries[MAP_GROUP];
	const struct map_entry *accounts = writer->entries[MAP_ACCOUNT].items;
	size_t at = 0;

	for (uint32_t i = 0; i < entries->count; i++) {
		const struct map_entry *entry = &entries->items[i];
		uint8_t *record = heap + 4 * (size_t)layout->refs[MAP_GROUP][i];
		uint32_t size = text_size(entry, MAP_GROUP), member_size = 0;
		size_t first = at;
		size_t links = take_links(&writer->members, i, &at);
		uint8_t *refs = record + MAP_GROUP_TEXT + map_round_up(size);

		for (size_t k = 0; k < links; k++) {
			uint32_t account =
			    (uint32_t)writer->members.items[first + k];

			member_size += accounts[account].len[0] + 1U;
			map_put_u32(refs + 4 * k,
			    layout->refs[MAP_ACCOUNT][account]);
		}
		map_put_u32(record + MAP_GROUP_GID, entry->id);
		map_put_u32(record + MAP_GROUP_MEMBER_COUNT, (uint32_t)links);
		map_put_u32(record + MAP_GROUP_MEMBER_SIZE, member_size);
		record[MAP_GROUP_NAME_LEN] = entry->len[0];
		memcpy(record + MAP_GROUP_TEXT, writer->texts + entry->text,
		    size);
	}
}

/* Put a ref into a table.  Returns false where it would lie too far off. */
static bool
insert_slot(uint8_t *table, uint32_t slot_count, uint64_t hash, uint32_t value)
{
	uint32_t at = map_first_slot(hash, slot_count);

	for (unsigned i = 0; i < MAP_PROBE_MAX; i++) {
		if (map_load_u32(table + 4 * (size_t)at) == 0) {
			map_put_u32(table + 4 * (size_t)at, value);
			return true;
		}
		at = at + 1 == slot_count ? 0 : at + 1;
	}
	return false;
}

/* Both tables of a kind, which are zero; false: take another seed. */
static bool
fill_tables(const struct map_writer *writer, const struct layout *layout,
    enum map_kind kind, uint64_t seed, uint8_t *data)
{
	const struct map_entries *entries = &writer->entries[kind];
	uint32_t mask = map_ref_mask(
	    (uint32_t)(layout->section[MAP_HEAP_OF(kind)].size / 4));
	uint8_t *names = data + layout->section[MAP_NAMES_OF(kind)].offset;
	uint8_t *ids = data + layout->section[MAP_IDS_OF(kind)].offset;
	uint32_t slot_count = 2 * entries->count;

	for (uint32_t i = 0; i < entries->count; i++) {
		const struct map_entry *entry = &entries->items[i];
		uint32_t ref = layout->refs[kind][i] + 1;
		uint64_t hash = map_hash_name(seed, writer->texts + entry->text,
		    entry->len[0]);

		if (!insert_slot(names, slot_count, hash,
			((uint32_t)hash & ~mask) | ref))
			return false;
		hash = map_hash_id(seed, entry->id);
		if (!insert_slot(ids, slot_count, hash,
			((uint32_t)hash & ~mask) | ref))
			return false;
	}
	return true;
}

static int
fill_all_tables(const struct map_writer *writer, const struct layout *layout,
    uint8_t *data, uint64_t *out_seed)
{
	for (unsigned i = 0; i < SEEDS_MAX; i++) {
		uint64_t seed;

		if (getentropy(&seed, sizeof(seed)) != 0)
			return -EIO;
		/* The tables are the sections before the first heap. */
		memset(data + sizeof(struct map_header), 0,
		    layout->section[MAP_ACCOUNTS].offset -
			sizeof(struct map_header));
		if (!fill_tables(writer, layout, MAP_ACCOUNT, seed, data) ||
		    !fill_tables(writer, layout, MAP_GROUP, seed, data))
			continue;
		*out_seed = seed;
		return 0;
	}
	return -EFBIG;
}

static void
fill_header(const struct map_writer *writer, const struct layout *layout,
    uint64_t seed, uint8_t *data)
{
	struct map_header header = { .magic = { 0 } };
	time_t now = time(NULL);

	memcpy(header.magic, MAP_MAGIC, sizeof(header.magic));
	header.major = htole16(MAP_MAJOR);
	header.minor = htole16(MAP_MINOR);
	header.header_size = htole32(sizeof(header));
	header.file_size = htole64(layout->file_size);
	header.seed = htole64(seed);
	header.built = htole64(now > 0 ? (uint64_t)now : 0);
	header.body_checksum = htole64(XXH3_64bits(data + sizeof(header),
	    layout->file_size - sizeof(header)));
	for (unsigned i = 0; i < MAP_SECTION_COUNT; i++) {
		header.section[i].offset = htole64(layout->section[i].offset);
		header.section[i].size = htole64(layout->section[i].size);
	}
	header.account_count = htole32(writer->entries[MAP_ACCOUNT].count);
	header.group_count = htole32(writer->entries[MAP_GROUP].count);
	header.checksum = htole64(
	    XXH3_64bits(&header, offsetof(struct map_header, checksum)));
	memcpy(data, &header, sizeof(header));
}

int
map_image_build(struct map_writer *writer, struct map_image *out_image)
{
	CLEANUP(layout_clear) struct layout layout = { .file_size = 0 };
	CLEANUP(map_image_clear) struct map_image image = MAP_IMAGE_INIT;
	uint64_t seed;
	int error;

	sort_pairs(&writer->members);
	sort_pairs(&writer->gids);
	error = place_records(writer, MAP_ACCOUNT, &layout);
	if (error == 0)
		error = place_records(writer, MAP_GROUP, &layout);
	if (error != 0)
		return error;
	place_sections(&layout);
	image.data = calloc(1, layout.file_size);
	if (image.data == NULL)
		return -ENOMEM;
	image.size = layout.file_size;
	fill_accounts(writer, &layout,
	    image.data + layout.section[MAP_ACCOUNTS].offset);
	fill_groups(writer, &layout,
	    image.data + layout.section[MAP_GROUPS].offset);
	error = fill_all_tables(writer, &layout, image.data, &seed);
	if (error != 0)
		return error;
	fill_header(writer, &layout, seed, image.data);
	out_image->size = image.size;
	out_image->data = STEAL(image.data);
	return 0;
}
