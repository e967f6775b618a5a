/* SPDX-License-Identifier: BSD-2-Clause */
/* fingerprint.lookup, verdict_reasons.*, and where telemetry comes from. */
#include "config.h"

#include "sandbox/fraud.h"

#include <string.h>

#define TELEMETRY_MINUTES 1440
#define REASON_RULE "RULE_MATCH"

/* The reasons, and what each means unless the project says otherwise. */
static const struct reason {
	const char *name;
	const char *action;
} reasons[] = {
	{ "HEADLESS_BROWSER_AUTOMATION", "BLOCK" },
	{ "RULE_MATCH", "ALLOW" },
	{ "SMART_RATE_LIMIT_WARNING", "CHALLENGE" },
	{ "VIRTUAL_MACHINE", "CHALLENGE" },
};

static const struct reason *
find_reason(const char *name)
{
	for (size_t i = 0; name != NULL && i < ARRAY_LEN(reasons); i++) {
		if (strcmp(reasons[i].name, name) == 0)
			return &reasons[i];
	}
	return NULL;
}

/* ---- Making. ---- */

/* A string of wish, or one by chance behind a prefix. */
static void
set_fingerprint(cJSON *object, const char *name, const cJSON *wish,
    const char *prefix)
{
	const char *given = json_string(wish, name);
	struct id id;

	id_make(prefix, "test", &id);
	json_set_string(object, name, given != NULL ? given : id.text);
}

static void
set_or(cJSON *object, const char *name, const cJSON *wish, const char *member,
    const char *fallback)
{
	const char *given = json_string(wish, member);

	json_set_string(object, name, given != NULL ? given : fallback);
}

static cJSON *
make_network(const cJSON *wish)
{
	cJSON *network = json_object(), *asn = json_object();
	cJSON *place = json_object();

	set_or(network, "ip_address", wish, "ip_address", "192.0.2.1");
	set_or(asn, "asn", wish, "asn", "64496");
	set_or(asn, "name", wish, "asn_name", "Documentation");
	set_or(asn, "network", wish, "asn_network", "192.0.2.0/24");
	json_set(network, "asn", asn);
	set_or(place, "city", wish, "city", "Springfield");
	set_or(place, "region", wish, "region", "Oregon");
	set_or(place, "country", wish, "country", "US");
	json_set(network, "ip_geolocation", place);
	json_set_bool(network, "is_proxy", json_bool(wish, "is_proxy", false));
	json_set_bool(network, "is_vpn", json_bool(wish, "is_vpn", false));
	return network;
}

static cJSON *
make_details(const cJSON *wish)
{
	cJSON *details = json_object(), *prints = json_object();
	cJSON *properties = json_object(), *browser = json_object();

	set_fingerprint(prints, "network_fingerprint", wish,
	    "network-fingerprint");
	set_fingerprint(prints, "hardware_fingerprint", wish,
	    "hardware-fingerprint");
	set_fingerprint(prints, "browser_fingerprint", wish,
	    "browser-fingerprint");
	set_fingerprint(prints, "visitor_fingerprint", wish,
	    "visitor-fingerprint");
	set_fingerprint(prints, "visitor_id", wish, "visitor");
	set_fingerprint(prints, "browser_id", wish, "browser-id");
	json_set(details, "fingerprints", prints);
	json_set(properties, "network_properties", make_network(wish));
	set_or(browser, "user_agent", wish, "user_agent", "Mozilla/5.0");
	json_set(properties, "browser_properties", browser);
	json_set(details, "properties", properties);
	json_set_bool(details, "is_authentic_device",
	    json_bool(wish, "is_authentic_device", true));
	set_or(details, "detected_device_type", wish, "detected_device_type",
	    "DESKTOP");
	return details;
}

