/* SPDX-License-Identifier: BSD-2-Clause */
/* Collecting what goes into an account map; see map_writer.h. */
#include "config.h"

#include "nss_stytch/map_writer.h"

#include "nss_stytch/map_bytes.h"
#include "nss_stytch/map_image.h"

#include <errno.h>
#include <string.h>

#define FIRST_COUNT 16

int
map_writer_new(struct map_writer **out_writer)
{
	struct map_writer *writer = calloc(1, sizeof(*writer));

	if (writer == NULL)
		return -ENOMEM;
	if (getentropy(&writer->seed, sizeof(writer->seed)) != 0) {
		free(writer);
		return -EIO;
	}
	*out_writer = writer;
	return 0;
}

void
map_writer_free(struct map_writer **writer)
{
	if (*writer == NULL)
		return;
	for (unsigned kind = 0; kind < MAP_KIND_COUNT; kind++) {
		struct map_entries *entries = &(*writer)->entries[kind];

		free(entries->items);
		free(entries->by_name.slots);
		free(entries->by_id.slots);
	}
	free((*writer)->members.items);
	free((*writer)->gids.items);
	free((*writer)->texts);
	free(*writer);
	*writer = NULL;
}

/* A block for at least count items, twice as large each time; or NULL. */
static void *
grow(void *items, size_t *size, size_t count, size_t item_size)
{
	size_t next = *size == 0 ? FIRST_COUNT : *size;
	void *grown;

	if (items != NULL && count <= *size)
		return items;
	while (next < count) {
		if (next > SIZE_MAX / 2)
			return NULL;
		next *= 2;
	}
	grown = reallocarray(items, next, item_size);
	if (grown != NULL)
		*size = next;
	return grown;
}

/* The slot of the set that holds an equal entry, or the empty one for it. */
static uint32_t *
find_name(const struct map_writer *writer, const struct map_entries *entries,
    const char *name, size_t len)
{
	uint32_t mask = entries->by_name.size - 1;
	uint32_t at = (uint32_t)map_hash_name(writer->seed, name, len) & mask;

	for (;; at = (at + 1) & mask) {
		uint32_t *slot = &entries->by_name.slots[at];
		const struct map_entry *entry;

		if (*slot == 0)
			return slot;
		entry = &entries->items[*slot - 1];
		if (entry->len[0] == len &&
		    memcmp(writer->texts + entry->text, name, len) == 0)
			return slot;
	}
}

static uint32_t *
find_id(const struct map_writer *writer, const struct map_entries *entries,
    uint32_t id)
{
	uint32_t mask = entries->by_id.size - 1;
	uint32_t at = (uint32_t)map_hash_id(writer->seed, id) & mask;

	for (;; at = (at + 1) & mask) {
		uint32_t *slot = &entries->by_id.slots[at];

		if (*slot == 0 || entries->items[*slot - 1].id == id)
			return slot;
	}
}

static int
set_enlarge(struct map_key_set *set)
{
	uint32_t size = set->size == 0 ? 2 * FIRST_COUNT : 2 * set->size;
	uint32_t *slots;

	if (size > UINT32_MAX / 2)
		return -EFBIG;
	slots = calloc(size, sizeof(*slots));
	if (slots == NULL)
		return -ENOMEM;
	free(set->slots);
	set->slots = slots;
	set->size = size;
	return 0;
}

/* Fill a set anew.  The names or ids in it are known to differ. */
static void
refill_names(struct map_writer *writer, struct map_entries *entries)
{
	for (uint32_t i = 0; i < entries->count; i++) {
		const struct map_entry *entry = &entries->items[i];

		*find_name(writer, entries, writer->texts + entry->text,
		    entry->len[0]) = i + 1;
	}
}

static void
refill_ids(struct map_writer *writer, struct map_entries *entries)
{
	for (uint32_t i = 0; i < entries->count; i++)
		*find_id(writer, entries, entries->items[i].id) = i + 1;
}

/* Room for one entry more in the list and, at most half full, in both sets. */
static int
reserve_entry(struct map_writer *writer, struct map_entries *entries)
{
	size_t needed = 2 * ((size_t)entries->count + 1);
	void *items = grow(entries->items, &entries->size,
	    (size_t)entries->count + 1, sizeof(*entries->items));
	int error = 0;

	if (items == NULL)
		return -ENOMEM;
	entries->items = items;
	if (needed > entries->by_name.size) {
		error = set_enlarge(&entries->by_name);
		if (error == 0)
			refill_names(writer, entries);
	}
	if (error == 0 && needed > entries->by_id.size) {
		error = set_enlarge(&entries->by_id);
		if (error == 0)
			refill_ids(writer, entries);
	}
	return error;
}

