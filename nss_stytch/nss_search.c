/* SPDX-License-Identifier: BSD-2-Clause */
/* Looking into the two maps; see nss_search.h. */
#include "config.h"

#include "nss_stytch/nss_search.h"

#include "nss_stytch/nss_paths.h"

#include <errno.h>

/* The limits are root's (0). */
static struct map_file files[] = {
	[NSS_MAP] = MAP_FILE_INIT(NSS_MAP_PATH, NSS_LIMITS_PATH, 0),
	[NSS_OVERLAY] = MAP_FILE_INIT(NSS_OVERLAY_PATH, NSS_LIMITS_PATH, 0),
};
_Static_assert(ARRAY_LEN(files) == NSS_MAP_COUNT, "one file a map");

struct map_file *
nss_map_file(enum nss_map which)
{
	return &files[which];
}

int
nss_limits_load(struct limits *out_limits)
{
	unsigned line;

	return limits_load(files[NSS_MAP].limits_path,
	    files[NSS_MAP].limits_owner, out_limits, &line);
}

static enum nss_answer
search_pinned(const struct map_pin *pin, enum map_kind kind,
    const struct nss_key *key, nss_reader *read, void *context)
{
	uint32_t ref;
	int error = key->name != NULL
	    ? map_find_name(pin->map, kind, key->name, key->len, &ref)
	    : map_find_id(pin->map, kind, key->id, &ref);

	if (error == -ENOENT)
		return NSS_ABSENT;
	if (error != 0)
		return NSS_UNAVAILABLE;
	return read(pin, ref, key, context);
}

static enum nss_answer
search_overlay(enum map_kind kind, const struct nss_key *key, nss_reader *read,
    void *context)
{
	CLEANUP(map_pin_release) struct map_pin pin = MAP_PIN_INIT;
	int error = map_file_pin(&files[NSS_OVERLAY], &pin);

	if (error == -ENOENT)
		return NSS_ABSENT;
	if (error != 0)
		return NSS_UNAVAILABLE;
	return search_pinned(&pin, kind, key, read, context);
}

/* Both maps once; *out_moved: the first was replaced meanwhile. */
static enum nss_answer
search_once(enum map_kind kind, const struct nss_key *key, nss_reader *read,
    void *context, bool *out_moved)
{
	CLEANUP(map_pin_release) struct map_pin pin = MAP_PIN_INIT;
	enum nss_answer first = NSS_UNAVAILABLE, second;

	if (map_file_pin(&files[NSS_MAP], &pin) == 0)
		first = search_pinned(&pin, kind, key, read, context);
	if (first != NSS_ABSENT && first != NSS_UNAVAILABLE)
		return first;
	second = search_overlay(kind, key, read, context);
	*out_moved = pin.map != NULL && map_pin_is_old(&pin);
	return second == NSS_ABSENT ? first : second;
}

enum nss_answer
nss_search(enum map_kind kind, const struct nss_key *key, nss_reader *read,
    void *context)
{
	bool moved = false;
	enum nss_answer answer = search_once(kind, key, read, context, &moved);

	if (moved && (answer == NSS_ABSENT || answer == NSS_UNAVAILABLE))
		answer = search_once(kind, key, read, context, &moved);
	return answer;
}
