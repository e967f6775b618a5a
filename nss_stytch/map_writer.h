/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Making an account map: collect accounts, groups and memberships, then
 * publish them as one file.  Used by the agent.  One thread at a time.
 */
#ifndef NSS_STYTCH_MAP_WRITER_H
#define NSS_STYTCH_MAP_WRITER_H

#include "nss_stytch/map_grammar.h"

struct map_writer;

/*
 * Returns 0, -ENOMEM or -EIO (no random numbers); *out_writer is freed with
 * map_writer_free().
 */
int map_writer_new(struct map_writer **out_writer) MUST_CHECK;

/* Free and set to NULL; *writer may be NULL. */
void map_writer_free(struct map_writer **writer);

/*
 * Add an account; strings are copied.  *out_index names it within this
 * writer; out_index may be NULL.  Returns 0, -EINVAL (an id that is 0 or
 * 2^32-1, a field out of map_grammar.h), -EEXIST (the name or the uid is there),
 * -EFBIG (the format holds no more) or -ENOMEM; then nothing is added.
 */
int map_writer_add_account(struct map_writer *writer,
    const struct map_account *account, uint32_t *out_index) MUST_CHECK;

/* Add a group; as map_writer_add_account(). */
int map_writer_add_group(struct map_writer *writer, const char *name,
    uint32_t gid, uint32_t *out_index) MUST_CHECK;

/*
 * Make an account a member of a group, by their indices.  Twice is once.  An
 * account's private group, whose gid is its own, needs no member.  Returns 0,
 * -EINVAL (no such index) or -ENOMEM.
 */
int map_writer_add_member(struct map_writer *writer, uint32_t group,
    uint32_t account) MUST_CHECK;

/*
 * Give an account the gid of a local group, one that is not in this map.
 * Readers obey it where nss.limits grants it.  Returns 0, -EINVAL (no such
 * index, a gid that is 0 or 2^32-1) or -ENOMEM.
 */
int map_writer_add_local_gid(struct map_writer *writer, uint32_t account,
    uint32_t gid) MUST_CHECK;

/*
 * Publish what was added as the file path, mode 0644: written to path.tmp in the
 * same folder, synced, renamed over path, the folder synced, the old file
 * retired so that its readers notice.  The folder must be the caller's own,
 * and one process publishes at a time.  The writer may be used further.
 * Returns 0, -E2BIG (an account in more than 65535 groups), -EFBIG, -ENOMEM,
 * -ENAMETOOLONG, or what the file system says (-ENOSPC, -EACCES, ...).  On
 * failure the old file is still there and still good, unless only the last
 * step, syncing the folder, failed: then path is the new file, and current.
 */
int map_writer_publish(struct map_writer *writer, const char *path) MUST_CHECK;

#endif
