/* SPDX-License-Identifier: BSD-2-Clause */
/* The settings of a project. */
#include "config.h"

#include "sandbox/settings.h"

#include <string.h>

static bool
is_password_policy(const cJSON *value)
{
	return cJSON_IsString(value) &&
	    (strcmp(value->valuestring, "zxcvbn") == 0 ||
		strcmp(value->valuestring, "luds") == 0);
}

static bool
is_verification(const cJSON *value)
{
	return cJSON_IsString(value) &&
	    endpoint_list_has("preferred|required|discouraged",
		value->valuestring);
}

static bool
is_string_array(const cJSON *value)
{
	const cJSON *item;

	cJSON_ArrayForEach (item, value) {
		if (!cJSON_IsString(item))
			return false;
	}
	return cJSON_IsArray(value);
}

static bool
is_redirect_type(const cJSON *value)
{
	static const char *const types[] = { "LOGIN", "SIGNUP", "INVITE",
		"RESET_PASSWORD", "DISCOVERY" };

	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		if (cJSON_IsString(value) &&
		    strcmp(value->valuestring, types[i]) == 0)
			return true;
	}
	return false;
}

/* [{"url", "types": ["LOGIN", ..], "default": bool}] */
static bool
is_redirect_urls(const cJSON *value)
{
	const cJSON *item, *type;

	if (!cJSON_IsArray(value))
		return false;
	cJSON_ArrayForEach (item, value) {
		const cJSON *types = json_get(item, "types");

		if (json_string(item, "url") == NULL || !cJSON_IsArray(types))
			return false;
		cJSON_ArrayForEach (type, types) {
			if (!is_redirect_type(type))
				return false;
		}
	}
	return true;
}

static bool
is_policy(const cJSON *value)
{
	return cJSON_IsArray(json_get(value, "roles")) &&
	    cJSON_IsArray(json_get(value, "resources")) &&
	    cJSON_IsArray(json_get(value, "scopes"));
}

static bool
is_object(const cJSON *value)
{
	return cJSON_IsObject(value) != 0;
}

#define NO_POLICY "{\"roles\":[],\"resources\":[],\"scopes\":[]}"

/* clang-format off */
static const struct setting settings[] = {
	{ .name = "lock_threshold", .fallback = "10", .min = 1, .max = 100 },
	{ .name = "lock_minutes", .fallback = "60", .min = 5, .max = 10080 },
	{ .name = "session_max_minutes", .fallback = "527040", .min = 5, .max = 527040 },
	{ .name = "password_policy", .fallback = "\"zxcvbn\"", .holds = is_password_policy },
	{ .name = "luds_min_length", .fallback = "8", .min = 8, .max = 32 },
	{ .name = "luds_min_kinds", .fallback = "3", .min = 1, .max = 4 },
	{ .name = "breach_detection_on_create", .fallback = "true" },
	{ .name = "breach_detection_on_authenticate", .fallback = "true" },
	{ .name = "password_policy_on_authenticate", .fallback = "false" },
	{ .name = "cross_org_passwords", .fallback = "false", .is_fixed = true },
	{ .name = "embeddable_magic_links", .fallback = "true" },
	/* Countries that get messages, by calling code: US and Canada. */
	{ .name = "phone_country_codes", .fallback = "[\"1\"]", .holds = is_string_array },
	/* Recipients who said STOP, addresses that bounced. */
	{ .name = "unsubscribed_phone_numbers", .fallback = "[]", .holds = is_string_array },
	{ .name = "inactive_emails", .fallback = "[]", .holds = is_string_array },
	/* Empty: the sandbox's landing page, for every type. */
	{ .name = "redirect_urls", .fallback = "null", .holds = is_redirect_urls },
	/* Foreign token -> what the userinfo URL says of it (sessions.migrate). */
	{ .name = "userinfo", .fallback = "null", .holds = is_object },
	/* profile_id -> issuer, audience, jwks (sessions.attest). */
	{ .name = "trusted_auth_profiles", .fallback = "{}", .holds = is_object },
	/* userVerification of WebAuthn's options; "required" is checked. */
	{ .name = "webauthn_user_verification", .fallback = "\"preferred\"", .holds = is_verification },
	{ .name = "rbac_policy", .fallback = NO_POLICY, .holds = is_policy },
};
/* clang-format on */

