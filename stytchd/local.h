/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What this host already has: the names and ids of /etc/passwd and /etc/group
 * and the shells of /etc/shells, read from the files themselves, never by
 * NSS (which would ask the agent).
 */
#ifndef STYTCHD_LOCAL_H
#define STYTCHD_LOCAL_H

#include "common/attr.h"

#include <stdbool.h>
#include <stdint.h>

struct local;

/*
 * Read root/etc/passwd, group and shells; root is "" but in tests.  A missing
 * shells is the two of shells(5), /bin/sh and /bin/csh.  Returns 0, what
 * fopen() says, -EIO, -E2BIG (a line over 1 MiB) or -ENOMEM.
 */
int local_load(const char *root, struct local **out_local) MUST_CHECK;

void local_free(struct local **local);

/* Whether the three files are still those that were read. */
bool local_is_current(const struct local *local);

/* A user or a group of that name; a uid or a gid of that number. */
bool local_has_name(const struct local *local, const char *name);
bool local_has_user(const struct local *local, const char *name);
bool local_has_id(const struct local *local, uint32_t id);

/* The gid of a local group: 0 or -ENOENT. */
int local_gid(const struct local *local, const char *group, uint32_t *out_gid)
    MUST_CHECK;

bool local_has_shell(const struct local *local, const char *shell);

/*
 * Whether root/etc/passwd has a user of that name; true where it cannot be
 * read.  For one question without a struct local.
 */
bool local_user_exists(const char *root, const char *name);

#endif
