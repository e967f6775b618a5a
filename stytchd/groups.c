/* SPDX-License-Identifier: BSD-2-Clause */
/* Which groups a person is to be in, and their names; see groups.h. */
#include "config.h"

#include "stytchd/groups.h"

#include "common/buf.h"
#include "stytchd/grammar.h"
#include "stytchd/grant.h"
#include "stytchd/store.h"

#include <errno.h>
#include <string.h>

#define OWNER_MAX 512

/* Wishes under way. */
struct wisher {
	const struct rules *rules;
	const struct person *person;
	char *slug; /* of the person's organization; NULL: unknown or none */
	struct group_wishes wishes;
};

static void
list_clear(struct text_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		string_free(&list->items[i]);
	free(list->items);
	*list = (struct text_list){ NULL, 0 };
}

void
group_wishes_clear(struct group_wishes *wishes)
{
	list_clear(&wishes->owners);
	list_clear(&wishes->names);
}

static void
wisher_clear(struct wisher *wisher)
{
	string_free(&wisher->slug);
	group_wishes_clear(&wisher->wishes);
}

/* Add a group, once; both texts are taken over, whatever happens. */
static int
add_wish(struct wisher *wisher, char *owner, char *name)
{
	struct group_wishes *wishes = &wisher->wishes;

	if (wishes->owners.count == GROUPS_MAX ||
	    text_list_has(&wishes->owners, owner)) {
		free(owner);
		free(name);
		return 0;
	}
	wishes->owners.items[wishes->owners.count++] = owner;
	wishes->names.items[wishes->names.count++] = name;
	return 0;
}

static size_t
organization_count(const struct wisher *wisher)
{
	return wisher->rules->configuration->stytch.organizations.count;
}

/* Whether a rename's ID means this id of the person's organization. */
static bool
rename_means(const struct wisher *wisher, const char *wanted, const char *id)
{
	const char *organization = wisher->person->organization;
	size_t len = organization == NULL ? 0 : strlen(organization);

	if (organization == NULL || organization_count(wisher) == 1)
		if (strcmp(wanted, id) == 0)
			return true;
	return organization != NULL &&
	    strncmp(wanted, organization, len) == 0 && wanted[len] == ':' &&
	    strcmp(wanted + len + 1, id) == 0;
}

/* The name that rename gives, or NULL with 0. */
static int
renamed(const struct wisher *wisher, const char *kind, const char *id,
    char **out_name)
{
	const struct text_list *list =
	    &wisher->rules->configuration->groups.rename;

	for (size_t i = 0; i < list->count; i++) {
		CLEANUP(rename_clear)
		struct rename one = { NULL, NULL, NULL };
		int result = rename_parse(list->items[i], &one);
		bool is_meant;

		if (result != 0)
			return result;
		is_meant = strcmp(kind, "organization") == 0
		    ? strcmp(one.id, id) == 0
		    : rename_means(wisher, one.id, id);
		if (strcmp(one.kind, kind) == 0 && is_meant) {
			*out_name = STEAL(one.name);
			return 0;
		}
	}
	return 0;
}

/* Prefix, slug where it is needed, and the id folded; NULL with 0: no name. */
static int
made_name(const struct wisher *wisher, const char *id, bool with_slug,
    char **out_name)
{
	const char *prefix = wisher->rules->configuration->groups.prefix;
	CLEANUP(buf_clear) struct buf name = BUF_INIT(OWNER_MAX);
	CLEANUP(string_free) char *folded = NULL;
	CLEANUP(string_free) char *slug = NULL;
	int result = grammar_fold(id, &folded);

	if (result == 0 && with_slug)
		result = wisher->slug == NULL
		    ? -EINVAL
		    : grammar_fold(wisher->slug, &slug);
	if (result != 0)
		return result == -EINVAL ? 0 : result;
	buf_adds(&name, prefix == NULL ? "" : prefix);
	if (with_slug) {
		buf_adds(&name, slug);
		buf_addc(&name, '-');
	}
	buf_adds(&name, folded);
	return buf_take(&name, out_name);
}

static int
wish(struct wisher *wisher, const char *kind, const char *id)
{
	CLEANUP(buf_clear) struct buf owner = BUF_INIT(OWNER_MAX);
	CLEANUP(string_free) char *name = NULL;
	const char *organization = wisher->person->organization;
	char *key = NULL;
	int result = renamed(wisher, kind, id, &name);

	if (result == 0 && name == NULL)
		result = made_name(wisher, id,
		    organization != NULL && organization_count(wisher) > 1,
		    &name);
	if (result != 0 || name == NULL)
		return result;
	buf_addf(&owner, "%s:", kind);
	if (organization != NULL)
		buf_addf(&owner, "%s:", organization);
	buf_adds(&owner, id);
	result = buf_take(&owner, &key);
	if (result != 0)
		return result;
	return add_wish(wisher, key, STEAL(name));
}

