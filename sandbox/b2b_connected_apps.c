/* SPDX-License-Identifier: BSD-2-Clause */
/* Apps that members of an organization connected. */
#include "config.h"

#include "sandbox/b2b.h"
#include "sandbox/b2b_rbac.h"
#include "sandbox/grant.h"

#include <string.h>

enum api_error
b2b_members_connected_apps_get(struct request *rq)
{
	CLEANUP(party_clear) struct party party = PARTY_INIT;
	CLEANUP(query_close) struct query query = QUERY_INIT;
	enum api_error error = party_params(rq, &party);
	cJSON *list;

	if (error == API_OK)
		error =
		    rbac_check_caller(rq, &party.organization, &party.member);
	if (error != API_OK)
		return error;
	list = json_array();
	json_set(rq->reply, "connected_apps", list);
	query_open(&query, rq->store,
	    "SELECT details FROM registrations WHERE owner_id = ? AND kind = "
	    "'connected_app' ORDER BY created_at, registration_id",
	    "s", party.member.id.text);
	while (query_next(&query))
		json_push(list, json_parse_stored(query_text(&query, 0), "{}"));
	return API_OK;
}

enum api_error
b2b_members_connected_apps_revoke(struct request *rq)
{
	CLEANUP(party_clear) struct party party = PARTY_INIT;
	enum api_error error = party_params(rq, &party);

	if (error == API_OK)
		error =
		    rbac_check_caller(rq, &party.organization, &party.member);
	if (error != API_OK)
		return error;
	return grant_revoke(rq, param_string(rq, "connected_app_id"),
		   party.member.id.text)
	    ? API_OK
	    : API_CONNECTED_APP_NOT_FOUND;
}

/* What every member sees of an app; the scopes are each one's own. */
enum api_error
b2b_organizations_connected_apps(struct request *rq)
{
	CLEANUP(organization_clear)
	struct organization organization = ORGANIZATION_INIT;
	CLEANUP(query_close) struct query query = QUERY_INIT;
	enum api_error error = organization_param(rq, &organization);
	cJSON *list;

	if (error == API_OK)
		error = rbac_check_caller(rq, &organization, NULL);
	if (error != API_OK)
		return error;
	list = json_array();
	json_set(rq->reply, "connected_apps", list);
	query_open(&query, rq->store,
	    "SELECT details FROM registrations JOIN members ON member_id = "
	    "owner_id WHERE organization_id = ? AND kind = 'connected_app' "
	    "GROUP BY registration_id ORDER BY min(created_at), "
	    "registration_id",
	    "s", organization.id.text);
	while (query_next(&query)) {
		cJSON *app = json_parse_stored(query_text(&query, 0), "{}");

		cJSON_DeleteItemFromObjectCaseSensitive(app, "scopes_granted");
		json_push(list, app);
	}
	return API_OK;
}

static cJSON *
split(const char *words)
{
	cJSON *list = json_array();

	while (words != NULL && *words != '\0') {
		size_t len = strcspn(words, " ");
		char word[512];

		if (len > 0 && len < sizeof(word)) {
			memcpy(word, words, len);
			word[len] = '\0';
			json_push_string(list, word);
		}
		words += len + strspn(words + len, " ");
	}
	return list;
}

/* Move what every member sees of the app into the reply, once. */
static void
describe_app(struct request *rq, const cJSON *details)
{
	const cJSON *member;

	cJSON_ArrayForEach (member, details) {
		if (strcmp(member->string, "scopes_granted") != 0)
			json_set(rq->reply, member->string, json_copy(member));
	}
}

enum api_error
b2b_organizations_connected_apps_get(struct request *rq)
{
	CLEANUP(organization_clear)
	struct organization organization = ORGANIZATION_INIT;
	CLEANUP(query_close) struct query query = QUERY_INIT;
	cJSON *members = json_array();
	enum api_error error = organization_param(rq, &organization);

	json_set(rq->reply, "active_members", members);
	if (error == API_OK)
		error = rbac_check_caller(rq, &organization, NULL);
	if (error != API_OK)
		return error;
	query_open(&query, rq->store,
	    "SELECT owner_id, details FROM registrations JOIN members ON "
	    "member_id = owner_id WHERE organization_id = ? AND kind = "
	    "'connected_app' AND registration_id = ? ORDER BY created_at, "
	    "owner_id",
	    "ss", organization.id.text, param_string(rq, "connected_app_id"));
	while (query_next(&query)) {
		CLEANUP(json_free)
		cJSON *details = json_parse_stored(query_text(&query, 1), "{}");
		cJSON *member = json_object();

		describe_app(rq, details);
		json_set_string(member, "member_id", query_text(&query, 0));
		json_set(member, "granted_scopes",
		    split(json_string(details, "scopes_granted")));
		json_push(members, member);
	}
	return cJSON_GetArraySize(members) > 0 ? API_OK
					       : API_CONNECTED_APP_NOT_FOUND;
}
