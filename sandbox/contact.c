/* SPDX-License-Identifier: BSD-2-Clause */
/* Email addresses and phone numbers of users. */
#include "config.h"

#include "sandbox/contact.h"

#include "sandbox/password.h"

#include <string.h>

#define KINDS 2

/*
 * An address of user ?1 that is no longer being attached at ?2 is gone.  Not
 * written with > ?2: that might be what the partial index says, so SQLite
 * would prepare the statement anew for each value.
 */
#define OF_USER "WHERE user_id = ?1 AND attached_until NOT BETWEEN 1 AND ?2"

/* The same statements for both tables. */
static const struct {
	const char *id_kind;
	const char *by_address, *by_id, *of_user;
	const char *add, *remove, *prove, *purge;
} sql[KINDS] = {
#define CONTACT_SQL(table, id, address) \
	.by_address = \
	    "SELECT " id ", user_id, " address ", verified FROM " table \
	    " WHERE project_id = ? AND " address " = ?", \
	.by_id = "SELECT " id ", user_id, " address ", verified FROM " table \
		 " WHERE project_id = ? AND " id " = ?", \
	.of_user = "SELECT " id ", " address ", verified FROM " table \
		   " " OF_USER " ORDER BY position, rowid", \
	.add = "INSERT INTO " table " (" id ", project_id, user_id, " address \
	       ", verified, verified_at, attached_until) VALUES (?, ?, ?, " \
	       "?, ?, ?, ?)", \
	.remove = "DELETE FROM " table " WHERE " id " = ?", \
	.prove = "UPDATE " table " SET verified = 1, verified_at = ?, " \
		 "attached_until = 0 WHERE " id " = ?", \
	.purge = "DELETE FROM " table \
		 " WHERE attached_until > 0 AND attached_until <= ?"
	[CONTACT_EMAIL] = { .id_kind = "email",
	    CONTACT_SQL("emails", "email_id", "email") },
	[CONTACT_PHONE] = { .id_kind = "phone-number",
	    CONTACT_SQL("phones", "phone_id", "phone_number") },
};

/* Drop addresses that were being attached and never proven. */
static void
purge(struct request *rq, enum contact_kind kind)
{
	store_run(rq->store, sql[kind].purge, "i", rq->now_us);
}

static bool
find(struct request *rq, enum contact_kind kind, const char *statement,
    const char *what, struct contact *out)
{
	CLEANUP(query_close) struct query query = QUERY_INIT;

	purge(rq, kind);
	query_open(&query, rq->store, statement, "ss", rq->project->id, what);
	if (!query_next(&query))
		return false;
	memset(out, 0, sizeof(*out));
	out->kind = kind;
	query_copy(&query, 0, out->id, sizeof(out->id));
	query_copy(&query, 1, out->user_id, sizeof(out->user_id));
	query_copy(&query, 2, out->address, sizeof(out->address));
	out->verified = query_int(&query, 3) != 0;
	return true;
}

bool
contact_find(struct request *rq, enum contact_kind kind, const char *address,
    struct contact *out_contact)
{
	return find(rq, kind, sql[kind].by_address, address, out_contact);
}

bool
contact_by_id(struct request *rq, enum contact_kind kind, const char *id,
    struct contact *out_contact)
{
	return find(rq, kind, sql[kind].by_id, id, out_contact);
}

bool
contact_by_method(struct request *rq, const char *method_id,
    struct contact *out_contact)
{
	return contact_by_id(rq, CONTACT_EMAIL, method_id, out_contact) ||
	    contact_by_id(rq, CONTACT_PHONE, method_id, out_contact);
}

void
contact_add(struct request *rq, const struct contact_wish *wish,
    struct contact *out_contact)
{
	struct contact contact = { .kind = wish->kind,
		.verified = wish->verified };
	struct id id;
	const char *text = wish->id;

	if (text == NULL) {
		request_id_make(rq, sql[wish->kind].id_kind, &id);
		text = id.text;
	}
	memcpy(contact.id, text, strnlen(text, sizeof(contact.id) - 1));
	memcpy(contact.user_id, wish->user_id,
	    strnlen(wish->user_id, sizeof(contact.user_id) - 1));
	memcpy(contact.address, wish->address,
	    strnlen(wish->address, sizeof(contact.address) - 1));
	store_run(rq->store, sql[wish->kind].add, "ssssdii", contact.id,
	    rq->project->id, contact.user_id, contact.address,
	    wish->verified ? 1 : 0, wish->verified ? rq->now_us : (int64_t)0,
	    wish->attached_until);
	*out_contact = contact;
}

void
contact_delete(struct request *rq, const struct contact *contact)
{
	store_run(rq->store, sql[contact->kind].remove, "s", contact->id);
}

void
contact_prove(struct request *rq, const struct contact *contact,
    bool by_password)
{
	store_run(rq->store,
	    "UPDATE users SET status = 'active' WHERE user_id = ?", "s",
	    contact->user_id);
	if (contact->verified)
		return;
	store_run(rq->store, sql[contact->kind].prove, "is", rq->now_us,
	    contact->id);
	if (contact->kind == CONTACT_EMAIL && !by_password)
		password_require_reset(rq, contact->user_id);
}

cJSON *
contact_list(struct request *rq, enum contact_kind kind, const char *user_id)
{
	CLEANUP(query_close) struct query query = QUERY_INIT;
	bool email = kind == CONTACT_EMAIL;
	cJSON *list = json_array();

	query_open(&query, rq->store, sql[kind].of_user, "si", user_id,
	    rq->now_us);
	while (query_next(&query)) {
		cJSON *item = json_object();

		json_set_string(item, email ? "email_id" : "phone_id",
		    query_text(&query, 0));
		json_set_string(item, email ? "email" : "phone_number",
		    query_text(&query, 1));
		json_set_bool(item, "verified", query_int(&query, 2) != 0);
		json_push(list, item);
	}
	return list;
}

int64_t
contact_count(struct request *rq, const char *user_id)
{
	return store_int(rq->store, 0,
	    "SELECT (SELECT count(*) FROM emails " OF_USER ") + "
	    "(SELECT count(*) FROM phones " OF_USER ")",
	    "si", user_id, rq->now_us);
}

int64_t
contact_count_unverified(struct request *rq, const char *user_id)
{
	return store_int(rq->store, 0,
	    "SELECT (SELECT count(*) FROM emails " OF_USER " AND verified = 0)"
	    " + (SELECT count(*) FROM phones " OF_USER " AND verified = 0)",
	    "si", user_id, rq->now_us);
}