static int
wish_list(struct wisher *wisher, const char *kind, const struct text_list *ids)
{
	int result = 0;

	for (size_t i = 0; result == 0 && i < ids->count; i++)
		result = wish(wisher, kind, ids->items[i]);
	return result;
}

static int
wish_organization(struct wisher *wisher)
{
	CLEANUP(buf_clear) struct buf owner = BUF_INIT(OWNER_MAX);
	CLEANUP(string_free) char *name = NULL;
	const char *organization = wisher->person->organization;
	char *key = NULL;
	int result;

	if (organization == NULL)
		return 0;
	result = renamed(wisher, "organization", organization, &name);
	if (result == 0 && name == NULL && wisher->slug != NULL)
		result = made_name(wisher, wisher->slug, false, &name);
	if (result != 0 || name == NULL)
		return result;
	buf_addf(&owner, "organization:%s", organization);
	result = buf_take(&owner, &key);
	if (result != 0)
		return result;
	return add_wish(wisher, key, STEAL(name));
}

/* Whether a grant's line speaks of this person under this account name. */
static bool
is_granted(const struct grant *grant, const struct person *person,
    const char *name)
{
	const char *organization =
	    person->organization == NULL ? "" : person->organization;

	return strcmp(grant->organization, organization) == 0 &&
	    text_list_has(&person->roles, grant->role) &&
	    (grant->users.count == 0 || text_list_has(&grant->users, name));
}

static int
wish_grants(struct wisher *wisher, const char *account)
{
	const struct text_list *list =
	    &wisher->rules->configuration->groups.grant;

	for (size_t i = 0; i < list->count; i++) {
		CLEANUP(grant_clear)
		struct grant grant = { NULL, NULL, NULL, { NULL, 0 } };
		CLEANUP(buf_clear) struct buf owner = BUF_INIT(OWNER_MAX);
		char *key = NULL;
		int result = grant_parse(list->items[i], &grant);

		if (result != 0)
			return result;
		if (!is_granted(&grant, wisher->person, account))
			continue;
		buf_addf(&owner, GROUPS_LOCAL "%s", grant.group);
		result = buf_take(&owner, &key);
		if (result == 0)
			result = add_wish(wisher, key, STEAL(grant.group));
		if (result != 0)
			return result;
	}
	return 0;
}

static int
read_slug(struct sqlite3 *database, const char *organization, char **out_slug)
{
	CLEANUP(store_done) struct sqlite3_stmt *select = NULL;
	int result = store_prepare(database,
	    "SELECT slug FROM organizations WHERE organization = ?", &select);

	if (result != 0)
		return result;
	store_bind_text(select, 1, organization);
	result = store_step(select);
	if (result != 1)
		return result;
	*out_slug = strdup(store_text(select, 0));
	return *out_slug == NULL ? -ENOMEM : 0;
}

int
groups_see_organization(struct sqlite3 *database, const char *organization,
    const char *slug)
{
	CLEANUP(store_done) struct sqlite3_stmt *insert = NULL;
	int result = store_prepare(database,
	    "INSERT INTO organizations (organization, slug) VALUES (?, ?)"
	    " ON CONFLICT (organization) DO NOTHING",
	    &insert);

	if (result != 0)
		return result;
	store_bind_text(insert, 1, organization);
	store_bind_text(insert, 2, slug);
	return store_run(insert);
}

static int
wish_all(struct wisher *wisher, const struct group_member *member)
{
	const struct configuration_groups *groups =
	    &wisher->rules->configuration->groups;
	/* Grants first: they are few, and meant, should there be too many. */
	int result = wish_grants(wisher, member->name);

	if (result == 0 && groups->organizations)
		result = wish_organization(wisher);
	if (result == 0 && groups->roles)
		result = wish_list(wisher, "role", &wisher->person->roles);
	if (result == 0)
		result = wish_list(wisher, "metadata", &member->wanted->groups);
	if (result == 0 && groups->scim)
		result =
		    wish_list(wisher, "scim", &wisher->person->scim_groups);
	return result;
}

int
groups_wish(struct sqlite3 *database, const struct rules *rules,
    const struct group_member *member, struct group_wishes *out_wishes)
{
	const struct person *person = member->person;
	CLEANUP(wisher_clear)
	struct wisher wisher = { .rules = rules,
		.person = person,
		.wishes.identity = person->identity };
	struct group_wishes *wishes = &wisher.wishes;
	int result = 0;

	wishes->owners.items =
	    calloc(GROUPS_MAX, sizeof(wishes->owners.items[0]));
	wishes->names.items =
	    calloc(GROUPS_MAX, sizeof(wishes->names.items[0]));
	if (wishes->owners.items == NULL || wishes->names.items == NULL)
		return -ENOMEM;
	if (person->organization != NULL)
		result =
		    read_slug(database, person->organization, &wisher.slug);
	if (result == 0)
		result = wish_all(&wisher, member);
	if (result != 0)
		return result;
	*out_wishes = wisher.wishes;
	wisher.wishes = (struct group_wishes){ .identity = NULL };
	return 0;
}
