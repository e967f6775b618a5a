/* SPDX-License-Identifier: BSD-2-Clause */
/* Mapping one account map from its file. */
#ifndef NSS_STYTCH_MAP_LOAD_H
#define NSS_STYTCH_MAP_LOAD_H

#include "nss_stytch/map.h"

struct map_mapping {
	void *data; /* NULL: nothing is mapped */
	size_t size;
	struct map map;
};

#define MAP_MAPPING_INIT \
	{ \
		.data = NULL, .size = 0 \
	}

/*
 * Map the file at path, an absolute path.  It must be a regular file, not
 * reached by a symbolic link, of root or of the owner of its folder, neither
 * writable by others.  Who owns it can still change and shorten it: map.h
 * copes with the first; a shorter file ends a reader with SIGBUS.
 * Returns 0, -EPERM (owner or mode), -EINVAL (no absolute path), map_attach()'s
 * errors, or what open() and mmap() say.
 */
int map_load(const char *path, struct map_mapping *out_mapping) MUST_CHECK;

/* Unmap; MAP_MAPPING_INIT is left. */
void map_unload(struct map_mapping *mapping);

#endif
