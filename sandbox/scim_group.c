/* SPDX-License-Identifier: BSD-2-Clause */
/* SCIM groups: a name and members, which roles may hang on. */
#include "config.h"

#include "sandbox/b2b_scim.h"

#include <string.h>

static cJSON *
members_of(struct request *rq, const char *id)
{
	return scim_pairs(rq,
	    "SELECT member_id, email_address FROM scim_group_members JOIN "
	    "members USING (member_id) WHERE group_id = ? ORDER BY number",
	    id);
}

cJSON *
scim_group_get(struct request *rq, const struct scim_connection *connection,
    const char *id)
{
	CLEANUP(query_close) struct query query = QUERY_INIT;
	cJSON *resource;

	query_open(&query, rq->store,
	    "SELECT name, external_id FROM scim_groups WHERE connection_id = ? "
	    "AND group_id = ?",
	    "ss", connection->id.text, id);
	if (!query_next(&query))
		return NULL;
	resource = json_object();
	json_set_string(resource, "id", id);
	json_set_string(resource, "displayName", query_text(&query, 0));
	json_set_string(resource, "externalId", query_text(&query, 1));
	json_set(resource, "members", members_of(rq, id));
	return resource;
}

cJSON *
scim_group_ids(struct request *rq, const struct scim_connection *connection)
{
	return scim_column(rq,
	    "SELECT group_id FROM scim_groups WHERE connection_id = ? ORDER BY "
	    "number",
	    connection->id.text);
}

/* Bring those up to date who were in the group, or are. */
static void
refresh(struct request *rq, const struct scim_connection *connection,
    const cJSON *members)
{
	const cJSON *item;

	cJSON_ArrayForEach (item, members) {
		const char *id = json_string(item, "value");

		if (id != NULL)
			scim_user_refresh(rq, connection, id);
	}
}

/* Whether each of the new members is a user of the connection. */
static bool
are_users(struct request *rq, const struct scim_connection *connection,
    const cJSON *members)
{
	const cJSON *item;

	cJSON_ArrayForEach (item, members) {
		const char *id = json_string(item, "value");

		if (id == NULL ||
		    store_int(rq->store, 0,
			"SELECT count(*) FROM scim_users WHERE connection_id = "
			"? AND member_id = ?",
			"ss", connection->id.text, id) == 0)
			return false;
	}
	return true;
}

static void
set_members(struct request *rq, const char *id, const cJSON *members)
{
	const cJSON *item;

	store_run(rq->store,
	    "DELETE FROM scim_group_members WHERE group_id = ?", "s", id);
	cJSON_ArrayForEach (item, members) {
		store_run(rq->store,
		    "INSERT OR IGNORE INTO scim_group_members VALUES (?, ?)",
		    "ss", id, json_string(item, "value"));
	}
}

enum scim_status
scim_group_put(struct request *rq, const struct scim_connection *connection,
    const char *id, const cJSON *resource, struct id *out_id)
{
	const char *name =
	    cJSON_GetStringValue(cJSON_GetObjectItem(resource, "displayName"));
	const char *external_id =
	    cJSON_GetStringValue(cJSON_GetObjectItem(resource, "externalId"));
	const cJSON *members = cJSON_GetObjectItem(resource, "members");
	CLEANUP(json_free) cJSON *before = NULL;

	if (name == NULL || *name == '\0' ||
	    !are_users(rq, connection, members))
		return SCIM_INVALID;
	if (store_int(rq->store, 0,
		"SELECT count(*) FROM scim_groups WHERE connection_id = ?1 AND "
		"name = ?2 AND group_id <> coalesce(?3, '')",
		"sss", connection->id.text, name, id) > 0)
		return SCIM_CONFLICT;
	request_id_make(rq, "scim-group", out_id);
	if (id != NULL)
		memcpy(out_id->text, id,
		    strnlen(id, sizeof(out_id->text) - 1) + 1);
	before = members_of(rq, out_id->text);
	store_run(rq->store,
	    "INSERT INTO scim_groups (group_id, connection_id, external_id, "
	    "name) VALUES (?, ?, ?, ?) ON CONFLICT (group_id) DO UPDATE SET "
	    "external_id = excluded.external_id, name = excluded.name",
	    "ssss", out_id->text, connection->id.text,
	    external_id != NULL ? external_id : "", name);
	set_members(rq, out_id->text, members);
	refresh(rq, connection, before);
	refresh(rq, connection, members);
	return id != NULL ? SCIM_OK : SCIM_CREATED;
}

enum scim_status
scim_group_delete(struct request *rq, const struct scim_connection *connection,
    const char *id)
{
	CLEANUP(json_free) cJSON *before = members_of(rq, id);

	store_run(rq->store,
	    "DELETE FROM scim_groups WHERE connection_id = ? AND group_id = ?",
	    "ss", connection->id.text, id);
	if (store_changes(rq->store) == 0)
		return SCIM_NOT_FOUND;
	refresh(rq, connection, before);
	return SCIM_NO_CONTENT;
}
