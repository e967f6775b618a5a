/* SPDX-License-Identifier: BSD-2-Clause */
/* The endpoints of SCIM connections. */
#include "config.h"

#include "sandbox/b2b_scim.h"

#include "sandbox/b2b_rbac.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SCIM_TOKEN_LEN 48
#define SCIM_TOKEN_US (INT64_C(5) * 365 * 24 * 60 * MINUTE_US)

void
scim_connection_clear(struct scim_connection *connection)
{
	organization_clear(&connection->organization);
	json_free(&connection->body);
	connection->id.text[0] = '\0';
}

static bool
read_row(struct request *rq, struct query *query, struct scim_connection *out)
{
	if (!query_next(query))
		return false;
	query_copy(query, 0, out->id.text, sizeof(out->id.text));
	query_copy(query, 1, out->token, sizeof(out->token));
	query_copy(query, 2, out->next_token, sizeof(out->next_token));
	out->body = json_parse_stored(query_text(query, 3), "{}");
	return organization_find(rq, query_text(query, 4),
		   &out->organization) == API_OK;
}

bool
scim_connection_find(struct request *rq, const char *id,
    struct scim_connection *out)
{
	CLEANUP(query_close) struct query query = QUERY_INIT;

	query_open(&query, rq->store,
	    "SELECT connection_id, token, next_token, body, organization_id "
	    "FROM scim_connections WHERE connection_id = ?",
	    "s", id);
	return read_row(rq, &query, out);
}

/* The organization of the request, whose caller may do this. */
static enum api_error
begin(struct request *rq, struct organization *out)
{
	enum api_error error = organization_param(rq, out);

	return error != API_OK ? error : rbac_check_caller(rq, out, NULL);
}

/* The connection of organization_id and, if it is one, connection_id. */
static enum api_error
open_connection(struct request *rq, struct scim_connection *out)
{
	CLEANUP(organization_clear)
	struct organization organization = ORGANIZATION_INIT;
	CLEANUP(query_close) struct query query = QUERY_INIT;
	enum api_error error = begin(rq, &organization);

	if (error != API_OK)
		return error;
	query_open(&query, rq->store,
	    "SELECT connection_id, token, next_token, body, organization_id "
	    "FROM scim_connections WHERE organization_id = ?1 AND (?2 IS NULL "
	    "OR connection_id = ?2)",
	    "ss", organization.id.text, param_string(rq, "connection_id"));
	return read_row(rq, &query, out) ? API_OK
					 : API_NO_ACTIVE_SCIM_CONNECTION;
}

static const char *
last_four(const char *token)
{
	size_t len = strlen(token);

	return token + (len > 4 ? len - 4 : len);
}

/* Write it, the organization's view of it, and answer it. */
static void
save(struct request *rq, struct scim_connection *connection)
{
	CLEANUP(string_free) char *body = NULL;
	static const char *const names[] = { "connection_id", "display_name",
		"bearer_token_last_four", "bearer_token_expires_at" };
	cJSON *active = json_object();

	json_set_string(connection->body, "bearer_token_last_four",
	    last_four(connection->token));
	json_set_string(connection->body, "next_bearer_token_last_four",
	    last_four(connection->next_token));
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		json_set(active, names[i],
		    json_copy(json_get(connection->body, names[i])));
	json_set(connection->organization.body, "scim_active_connection",
	    active);
	organization_save(rq, &connection->organization);
	body = json_text(connection->body);
	store_run(rq->store,
	    "INSERT INTO scim_connections (connection_id, organization_id, "
	    "token, next_token, body) VALUES (?, ?, ?, ?, ?) ON CONFLICT "
	    "(connection_id) DO UPDATE SET token = excluded.token, next_token "
	    "= excluded.next_token, body = excluded.body",
	    "sssss", connection->id.text, connection->organization.id.text,
	    connection->token, connection->next_token, body);
	json_set(rq->reply, "connection", json_copy(connection->body));
}

/* Answer a token, which is shown this once; without what goes instead of it. */
static void
reply_token(struct request *rq, const char *name, const char *token)
{
	cJSON *shown =
	    cJSON_GetObjectItemCaseSensitive(rq->reply, "connection");

	json_set_string(shown, name, token);
	cJSON_DeleteItemFromObjectCaseSensitive(shown,
	    "next_bearer_token_last_four");
	if (strcmp(name, "bearer_token") != 0)
		return;
	cJSON_DeleteItemFromObjectCaseSensitive(shown,
	    "bearer_token_last_four");
	cJSON_DeleteItemFromObjectCaseSensitive(shown,
	    "next_bearer_token_expires_at");
}