enum api_error
fraud_make_telemetry(struct request *rq, const cJSON *wish, cJSON *reply)
{
	CLEANUP(json_free) cJSON *details = make_details(wish);
	CLEANUP(json_free) cJSON *none = json_array();
	CLEANUP(string_free) char *text = json_text(details);
	CLEANUP(string_free) char *list = NULL;
	const cJSON *given = json_get(wish, "reasons"), *reason;
	const char *own_id = json_string(wish, "telemetry_id");
	struct id id;

	if (given != NULL && !cJSON_IsArray(given))
		return request_refuse(rq, API_BAD_REQUEST,
		    "reasons is an array.");
	cJSON_ArrayForEach (reason, given) {
		if (find_reason(cJSON_GetStringValue(reason)) == NULL)
			return request_refuse(rq, API_BAD_REQUEST,
			    "There is no such verdict reason.");
	}
	list = json_text(given != NULL ? given : none);
	id_make("telemetry-id", "fraud", &id);
	if (own_id == NULL)
		own_id = id.text;
	store_run(rq->store,
	    "INSERT OR REPLACE INTO telemetry VALUES (?, ?, ?, ?, ?, ?)",
	    "ssssii", own_id, rq->project->id, list, text, rq->now_us,
	    rq->now_us + TELEMETRY_MINUTES * MINUTE_US);
	json_set_string(reply, "telemetry_id", own_id);
	return API_OK;
}

/* ---- Reasons. ---- */

/* The override of a reason as text, or "" where there is none. */
static void
read_override(struct request *rq, const char *reason, char *out, size_t size)
{
	CLEANUP(query_close) struct query query = QUERY_INIT;

	out[0] = '\0';
	query_open(&query, rq->store,
	    "SELECT action FROM verdict_reasons WHERE project_id = ? AND "
	    "reason = ?",
	    "ss", rq->project->id, reason);
	if (query_next(&query))
		query_copy(&query, 0, out, size);
}

static cJSON *
describe_reason(struct request *rq, const struct reason *reason)
{
	CLEANUP(query_close) struct query query = QUERY_INIT;
	cJSON *object = json_object();

	json_set_string(object, "verdict_reason", reason->name);
	json_set_string(object, "default_action", reason->action);
	query_open(&query, rq->store,
	    "SELECT action, description, created_at FROM verdict_reasons "
	    "WHERE project_id = ? AND reason = ?",
	    "ss", rq->project->id, reason->name);
	if (!query_next(&query)) {
		json_set_null(object, "override_action");
		return object;
	}
	json_set_string(object, "override_action", query_text(&query, 0));
	json_set_string(object, "override_description", query_text(&query, 1));
	json_set_time(object, "override_created_at", query_int(&query, 2));
	return object;
}

enum api_error
verdict_reasons_list(struct request *rq)
{
	bool overrides_only = param_bool(rq, "overrides_only", false);
	cJSON *list = json_array();

	json_set(rq->reply, "verdict_reason_actions", list);
	for (size_t i = 0; i < ARRAY_LEN(reasons); i++) {
		char override[16];

		read_override(rq, reasons[i].name, override, sizeof(override));
		if (!overrides_only || override[0] != '\0')
			json_push(list, describe_reason(rq, &reasons[i]));
	}
	return API_OK;
}

enum api_error
verdict_reasons_override(struct request *rq)
{
	const struct reason *reason =
	    find_reason(param_string(rq, "verdict_reason"));
	const char *action = param_string(rq, "override_action");
	const char *description = param_string(rq, "override_description");

	if (reason == NULL)
		return request_refuse(rq, API_INVALID_ARGUMENT,
		    "There is no such verdict_reason.");
	if (strcmp(reason->name, REASON_RULE) == 0)
		return request_refuse(rq, API_INVALID_ARGUMENT,
		    "RULE_MATCH cannot be overridden.");
	if (!fraud_is_action(action))
		return request_refuse(rq, API_INVALID_REQUEST_VALUE,
		    "There is no such override_action.");
	if (strcmp(action, "NONE") == 0)
		store_run(rq->store,
		    "DELETE FROM verdict_reasons WHERE project_id = ? AND "
		    "reason = ?",
		    "ss", rq->project->id, reason->name);
	else
		store_run(rq->store,
		    "INSERT OR REPLACE INTO verdict_reasons VALUES (?, ?, ?, "
		    "?, ?)",
		    "ssssi", rq->project->id, reason->name, action,
		    description != NULL ? description : "", rq->now_us);
	json_set(rq->reply, "verdict_reason_action",
	    describe_reason(rq, reason));
	return API_OK;
}

/* ---- Lookup. ---- */