static int
reserve_text(struct map_writer *writer, size_t len)
{
	void *texts =
	    grow(writer->texts, &writer->text_size, writer->text_len + len, 1);

	if (texts == NULL)
		return -ENOMEM;
	writer->texts = texts;
	return 0;
}

/* Add an entry whose fields (field_count of them) are in the grammar. */
static int
add_entry(struct map_writer *writer, enum map_kind kind,
    const char *const *fields, size_t field_count, struct map_entry entry)
{
	struct map_entries *entries = &writer->entries[kind];
	uint32_t *name_slot, *id_slot;
	size_t size = 0;
	int error = reserve_entry(writer, entries);

	if (error != 0)
		return error;
	for (size_t i = 0; i < field_count; i++) {
		entry.len[i] = (uint8_t)strlen(fields[i]);
		size += (size_t)entry.len[i] + 1;
	}
	name_slot = find_name(writer, entries, fields[0], entry.len[0]);
	id_slot = find_id(writer, entries, entry.id);
	if (*name_slot != 0 || *id_slot != 0)
		return -EEXIST;
	error = reserve_text(writer, size);
	if (error != 0)
		return error;
	entry.text = writer->text_len;
	for (size_t i = 0; i < field_count; i++) {
		memcpy(writer->texts + writer->text_len, fields[i],
		    (size_t)entry.len[i] + 1);
		writer->text_len += (size_t)entry.len[i] + 1;
	}
	entries->items[entries->count++] = entry;
	*name_slot = entries->count;
	*id_slot = entries->count;
	return 0;
}

int
map_writer_add_account(struct map_writer *writer,
    const struct map_account *account, uint32_t *out_index)
{
	const char *const fields[] = { account->name,
		account->gecos == NULL ? "" : account->gecos, account->home,
		account->shell };
	struct map_entry entry = { .id = account->uid, .gid = account->gid };
	int error;

	if (!map_account_is_valid(account))
		return -EINVAL;
	error =
	    add_entry(writer, MAP_ACCOUNT, fields, ARRAY_LEN(fields), entry);
	if (error == 0 && out_index != NULL)
		*out_index = writer->entries[MAP_ACCOUNT].count - 1;
	return error;
}

int
map_writer_add_group(struct map_writer *writer, const char *name, uint32_t gid,
    uint32_t *out_index)
{
	struct map_entry entry = { .id = gid };
	int error;

	if (!map_id_is_valid(gid) || name == NULL ||
	    !map_group_name_is_valid(name, strlen(name)))
		return -EINVAL;
	error = add_entry(writer, MAP_GROUP, &name, 1, entry);
	if (error == 0 && out_index != NULL)
		*out_index = writer->entries[MAP_GROUP].count - 1;
	return error;
}

static int
add_pair(struct map_pairs *pairs, uint32_t first, uint32_t second)
{
	void *items = grow(pairs->items, &pairs->size, pairs->count + 1,
	    sizeof(*pairs->items));

	if (items == NULL)
		return -ENOMEM;
	pairs->items = items;
	pairs->items[pairs->count++] = (uint64_t)first << 32 | second;
	return 0;
}

int
map_writer_add_local_gid(struct map_writer *writer, uint32_t account,
    uint32_t gid)
{
	if (account >= writer->entries[MAP_ACCOUNT].count ||
	    !map_id_is_valid(gid))
		return -EINVAL;
	return add_pair(&writer->gids, account, gid);
}

int
map_writer_add_member(struct map_writer *writer, uint32_t group,
    uint32_t account)
{
	const struct map_entries *groups = &writer->entries[MAP_GROUP];
	int error;

	if (group >= groups->count ||
	    account >= writer->entries[MAP_ACCOUNT].count)
		return -EINVAL;
	error = add_pair(&writer->members, group, account);
	if (error != 0)
		return error;
	error = add_pair(&writer->gids, account, groups->items[group].id);
	if (error != 0)
		writer->members.count--;
	return error;
}
