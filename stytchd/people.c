/* SPDX-License-Identifier: BSD-2-Clause */
/* A person's way into the state; see people.h. */
#include "config.h"

#include "stytchd/people.h"

#include "common/buf.h"
#include "stytchd/facts.h"
#include "stytchd/findings.h"
#include "stytchd/grammar.h"
#include "stytchd/groups.h"
#include "stytchd/ledger.h"
#include "stytchd/mapping.h"
#include "stytchd/store.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* An account as it stands in the state. */
struct row {
	bool exists;
	bool gone;
	char *name;
	uint32_t uid;
	char *gecos;
	char *home;
	char *shell;
};

/* One person being stored. */
struct visit {
	struct sqlite3 *database;
	const struct rules *rules;
	const struct person *person;
	unsigned flags;
	struct wanted wanted;
	struct row row; /* before */
	enum people_change change;
};

static void
row_clear(struct row *row)
{
	string_free(&row->name);
	string_free(&row->gecos);
	string_free(&row->home);
	string_free(&row->shell);
}

static void
visit_clear(struct visit *visit)
{
	wanted_clear(&visit->wanted);
	row_clear(&visit->row);
}

bool
people_in_scope(const struct configuration *configuration,
    const struct person *person)
{
	if ((int)person->kind != configuration->stytch.kind)
		return false;
	return person->organization == NULL ||
	    text_list_has(&configuration->stytch.organizations,
		person->organization);
}

static int
copy_column(struct sqlite3_stmt *select, int nth, char **out_text)
{
	const char *text = store_text(select, nth);

	*out_text = strdup(text == NULL ? "" : text);
	return *out_text == NULL ? -ENOMEM : 0;
}

static int
read_row(struct sqlite3 *database, const char *identity, struct row *row)
{
	CLEANUP(store_done) struct sqlite3_stmt *select = NULL;
	int result = store_prepare(database,
	    "SELECT name, gecos, home, shell, uid, gone FROM accounts"
	    " WHERE identity = ?",
	    &select);

	if (result != 0)
		return result;
	store_bind_text(select, 1, identity);
	result = store_step(select);
	if (result != 1)
		return result;
	result = copy_column(select, 0, &row->name);
	if (result == 0)
		result = copy_column(select, 1, &row->gecos);
	if (result == 0)
		result = copy_column(select, 2, &row->home);
	if (result == 0)
		result = copy_column(select, 3, &row->shell);
	row->uid = (uint32_t)store_int(select, 4);
	row->gone = store_int(select, 5) != 0;
	row->exists = true;
	return result;
}

/* Keep the person's JSON; nothing is written where it is the same. */
static int
write_person(struct visit *visit)
{
	CLEANUP(store_done) struct sqlite3_stmt *insert = NULL;
	CLEANUP(string_free) char *json = NULL;
	int result = person_format(visit->person, &json);

	if (result == 0)
		result = store_prepare(visit->database,
		    "INSERT INTO persons (identity, seen, person)"
		    " VALUES (?, ?, ?) ON CONFLICT (identity) DO UPDATE"
		    " SET seen = excluded.seen, person = excluded.person"
		    " WHERE person <> excluded.person",
		    &insert);
	if (result != 0)
		return result;
	store_bind_text(insert, 1, visit->person->identity);
	store_bind_int(insert, 2, store_now());
	store_bind_text(insert, 3, json);
	return store_run(insert);
}

static int
write_account(struct visit *visit, const char *name, uint32_t uid,
    const char *home)
{
	CLEANUP(store_done) struct sqlite3_stmt *insert = NULL;
	int result = store_prepare(visit->database,
	    "INSERT INTO accounts"
	    " (identity, name, uid, gecos, home, shell, gone, added)"
	    " VALUES (?, ?, ?, ?, ?, ?, 0,"
	    " (SELECT coalesce(max(added), 0) + 1 FROM accounts))"
	    " ON CONFLICT (identity) DO UPDATE SET gecos = excluded.gecos,"
	    " home = excluded.home, shell = excluded.shell,"
	    " added = CASE gone WHEN 0 THEN added ELSE excluded.added END,"
	    " gone = 0",
	    &insert);

	if (result != 0)
		return result;
	store_bind_text(insert, 1, visit->person->identity);
	store_bind_text(insert, 2, name);
	store_bind_int(insert, 3, uid);
	store_bind_text(insert, 4, visit->wanted.gecos);
	store_bind_text(insert, 5, home);
	store_bind_text(insert, 6, visit->wanted.shell);
	return store_run(insert);
}

