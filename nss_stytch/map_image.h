/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A map's bytes, made from what a writer has collected.  Internal to the
 * writer: map_writer.c collects, map_image.c lays out, map_publish.c stores.
 */
#ifndef NSS_STYTCH_MAP_IMAGE_H
#define NSS_STYTCH_MAP_IMAGE_H

#include "common/attr.h"
#include "nss_stytch/map_format.h"

struct map_entry {
	size_t text;    /* offset in texts; account: name NUL gecos NUL ... */
	uint32_t id;    /* uid, or the group's gid */
	uint32_t gid;   /* of an account */
	uint8_t len[4]; /* name, gecos, home, shell; of a group, name alone */
};

/* An open-addressing set of entries by name or id: index + 1, or 0. */
struct map_key_set {
	uint32_t *slots;
	uint32_t size; /* 0, or a power of two */
};

struct map_entries {
	struct map_entry *items;
	uint32_t count;
	size_t size;
	struct map_key_set by_name;
	struct map_key_set by_id;
};

/* Pairs of 32-bit numbers, the first in the high half. */
struct map_pairs {
	uint64_t *items;
	size_t count;
	size_t size;
};

struct map_writer {
	uint64_t seed; /* of its own key sets; each image has another */
	struct map_entries entries[MAP_KIND_COUNT];
	struct map_pairs members; /* group index, account index */
	struct map_pairs gids;    /* account index, gid */
	char *texts;
	size_t text_len;
	size_t text_size;
};

struct map_image {
	uint8_t *data;
	size_t size;
};

#define MAP_IMAGE_INIT \
	{ \
		.data = NULL, .size = 0 \
	}

/*
 * Lay the map out.  Sorts the writer's pairs and drops those that stand twice.
 * Returns 0, -E2BIG, -EFBIG, -ENOMEM, or -EIO (no random seed).
 */
int map_image_build(struct map_writer *writer, struct map_image *out_image)
    MUST_CHECK;

void map_image_clear(struct map_image *image);

#endif