static void
make_token(char *out, size_t size)
{
	struct token token;

	token_make(SCIM_TOKEN_LEN, &token);
	memcpy(out, token.text, size);
}

enum api_error
b2b_scim_connection_create(struct request *rq)
{
	CLEANUP(scim_connection_clear)
	struct scim_connection connection = SCIM_CONNECTION_INIT;
	CLEANUP(buf_clear) struct buf url = BUF_INIT(1024);
	const char *provider = param_string(rq, "identity_provider");
	enum api_error error = begin(rq, &connection.organization);

	if (error != API_OK)
		return error;
	if (store_int(rq->store, 0,
		"SELECT count(*) FROM scim_connections WHERE organization_id "
		"= ?",
		"s", connection.organization.id.text) > 0)
		return API_ACTIVE_SCIM_CONNECTION_EXISTS;
	request_id_make(rq, "scim-connection", &connection.id);
	make_token(connection.token, sizeof(connection.token));
	connection.body = json_object();
	buf_addf(&url, "%s/v1/b2b/scim/%s", rq->base_url, connection.id.text);
	store_fail(rq->store, buf_error(&url));
	json_set_string(connection.body, "organization_id",
	    connection.organization.id.text);
	json_set_string(connection.body, "connection_id", connection.id.text);
	json_set_string(connection.body, "status", "active");
	json_set_string(connection.body, "display_name",
	    param_string(rq, "display_name"));
	json_set_string(connection.body, "identity_provider",
	    provider != NULL ? provider : "generic");
	json_set_string(connection.body, "base_url", buf_text(&url));
	json_set(connection.body, "scim_group_implicit_role_assignments",
	    json_array());
	json_set_time(connection.body, "bearer_token_expires_at",
	    rq->now_us + SCIM_TOKEN_US);
	json_set_null(connection.body, "next_bearer_token_expires_at");
	save(rq, &connection);
	reply_token(rq, "bearer_token", connection.token);
	return API_OK;
}

enum api_error
b2b_scim_connection_get(struct request *rq)
{
	CLEANUP(scim_connection_clear)
	struct scim_connection connection = SCIM_CONNECTION_INIT;
	enum api_error error = open_connection(rq, &connection);

	if (error == API_OK)
		json_set(rq->reply, "connection", json_copy(connection.body));
	return error;
}

/* Roles for groups: both must be there. */
static enum api_error
take_roles(struct request *rq, struct scim_connection *connection)
{
	static const char name[] = "scim_group_implicit_role_assignments";
	CLEANUP(json_free) cJSON *taken = json_array();
	const cJSON *item;

	cJSON_ArrayForEach (item, param_json(rq, name)) {
		const char *role = json_string(item, "role_id");
		const char *id = json_string(item, "group_id");
		CLEANUP(json_free) cJSON *group = NULL;
		cJSON *kept;

		if (!rbac_has_role(rq, &connection->organization, role))
			return API_INVALID_RBAC_ROLE_ASSIGNMENT;
		group = scim_group_get(rq, connection, id != NULL ? id : "");
		if (group == NULL)
			return API_SCIM_GROUP_ROLE_ASSIGNMENT_GROUP_DOES_NOT_EXIST;
		kept = json_object();
		json_set_string(kept, "role_id", role);
		json_set_string(kept, "group_id", id);
		json_set_string(kept, "group_name",
		    json_string(group, "displayName"));
		json_push(taken, kept);
	}
	if (param_has(rq, name))
		json_set(connection->body, name, STEAL(taken));
	return API_OK;
}

enum api_error
b2b_scim_connection_update(struct request *rq)
{
	static const char *const names[] = { "display_name",
		"identity_provider" };
	CLEANUP(scim_connection_clear)
	struct scim_connection connection = SCIM_CONNECTION_INIT;
	enum api_error error = open_connection(rq, &connection);

	if (error == API_OK)
		error = take_roles(rq, &connection);
	if (error != API_OK)
		return error;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (param_has(rq, names[i]))
			json_set_string(connection.body, names[i],
			    param_string(rq, names[i]));
	}
	save(rq, &connection);
	return API_OK;
}