static int
note(struct visit *visit, const char *what, const char *why,
    const char *subject)
{
	CLEANUP(buf_clear) struct buf text = BUF_INIT(512);

	buf_add_clean(&text, subject, 128);
	buf_addf(&text, " %s", why);
	if (buf_error(&text) != 0)
		return buf_error(&text);
	return findings_add(visit->database, visit->person->identity, what,
	    buf_text(&text));
}

/* Why this name is for no account, or NULL. */
static const char *
refuses(const struct rules *rules, const char *name)
{
	const char *prefix = rules->configuration->groups.prefix;

	if (prefix != NULL && strncmp(name, prefix, strlen(prefix)) == 0)
		return "begins as groups do";
	return mapping_refuses(rules, name);
}

/* Reserve name and number of a new account: 1, 0 (refused), or an errno. */
static int
reserve(struct visit *visit, uint32_t *out_uid)
{
	const char *identity = visit->person->identity;
	const char *name = visit->wanted.name;
	const char *why = refuses(visit->rules, name);
	int result = 0;

	if (why == NULL) {
		result = ledger_give_name(visit->database, identity, name);
		if (result == -EEXIST)
			why = "belongs to another identity";
		else if (result != 0)
			return result;
	}
	if (why != NULL)
		return note(visit, "name", why, name);
	result = ledger_give_id(visit->database, visit->rules, identity,
	    visit->wanted.uid, out_uid);
	if (result == -ENOSPC)
		return note(visit, "uid", "finds no free number", name);
	return result == 0 ? 1 : result;
}

/* What differs from what was given, and waits. */
static int
note_differences(struct visit *visit, const char *name, uint32_t uid)
{
	const struct wanted *wanted = &visit->wanted;
	char number[16];
	int result = 0;

	if (wanted->name != NULL && strcmp(wanted->name, name) != 0)
		result = note(visit, "name",
		    "is the name Stytch gives; the account keeps its own",
		    wanted->name);
	if (result == 0 && wanted->uid != 0 && wanted->uid != uid) {
		(void)snprintf(number, sizeof(number), "%u", wanted->uid);
		result = note(visit, "uid",
		    "is the uid Stytch pins; the account keeps its own",
		    number);
	}
	if (result == 0 && wanted->finding[0] != '\0')
		result = findings_add(visit->database, visit->person->identity,
		    "metadata", wanted->finding);
	return result;
}

static bool
has_changed(const struct visit *visit, const char *home)
{
	const struct row *row = &visit->row;

	return strcmp(row->gecos, visit->wanted.gecos) != 0 ||
	    strcmp(row->home, home) != 0 ||
	    strcmp(row->shell, visit->wanted.shell) != 0;
}

/* Home of the account: the metadata's, or [accounts] home for its name. */
static int
take_home(struct visit *visit, const char *name, char **out_home)
{
	if (visit->wanted.home == NULL)
		return mapping_home(visit->rules->configuration, name,
		    out_home);
	*out_home = STEAL(visit->wanted.home);
	return 0;
}

static int
join_groups(struct visit *visit, const char *name)
{
	const struct group_member member = { visit->person, name,
		&visit->wanted };
	struct group_wishes wishes = { .identity = NULL };
	bool changed = false;
	int result =
	    groups_wish(visit->database, visit->rules, &member, &wishes);

	if (result == 0)
		result = groups_join(visit->database, visit->rules, &wishes,
		    (visit->flags & PEOPLE_CREATE) != 0, &changed);
	group_wishes_clear(&wishes);
	if (changed && visit->change == PEOPLE_NOTHING)
		visit->change = PEOPLE_CHANGED;
	return result;
}

/* Write the account under that name and number. */
static int
settle(struct visit *visit, const char *name, uint32_t uid)
{
	CLEANUP(string_free) char *home = NULL;
	int result = take_home(visit, name, &home);

	if (result != 0)
		return result;
	if (!visit->row.exists || visit->row.gone)
		visit->change = PEOPLE_ADDED;
	else if (has_changed(visit, home))
		visit->change = PEOPLE_CHANGED;
	result = write_person(visit);
	if (result == 0 && visit->change != PEOPLE_NOTHING)
		result = write_account(visit, name, uid, home);
	if (result == 0)
		result = join_groups(visit, name);
	if (result == 0)
		result = note_differences(visit, name, uid);
	return result;
}

