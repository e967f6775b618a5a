/* SPDX-License-Identifier: BSD-2-Clause */
/* People out of the state: accounts with their groups; see people.h. */
#include "config.h"

#include "stytchd/groups.h"
#include "stytchd/mapping.h"
#include "stytchd/people.h"
#include "stytchd/store.h"

#include <errno.h>
#include <string.h>

static int
add_group(struct account *account, const char *name, uint32_t gid)
{
	for (size_t i = 0; i < account->group_count; i++)
		if (account->gids[i] == gid)
			return 0;
	if (account->group_count == GROUPS_MAX)
		return 0;
	account->group_names[account->group_count] = strdup(name);
	if (account->group_names[account->group_count] == NULL)
		return -ENOMEM;
	account->gids[account->group_count++] = gid;
	return 0;
}

int
people_granted_gid(const struct rules *rules, const char *group,
    uint32_t *out_gid)
{
	uint32_t host = 0;
	uint64_t gid = 0;
	size_t len = strspn(group, "0123456789");

	if (group[len] != '\0') {
		if (local_gid(rules->local, group, &host) != 0)
			return -ENOENT;
		gid = host;
	}
	for (size_t i = 0; group[len] == '\0' && i < len; i++)
		if (gid <= UINT32_MAX)
			gid = gid * 10 + (unsigned)(group[i] - '0');
	if (gid == 0 || gid >= UINT32_MAX)
		return -ENOENT;
	*out_gid = (uint32_t)gid;
	return 0;
}

/* Add the group of an owner as the state, or the host, has it. */
static int
add_owner(struct account *account, const struct rules *rules, const char *owner,
    const char *name, int64_t gid)
{
	size_t len = strlen(GROUPS_LOCAL);
	uint32_t host = 0;

	if (strncmp(owner, GROUPS_LOCAL, len) == 0)
		return people_granted_gid(rules, owner + len, &host) != 0
		    ? 0
		    : add_group(account, owner + len, host);
	if (name == NULL || local_has_name(rules->local, name) ||
	    local_has_id(rules->local, (uint32_t)gid))
		return 0;
	return add_group(account, name, (uint32_t)gid);
}

static int
make_group_lists(struct account *account)
{
	account->gids = calloc(GROUPS_MAX, sizeof(account->gids[0]));
	account->group_names =
	    calloc(GROUPS_MAX, sizeof(account->group_names[0]));
	return account->gids == NULL || account->group_names == NULL ? -ENOMEM
								     : 0;
}

static int
load_groups(struct sqlite3 *database, const struct rules *rules,
    struct account *account)
{
	CLEANUP(store_done) struct sqlite3_stmt *select = NULL;
	int result = store_prepare(database,
	    "SELECT memberships.owner, groups.name, groups.gid"
	    " FROM memberships LEFT JOIN groups USING (owner)"
	    " WHERE identity = ? ORDER BY memberships.owner",
	    &select);

	if (result == 0)
		result = make_group_lists(account);
	if (result != 0)
		return result;
	store_bind_text(select, 1, account->person->identity);
	while ((result = store_step(select)) == 1) {
		result = add_owner(account, rules, store_text(select, 0),
		    store_text(select, 1), store_int(select, 2));
		if (result != 0)
			return result;
	}
	return result;
}

static int
copy(struct sqlite3_stmt *select, int nth, char **out_text)
{
	const char *text = store_text(select, nth);

	if (text == NULL)
		return -EIO;
	*out_text = strdup(text);
	return *out_text == NULL ? -ENOMEM : 0;
}

static int
take_account(struct sqlite3_stmt *select, struct account *account)
{
	const char *json = store_text(select, 6);
	int result = copy(select, 0, &account->name);

	if (result == 0)
		result = copy(select, 1, &account->gecos);
	if (result == 0)
		result = copy(select, 2, &account->home);
	if (result == 0)
		result = copy(select, 3, &account->shell);
	if (result == 0)
		result =
		    json == NULL ? -EIO : person_read(json, &account->person);
	if (result != 0)
		return result;
	account->uid = (uint32_t)store_int(select, 4);
	account->gid = account->uid;
	if (store_int(select, 5) != 0)
		account->person->status = PERSON_GONE;
	return account->uid == 0 ? -EIO : 0;
}

#define SELECT_ACCOUNT \
	"SELECT name, gecos, home, shell, uid, gone, person" \
	" FROM accounts JOIN persons USING (identity)"

int
people_load(struct sqlite3 *database, const struct rules *rules,
    const char *name, const char *identity, struct account **out_account)
{
	CLEANUP(store_done) struct sqlite3_stmt *select = NULL;
	CLEANUP(account_free)
	struct account *account = calloc(1, sizeof(*account));
	int result = account == NULL ? -ENOMEM : 0;

	if (result == 0)
		result = store_prepare(database,
		    name != NULL ? SELECT_ACCOUNT " WHERE name = ?"
				 : SELECT_ACCOUNT " WHERE identity = ?",
		    &select);
	if (result != 0)
		return result;
	store_bind_text(select, 1, name != NULL ? name : identity);
	result = store_step(select);
	if (result == 0)
		return -ENOENT;
	if (result == 1)
		result = take_account(select, account);
	if (result == 0)
		result = load_groups(database, rules, account);
	if (result == 0)
		*out_account = STEAL(account);
	return result;
}

