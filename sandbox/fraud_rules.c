/* SPDX-License-Identifier: BSD-2-Clause */
/* rules.*: what a project has decided on devices, networks, countries. */
#include "config.h"

#include "sandbox/fraud.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIST_LIMIT 10
#define PREFIX_MIN 16
#define EXPIRY_MINUTES_MAX 52560000 /* a hundred years */

/* By precedence: the parameter, the type, where a device has its value. */
static const struct rule_type {
	const char *param;
	const char *type;
	const char *path[4];
} types[] = {
	{ "visitor_id", "VISITOR_ID", { "fingerprints", "visitor_id" } },
	{ "browser_id", "BROWSER_ID", { "fingerprints", "browser_id" } },
	{ "visitor_fingerprint", "VISITOR_FINGERPRINT",
	    { "fingerprints", "visitor_fingerprint" } },
	{ "browser_fingerprint", "BROWSER_FINGERPRINT",
	    { "fingerprints", "browser_fingerprint" } },
	{ "hardware_fingerprint", "HARDWARE_FINGERPRINT",
	    { "fingerprints", "hardware_fingerprint" } },
	{ "network_fingerprint", "NETWORK_FINGERPRINT",
	    { "fingerprints", "network_fingerprint" } },
	{ "cidr_block", "CIDR_BLOCK",
	    { "properties", "network_properties", "ip_address" } },
	{ "asn", "ASN", { "properties", "network_properties", "asn", "asn" } },
	{ "country_code", "COUNTRY_CODE",
	    { "properties", "network_properties", "ip_geolocation",
		"country" } },
};

/* ---- Blocks of addresses. ---- */

struct block {
	uint8_t address[sizeof(struct in6_addr)];
	int family; /* AF_INET, AF_INET6 */
	unsigned bits, prefix;
};

/* "192.0.2.0/24", "2001:db8::/32", or an address alone.  Whether it is one. */
static bool
block_parse(const char *text, struct block *out)
{
	const char *slash = strchr(text, '/');
	size_t len = slash != NULL ? (size_t)(slash - text) : strlen(text);
	char address[INET6_ADDRSTRLEN];
	long prefix;
	char *end;

	if (len >= sizeof(address))
		return false;
	memcpy(address, text, len);
	address[len] = '\0';
	memset(out, 0, sizeof(*out));
	out->family = strchr(address, ':') != NULL ? AF_INET6 : AF_INET;
	out->bits = out->family == AF_INET6 ? 128 : 32;
	if (inet_pton(out->family, address, out->address) != 1)
		return false;
	prefix = (long)out->bits;
	if (slash != NULL) {
		if (!isdigit((unsigned char)slash[1]))
			return false;
		prefix = strtol(slash + 1, &end, 10);
		if (*end != '\0' || prefix > (long)out->bits)
			return false;
	}
	out->prefix = (unsigned)prefix;
	return true;
}

/* Clear the bits of the address behind the first prefix ones. */
static void
block_mask(struct block *block, unsigned prefix)
{
	for (unsigned i = 0; i < sizeof(block->address); i++) {
		unsigned kept = prefix > 8 * i ? prefix - 8 * i : 0;

		if (kept < 8)
			block->address[i] &= (uint8_t)(0xff00U >> kept);
	}
}

/* Whether the block has the device's address. */
static bool
block_has(const struct block *block, const struct block *device)
{
	struct block mine = *block, theirs = *device;

	block_mask(&mine, block->prefix);
	block_mask(&theirs, block->prefix);
	return mine.family == theirs.family &&
	    memcmp(mine.address, theirs.address, sizeof(mine.address)) == 0;
}

/* The block as the API writes it, with the host's bits cleared. */
static void
block_format(struct block block, char *out, size_t size)
{
	char address[INET6_ADDRSTRLEN];
	int n = -1;

	block_mask(&block, block.prefix);
	if (inet_ntop(block.family, block.address, address, sizeof(address)) !=
	    NULL)
		n = snprintf(out, size, "%s/%u", address, block.prefix);
	if (n < 0 || (size_t)n >= size)
		out[0] = '\0';
}

/* ---- Set. ---- */

static bool
is_asn(const char *text)
{
	size_t len = strspn(text, "0123456789");

	return text[len] == '\0' && len >= 1 && len <= 10 &&
	    strtoull(text, NULL, 10) <= UINT32_MAX;
}

