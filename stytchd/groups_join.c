/* SPDX-License-Identifier: BSD-2-Clause */
/* Groups and memberships in the state; see groups.h. */
#include "config.h"

#include "common/buf.h"
#include "stytchd/findings.h"
#include "stytchd/groups.h"
#include "stytchd/ledger.h"
#include "stytchd/store.h"

#include <errno.h>
#include <string.h>

static bool
is_local(const char *owner)
{
	return strncmp(owner, GROUPS_LOCAL, strlen(GROUPS_LOCAL)) == 0;
}

/* Note why a group is not made; 0 where that could be noted. */
static int
refuse(struct sqlite3 *database, const char *owner, const char *name,
    const char *why)
{
	CLEANUP(buf_clear) struct buf detail = BUF_INIT(512);

	buf_adds(&detail, "group ");
	buf_add_clean(&detail, name, 128);
	buf_addf(&detail, " %s", why);
	if (buf_error(&detail) != 0)
		return buf_error(&detail);
	return findings_add(database, owner, "group", buf_text(&detail));
}

/* Reserve the name for the group: 1, 0 (refused), or a negative errno. */
static int
give_name(struct sqlite3 *database, const struct rules *rules,
    const char *owner, const char *name)
{
	const char *why = mapping_refuses(rules, name);
	int result = 0;

	if (why == NULL) {
		result = ledger_give_name(database, owner, name);
		if (result == -EEXIST)
			why = "belongs to another";
		else if (result != 0)
			return result;
	}
	if (why != NULL)
		return refuse(database, owner, name, why);
	result = findings_forget(database, owner);
	return result != 0 ? result : 1;
}

/* The group's name as the state has it, compared: 1 same, 2 another, 0 none. */
static int
find_group(struct sqlite3 *database, const char *owner, const char *name)
{
	CLEANUP(store_done) struct sqlite3_stmt *select = NULL;
	int result = store_prepare(database,
	    "SELECT name = ? FROM groups WHERE owner = ?", &select);

	if (result != 0)
		return result;
	store_bind_text(select, 1, name);
	store_bind_text(select, 2, owner);
	result = store_step(select);
	if (result != 1)
		return result;
	return store_int(select, 0) != 0 ? 1 : 2;
}

/* Write the group's row; a group that was renamed keeps its number. */
static int
write_group(struct sqlite3 *database, const char *owner, const char *name,
    uint32_t gid)
{
	CLEANUP(store_done) struct sqlite3_stmt *insert = NULL;
	int result = store_prepare(database,
	    "INSERT INTO groups (owner, name, gid) VALUES (?, ?, ?)"
	    " ON CONFLICT (owner) DO UPDATE SET name = excluded.name",
	    &insert);

	if (result != 0)
		return result;
	store_bind_text(insert, 1, owner);
	store_bind_text(insert, 2, name);
	store_bind_int(insert, 3, gid);
	return store_run(insert);
}

/* Make the group if it may be made: 1 where it is there, 0 where not. */
static int
ensure_group(struct sqlite3 *database, const struct rules *rules,
    const char *owner, const char *name, bool create)
{
	int found = is_local(owner) ? 1 : find_group(database, owner, name);
	uint32_t gid = 0;
	int result;

	if (found < 0 || found == 1)
		return found;
	if (!create)
		return found == 2;
	result = give_name(database, rules, owner, name);
	/* A new name that is refused leaves a group with its old one. */
	if (result == 0 && found == 2)
		return 1;
	if (result != 1)
		return result;
	result = ledger_give_id(database, rules, owner, 0, &gid);
	if (result == -ENOSPC)
		return refuse(database, owner, name, "finds no free number");
	if (result == 0)
		result = write_group(database, owner, name, gid);
	return result == 0 ? 1 : result;
}

static int
join(struct sqlite3 *database, const char *identity, const char *owner,
    bool *changed)
{
	CLEANUP(store_done) struct sqlite3_stmt *insert = NULL;
	int result = store_prepare(database,
	    "INSERT INTO memberships (identity, owner) VALUES (?, ?)"
	    " ON CONFLICT DO NOTHING RETURNING 1",
	    &insert);

	if (result != 0)
		return result;
	store_bind_text(insert, 1, identity);
	store_bind_text(insert, 2, owner);
	result = store_step(insert);
	if (result == 1)
		*changed = true;
	return result < 0 ? result : 0;
}

static int
leave(struct sqlite3 *database, const char *identity, const char *owner)
{
	CLEANUP(store_done) struct sqlite3_stmt *statement = NULL;
	int result = store_prepare(database,
	    "DELETE FROM memberships WHERE identity = ? AND owner = ?",
	    &statement);

	if (result != 0)
		return result;
	store_bind_text(statement, 1, identity);
	store_bind_text(statement, 2, owner);
	return store_run(statement);
}

/* Leave every group that is not in stay. */
static int
leave_others(struct sqlite3 *database, const char *identity,
    const struct text_list *stay, bool *changed)
{
	CLEANUP(store_done) struct sqlite3_stmt *select = NULL;
	int result = store_prepare(database,
	    "SELECT owner FROM memberships WHERE identity = ?", &select);

	if (result != 0)
		return result;
	store_bind_text(select, 1, identity);
	while ((result = store_step(select)) == 1) {
		CLEANUP(string_free)
		char *owner = strdup(store_text(select, 0));
		int left;

		if (owner == NULL)
			return -ENOMEM;
		if (text_list_has(stay, owner))
			continue;
		*changed = true;
		left = leave(database, identity, owner);
		if (left != 0)
			return left;
	}
	return result;
}

int
groups_join(struct sqlite3 *database, const struct rules *rules,
    const struct group_wishes *wishes, bool create, bool *out_changed)
{
	const char *identity = wishes->identity;
	struct text_list stay = { calloc(GROUPS_MAX, sizeof(char *)), 0 };
	bool changed = false;
	int result = stay.items == NULL ? -ENOMEM : 0;

	for (size_t i = 0; result == 0 && i < wishes->owners.count; i++) {
		char *owner = wishes->owners.items[i];
		int there = ensure_group(database, rules, owner,
		    wishes->names.items[i], create);

		result = there < 0 ? there : 0;
		if (there != 1)
			continue;
		stay.items[stay.count++] = owner;
		result = join(database, identity, owner, &changed);
	}
	if (result == 0)
		result = leave_others(database, identity, &stay, &changed);
	free(stay.items);
	if (result == 0)
		*out_changed = changed;
	return result;
}