static int
settle_new(struct visit *visit)
{
	uint32_t uid = 0;
	int result;

	if ((visit->flags & PEOPLE_CREATE) == 0)
		return 0;
	if (visit->wanted.name == NULL)
		return visit->wanted.finding[0] == '\0'
		    ? 0
		    : findings_add(visit->database, visit->person->identity,
			  "name", visit->wanted.finding);
	if (visit->wanted.by_template && (visit->flags & PEOPLE_TEMPLATE) == 0)
		return 0;
	result = reserve(visit, &uid);
	if (result != 1)
		return result;
	return settle(visit, visit->wanted.name, uid);
}

/* The account is gone; its groups are left, name and number are kept. */
static int
retire(struct sqlite3 *database, const char *identity,
    enum people_change *out_change)
{
	CLEANUP(store_done) struct sqlite3_stmt *leave = NULL;
	CLEANUP(store_done) struct sqlite3_stmt *update = NULL;
	int result = store_prepare(database,
	    "DELETE FROM memberships WHERE identity = ?", &leave);

	if (result == 0)
		result = store_prepare(database,
		    "UPDATE accounts SET gone = 1"
		    " WHERE identity = ? AND gone = 0 RETURNING 1",
		    &update);
	if (result != 0)
		return result;
	store_bind_text(leave, 1, identity);
	result = store_run(leave);
	if (result != 0)
		return result;
	store_bind_text(update, 1, identity);
	result = store_step(update);
	if (result == 1)
		*out_change = PEOPLE_REMOVED;
	return result < 0 ? result : 0;
}

/* Gone here, though Stytch may have the person: that is kept. */
static int
settle_gone(struct visit *visit)
{
	int result =
	    retire(visit->database, visit->person->identity, &visit->change);

	if (result == 0 && visit->row.exists)
		result = write_person(visit);
	return result;
}

static int
settle_known(struct visit *visit)
{
	const struct wanted *wanted = &visit->wanted;
	const char *why = refuses(visit->rules, visit->row.name);
	int result;

	if (wanted->name == NULL && !wanted->is_broken) {
		result = settle_gone(visit);
		return result != 0
		    ? result
		    : findings_add(visit->database, visit->person->identity,
			  "name", "nothing gives a name any more");
	}
	/* The host has taken the name meanwhile: the host wins. */
	if (why != NULL && visit->row.gone)
		return note(visit, "name", why, visit->row.name);
	if (why != NULL) {
		result = settle_gone(visit);
		return result != 0 ? result
				   : note(visit, "name", why, visit->row.name);
	}
	return settle(visit, visit->row.name, visit->row.uid);
}

int
people_check_rules(struct sqlite3 *database, const struct rules *rules)
{
	int result = rules->fingerprint == NULL
	    ? 1
	    : facts_is(database, "mapping", rules->fingerprint);

	if (result == 0)
		return -ESTALE;
	return result < 0 ? result : 0;
}

/* The name of the account as it is now, "" where there is none. */
static int
outcome_name(const struct visit *visit, char *name, size_t size)
{
	const char *now = visit->row.exists ? visit->row.name
	    : visit->change == PEOPLE_ADDED ? visit->wanted.name
					    : "";
	int len = snprintf(name, size, "%s", now);

	return len < 0 || (size_t)len >= size ? -EIO : 0;
}

int
people_store(struct sqlite3 *database, const struct rules *rules,
    const struct person *person, unsigned flags,
    struct people_outcome *out_outcome)
{
	CLEANUP(visit_clear)
	struct visit visit = { .database = database,
		.rules = rules,
		.person = person,
		.flags = flags,
		.change = PEOPLE_NOTHING };
	int result = read_row(database, person->identity, &visit.row);

	if (result == 0)
		result = mapping_person(rules, person, &visit.wanted);
	if (result == 0)
		result = findings_forget(database, person->identity);
	if (result != 0)
		return result;
	if (person->status == PERSON_GONE ||
	    !people_in_scope(rules->configuration, person))
		result = settle_gone(&visit);
	else if (visit.row.exists)
		result = settle_known(&visit);
	else
		result = settle_new(&visit);
	if (result != 0)
		return result;
	out_outcome->change = visit.change;
	return outcome_name(&visit, out_outcome->name,
	    sizeof(out_outcome->name));
}

int
people_remove(struct sqlite3 *database, const char *identity,
    enum people_change *out_change)
{
	CLEANUP(store_done) struct sqlite3_stmt *update = NULL;
	int result = store_prepare(database,
	    "UPDATE persons SET person = json_set(person, '$.status', ?)"
	    " WHERE identity = ?",
	    &update);

	if (result != 0)
		return result;
	store_bind_int(update, 1, PERSON_GONE);
	store_bind_text(update, 2, identity);
	result = store_run(update);
	return result != 0 ? result : retire(database, identity, out_change);
}
