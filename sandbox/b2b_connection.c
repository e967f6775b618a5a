/* SPDX-License-Identifier: BSD-2-Clause */
/* SSO connections: kept as the JSON that the API answers. */
#include "config.h"

#include "sandbox/b2b_connection.h"

#include "sandbox/b2b_rbac.h"

#include <string.h>

/* clang-format off */
static const struct {
	const char *id_kind;
	enum api_error not_found;
} kinds[] = {
	[CONNECTION_SAML] = { "saml-connection", API_SAML_CONNECTION_NOT_FOUND },
	[CONNECTION_OIDC] = { "oidc-connection", API_OIDC_CONNECTION_NOT_FOUND },
	[CONNECTION_EXTERNAL] = { "external-connection", API_SSO_CONNECTION_NOT_FOUND },
	[CONNECTION_KINDS] = { "", API_SSO_CONNECTION_NOT_FOUND },
};
/* clang-format on */

void
connection_clear(struct connection *connection)
{
	organization_clear(&connection->organization);
	json_free(&connection->body);
	connection->id.text[0] = '\0';
}

bool
connection_is_active(const struct connection *connection)
{
	return strcmp(connection_text(connection, "status"), "active") == 0;
}

const char *
connection_text(const struct connection *connection, const char *name)
{
	const char *text = json_string(connection->body, name);

	return text != NULL ? text : "";
}

bool
connection_find(struct request *rq, const char *id, struct connection *out)
{
	CLEANUP(query_close) struct query query = QUERY_INIT;

	connection_clear(out);
	query_open(&query, rq->store,
	    "SELECT c.connection_id, c.kind, c.body, c.organization_id FROM "
	    "sso_connections c JOIN organizations USING (organization_id) "
	    "WHERE c.connection_id = ? AND project_id = ?",
	    "ss", id, rq->project->id);
	if (!query_next(&query))
		return false;
	query_copy(&query, 0, out->id.text, sizeof(out->id.text));
	out->kind = (enum connection_kind)query_int(&query, 1);
	out->body = json_parse_stored(query_text(&query, 2), "{}");
	return organization_find(rq, query_text(&query, 3),
		   &out->organization) == API_OK;
}

enum api_error
connection_params(struct request *rq, enum connection_kind kind,
    struct connection *out)
{
	CLEANUP(organization_clear)
	struct organization organization = ORGANIZATION_INIT;
	enum api_error error = organization_param(rq, &organization);

	if (error == API_OK)
		error = rbac_check_caller(rq, &organization, NULL);
	if (error != API_OK)
		return error;
	if (!connection_find(rq, param_string(rq, "connection_id"), out) ||
	    (kind != CONNECTION_KINDS && out->kind != kind) ||
	    strcmp(out->organization.id.text, organization.id.text) != 0)
		return kinds[kind].not_found;
	return API_OK;
}

enum api_error
connection_create(struct request *rq, enum connection_kind kind,
    struct connection *out)
{
	const char *provider = param_string(rq, "identity_provider");
	enum api_error error = organization_param(rq, &out->organization);

	if (error == API_OK)
		error = rbac_check_caller(rq, &out->organization, NULL);
	if (error != API_OK)
		return error;
	request_id_make(rq, kinds[kind].id_kind, &out->id);
	out->kind = kind;
	out->body = json_object();
	json_set_string(out->body, "organization_id",
	    out->organization.id.text);
	json_set_string(out->body, "connection_id", out->id.text);
	json_set_string(out->body, "status", "pending");
	json_set_string(out->body, "display_name",
	    param_string(rq, "display_name"));
	if (kind != CONNECTION_EXTERNAL)
		json_set_string(out->body, "identity_provider",
		    provider != NULL ? provider : "generic");
	return API_OK;
}

/* The organization's own list of what is active, from the connections. */
static void
save_active(struct request *rq, struct organization *organization)
{
	cJSON *active = json_array();

	for (int kind = 0; kind < CONNECTION_KINDS; kind++) {
		CLEANUP(json_free)
		cJSON *all = connection_list(rq, organization,
		    (enum connection_kind)kind);
		const cJSON *body;

		cJSON_ArrayForEach (body, all) {
			const char *status = json_string(body, "status");
			const char *provider =
			    json_string(body, "identity_provider");
			cJSON *item;

			if (status == NULL || strcmp(status, "active") != 0)
				continue;
			item = json_object();
			json_set_string(item, "connection_id",
			    json_string(body, "connection_id"));
			json_set_string(item, "display_name",
			    json_string(body, "display_name"));
			json_set_string(item, "identity_provider",
			    provider != NULL ? provider : "generic");
			json_push(active, item);
		}
	}
	json_set(organization->body, "sso_active_connections", active);
	organization_save(rq, organization);
}

void
connection_save(struct request *rq, struct connection *connection)
{
	CLEANUP(string_free) char *body = json_text(connection->body);

	store_run(rq->store,
	    "INSERT INTO sso_connections (connection_id, organization_id, "
	    "kind, body) VALUES (?, ?, ?, ?) ON CONFLICT (connection_id) DO "
	    "UPDATE SET body = excluded.body",
	    "ssds", connection->id.text, connection->organization.id.text,
	    (int)connection->kind, body);
	save_active(rq, &connection->organization);
	json_set(rq->reply, "connection", json_copy(connection->body));
}

void
connection_delete(struct request *rq, struct connection *connection)
{
	struct organization *organization = &connection->organization;

	store_run(rq->store,
	    "DELETE FROM sso_connections WHERE connection_id = ?", "s",
	    connection->id.text);
	if (strcmp(organization_text(organization, "sso_default_connection_id"),
		connection->id.text) == 0)
		json_set_string(organization->body, "sso_default_connection_id",
		    "");
	save_active(rq, organization);
}

void
connection_take(struct request *rq, struct connection *connection,
    const char *const *names)
{
	for (; *names != NULL; names++) {
		const cJSON *value = param_json(rq, *names);

		if (value != NULL)
			json_set(connection->body, *names, json_copy(value));
	}
}

enum api_error
connection_take_roles(struct request *rq, struct connection *connection,
    const char *name, const char *parameter, bool has_groups)
{
	const cJSON *given = param_json(rq, parameter);
	CLEANUP(json_free) cJSON *taken = json_array();
	const cJSON *item;

	if (given == NULL)
		return API_OK;
	cJSON_ArrayForEach (item, given) {
		const char *role = json_string(item, "role_id");
		const char *group = json_string(item, "group");
		cJSON *kept;

		if (role == NULL ||
		    !rbac_has_role(rq, &connection->organization, role))
			return API_INVALID_RBAC_ROLE_ASSIGNMENT;
		kept = json_object();
		json_set_string(kept, "role_id", role);
		if (has_groups)
			json_set_string(kept, "group", group);
		json_push(taken, kept);
	}
	json_set(connection->body, name, STEAL(taken));
	return API_OK;
}

cJSON *
connection_list(struct request *rq, const struct organization *organization,
    enum connection_kind kind)
{
	CLEANUP(query_close) struct query query = QUERY_INIT;
	cJSON *list = json_array();

	query_open(&query, rq->store,
	    "SELECT body FROM sso_connections WHERE organization_id = ? AND "
	    "kind = ? ORDER BY number",
	    "sd", organization->id.text, (int)kind);
	while (query_next(&query))
		json_push(list, json_parse_stored(query_text(&query, 0), "{}"));
	return list;
}