bool
fraud_is_action(const char *text)
{
	return endpoint_list_has("ALLOW|CHALLENGE|BLOCK|NONE", text);
}

int
fraud_strictness(const char *action)
{
	if (strcmp(action, "BLOCK") == 0)
		return 2;
	return strcmp(action, "CHALLENGE") == 0;
}

/* Weigh one reason: *action becomes stricter, overrides are listed. */
static void
weigh(struct request *rq, const struct reason *reason, cJSON *overrides,
    char *action, size_t size)
{
	char override[16];
	const char *means = reason->action;

	read_override(rq, reason->name, override, sizeof(override));
	if (override[0] != '\0') {
		cJSON *object = json_object();

		json_set_string(object, "verdict_reason", reason->name);
		json_set_string(object, "override_action", override);
		json_push(overrides, object);
		means = override;
	}
	if (fraud_strictness(means) > fraud_strictness(action) &&
	    strlen(means) < size)
		memcpy(action, means, strlen(means) + 1);
}

/* The strictest reason decides, and a rule of the project over all. */
static cJSON *
make_verdict(struct request *rq, const cJSON *details, cJSON *list)
{
	cJSON *verdict = json_object(), *overrides = json_array();
	struct fraud_match match;
	char action[16] = "ALLOW";
	const cJSON *item;

	cJSON_ArrayForEach (item, list) {
		const struct reason *reason =
		    find_reason(cJSON_GetStringValue(item));

		if (reason != NULL)
			weigh(rq, reason, overrides, action, sizeof(action));
	}
	fraud_match_rule(rq, details, &match);
	if (match.type[0] != '\0') {
		json_push_string(list, REASON_RULE);
		json_set_string(verdict, "rule_match_type", match.type);
		json_set_string(verdict, "rule_match_identifier",
		    match.identifier);
		memcpy(action, match.action, sizeof(action));
	}
	json_set_string(verdict, "action", action);
	json_set(verdict, "reasons", json_copy(list));
	json_set(verdict, "verdict_reason_overrides", overrides);
	json_set(verdict, "detected_device_type",
	    json_copy(json_get(details, "detected_device_type")));
	json_set(verdict, "is_authentic_device",
	    json_copy(json_get(details, "is_authentic_device")));
	return verdict;
}

cJSON *
fraud_device(struct request *rq, const char *id)
{
	CLEANUP(query_close) struct query query = QUERY_INIT;

	if (id == NULL)
		return NULL;
	query_open(&query, rq->store,
	    "SELECT details FROM telemetry WHERE telemetry_id = ? AND "
	    "project_id = ? AND expires_at > ?",
	    "ssi", id, rq->project->id, rq->now_us);
	if (!query_next(&query))
		return NULL;
	return json_parse_stored(query_text(&query, 0), "{}");
}

enum api_error
fingerprint_lookup(struct request *rq)
{
	CLEANUP(query_close) struct query query = QUERY_INIT;
	CLEANUP(json_free) cJSON *details = NULL;
	CLEANUP(json_free) cJSON *list = NULL;
	const char *id = param_string(rq, "telemetry_id");
	const cJSON *metadata = param_json(rq, "external_metadata");

	query_open(&query, rq->store,
	    "SELECT reasons, details, created_at, expires_at FROM telemetry "
	    "WHERE telemetry_id = ? AND project_id = ? AND expires_at > ?",
	    "ssi", id, rq->project->id, rq->now_us);
	if (!query_next(&query))
		return API_TELEMETRY_ID_NOT_FOUND;
	list = json_parse_stored(query_text(&query, 0), "[]");
	details = json_parse_stored(query_text(&query, 1), "{}");
	json_set_string(rq->reply, "telemetry_id", id);
	json_set_time(rq->reply, "created_at", query_int(&query, 2));
	json_set_time(rq->reply, "expires_at", query_int(&query, 3));
	json_set(rq->reply, "fingerprints",
	    json_copy(json_get(details, "fingerprints")));
	json_set(rq->reply, "properties",
	    json_copy(json_get(details, "properties")));
	json_set(rq->reply, "external_metadata",
	    metadata != NULL ? json_copy(metadata) : json_object());
	json_set(rq->reply, "verdict", make_verdict(rq, details, list));
	return API_OK;
}
