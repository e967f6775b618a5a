/* SPDX-License-Identifier: BSD-2-Clause */
/* Members of a page, and a whole sync against the state; see sync.h. */
#include "config.h"

#include "stytchd/sync.h"

#include "stytchd/groups.h"
#include "stytchd/people.h"
#include "stytchd/person_json.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define ALWAYS_ALLOWED 5 /* removals, whatever max_removal says */
#define SLUG_MAX 128

/* A dry run ends with this, so that the transaction is rolled back. */
#define DRY_RUN_DONE (-ECHILD)

/* One laying of a staging against the state. */
struct laying {
	struct sqlite3 *database;
	const struct rules *rules;
	struct staging *staging;
	bool dry_run;
	struct sync_result *result;
};

static int
read_last(struct sqlite3 *database, void *context)
{
	return people_last(database, context);
}

int
sync_begin(struct store *store, struct staging **out_staging)
{
	int64_t last = 0;
	int result = store_read(store, read_last, &last);

	return result != 0 ? result : staging_open(last, out_staging);
}

static int
stage_member(struct staging *staging, const char *organization,
    const cJSON *member)
{
	CLEANUP(person_free) struct person *person = NULL;
	int result = person_parse(member, PROJECT_B2B, &person);

	if (result == 0 && strcmp(person->organization, organization) != 0)
		result = -EPROTO;
	return result != 0 ? result : staging_add_person(staging, person);
}

/* The slug, out of the page's map of organizations, where it is there. */
static int
stage_slug(struct staging *staging, const char *organization, const cJSON *page)
{
	const cJSON *map =
	    cJSON_GetObjectItemCaseSensitive(page, "organizations");
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(map, organization);
	const char *slug =
	    person_json_text(item, "organization_slug", SLUG_MAX);

	return slug == NULL
	    ? 0
	    : staging_add_organization(staging, organization, slug);
}

static int
stage_members(struct staging *staging, const char *organization,
    const cJSON *page, unsigned long *seen)
{
	const cJSON *members =
	    cJSON_GetObjectItemCaseSensitive(page, "members");
	const cJSON *member = NULL;
	int result = stage_slug(staging, organization, page);

	if (result == 0 && !cJSON_IsArray(members))
		return -EPROTO;
	cJSON_ArrayForEach (member, members) {
		if (result != 0)
			return result;
		result = stage_member(staging, organization, member);
		++*seen;
	}
	return result;
}

int
sync_stage_page(struct staging *staging, const char *organization,
    const struct cJSON *page, unsigned long *seen)
{
	int result = staging_begin(staging);
	int ended;

	if (result != 0)
		return result;
	result = stage_members(staging, organization, page, seen);
	ended = staging_end(staging, result == 0);
	return result != 0 ? result : ended;
}

static int
lay_organization(void *context, const char *organization, const char *slug)
{
	const struct laying *laying = context;

	return groups_see_organization(laying->database, organization, slug);
}

static int
count_change(struct laying *laying, enum people_change change, const char *name,
    const char *identity)
{
	switch (change) {
	case PEOPLE_NOTHING:
		return 0;
	case PEOPLE_ADDED:
		laying->result->added++;
		break;
	case PEOPLE_CHANGED:
		laying->result->changed++;
		break;
	case PEOPLE_REMOVED:
		laying->result->removed++;
		break;
	}
	return staging_add_change(laying->staging, (int)change, name, identity);
}

static int
lay_person(void *context, const struct person *person)
{
	struct laying *laying = context;
	struct people_outcome outcome;
	int result = people_store(laying->database, laying->rules, person,
	    PEOPLE_CREATE | PEOPLE_TEMPLATE, &outcome);

	return result != 0 ? result
			   : count_change(laying, outcome.change, outcome.name,
				 person->identity);
}

/* One account of the state: gone, if Stytch did not name its owner. */
static int
lay_account(void *context, const char *identity, const char *name)
{
	struct laying *laying = context;
	enum people_change change = PEOPLE_NOTHING;
	int result = staging_has_person(laying->staging, identity);

	if (result != 0)
		return result < 0 ? result : 0;
	result = people_remove(laying->database, identity, &change);
	return result != 0 ? result
			   : count_change(laying, change, name, identity);
}

static int
check_removals(struct laying *laying, int64_t before)
{
	long percent = laying->rules->configuration->accounts.max_removal;
	unsigned long removed = laying->result->removed;

	if (removed <= ALWAYS_ALLOWED ||
	    removed * 100 <= (unsigned long)before * (unsigned long)percent)
		return 0;
	(void)snprintf(laying->result->reason, sizeof(laying->result->reason),
	    "%lu of %lld accounts would be removed; max_removal is %ld%%",
	    removed, (long long)before, percent);
	return -ECANCELED;
}

/* Findings are told anew by whoever is stored. */
static int
forget_findings(struct sqlite3 *database)
{
	return store_script(database, "DELETE FROM findings");
}

static int
lay(struct sqlite3 *database, void *context)
{
	struct laying *laying = context;
	int64_t before = 0;
	int result = people_check_rules(database, laying->rules);

	laying->database = database;
	if (result == 0)
		result = people_count(database, &before);
	if (result == 0)
		result = forget_findings(database);
	if (result == 0)
		result = staging_each_organization(laying->staging,
		    lay_organization, laying);
	if (result == 0)
		result =
		    staging_each_person(laying->staging, lay_person, laying);
	if (result == 0)
		result = people_each(database, staging_last(laying->staging),
		    lay_account, laying);
	if (result == 0)
		result = check_removals(laying, before);
	return result == 0 && laying->dry_run ? DRY_RUN_DONE : result;
}

int
sync_apply(struct store *store, const struct rules *rules,
    struct staging *staging, bool dry_run, struct sync_result *out_result)
{
	struct laying laying = { .rules = rules,
		.staging = staging,
		.dry_run = dry_run,
		.result = out_result };
	/* One transaction for all changes; what is read back is inside it. */
	int result = staging_begin(staging);

	if (result != 0)
		return result;
	result = store_write(store, lay, &laying);
	return result == DRY_RUN_DONE ? 0 : result;
}
