/* SPDX-License-Identifier: BSD-2-Clause */
/* Walking all records; see nss_walk.h. */
#include "config.h"

#include "nss_stytch/nss_walk.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

struct walk {
	pthread_mutex_t lock;
	bool begun;
	enum nss_map at; /* which map is walked; NSS_MAP_COUNT: at the end */
	uint32_t cursor;
	struct map_pin pin[NSS_MAP_COUNT];
};

static struct walk walks[] = {
	[MAP_ACCOUNT] = { .lock = PTHREAD_MUTEX_INITIALIZER },
	[MAP_GROUP] = { .lock = PTHREAD_MUTEX_INITIALIZER },
};
_Static_assert(ARRAY_LEN(walks) == MAP_KIND_COUNT, "one walk a kind");

static void
unlock(pthread_mutex_t **lock)
{
	(void)pthread_mutex_unlock(*lock);
}

static void
reset(struct walk *walk)
{
	for (size_t i = 0; i < NSS_MAP_COUNT; i++)
		map_pin_release(&walk->pin[i]);
	walk->begun = false;
	walk->at = NSS_MAP;
	walk->cursor = 0;
}

void
nss_walk_reset(enum map_kind kind)
{
	struct walk *walk = &walks[kind];
	CLEANUP(unlock) pthread_mutex_t *lock = &walk->lock;

	(void)pthread_mutex_lock(lock);
	reset(walk);
}

/*
 * Pin both maps.  If the first was replaced before the second was pinned, those who moved
 * from the second to the first would be missed: once more.
 */
static enum nss_answer
begin(struct walk *walk)
{
	for (unsigned i = 0; i < 2; i++) {
		int error, overlay_error;

		reset(walk);
		error =
		    map_file_pin(nss_map_file(NSS_MAP), &walk->pin[NSS_MAP]);
		overlay_error = map_file_pin(nss_map_file(NSS_OVERLAY),
		    &walk->pin[NSS_OVERLAY]);
		if (error != 0 && overlay_error != 0)
			return NSS_UNAVAILABLE;
		if (error != 0 || !map_pin_is_old(&walk->pin[NSS_MAP]))
			break;
	}
	walk->begun = true;
	return NSS_FOUND;
}

/* The next record's place.  FOUND, ABSENT (the end) or UNAVAILABLE. */
static enum nss_answer
step(struct walk *walk, enum map_kind kind, uint32_t *out_ref)
{
	while (walk->at < NSS_MAP_COUNT) {
		const struct map *map = walk->pin[walk->at].map;
		int error = map == NULL
		    ? -ENOENT
		    : map_next(map, kind, &walk->cursor, out_ref);

		if (error == 0)
			return NSS_FOUND;
		if (error != -ENOENT)
			return NSS_UNAVAILABLE;
		walk->at = (enum nss_map)(walk->at + 1);
		walk->cursor = 0;
	}
	return NSS_ABSENT;
}

/* Whether the overlay's record at ref has a name that the map has too. */
static bool
is_in_map(const struct walk *walk, enum map_kind kind, uint32_t ref)
{
	const struct map *map = walk->pin[NSS_MAP].map;
	const struct map *overlay = walk->pin[NSS_OVERLAY].map;
	char name[MAP_FIELD_MAX + 1];
	struct map_account account;
	struct map_group group;
	uint32_t found;

	if (walk->at != NSS_OVERLAY || map == NULL)
		return false;
	if ((kind == MAP_ACCOUNT ? map_read_member(overlay, ref, name,
				       sizeof(name), &account)
				 : map_read_group(overlay, ref, name,
				       sizeof(name), &group)) != 0)
		return false;
	return map_find_name(map, kind, name, strlen(name), &found) == 0;
}

enum nss_answer
nss_walk_next(enum map_kind kind, nss_reader *read, void *context)
{
	static const struct nss_key any = { .name = NULL, .id = 0 };
	struct walk *walk = &walks[kind];
	CLEANUP(unlock) pthread_mutex_t *lock = &walk->lock;
	enum nss_answer answer;

	(void)pthread_mutex_lock(lock);
	if (!walk->begun) {
		answer = begin(walk);
		if (answer != NSS_FOUND)
			return answer;
	}
	for (;;) {
		uint32_t ref;

		answer = step(walk, kind, &ref);
		if (answer != NSS_FOUND)
			return answer;
		if (is_in_map(walk, kind, ref))
			continue;
		answer = read(&walk->pin[walk->at], ref, &any, context);
		if (answer == NSS_TOO_SMALL)
			walk->cursor = ref;
		if (answer != NSS_OUTSIDE)
			return answer;
	}
}
