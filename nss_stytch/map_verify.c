/* SPDX-License-Identifier: BSD-2-Clause */
/* Checking a whole account map against map_format.h; see map.h. */
#include "config.h"

#include "nss_stytch/map.h"
#include "nss_stytch/map_bytes.h"

#include <errno.h>

static bool
list_has(const struct map_list *list, uint32_t value)
{
	uint32_t first = 0, last = list->count;

	while (first < last) {
		uint32_t middle = first + (last - first) / 2;
		uint32_t found = map_list_at(list, middle);

		if (found == value)
			return true;
		if (found < value)
			first = middle + 1;
		else
			last = middle;
	}
	return false;
}

static bool
list_ascends(const struct map_list *list)
{
	for (uint32_t i = 1; i < list->count; i++)
		if (map_list_at(list, i - 1) >= map_list_at(list, i))
			return false;
	return true;
}

/* Whether a record is what both tables find under its name and its id. */
static bool
is_found(const struct map *map, enum map_kind kind, uint32_t ref,
    const char *name, uint32_t id)
{
	uint32_t found;

	return map_find_name(map, kind, name, strlen(name), &found) == 0 &&
	    found == ref && map_find_id(map, kind, id, &found) == 0 &&
	    found == ref;
}

static const char *
check_account(const struct map *map, uint32_t ref)
{
	char texts[MAP_ACCOUNT_TEXT_MAX];
	struct map_account account;
	struct map_list gids;

	if (map_read_account(map, ref, texts, sizeof(texts), &account) != 0 ||
	    map_read_gids(map, ref, &gids) != 0)
		return "an account breaks the grammar";
	if (!is_found(map, MAP_ACCOUNT, ref, account.name, account.uid))
		return "an account is not found by its name and uid";
	if (!list_ascends(&gids))
		return "gids of an account are not in order";
	for (uint32_t i = 0; i < gids.count; i++)
		if (!map_id_is_valid(map_list_at(&gids, i)))
			return "an account has an impossible gid";
	return NULL;
}

static const char *
check_group(const struct map *map, uint32_t ref)
{
	char name[MAP_FIELD_MAX + 1];
	struct map_group group;
	uint64_t size = 0;

	if (map_read_group(map, ref, name, sizeof(name), &group) != 0)
		return "a group breaks the grammar";
	if (!is_found(map, MAP_GROUP, ref, group.name, group.gid))
		return "a group is not found by its name and gid";
	if (!list_ascends(&group.members))
		return "members of a group are not in order";
	for (uint32_t i = 0; i < group.members.count; i++) {
		uint32_t at = map_list_at(&group.members, i), found;
		char member[MAP_FIELD_MAX + 1];
		struct map_account account;
		struct map_list gids;

		if (map_read_member(map, at, member, sizeof(member),
			&account) != 0 ||
		    map_find_id(map, MAP_ACCOUNT, account.uid, &found) != 0 ||
		    found != at)
			return "a member is not an account";
		if (map_read_gids(map, at, &gids) != 0 ||
		    !list_has(&gids, group.gid))
			return "a member does not know of its group";
		size += strlen(member) + 1;
	}
	return size == group.member_size ? NULL
					 : "a group's member size is wrong";
}

static bool
slots_are(const struct map *map, enum map_section which, uint32_t count)
{
	uint32_t used = 0;

	for (uint32_t i = 0; i < map->section[which].units; i++)
		used +=
		    map_load_u32(map->section[which].data + 4 * (size_t)i) != 0;
	return used == count && map->section[which].units / 2 >= count;
}

static const char *
check_kind(const struct map *map, enum map_kind kind)
{
	uint32_t cursor = 0, ref, count = 0;
	int error;

	while ((error = map_next(map, kind, &cursor, &ref)) == 0) {
		const char *why = kind == MAP_ACCOUNT ? check_account(map, ref)
						      : check_group(map, ref);

		if (why != NULL)
			return why;
		count++;
	}
	if (error != -ENOENT)
		return "a record reaches beyond its heap";
	if (count != map->count[kind])
		return "the number of records is wrong";
	if (!slots_are(map, MAP_NAMES_OF(kind), count) ||
	    !slots_are(map, MAP_IDS_OF(kind), count))
		return "a hash table has other entries than the heap";
	return NULL;
}

static bool
sections_overlap(const struct map *map)
{
	for (unsigned a = 0; a < MAP_SECTION_COUNT; a++)
		for (unsigned b = 0; b < MAP_SECTION_COUNT; b++) {
			size_t size = 4 * (size_t)map->section[a].units;
			size_t other = 4 * (size_t)map->section[b].units;

			if (a != b && size > 0 && other > 0 &&
			    map->section[a].data <= map->section[b].data &&
			    map->section[a].data + size > map->section[b].data)
				return true;
		}
	return false;
}

int
map_verify(const struct map *map, const char **out_why)
{
	const char *why = NULL;

	if (map->header_size > map->file_size ||
	    XXH3_64bits(map->data + map->header_size,
		map->file_size - map->header_size) != map->body_checksum)
		why = "the checksum is wrong";
	else if (sections_overlap(map))
		why = "sections overlap";
	for (unsigned kind = 0; why == NULL && kind < MAP_KIND_COUNT; kind++)
		why = check_kind(map, (enum map_kind)kind);
	if (why == NULL)
		return 0;
	*out_why = why;
	return -EBADMSG;
}
