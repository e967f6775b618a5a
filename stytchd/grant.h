/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The lines of [groups] that say more than a word: grant and rename.  The
 * configuration checks them once; who reads them later meets no surprise.
 */
#ifndef STYTCHD_GRANT_H
#define STYTCHD_GRANT_H

#include "stytchd/configuration.h"

/* GROUP:ORGANIZATION_ID:ROLE[:USER+USER] */
struct grant {
	char *group;            /* name or gid of a group of this host */
	char *organization;     /* "" in a consumer project: GROUP::ROLE */
	char *role;             /* role id */
	struct text_list users; /* account names; empty: all with the role */
};

/*
 * Read one item of grant.  GROUP is a name of the grammar or a gid from 1 to
 * 2^32-2; ROLE may hold any character but ':'.  Returns 0, -EINVAL or -ENOMEM;
 * out_grant is to be cleared with grant_clear().
 */
int grant_parse(const char *text, struct grant *out_grant) MUST_CHECK;
void grant_clear(struct grant *grant);

/* KIND:ID=NAME */
struct rename {
	char *kind; /* organization, role, scim or metadata */
	char *id;
	char *name;
};

/*
 * Read one item of rename.  ID is what stands between the first ':' and the
 * last '='.  Returns 0, -EINVAL or -ENOMEM; clear with rename_clear().
 */
int rename_parse(const char *text, struct rename *out_rename) MUST_CHECK;
void rename_clear(struct rename *rename_);

#endif
