/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An account map that is replaced while any number of threads read it, with
 * the limits that were in force when it was mapped.  A reader pins the current
 * map: one atomic addition, one look at the retired word, no lock and no
 * syscall.  One of the readers that find the map retired maps the next one; the
 * others go on with the old one meanwhile.
 *
 * How: each mapping has its users counted in 64 stripes, a cache line each, so that
 * threads do not meet.  A reader adds itself, then looks again whether
 * the mapping is still the current one, and if not takes itself away
 * untouched.  Who replaces it first swaps, then reads the stripes: all 0 means
 * that nobody can be inside, and it is unmapped.  All four steps are
 * sequentially consistent.  The slots that hold mappings are never freed, so
 * a late reader always counts in a place that is one.
 *
 * After fork() the child's other threads are gone, with what they had pinned or
 * locked: the lock is released by a pthread_atfork() handler, and a mapping that they
 * had pinned stays mapped for the life of the child.
 */
#ifndef NSS_STYTCH_MAP_FILE_H
#define NSS_STYTCH_MAP_FILE_H

#include "nss_stytch/limits.h"
#include "nss_stytch/map_load.h"

#include <stdatomic.h>

#define MAP_STRIPES 64
#define MAP_SLOTS 8

/* At most so often is the path looked at where nothing says it is new. */
#define MAP_LOOK_AGAIN_MS 1000

struct map_stripe {
	_Alignas(64) atomic_uint users;
};

struct map_slot {
	struct map_stripe stripe[MAP_STRIPES];
	struct map_mapping mapping;
	struct limits limits;
	atomic_uint followed; /* the retired word that was acted upon last */
	bool used;            /* under busy */
};

struct map_file {
	const char *path;
	const char *limits_path;
	uid_t limits_owner;
	_Atomic(struct map_slot *) current;
	atomic_bool busy; /* taken by trying, never waited for with a map */
	_Atomic int64_t next_look_ms;
	atomic_int error;      /* why there is no current map */
	struct map_file *next; /* all that were used, for fork() */
	bool listed;           /* under busy */
	struct map_slot slots[MAP_SLOTS];
};

/* Static initialiser; the paths must stay. */
#define MAP_FILE_INIT(map_path, its_limits, its_owner) \
	{ \
		.path = (map_path), .limits_path = (its_limits), \
		.limits_owner = (its_owner), .error = -ENOENT \
	}

/* A map and its limits, in use until released. */
struct map_pin {
	const struct map *map; /* NULL: nothing is pinned */
	const struct limits *limits;
	struct map_file *file;
	struct map_slot *slot;
	unsigned stripe;
	uint32_t word; /* the retired word when it was pinned */
};

#define MAP_PIN_INIT \
	{ \
		.map = NULL \
	}

/*
 * Pin the current map of file in out_pin, which pins nothing yet.  Returns 0,
 * or why there is none, and then nothing is pinned: map_load()'s and
 * limits_load()'s errors, the limits' as -EACCES.  errno is not kept.
 */
int map_file_pin(struct map_file *file, struct map_pin *out_pin) MUST_CHECK;

/* Whether the map was replaced, or marked so, since it was pinned. */
bool map_pin_is_old(const struct map_pin *pin);

/* Let go; MAP_PIN_INIT is left, and may be given. */
void map_pin_release(struct map_pin *pin);

/* How many mappings the file has: 1, while none is in use but the current. */
unsigned map_file_mappings(struct map_file *file);

#endif
