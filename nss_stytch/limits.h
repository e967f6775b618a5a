/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the NSS module may serve, in root's own words: /etc/stytch/nss.limits.
 * The agent writes the map and answers look-ups, but is not root; what lies
 * outside these limits never leaves the module.
 *
 * A text file, root's and writable by root alone, of lines:
 *
 *   # comment		ignored, as are empty lines
 *   uid A-B		accounts may have these uids
 *   gid A-B		accounts and groups may have these gids
 *   grant GID NAME,NAME	these accounts may also be in the local group GID
 *   grant GID *		so may any account
 *
 * Words are parted by one space, numbers are decimal without leading zeros, 1000
 * <= A <= B <= 4294967293, GID is neither 0 nor 4294967295, names are in
 * map_grammar.h, each line ends in a newline.  Several lines of a kind add up.
 * Anything else is an error, and then, or without the file, nothing is
 * served.
 */
#ifndef NSS_STYTCH_LIMITS_H
#define NSS_STYTCH_LIMITS_H

#include "common/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define LIMITS_ID_MIN UINT32_C(1000)
#define LIMITS_ID_MAX UINT32_C(4294967293)
#define LIMITS_RANGES_MAX 16 /* of uids, and of gids */
#define LIMITS_GRANTS_MAX 256
#define LIMITS_SIZE_MAX 65536 /* bytes of the file */

enum limits_kind {
	LIMITS_UID,
	LIMITS_GID,
	LIMITS_KIND_COUNT
};

struct limits_ranges {
	struct {
		uint32_t first;
		uint32_t last;
	} range[LIMITS_RANGES_MAX];
	size_t count;
};

struct limits_grant {
	uint32_t gid;
	char *names; /* by comma; or "*" */
};

struct limits {
	struct limits_ranges ids[LIMITS_KIND_COUNT];
	struct limits_grant *grants;
	size_t grant_count;
};

/* Allows nothing. */
#define LIMITS_INIT \
	{ \
		.grants = NULL, .grant_count = 0 \
	}

/* Allow a range of uids or gids.  0, -EINVAL or -E2BIG (too many). */
int limits_add_range(struct limits *limits, enum limits_kind kind,
    uint32_t first, uint32_t last) MUST_CHECK;

/*
 * Grant a local gid to names (by comma, or "*"), which are copied.  0, -EINVAL, -E2BIG
 * or -ENOMEM.
 */
int limits_add_grant(struct limits *limits, uint32_t gid, const char *names)
    MUST_CHECK;

/*
 * Parse a file's text.  Returns 0, -EINVAL or -E2BIG (*out_line is the line,
 * from 1) or -ENOMEM (*out_line is 0).  *out_limits is the caller's, to be
 * cleared.
 */
int limits_parse(const char *text, size_t len, struct limits *out_limits,
    unsigned *out_line) MUST_CHECK;

/*
 * Read and parse the file at path.  It must be a regular file of owner (0 but
 * in tests), not reached by a symbolic link, writable by nobody else.  Returns
 * limits_parse()'s errors, -EPERM (owner or mode), -EFBIG, or what open()
 * and read() say; *out_line is 0 where the error is of no line.
 */
int limits_load(const char *path, uid_t owner, struct limits *out_limits,
    unsigned *out_line) MUST_CHECK;

/* The file's text, which limits_parse() reads back as the same limits. */
int limits_format(const struct limits *limits, char **out_text) MUST_CHECK;

/* Whether an account may have both ids; whether a group may have the gid. */
bool limits_allow_account(const struct limits *limits, uint32_t uid,
    uint32_t gid);
bool limits_allow_group(const struct limits *limits, uint32_t gid);

/* Whether the account called name may be in the group gid: allowed or granted. */
bool limits_allow_member(const struct limits *limits, uint32_t gid,
    const char *name);

/* Free; LIMITS_INIT is left. */
void limits_clear(struct limits *limits);

#endif
