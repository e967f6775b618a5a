/* SPDX-License-Identifier: BSD-2-Clause */
/* The groups of a person, for initgroups(); see nss_gids.h. */
#include "config.h"

#include "nss_stytch/nss_gids.h"

#include "nss_stytch/nss_paths.h"

#include <stdio.h>
#include <string.h>

enum nss_answer
nss_add_gid(const struct nss_gids *to, gid_t gid)
{
	if (gid == to->primary)
		return NSS_FOUND;
	if (to->limit > 0 && *to->start >= to->limit)
		return NSS_FOUND;
	if (*to->start >= *to->size) {
		long size = *to->size > 8 ? 2 * *to->size : 16;
		gid_t *items;

		if (to->limit > 0 && size > to->limit)
			size = to->limit;
		items = reallocarray(*to->items, (size_t)size, sizeof(*items));
		if (items == NULL)
			return NSS_BUSY;
		*to->items = items;
		*to->size = size;
	}
	(*to->items)[(*to->start)++] = gid;
	return NSS_FOUND;
}

/* Put a gid of the account called name into the list, if it may be there. */
static enum nss_answer
add_allowed(const struct limits *limits, const char *name, uint32_t gid,
    const struct nss_gids *to)
{
	if (!map_id_is_valid(gid) || !limits_allow_member(limits, gid, name))
		return NSS_FOUND;
	return nss_add_gid(to, gid);
}

enum nss_answer
nss_read_gids(const struct map_pin *pin, uint32_t ref,
    const struct nss_key *key, void *context)
{
	const struct nss_gids *to = context;
	char name[MAP_FIELD_MAX + 1];
	struct map_account account;
	struct map_list gids;
	enum nss_answer local;

	if (map_read_member(pin->map, ref, name, sizeof(name), &account) != 0 ||
	    map_read_gids(pin->map, ref, &gids) != 0 ||
	    !nss_is_asked_for(key, account.name, account.uid))
		return NSS_UNAVAILABLE;
	if (!limits_allow_account(pin->limits, account.uid, account.gid))
		return NSS_OUTSIDE;
	local = nss_find_local(name);
	if (local != NSS_ABSENT)
		return local == NSS_FOUND ? NSS_OUTSIDE : local;
	for (uint32_t i = 0; i < gids.count; i++)
		if (add_allowed(pin->limits, name, map_list_at(&gids, i), to) !=
		    NSS_FOUND)
			return NSS_BUSY;
	return NSS_FOUND;
}

bool
nss_may_ask_gids(const char *name, uint32_t primary)
{
	CLEANUP(limits_clear) struct limits limits = LIMITS_INIT;

	return nss_may_ask() && nss_limits_load(&limits) == 0 &&
	    limits_allow_group(&limits, primary) &&
	    nss_find_local(name) == NSS_ABSENT;
}

enum nss_answer
nss_add_record_gids(const struct nss_record *record, const struct nss_gids *to)
{
	size_t count = wire_u32s_count(&record->message, WIRE_GROUPS);

	for (size_t i = 0; i < count; i++)
		if (add_allowed(&record->limits, record->account.name,
			wire_u32s_at(&record->message, WIRE_GROUPS, i),
			to) != NSS_FOUND)
			return NSS_BUSY;
	return NSS_FOUND;
}

static void
file_close(FILE **file)
{
	if (*file != NULL)
		(void)fclose(*file);
}

enum nss_answer
nss_find_local(const char *name)
{
	CLEANUP(file_close) FILE *file = fopen(NSS_PASSWD_PATH, "re");
	CLEANUP(string_free) char *line = NULL;
	size_t size = 0, len = strlen(name);

	if (file == NULL)
		return NSS_UNAVAILABLE;
	while (getline(&line, &size, file) >= 0)
		if (strncmp(line, name, len) == 0 && line[len] == ':')
			return NSS_FOUND;
	return feof(file) ? NSS_ABSENT : NSS_UNAVAILABLE;
}
