/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The account map's reader over any bytes: as they are, and with the header's
 * checksum put right, so that what lies behind it is reached.
 */
#include "config.h"

#include "nss_stytch/map.h"
#include "nss_stytch/map_bytes.h"

#define LOOKS_MAX 4096 /* a lying header has more than there is time for */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
expect(bool good)
{
	if (!good)
		abort();
}

static void
look_up_account(const struct map *map, uint32_t ref)
{
	char texts[MAP_ACCOUNT_TEXT_MAX];
	struct map_account account, member;
	struct map_list gids;
	uint32_t found, sum = 0;

	if (map_read_gids(map, ref, &gids) == 0)
		for (uint32_t i = 0; i < gids.count; i++)
			sum += map_list_at(&gids, i);
	(void)sum;
	if (map_read_account(map, ref, texts, sizeof(texts), &account) != 0)
		return;
	expect(map_account_is_valid(&account));
	if (map_find_name(map, MAP_ACCOUNT, account.name, strlen(account.name),
		&found) == 0)
		expect(map_read_account(map, found, texts, 1, &member) != 0);
	if (map_find_id(map, MAP_ACCOUNT, account.uid, &found) == 0 &&
	    map_read_member(map, found, texts, sizeof(texts), &member) == 0)
		expect(member.uid == account.uid);
}

static void
look_up_group(const struct map *map, uint32_t ref)
{
	char texts[256];
	struct map_account member;
	struct map_group group;
	uint32_t found;

	if (map_read_group(map, ref, texts, sizeof(texts), &group) != 0)
		return;
	expect(map_id_is_valid(group.gid));
	if (map_find_name(map, MAP_GROUP, group.name, strlen(group.name),
		&found) == 0)
		expect(map_read_group(map, found, texts, 1, &group) != 0);
	for (uint32_t i = 0; i < group.members.count && i < LOOKS_MAX; i++)
		if (map_read_member(map, map_list_at(&group.members, i), texts,
			sizeof(texts), &member) == 0)
			expect(map_account_name_is_valid(member.name,
			    strlen(member.name)));
}

static void
look_at(const void *data, size_t size)
{
	const char *why;
	struct map map;

	if (map_attach(data, size, &map) != 0)
		return;
	for (unsigned kind = 0; kind < MAP_KIND_COUNT; kind++) {
		uint32_t cursor = 0, ref;

		for (unsigned i = 0; i < LOOKS_MAX; i++) {
			if (map_next(&map, (enum map_kind)kind, &cursor,
				&ref) != 0)
				break;
			if (kind == MAP_ACCOUNT)
				look_up_account(&map, ref);
			else
				look_up_group(&map, ref);
		}
		/* Refs that no walk gives, as a table may hold them. */
		for (ref = 0; ref < 64; ref++) {
			look_up_account(&map, ref * 7);
			look_up_group(&map, UINT32_MAX - ref * 3);
		}
	}
	(void)map_retired_word(&map);
	if (map_verify(&map, &why) != 0)
		expect(why[0] != '\0');
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy = calloc(1, size == 0 ? 1 : size);
	uint64_t checksum;

	if (copy == NULL)
		return 0;
	if (size > 0)
		memcpy(copy, data, size);
	look_at(copy, size);
	if (size >= sizeof(struct map_header)) {
		checksum = htole64(
		    XXH3_64bits(copy, offsetof(struct map_header, checksum)));
		memcpy(copy + offsetof(struct map_header, checksum), &checksum,
		    sizeof(checksum));
		checksum = htole64(XXH3_64bits(copy + sizeof(struct map_header),
		    size - sizeof(struct map_header)));
		look_at(copy, size);
		/* And the body's, for map_verify(). */
		memcpy(copy + offsetof(struct map_header, body_checksum),
		    &checksum, sizeof(checksum));
		checksum = htole64(
		    XXH3_64bits(copy, offsetof(struct map_header, checksum)));
		memcpy(copy + offsetof(struct map_header, checksum), &checksum,
		    sizeof(checksum));
		look_at(copy, size);
	}
	free(copy);
	return 0;
}