static enum api_error
check_identifier(struct request *rq, const struct rule_type *type,
    const char *text, char *out, size_t size)
{
	struct block block;
	size_t len = strlen(text);

	if (strcmp(type->param, "cidr_block") == 0) {
		if (!block_parse(text, &block) || block.prefix < PREFIX_MIN)
			return request_refuse(rq, API_INVALID_ARGUMENT,
			    "cidr_block is an address, or a block of /16 or "
			    "smaller.");
		block_format(block, out, size);
		return API_OK;
	}
	if (strcmp(type->param, "asn") == 0 && !is_asn(text))
		return request_refuse(rq, API_INVALID_ARGUMENT,
		    "asn is a number from 0 to 4294967295, as text.");
	if (strcmp(type->param, "country_code") == 0 &&
	    (len != 2 || !isupper((unsigned char)text[0]) ||
		!isupper((unsigned char)text[1])))
		return request_refuse(rq, API_INVALID_ARGUMENT,
		    "country_code has two capital letters.");
	if (len >= size)
		return request_refuse(rq, API_INVALID_ARGUMENT,
		    "%s is too long.", type->param);
	memcpy(out, text, len + 1);
	return API_OK;
}

static void
keep_rule(struct request *rq, const char *type, const char *identifier,
    int64_t expires_at)
{
	const char *description = param_string(rq, "description");

	store_run(rq->store,
	    "INSERT INTO fraud_rules (project_id, type, identifier, action, "
	    "description, created_at, updated_at, expires_at) VALUES (?1, ?2, "
	    "?3, ?4, ?5, ?6, 0, ?7) ON CONFLICT (project_id, type, "
	    "identifier) DO UPDATE SET action = ?4, description = ?5, "
	    "updated_at = ?6, expires_at = ?7",
	    "sssssii", rq->project->id, type, identifier,
	    param_string(rq, "action"), description != NULL ? description : "",
	    rq->now_us, expires_at);
}

/* Whether what the parameters ask for can be, but for the identifier. */
static enum api_error
check_rule(struct request *rq, const struct rule_type *type)
{
	int64_t minutes = param_int(rq, "expires_in_minutes", 1);

	if (!fraud_is_action(param_string(rq, "action")))
		return request_refuse(rq, API_INVALID_REQUEST_VALUE,
		    "There is no such action.");
	if (strcmp(type->type, "COUNTRY_CODE") == 0 &&
	    strcmp(param_string(rq, "action"), "ALLOW") == 0)
		return request_refuse(rq, API_INVALID_ARGUMENT,
		    "A country cannot be allowed.");
	if (minutes < 1 || minutes > EXPIRY_MINUTES_MAX)
		return request_refuse(rq, API_INVALID_ARGUMENT,
		    "expires_in_minutes is out of range.");
	return API_OK;
}

static const struct rule_type *
given_type(const struct request *rq)
{
	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		if (param_has(rq, types[i].param))
			return &types[i];
	}
	return NULL;
}

enum api_error
rules_set(struct request *rq)
{
	const struct rule_type *type = given_type(rq);
	const char *action = param_string(rq, "action");
	int64_t minutes = param_int(rq, "expires_in_minutes", 0);
	int64_t expires_at = minutes > 0 ? rq->now_us + minutes * MINUTE_US : 0;
	char identifier[256];
	enum api_error error;

	if (type == NULL)
		return API_BAD_REQUEST;
	error = check_identifier(rq, type, param_string(rq, type->param),
	    identifier, sizeof(identifier));
	if (error == API_OK)
		error = check_rule(rq, type);
	if (error != API_OK)
		return error;
	if (strcmp(action, "NONE") == 0)
		store_run(rq->store,
		    "DELETE FROM fraud_rules WHERE project_id = ? AND type = "
		    "? AND identifier = ?",
		    "sss", rq->project->id, type->type, identifier);
	else
		keep_rule(rq, type->type, identifier, expires_at);
	json_set_string(rq->reply, "action", action);
	json_set_string(rq->reply, type->param, identifier);
	if (expires_at != 0)
		json_set_time(rq->reply, "expires_at", expires_at);
	return API_OK;
}

/* ---- List. ---- */

static cJSON *
describe_rule(struct query *query)
{
	cJSON *rule = json_object();
	const char *type = query_text(query, 1);

	json_set_string(rule, "rule_type", type);
	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		if (strcmp(types[i].type, type) == 0)
			json_set_string(rule, types[i].param,
			    query_text(query, 2));
	}
	json_set_string(rule, "action", query_text(query, 3));
	json_set_string(rule, "description", query_text(query, 4));
	json_set_time(rule, "created_at", query_int(query, 5));
	json_set_time(rule, "last_updated_at", query_int(query, 6));
	if (query_int(query, 7) != 0)
		json_set_time(rule, "expires_at", query_int(query, 7));
	return rule;
}

