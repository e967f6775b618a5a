/* SPDX-License-Identifier: BSD-2-Clause */
/* connected_apps.clients.*; of Consumer and B2B projects alike. */
#include "config.h"

#include "sandbox/claim_template.h"
#include "sandbox/client.h"

#include <ctype.h>
#include <string.h>

#define URL_MAX 2047
#define EXPIRY_MINUTES_MIN 5
#define EXPIRY_MINUTES_MAX 1440

static bool
starts_with(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

static bool
host_is_loopback(const char *host)
{
	static const char *const names[] = { "127.0.0.1", "localhost",
		"[::1]" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		size_t len = strlen(names[i]);

		if (strncmp(host, names[i], len) == 0 &&
		    strchr(":/?", host[len]) != NULL)
			return true;
	}
	return false;
}

/* An absolute URL without a fragment (RFC 6749 3.1.2); http to loopback. */
static enum api_error
check_url(const char *url)
{
	size_t scheme = strcspn(url, ":/?#");

	if (scheme == 0 || strncmp(url + scheme, "://", 3) != 0)
		return API_CONNECTED_APP_REDIRECT_URL_MUST_INCLUDE_SCHEME;
	if (starts_with(url, "http://") && !host_is_loopback(url + 7))
		return API_CONNECTED_APP_REDIRECT_URL_HTTP_SCHEME_MUST_USE_LOOPBACK;
	if (url[scheme + 3] == '\0' || strlen(url) > URL_MAX)
		return API_CONNECTED_APP_INVALID_REDIRECT_URL;
	for (const char *c = url; *c != '\0'; c++) {
		if (*c == '#' || *c == ' ' || iscntrl((unsigned char)*c))
			return API_CONNECTED_APP_INVALID_REDIRECT_URL;
	}
	return API_OK;
}

static enum api_error
check_urls(const cJSON *urls)
{
	const cJSON *url;

	cJSON_ArrayForEach (url, urls) {
		enum api_error error = check_url(url->valuestring);

		if (error != API_OK)
			return error;
	}
	return API_OK;
}

static bool
is_type(const cJSON *details, const char *prefix, const char *suffix)
{
	const char *type = json_string(details, "client_type");
	size_t len = type != NULL ? strlen(type) : 0;
	size_t suffix_len = strlen(suffix);

	return type != NULL && starts_with(type, prefix) && len >= suffix_len &&
	    strcmp(type + len - suffix_len, suffix) == 0;
}

static enum api_error
check_templates(const struct request *rq)
{
	static const char *const names[] = { "access_token_template_content",
		"id_token_template_content" };
	const char *roots = rq->project->vertical == VERTICAL_B2B
	    ? "member|organization"
	    : "user";
	enum api_error error = API_OK;

	for (size_t i = 0; i < ARRAY_LEN(names) && error == API_OK; i++) {
		const char *text = param_string(rq, names[i]);

		if (text != NULL)
			error = claim_template_check(text, roots);
	}
	return error;
}

/* What the parameters that are given must hold for an app of its type. */
static enum api_error
check_fields(struct request *rq, const cJSON *details)
{
	int64_t minutes = param_int(rq, "access_token_expiry_minutes", 60);
	enum api_error error = check_urls(param_json(rq, "redirect_urls"));

	if (error == API_OK)
		error = check_urls(param_json(rq, "post_logout_redirect_urls"));
	if (error == API_OK)
		error = check_templates(rq);
	if (error != API_OK)
		return error;
	if (minutes < EXPIRY_MINUTES_MIN || minutes > EXPIRY_MINUTES_MAX)
		return API_IDP_INVALID_ACCESS_TOKEN_EXPIRY_MINUTES;
	if (!is_type(details, "third_party", ""))
		return API_OK;
	if (param_bool(rq, "full_access_allowed", false))
		return API_THIRD_PARTY_CLIENTS_CANNOT_USE_FULL_ACCESS;
	return param_bool(rq, "bypass_consent_for_offline_access", false)
	    ? API_THIRD_PARTY_CLIENTS_REQUIRE_CONSENT_FOR_OFFLINE_ACCESS
	    : API_OK;
}

static enum api_error
take_fields(struct request *rq, cJSON *details)
{
	static const char *const names[] = { "client_name",
		"client_description", "redirect_urls", "full_access_allowed",
		"access_token_expiry_minutes", "access_token_custom_audience",
		"access_token_template_content", "post_logout_redirect_urls",
		"logo_url", "bypass_consent_for_offline_access",
		"id_token_template_content" };
	enum api_error error = check_fields(rq, details);

	for (size_t i = 0; i < ARRAY_LEN(names) && error == API_OK; i++) {
		if (param_has(rq, names[i]))
			json_set(details, names[i],
			    json_copy(param_json(rq, names[i])));
	}
	return error;
}

static cJSON *
default_details(const struct request *rq, const struct client *client)
{
	static const char defaults[] =
	    "{\"client_name\":\"\",\"client_description\":\"\",\"status\":"
	    "\"active\",\"full_access_allowed\":false,\"redirect_urls\":[],"
	    "\"access_token_expiry_minutes\":60,"
	    "\"access_token_template_content\":\"\","
	    "\"access_token_custom_audience\":\"\","
	    "\"post_logout_redirect_urls\":[],\"logo_url\":\"\","
	    "\"bypass_consent_for_offline_access\":false,"
	    "\"creation_method\":\"api\",\"id_token_template_content\":\"\","
	    "\"client_id_metadata_url\":\"\",\"client_secret_last_four\":\"\","
	    "\"next_client_secret_last_four\":null}";
	cJSON *details = json_parse_stored(defaults, "{}");

	json_set_string(details, "client_id", client->id.text);
	json_set_string(details, "client_type",
	    param_string(rq, "client_type"));
	return details;
}

enum api_error
connected_apps_clients_create(struct request *rq)
{
	CLEANUP(client_clear) struct client client = CLIENT_INIT;
	struct token secret = { "" };
	enum api_error error;

	client.kind = CLIENT_APP;
	request_id_make(rq, "connected-app", &client.id);
	client.details = default_details(rq, &client);
	error = take_fields(rq, client.details);
	if (error != API_OK)
		return error;
	if (!is_type(client.details, "", "_public")) {
		token_make(TOKEN_LEN, &secret);
		client_set_secret(&client, secret.text);
	}
	client_insert(rq, &client);
	client_reply_new(rq, &client, secret.text);
	return API_OK;
}

enum api_error
connected_apps_clients_get(struct request *rq)
{
	return client_get(rq, CLIENT_APP);
}

enum api_error
connected_apps_clients_update(struct request *rq)
{
	return client_update(rq, CLIENT_APP, take_fields);
}

enum api_error
connected_apps_clients_delete(struct request *rq)
{
	return client_delete(rq, CLIENT_APP);
}

enum api_error
connected_apps_clients_secrets_rotate_start(struct request *rq)
{
	return client_rotate_start(rq, CLIENT_APP);
}

enum api_error
connected_apps_clients_secrets_rotate_cancel(struct request *rq)
{
	return client_rotate_cancel(rq, CLIENT_APP);
}

enum api_error
connected_apps_clients_secrets_rotate(struct request *rq)
{
	return client_rotate(rq, CLIENT_APP);
}

/* It has pages, but no filters. */
enum api_error
connected_apps_clients_search(struct request *rq)
{
	static const struct search_errors errors = {
		.bad_limit = API_INVALID_REQUEST_VALUE,
		.bad_cursor = API_INVALID_REQUEST_VALUE,
	};
	static const struct search search = { .errors = &errors };

	return client_search(rq, CLIENT_APP, &search);
}
