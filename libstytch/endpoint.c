/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of endpoints, compiled from stytch/endpoints.def; see endpoint.h. */
#include "config.h"

#include "libstytch/endpoint.h"

#include <stytch/stytch.h>

#include <errno.h>
#include <string.h>

/* The words of endpoints.def. */
#define REQUIRED ENDPOINT_REQUIRED
#define SECRET ENDPOINT_SECRET
#define ENUM_OPEN ENDPOINT_ENUM_OPEN
#define NO_MEMBER_SESSION ENDPOINT_NO_MEMBER_SESSION
#define MAY_BE_EMPTY ENDPOINT_MAY_BE_EMPTY
#define MEMBER_SESSION ENDPOINT_MEMBER_SESSION
#define ITEM(TYPE) .item = ENDPOINT_##TYPE
#define FORMAT(NAME) .format = ENDPOINT_FORMAT_##NAME

/* clang-format off */
#define ENDPOINT_BEGIN(ID, ...) \
	static const struct endpoint_param params_##ID[] = {
#define PARAM(WHERE, NAME, TYPE, ...) \
	{ .name = NAME, .where = ENDPOINT_##WHERE, .type = ENDPOINT_##TYPE, \
	  .flags = __VA_ARGS__ },
#define RULE(...)
#define FILTER(...)
#define ENDPOINT_END(ID) { .name = NULL } };
#include <stytch/endpoints.def>

#define ENDPOINT_BEGIN(ID, ...) \
	static const struct endpoint_rule rules_##ID[] = {