/* Add the group of an owner, if it is there already. */
static int
preview_group(struct sqlite3 *database, const struct rules *rules,
    const char *owner, struct account *account)
{
	CLEANUP(store_done) struct sqlite3_stmt *select = NULL;
	int result = store_prepare(database,
	    "SELECT name, gid FROM groups WHERE owner = ?", &select);

	if (result != 0)
		return result;
	store_bind_text(select, 1, owner);
	result = store_step(select);
	if (result < 0)
		return result;
	return add_owner(account, rules, owner,
	    result == 1 ? store_text(select, 0) : NULL,
	    result == 1 ? store_int(select, 1) : 0);
}

/* The account's fields anew, from what the person is to have now. */
static int
preview_fields(const struct rules *rules, struct account *account,
    struct wanted *wanted)
{
	CLEANUP(string_free) char *home = NULL;
	int result = 0;

	if (wanted->home == NULL)
		result =
		    mapping_home(rules->configuration, account->name, &home);
	if (result != 0)
		return result;
	string_free(&account->gecos);
	account->gecos = STEAL(wanted->gecos);
	string_free(&account->shell);
	account->shell = STEAL(wanted->shell);
	string_free(&account->home);
	account->home =
	    wanted->home == NULL ? STEAL(home) : STEAL(wanted->home);
	return 0;
}

static int
preview_all(struct sqlite3 *database, const struct rules *rules,
    struct account *account, struct wanted *wanted)
{
	const struct group_member member = { account->person, account->name,
		wanted };
	struct group_wishes wishes = { .identity = NULL };
	int result = groups_wish(database, rules, &member, &wishes);

	for (size_t i = 0; i < account->group_count; i++)
		string_free(&account->group_names[i]);
	account->group_count = 0;
	for (size_t i = 0; result == 0 && i < wishes.owners.count; i++)
		result = preview_group(database, rules, wishes.owners.items[i],
		    account);
	group_wishes_clear(&wishes);
	if (result == 0)
		result = preview_fields(rules, account, wanted);
	return result;
}

int
people_preview(struct sqlite3 *database, const struct rules *rules,
    const struct person *person, struct account **out_account)
{
	CLEANUP(account_free) struct account *account = NULL;
	CLEANUP(wanted_clear) struct wanted wanted = { .name = NULL };
	CLEANUP(string_free) char *json = NULL;
	struct person *copied = NULL;
	int result =
	    people_load(database, rules, NULL, person->identity, &account);

	if (result == 0)
		result = person_format(person, &json);
	if (result == 0)
		result = person_read(json, &copied);
	if (result != 0)
		return result;
	person_free(&account->person);
	account->person = copied;
	result = mapping_person(rules, person, &wanted);
	if (result != 0)
		return result;
	if (!people_in_scope(rules->configuration, person) ||
	    (wanted.name == NULL && !wanted.is_broken))
		account->person->status = PERSON_GONE;
	result = preview_all(database, rules, account, &wanted);
	if (result == 0)
		*out_account = STEAL(account);
	return result;
}

int
people_last(struct sqlite3 *database, int64_t *out_last)
{
	CLEANUP(store_done) struct sqlite3_stmt *select = NULL;
	int result = store_prepare(database,
	    "SELECT coalesce(max(added), 0) FROM accounts", &select);

	if (result == 0)
		result = store_step(select);
	if (result == 1)
		*out_last = store_int(select, 0);
	return result < 0 ? result : 0;
}

int
people_each(struct sqlite3 *database, int64_t last,
    int (*each)(void *context, const char *identity, const char *name),
    void *context)
{
	CLEANUP(store_done) struct sqlite3_stmt *select = NULL;
	int result = store_prepare(database,
	    "SELECT identity, name FROM accounts"
	    " WHERE gone = 0 AND added <= ? ORDER BY name",
	    &select);

	if (result != 0)
		return result;
	store_bind_int(select, 1, last);
	while ((result = store_step(select)) == 1) {
		result =
		    each(context, store_text(select, 0), store_text(select, 1));
		if (result != 0)
			return result;
	}
	return result;
}

int
people_count(struct sqlite3 *database, int64_t *out_count)
{
	CLEANUP(store_done) struct sqlite3_stmt *select = NULL;
	int result = store_prepare(database,
	    "SELECT count(*) FROM accounts WHERE gone = 0", &select);

	if (result == 0)
		result = store_step(select);
	if (result == 1)
		*out_count = store_int(select, 0);
	return result < 0 ? result : 0;
}

/* The next identity behind last that has a person; NULL with 0 at the end. */
static int
next_person(struct sqlite3 *database, const char *last, char **out_identity,
    struct person **out_person)
{
	CLEANUP(store_done) struct sqlite3_stmt *select = NULL;
	int result = store_prepare(database,
	    "SELECT identity, person FROM persons WHERE identity > ?"
	    " ORDER BY identity LIMIT 1",
	    &select);

	if (result != 0)
		return result;
	store_bind_text(select, 1, last);
	result = store_step(select);
	if (result != 1)
		return result;
	result = copy(select, 0, out_identity);
	if (result == 0)
		result = person_read(store_text(select, 1), out_person);
	return result;
}

int
people_remap(struct sqlite3 *database, const struct rules *rules,
    void (*removed)(void *context, const char *identity), void *context)
{
	CLEANUP(string_free) char *last = strdup("");
	int result = last == NULL ? -ENOMEM : 0;

	while (result == 0) {
		CLEANUP(string_free) char *identity = NULL;
		CLEANUP(person_free) struct person *person = NULL;
		struct people_outcome outcome;

		result = next_person(database, last, &identity, &person);
		if (result != 0 || identity == NULL)
			break;
		result = people_store(database, rules, person, PEOPLE_CREATE,
		    &outcome);
		if (result == 0 && outcome.change == PEOPLE_REMOVED &&
		    removed != NULL)
			removed(context, identity);
		string_free(&last);
		last = STEAL(identity);
	}
	return result;
}
