/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What may stand in a line of passwd or group: the one grammar, for the map's
 * writer, for its reader, and for what the agent answers.
 */
#ifndef NSS_STYTCH_MAP_GRAMMAR_H
#define NSS_STYTCH_MAP_GRAMMAR_H

#include "common/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MAP_ACCOUNT_NAME_MAX 32 /* what utmp and ps show */
#define MAP_GROUP_NAME_MAX 128
#define MAP_FIELD_MAX 255 /* bytes of gecos, home or shell */

struct map_account {
	const char *name;
	uint32_t uid, gid;
	const char *gecos, *home, *shell;
};

/* Neither 0 nor 2^32-1, which chown and setreuid read as "leave it". */
bool map_id_is_valid(uint32_t id);

/*
 * The names: ASCII letters, digits, '_', '.' and '-', a letter or '_' first.
 * len is without the NUL, of which there is none inside.
 */
bool map_account_name_is_valid(const char *name, size_t len);
bool map_group_name_is_valid(const char *name, size_t len);

/*
 * Valid UTF-8 without control, invisible or bidirectional characters and
 * without ':'; may be empty.
 */
bool map_gecos_is_valid(const char *gecos, size_t len);

/*
 * As gecos, and absolute: components between single slashes, none of them
 * empty, "." or "..", at least one, no slash at the end.  Homes and shells.
 */
bool map_path_is_valid(const char *path, size_t len);

/*
 * The texts of an account in one piece: name, gecos, home, shell, len bytes
 * each and a NUL.  As each of them by the functions above, but at once: this
 * is in every look-up of every process.
 */
bool map_texts_are_valid(const char *texts, const size_t len[4]);

/* All of it; gecos may be NULL for "", nothing else may be. */
bool map_account_is_valid(const struct map_account *account);

#endif