enum api_error
b2b_scim_connection_delete(struct request *rq)
{
	CLEANUP(scim_connection_clear)
	struct scim_connection connection = SCIM_CONNECTION_INIT;
	enum api_error error = open_connection(rq, &connection);

	if (error != API_OK)
		return error;
	store_run(rq->store,
	    "DELETE FROM scim_connections WHERE connection_id = ?", "s",
	    connection.id.text);
	store_run(rq->store,
	    "UPDATE members SET body = json_set(body, '$.scim_registration', "
	    "NULL) WHERE organization_id = ?",
	    "s", connection.organization.id.text);
	json_set_null(connection.organization.body, "scim_active_connection");
	organization_save(rq, &connection.organization);
	json_set_string(rq->reply, "connection_id", connection.id.text);
	return API_OK;
}

/* ---- Rotation ---- */

enum api_error
b2b_scim_rotate_start(struct request *rq)
{
	CLEANUP(scim_connection_clear)
	struct scim_connection connection = SCIM_CONNECTION_INIT;
	enum api_error error = open_connection(rq, &connection);

	if (error != API_OK)
		return error;
	if (connection.next_token[0] != '\0')
		return API_SCIM_CONNECTION_ALREADY_ROTATING_TOKEN;
	make_token(connection.next_token, sizeof(connection.next_token));
	json_set_time(connection.body, "next_bearer_token_expires_at",
	    rq->now_us + SCIM_TOKEN_US);
	save(rq, &connection);
	reply_token(rq, "next_bearer_token", connection.next_token);
	return API_OK;
}

static enum api_error
end_rotation(struct request *rq, bool complete)
{
	CLEANUP(scim_connection_clear)
	struct scim_connection connection = SCIM_CONNECTION_INIT;
	enum api_error error = open_connection(rq, &connection);

	if (error != API_OK)
		return error;
	if (connection.next_token[0] == '\0')
		return API_SCIM_CONNECTION_NOT_ROTATING_TOKEN;
	if (complete) {
		memcpy(connection.token, connection.next_token,
		    sizeof(connection.token));
		json_set(connection.body, "bearer_token_expires_at",
		    json_copy(json_get(connection.body,
			"next_bearer_token_expires_at")));
	}
	connection.next_token[0] = '\0';
	json_set_null(connection.body, "next_bearer_token_expires_at");
	save(rq, &connection);
	return API_OK;
}

enum api_error
b2b_scim_rotate_complete(struct request *rq)
{
	return end_rotation(rq, true);
}

enum api_error
b2b_scim_rotate_cancel(struct request *rq)
{
	return end_rotation(rq, false);
}

/* ---- Groups; the cursor is the id of the last one shown. ---- */

enum api_error
b2b_scim_connection_get_groups(struct request *rq)
{
	CLEANUP(scim_connection_clear)
	struct scim_connection connection = SCIM_CONNECTION_INIT;
	CLEANUP(query_close) struct query query = QUERY_INIT;
	int64_t limit = param_int(rq, "limit", 100);
	const char *last = NULL;
	cJSON *list = json_array();
	enum api_error error = open_connection(rq, &connection);

	json_set(rq->reply, "scim_groups", list);
	json_set_null(rq->reply, "next_cursor");
	if (error != API_OK)
		return error;
	query_open(&query, rq->store,
	    "SELECT group_id, name FROM scim_groups WHERE connection_id = ?1 "
	    "AND number > coalesce((SELECT number FROM scim_groups WHERE "
	    "group_id = ?2), 0) ORDER BY number LIMIT ?3",
	    "ssi", connection.id.text, param_string(rq, "cursor"), limit + 1);
	while (query_next(&query)) {
		cJSON *item;

		if (cJSON_GetArraySize(list) == limit) {
			json_set_string(rq->reply, "next_cursor", last);
			break;
		}
		item = json_object();
		json_set_string(item, "group_id", query_text(&query, 0));
		json_set_string(item, "group_name", query_text(&query, 1));
		json_set_string(item, "organization_id",
		    connection.organization.id.text);
		json_set_string(item, "connection_id", connection.id.text);
		json_push(list, item);
		last = json_string(item, "group_id");
	}
	return API_OK;
}