/* The position that a cursor stands for, or -1. */
static int64_t
read_cursor(const char *cursor)
{
	size_t len = cursor != NULL ? strspn(cursor, "0123456789") : 0;

	if (cursor == NULL)
		return 0;
	return len >= 1 && len <= 18 && cursor[len] == '\0'
	    ? strtoll(cursor, NULL, 10)
	    : -1;
}

enum api_error
rules_list(struct request *rq)
{
	CLEANUP(query_close) struct query query = QUERY_INIT;
	int64_t after = read_cursor(param_string(rq, "cursor"));
	int64_t limit = param_int(rq, "limit", LIST_LIMIT), last = 0;
	cJSON *list = json_array();
	char cursor[32];

	json_set(rq->reply, "rules", list);
	if (after < 0 || limit < 1)
		return request_refuse(rq, API_INVALID_ARGUMENT,
		    "The cursor or the limit is not valid.");
	json_set_null(rq->reply, "next_cursor");
	query_open(&query, rq->store,
	    "SELECT number, type, identifier, action, description, "
	    "created_at, updated_at, expires_at FROM fraud_rules WHERE "
	    "project_id = ? AND number > ? AND (expires_at = 0 OR expires_at "
	    "> ?) ORDER BY number LIMIT ?",
	    "siii", rq->project->id, after, rq->now_us, limit + 1);
	while (query_next(&query)) {
		if (cJSON_GetArraySize(list) == limit) {
			int n = snprintf(cursor, sizeof(cursor), "%lld",
			    (long long)last);

			if (n > 0 && (size_t)n < sizeof(cursor))
				json_set_string(rq->reply, "next_cursor",
				    cursor);
			break;
		}
		last = query_int(&query, 0);
		json_push(list, describe_rule(&query));
	}
	return API_OK;
}

/* ---- Matching. ---- */

static const char *
value_of(const cJSON *details, const struct rule_type *type)
{
	const cJSON *node = details;

	for (size_t i = 0; i < ARRAY_LEN(type->path); i++) {
		if (type->path[i] != NULL)
			node = json_get(node, type->path[i]);
	}
	return cJSON_GetStringValue(node);
}

static void
take(struct query *query, const struct rule_type *type,
    struct fraud_match *match)
{
	size_t len = strlen(type->type);

	memcpy(match->type, type->type, len + 1);
	query_copy(query, 0, match->identifier, sizeof(match->identifier));
	query_copy(query, 1, match->action, sizeof(match->action));
}

/* The smallest block that has the address; of these, the strictest. */
static void
match_block(struct query *query, const struct rule_type *type,
    const char *address, struct fraud_match *match)
{
	struct block device, block;
	unsigned best = 0;

	if (!block_parse(address, &device))
		return;
	while (query_next(query)) {
		if (!block_parse(query_text(query, 0), &block) ||
		    !block_has(&block, &device))
			continue;
		if (match->type[0] != '\0' &&
		    (block.prefix < best ||
			(block.prefix == best &&
			    fraud_strictness(query_text(query, 1)) <=
				fraud_strictness(match->action))))
			continue;
		best = block.prefix;
		take(query, type, match);
	}
}

static void
match_type(struct request *rq, const struct rule_type *type, const char *value,
    struct fraud_match *match)
{
	CLEANUP(query_close) struct query query = QUERY_INIT;
	bool blocks = strcmp(type->type, "CIDR_BLOCK") == 0;

	query_open(&query, rq->store,
	    "SELECT identifier, action FROM fraud_rules WHERE project_id = ? "
	    "AND type = ? AND (? OR identifier = ?) AND (expires_at = 0 OR "
	    "expires_at > ?)",
	    "ssdsi", rq->project->id, type->type, (int)blocks, value,
	    rq->now_us);
	if (blocks)
		match_block(&query, type, value, match);
	else if (query_next(&query))
		take(&query, type, match);
}

void
fraud_match_rule(struct request *rq, const cJSON *details,
    struct fraud_match *out_match)
{
	*out_match = (struct fraud_match){ .type = "" };
	for (size_t i = 0; i < ARRAY_LEN(types) && out_match->type[0] == '\0';
	     i++) {
		const char *value = value_of(details, &types[i]);

		if (value != NULL)
			match_type(rq, &types[i], value, out_match);
	}
}
