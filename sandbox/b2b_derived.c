/* SPDX-License-Identifier: BSD-2-Clause */
/* Roles by SSO connection, by group there, and by SCIM group. */
#include "config.h"

#include "sandbox/b2b_derived.h"

#include "sandbox/b2b_connection.h"

#include <string.h>

static void
add(cJSON *derived, const char *role_id, const char *type,
    const char *connection_id, const char *group)
{
	cJSON *item = json_object();
	cJSON *details = json_object();

	json_set_string(details, "connection_id", connection_id);
	if (group != NULL)
		json_set_string(details, "group", group);
	json_set_string(item, "role_id", role_id);
	json_set_string(item, "type", type);
	json_set(item, "details", details);
	json_push(derived, item);
}

/* What one registration gives. */
static void
add_registration(struct request *rq, const cJSON *registration, cJSON *derived)
{
	static const char *const lists[][2] = {
		{ "saml_connection_implicit_role_assignments",
		    "saml_group_implicit_role_assignments" },
		{ "external_connection_implicit_role_assignments",
		    "external_group_implicit_role_assignments" },
	};
	CLEANUP(connection_clear)
	struct connection connection = CONNECTION_INIT;
	const cJSON *groups =
	    json_get(json_get(registration, "sso_attributes"), "groups");
	const char *id = json_string(registration, "connection_id");
	const cJSON *item;

	if (id == NULL || !connection_find(rq, id, &connection))
		return;
	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		cJSON_ArrayForEach (item,
		    json_get(connection.body, lists[i][0])) {
			add(derived, json_string(item, "role_id"),
			    "sso_connection", id, NULL);
		}
		cJSON_ArrayForEach (item,
		    json_get(connection.body, lists[i][1])) {
			const char *group = json_string(item, "group");

			if (group != NULL && json_has_string(groups, group))
				add(derived, json_string(item, "role_id"),
				    "sso_connection_group", id, group);
		}
	}
}

/* Whether one of the factors is of the connection. */
static bool
has_factor(const cJSON *factors, const char *connection_id)
{
	const cJSON *factor;

	cJSON_ArrayForEach (factor, factors) {
		const char *saml =
		    json_string(json_get(factor, "saml_sso_factor"),
			"provider_id");
		const char *oidc =
		    json_string(json_get(factor, "oidc_sso_factor"),
			"provider_id");
		const char *id = saml != NULL ? saml : oidc;

		if (id != NULL && strcmp(id, connection_id) == 0)
			return true;
	}
	return false;
}

/* What the member's SCIM groups give, in every session. */
static void
add_scim_groups(struct request *rq, const struct member *member, cJSON *derived)
{
	CLEANUP(query_close) struct query query = QUERY_INIT;

	query_open(&query, rq->store,
	    "SELECT json_extract(a.value, '$.role_id'), g.connection_id, "
	    "g.group_id FROM scim_group_members m JOIN scim_groups g USING "
	    "(group_id) JOIN scim_connections c USING (connection_id), "
	    "json_each(c.body, '$.scim_group_implicit_role_assignments') a "
	    "WHERE m.member_id = ? AND json_extract(a.value, '$.group_id') = "
	    "g.group_id ORDER BY g.number",
	    "s", member->id.text);
	while (query_next(&query))
		add(derived, query_text(&query, 0), "scim_connection_group",
		    query_text(&query, 1), query_text(&query, 2));
}

cJSON *
derived_roles(struct request *rq, const struct member *member,
    const cJSON *factors)
{
	cJSON *derived = json_array();
	const cJSON *item;

	cJSON_ArrayForEach (item, json_get(member->body, "sso_registrations")) {
		const char *id = json_string(item, "connection_id");

		if (factors == NULL || (id != NULL && has_factor(factors, id)))
			add_registration(rq, item, derived);
	}
	add_scim_groups(rq, member, derived);
	return derived;
}