static const struct setting *
find(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(settings); i++) {
		if (strcmp(settings[i].name, name) == 0)
			return &settings[i];
	}
	return NULL;
}

cJSON *
settings_json(struct request *rq, const char *name)
{
	CLEANUP(query_close) struct query query = QUERY_INIT;
	const struct setting *setting = find(name);
	const char *fallback = setting != NULL ? setting->fallback : "null";

	query_open(&query, rq->store,
	    "SELECT value FROM settings WHERE project_id = ? AND name = ?",
	    "ss", rq->project->id, name);
	return json_parse_stored(query_next(&query) ? query_text(&query, 0)
						    : NULL,
	    fallback);
}

int64_t
settings_int(struct request *rq, const char *name)
{
	CLEANUP(json_free) cJSON *value = settings_json(rq, name);

	return json_is_int(value) ? (int64_t)value->valuedouble : 0;
}

bool
settings_bool(struct request *rq, const char *name)
{
	CLEANUP(json_free) cJSON *value = settings_json(rq, name);

	return cJSON_IsTrue(value) != 0;
}

static bool
value_holds(const struct setting *setting, const cJSON *value)
{
	if (setting->holds != NULL)
		return setting->holds(value);
	if (setting->max != 0)
		return json_is_int(value) &&
		    value->valuedouble >= (double)setting->min &&
		    value->valuedouble <= (double)setting->max;
	return cJSON_IsBool(value);
}

/* Whether the setting may become value, or null its default. */
static bool
may_become(struct request *rq, const struct setting *setting,
    const cJSON *value)
{
	CLEANUP(json_free) cJSON *fallback = NULL;
	CLEANUP(json_free) cJSON *now = NULL;

	if (!setting->is_fixed || rq->project->vertical != VERTICAL_B2B)
		return true;
	fallback = json_parse_stored(setting->fallback, "null");
	now = settings_json(rq, setting->name);
	return cJSON_Compare(now, cJSON_IsNull(value) ? fallback : value,
		   true) ||
	    store_int(rq->store, 0,
		"SELECT count(*) FROM passwords WHERE project_id = ?", "s",
		rq->project->id) == 0;
}

static enum api_error
apply_one(struct request *rq, const cJSON *value)
{
	const struct setting *setting = find(value->string);
	CLEANUP(string_free) char *text = NULL;

	if (setting == NULL)
		return request_refuse(rq, API_BAD_REQUEST,
		    "There is no setting %.64s.", value->string);
	if (!may_become(rq, setting, value))
		return request_refuse(rq, API_BAD_REQUEST,
		    "%s stays as it is while there are passwords.",
		    setting->name);
	if (cJSON_IsNull(value)) {
		store_run(rq->store,
		    "DELETE FROM settings WHERE project_id = ? AND name = ?",
		    "ss", rq->project->id, setting->name);
		return API_OK;
	}
	if (!value_holds(setting, value))
		return request_refuse(rq, API_BAD_REQUEST,
		    "%s has not the right type or range.", setting->name);
	text = json_text(value);
	store_run(rq->store, "INSERT OR REPLACE INTO settings VALUES (?, ?, ?)",
	    "sss", rq->project->id, setting->name, text);
	return API_OK;
}

enum api_error
settings_apply(struct request *rq, const cJSON *values)
{
	const cJSON *value;

	if (!cJSON_IsObject(values))
		return request_refuse(rq, API_BAD_REQUEST,
		    "Settings are an object.");
	cJSON_ArrayForEach (value, values) {
		enum api_error error = apply_one(rq, value);

		if (error != API_OK)
			return error;
	}
	return API_OK;
}

cJSON *
settings_all(struct request *rq)
{
	cJSON *all = json_object();

	for (size_t i = 0; i < ARRAY_LEN(settings); i++)
		json_set(all, settings[i].name,
		    settings_json(rq, settings[i].name));
	return all;
}