#define PARAM(...)
#define RULE(KIND, NAMES, VALUE) \
	{ .kind = ENDPOINT_##KIND, .names = NAMES, .value = (VALUE) },
#define FILTER(...)
#define ENDPOINT_END(ID) { .names = NULL } };
#include <stytch/endpoints.def>

#define ENDPOINT_BEGIN(ID, ...) \
	static const struct endpoint_param filters_##ID[] = {
#define PARAM(...)
#define RULE(...)
#define FILTER(NAME, TYPE, ...) \
	{ .name = NAME, .type = ENDPOINT_##TYPE, .flags = __VA_ARGS__ },
#define ENDPOINT_END(ID) { .name = NULL } };
#include <stytch/endpoints.def>

static const struct endpoint endpoints[] = {
#define ENDPOINT_BEGIN(ID, NAME, GROUP, SDK, METHOD, URL_PATH, HOST, AUTH, ...) \
	[STYTCH_##ID] = { .id = STYTCH_##ID, .name = NAME, .group = GROUP, \
	  .sdk = SDK, .method = ENDPOINT_##METHOD, .path = URL_PATH, \
	  .host = ENDPOINT_##HOST, .auth = ENDPOINT_##AUTH, \
	  .params = params_##ID, .rules = rules_##ID, \
	  .filters = filters_##ID, .flags = __VA_ARGS__ },
#define PARAM(...)
#define RULE(...)
#define FILTER(...)
#define ENDPOINT_END(ID)
#include <stytch/endpoints.def>
};
/* clang-format on */
_Static_assert(ARRAY_LEN(endpoints) == STYTCH_ENDPOINT_COUNT,
    "one row an endpoint");

const struct endpoint *
endpoint_get(enum stytch_endpoint id)
{
	return (size_t)id < ARRAY_LEN(endpoints) ? &endpoints[id] : NULL;
}

const struct endpoint *
endpoint_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(endpoints); i++)
		if (strcmp(endpoints[i].name, name) == 0)
			return &endpoints[i];
	return NULL;
}

bool
stytch_endpoint_find(const char *name, enum stytch_endpoint *out_endpoint)
{
	const struct endpoint *endpoint =
	    name == NULL ? NULL : endpoint_find(name);

	if (endpoint == NULL)
		return false;
	*out_endpoint = endpoint->id;
	return true;
}

const char *
stytch_endpoint_name(enum stytch_endpoint id)
{
	const struct endpoint *endpoint = endpoint_get(id);

	return endpoint == NULL ? NULL : endpoint->name;
}

const struct endpoint_param *
endpoint_param(const struct endpoint *endpoint, const char *name)
{
	const struct endpoint_param *param;

	for (param = endpoint->params; param->name != NULL; param++)
		if (strcmp(param->name, name) == 0)
			return param;
	return NULL;
}

bool
endpoint_list_has(const char *list, const char *word)
{
	size_t len = strlen(word);

	while (list != NULL) {
		const char *end = strchrnul(list, '|');

		if ((size_t)(end - list) == len && memcmp(list, word, len) == 0)
			return true;
		list = *end == '\0' ? NULL : end + 1;
	}
	return false;
}

const char *
endpoint_method_name(enum endpoint_method method)
{
	static const char *const names[] = {
		[ENDPOINT_GET] = "GET",
		[ENDPOINT_POST] = "POST",
		[ENDPOINT_PUT] = "PUT",
		[ENDPOINT_DELETE] = "DELETE",
	};

	return names[method];
}

const char *
endpoint_type_name(enum endpoint_type type)
{
	static const char *const names[] = {
		[ENDPOINT_NO_TYPE] = "",
		[ENDPOINT_STRING] = "string",
		[ENDPOINT_INTEGER] = "integer",
		[ENDPOINT_NUMBER] = "number",
		[ENDPOINT_BOOLEAN] = "boolean",
		[ENDPOINT_OBJECT] = "object",
		[ENDPOINT_ARRAY] = "array",
		[ENDPOINT_MAP] = "map",
		[ENDPOINT_ANY] = "any",
	};

	return names[type];
}

const char *
endpoint_format_name(enum endpoint_format format)
{
	static const char *const names[] = {
		[ENDPOINT_FORMAT_NONE] = "",
		[ENDPOINT_FORMAT_INT32] = "int32",
		[ENDPOINT_FORMAT_UINT32] = "uint32",
		[ENDPOINT_FORMAT_DATE_TIME] = "date-time",
		[ENDPOINT_FORMAT_E164] = "e164",
		[ENDPOINT_FORMAT_EMAIL] = "email",
		[ENDPOINT_FORMAT_BASE64URL] = "base64url",
		[ENDPOINT_FORMAT_BASE64URL_SHA256] = "base64url-sha256",
		[ENDPOINT_FORMAT_ISO3166_1_ALPHA_2] = "iso3166-1-alpha-2",
		[ENDPOINT_FORMAT_PEM_X509] = "pem-x509",
		[ENDPOINT_FORMAT_PEM_PKCS1_RSA] = "pem-pkcs1-rsa",
	};

	return names[format];
}

const char *
endpoint_where_name(enum endpoint_where where)
{
	static const char *const names[] = {
		[ENDPOINT_PATH] = "path",
		[ENDPOINT_QUERY] = "query",
		[ENDPOINT_BODY] = "body",
	};

	return names[where];
}

const char *
endpoint_rule_name(enum endpoint_rule_kind kind)
{
	static const char *const names[] = {
		[ENDPOINT_EXACTLY_ONE] = "exactly_one",
		[ENDPOINT_AT_LEAST_ONE] = "at_least_one",
		[ENDPOINT_AT_MOST_ONE] = "at_most_one",
		[ENDPOINT_MIN_ITEMS] = "min_items",
	};

	return names[kind];
}

/*
 * Whether path is endpoint's, and where its parameters stand.  *out_fixed is a
 * mark of how literal the match is: of two, the one with the larger mark has
 * the earlier fixed segment.
 */
static bool
match_path(const struct endpoint *endpoint, const char *path,
    struct endpoint_match *out_match, uint64_t *out_fixed)
{
	struct endpoint_match match = { .endpoint = endpoint };
	const char *pattern = endpoint->path;
	uint64_t fixed = 0;

	while (*pattern == '/' && *path == '/') {
		size_t pattern_len = strcspn(++pattern, "/");
		size_t len = strcspn(++path, "/");

		fixed <<= 1;
		if (*pattern == '{') {
			if (len == 0 || match.count == ENDPOINT_CAPTURES_MAX)
				return false;
			match.capture[match.count].param =
			    &endpoint->params[match.count];
			match.capture[match.count].value = path;
			match.capture[match.count++].len = len;
		} else {
			if (len != pattern_len ||
			    memcmp(path, pattern, len) != 0)
				return false;
			fixed |= 1;
		}
		pattern += pattern_len;
		path += len;
	}
	if (*pattern != '\0' || *path != '\0')
		return false;
	*out_match = match;
	*out_fixed = fixed;
	return true;
}

/* Whether path is as pattern up to its first parameter: few are. */
static bool
begins_alike(const char *pattern, const char *path)
{
	while (*pattern != '{' && *pattern != '\0' && *pattern == *path) {
		pattern++;
		path++;
	}
	return *pattern == '{' || *pattern == *path;
}

int
endpoint_route(const char *method, const char *path,
    struct endpoint_match *out_match)
{
	struct endpoint_match match = { .endpoint = NULL }, best = match;
	uint64_t fixed = 0, best_fixed = 0;
	bool path_known = false;

	for (size_t i = 0; i < ARRAY_LEN(endpoints); i++) {
		if (!begins_alike(endpoints[i].path, path) ||
		    !match_path(&endpoints[i], path, &match, &fixed))
			continue;
		path_known = true;
		if (strcmp(endpoint_method_name(endpoints[i].method), method) !=
		    0)
			continue;
		if (best.endpoint == NULL || fixed > best_fixed) {
			best = match;
			best_fixed = fixed;
		}
	}
	if (best.endpoint == NULL)
		return path_known ? -ENOTSUP : -ENOENT;
	*out_match = best;
	return 0;
}
