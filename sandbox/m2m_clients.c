/* SPDX-License-Identifier: BSD-2-Clause */
/* m2m.clients.*: machines; of Consumer and B2B projects alike. */
#include "config.h"

#include "sandbox/client.h"
#include "sandbox/metadata.h"

#include <string.h>

#define SECRET_CHARACTERS_MIN 5 /* different ones */

/* A token of RFC 6749 3.3: printable, without blank, quote and backslash. */
static bool
is_scope(const char *text)
{
	for (const char *c = text; *c != '\0'; c++) {
		if (*c <= ' ' || *c > '~' || *c == '"' || *c == '\\')
			return false;
	}
	return text[0] != '\0';
}

/* Set the parameters that are given, but for the secret. */
static enum api_error
take_fields(struct request *rq, cJSON *details)
{
	static const char *const names[] = { "client_name",
		"client_description", "status", "scopes" };
	CLEANUP(string_free)
	char *current = json_text(json_get(details, "trusted_metadata"));
	CLEANUP(string_free) char *merged = NULL;
	const char *status = param_string(rq, "status");
	const cJSON *scope;
	enum api_error error;

	if (status != NULL && !endpoint_list_has("active|inactive", status))
		return API_INVALID_M2M_CLIENT_STATUS;
	cJSON_ArrayForEach (scope, param_json(rq, "scopes")) {
		if (!is_scope(scope->valuestring))
			return API_INVALID_M2M_CLIENT_SCOPE;
	}
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (param_has(rq, names[i]))
			json_set(details, names[i],
			    json_copy(param_json(rq, names[i])));
	}
	error = metadata_merge(current, param_json(rq, "trusted_metadata"),
	    &merged);
	if (error == API_OK)
		json_set(details, "trusted_metadata",
		    json_parse_stored(merged, "{}"));
	return error;
}

/* A secret of the caller's own must not be one that is soon guessed. */
static bool
is_secure(const char *secret)
{
	bool seen[256] = { false };
	unsigned count = 0;

	for (const char *c = secret; *c != '\0'; c++) {
		count += !seen[(unsigned char)*c];
		seen[(unsigned char)*c] = true;
	}
	return count >= SECRET_CHARACTERS_MIN;
}

static enum api_error
take_id(struct request *rq, struct client *client)
{
	const char *id = param_string(rq, "client_id");
	size_t len = id != NULL ? strlen(id) : 0;

	if (id == NULL) {
		request_id_make(rq, "m2m-client", &client->id);
		return API_OK;
	}
	if (len >= sizeof(client->id.text))
		return API_M2M_CLIENT_INVALID_CLIENT_ID;
	memcpy(client->id.text, id, len + 1);
	return store_int(rq->store, 0,
		   "SELECT count(*) FROM clients WHERE project_id = ? AND "
		   "client_id = ?",
		   "ss", rq->project->id, id) != 0
	    ? API_DUPLICATE_M2M_CLIENT_ID
	    : API_OK;
}

enum api_error
m2m_clients_create(struct request *rq)
{
	CLEANUP(client_clear) struct client client = CLIENT_INIT;
	const char *secret = param_string(rq, "client_secret");
	enum api_error error = take_id(rq, &client);
	struct token made;

	if (error == API_OK && secret != NULL && !is_secure(secret))
		error = API_INSECURE_M2M_CLIENT_SECRET;
	if (error != API_OK)
		return error;
	if (secret == NULL) {
		token_make(TOKEN_LEN, &made);
		secret = made.text;
	}
	client.details = json_object();
	json_set_string(client.details, "client_id", client.id.text);
	json_set_string(client.details, "client_name", "");
	json_set_string(client.details, "client_description", "");
	json_set_string(client.details, "status", "active");
	json_set_null(client.details, "next_client_secret_last_four");
	json_set(client.details, "trusted_metadata", json_object());
	client_set_secret(&client, secret);
	error = take_fields(rq, client.details);
	if (error != API_OK)
		return error;
	client_insert(rq, &client);
	client_reply_new(rq, &client, secret);
	rq->status = 201;
	return API_OK;
}

enum api_error
m2m_clients_get(struct request *rq)
{
	return client_get(rq, CLIENT_M2M);
}

enum api_error
m2m_clients_update(struct request *rq)
{
	return client_update(rq, CLIENT_M2M, take_fields);
}

enum api_error
m2m_clients_delete(struct request *rq)
{
	return client_delete(rq, CLIENT_M2M);
}

enum api_error
m2m_clients_secrets_rotate_start(struct request *rq)
{
	return client_rotate_start(rq, CLIENT_M2M);
}

enum api_error
m2m_clients_secrets_rotate_cancel(struct request *rq)
{
	return client_rotate_cancel(rq, CLIENT_M2M);
}

enum api_error
m2m_clients_secrets_rotate(struct request *rq)
{
	return client_rotate(rq, CLIENT_M2M);
}

/* ---- Search. ---- */

#define IN_LIST " IN (SELECT value FROM json_each(?))"

/* clang-format off */
static const struct filter filters[] = {
	{ .name = "client_id", .type = FILTER_STRINGS, .sql = "client_id" IN_LIST },
	{ .name = "client_name", .type = FILTER_STRINGS,
	  .sql = "json_extract(details, '$.client_name')" IN_LIST },
	{ .name = "scopes", .type = FILTER_STRINGS,
	  .sql = "EXISTS (SELECT 1 FROM json_each(details, '$.scopes') AS scope WHERE scope.value" IN_LIST ")" },
};
/* clang-format on */

static const struct search_errors errors = {
	.name_not_recognized = API_M2M_SEARCH_FILTER_NAME_NOT_RECOGNIZED,
	.name_no_string = API_M2M_SEARCH_FILTER_NAME_MUST_BE_STRING,
	.missing_name = API_M2M_SEARCH_MISSING_FILTER_NAME,
	.missing_value = API_M2M_SEARCH_MISSING_FILTER_VALUE,
	.no_strings = API_M2M_SEARCH_EXPECTED_ARRAY_OF_STRINGS,
	.no_bool = API_BAD_REQUEST,
	.no_object = API_BAD_REQUEST,
	.no_string = API_BAD_REQUEST,
	.no_time = API_BAD_REQUEST,
	.bad_operator = API_INVALID_REQUEST_VALUE,
	.bad_limit = API_INVALID_REQUEST_VALUE,
	.bad_cursor = API_INVALID_REQUEST_VALUE,
	.mixed_ids = API_BAD_REQUEST,
};

enum api_error
m2m_clients_search(struct request *rq)
{
	static const struct search search = {
		.filters = filters,
		.filter_count = ARRAY_LEN(filters),
		.errors = &errors,
	};

	return client_search(rq, CLIENT_M2M, &search);
}
