/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of endpoints (stytch/endpoints.def) as data: for the client that
 * checks and builds requests, for the admin tool's help, for the sandbox that
 * routes them.  Read-only, needs nothing but libc.
 */
#ifndef LIBSTYTCH_ENDPOINT_H
#define LIBSTYTCH_ENDPOINT_H

#include "common/attr.h"

#include <stytch/endpoints.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum endpoint_method {
	ENDPOINT_GET,
	ENDPOINT_POST,
	ENDPOINT_PUT,
	ENDPOINT_DELETE,
};

enum endpoint_host {
	ENDPOINT_API,
	ENDPOINT_FRAUD,
};

enum endpoint_auth {
	ENDPOINT_BASIC,
	ENDPOINT_OPTIONAL,
};

enum endpoint_where {
	ENDPOINT_PATH,
	ENDPOINT_QUERY,
	ENDPOINT_BODY,
};

enum endpoint_type {
	ENDPOINT_NO_TYPE, /* as item: not an array or map */
	ENDPOINT_STRING,
	ENDPOINT_INTEGER,
	ENDPOINT_NUMBER,
	ENDPOINT_BOOLEAN,
	ENDPOINT_OBJECT,
	ENDPOINT_ARRAY,
	ENDPOINT_MAP, /* an object with any keys */
	ENDPOINT_ANY,
};

enum endpoint_format {
	ENDPOINT_FORMAT_NONE,
	ENDPOINT_FORMAT_INT32,
	ENDPOINT_FORMAT_UINT32,
	ENDPOINT_FORMAT_DATE_TIME, /* RFC 3339, UTC */
	ENDPOINT_FORMAT_E164,      /* a phone number, +12025550162 */
	ENDPOINT_FORMAT_EMAIL,
	ENDPOINT_FORMAT_BASE64URL,
	ENDPOINT_FORMAT_BASE64URL_SHA256,  /* 43 characters */
	ENDPOINT_FORMAT_ISO3166_1_ALPHA_2, /* a country, "US" */
	ENDPOINT_FORMAT_PEM_X509,
	ENDPOINT_FORMAT_PEM_PKCS1_RSA,
};

/* Of an endpoint. */
enum endpoint_flags {
	ENDPOINT_MEMBER_SESSION = 1, /* may run with a member's session */
};

/* Of a parameter. */
enum endpoint_param_flags {
	ENDPOINT_REQUIRED = 1, /* of a.b: where a is given */
	ENDPOINT_SECRET = 2,   /* never shown, never logged, wiped */
	ENDPOINT_ENUM_OPEN = 4,
	ENDPOINT_NO_MEMBER_SESSION = 8,
	ENDPOINT_MAY_BE_EMPTY =
	    16, /* though required: "" says that it is none */
};

/* One parameter; a text that is not given is NULL, a limit not given 0. */
struct endpoint_param {
	const char *name; /* "name.first_name", "roles[].role_id" */
	enum endpoint_where where;
	enum endpoint_type type;
	unsigned flags;          /* enum endpoint_param_flags */
	enum endpoint_type item; /* of an array's items, a map's values */
	enum endpoint_format format;
	int64_t min, max;
	size_t min_length, max_length; /* in characters */
	size_t max_bytes;              /* of the JSON text */
	size_t max_keys;
	const char *values;       /* "a|b" */
	const char *keys;         /* "a|b" */
	const char *pattern;      /* POSIX extended regular expression */
	const char *id_prefix;    /* "user": user-test-UUID, user-live-UUID */
	const char *also_accepts; /* "external_id|..." */
	const char *fallback;     /* what the API takes if it is absent */
	const char *if_absent;
	const char *rbac; /* "stytch.member:update.info.name|..." */
};

enum endpoint_rule_kind {
	ENDPOINT_EXACTLY_ONE,
	ENDPOINT_AT_LEAST_ONE,
	ENDPOINT_AT_MOST_ONE,
	ENDPOINT_MIN_ITEMS,
};

struct endpoint_rule {
	enum endpoint_rule_kind kind;
	const char *names; /* "a+b,c": a and b together, or c */
	unsigned value;    /* of MIN_ITEMS */
};

struct endpoint {
	enum stytch_endpoint id;
	const char *name;  /* "otps.sms.send" */
	const char *group; /* "Otps" */
	const char *sdk;   /* "otps_sms.send" */
	enum endpoint_method method;
	const char *path; /* "/v1/users/{user_id}" */
	enum endpoint_host host;
	enum endpoint_auth auth;
	unsigned flags;        /* enum endpoint_flags */
	unsigned rate;         /* calls in rate_seconds, 0: not known */
	unsigned rate_seconds; /* */
	/* Each list ends with a row whose name (names) is NULL. */
	const struct endpoint_param *params;
	const struct endpoint_rule *rules;
	/* What query.operands[] takes: filter_name, and type of filter_value;
	 * where is of no meaning. */
	const struct endpoint_param *filters;
};

/* The row of an endpoint; NULL for a number that is none. */
const struct endpoint *endpoint_get(enum stytch_endpoint id);

/* The row with this name ("otps.sms.send"), or NULL. */
const struct endpoint *endpoint_find(const char *name);

/* The parameter with this name ("name.first_name"), or NULL. */
const struct endpoint_param *endpoint_param(const struct endpoint *endpoint,
    const char *name);

/* Whether list ("a|b|c") has word as one of its items; NULL has none. */
bool endpoint_list_has(const char *list, const char *word);

/* Names as the table writes them, in lower case: "post", "string", "e164". */
const char *endpoint_method_name(enum endpoint_method method); /* "POST" */
const char *endpoint_type_name(enum endpoint_type type);
const char *endpoint_format_name(enum endpoint_format format);
const char *endpoint_where_name(enum endpoint_where where);
const char *endpoint_rule_name(enum endpoint_rule_kind kind);

#define ENDPOINT_CAPTURES_MAX 4

/* A path matched: where in it the path's parameters stand. */
struct endpoint_match {
	const struct endpoint *endpoint;
	size_t count;
	struct {
		const struct endpoint_param *param;
		const char *value; /* in the caller's path, as written there */
		size_t len;        /* at least 1 */
	} capture[ENDPOINT_CAPTURES_MAX];
};

/*
 * Find the endpoint of a request: method as HTTP writes it, path without
 * query.  A fixed segment goes before a parameter.  Values are not decoded.
 * Returns 0, -ENOENT (no such path) or -ENOTSUP (not with this method);
 * out_match is written on success only.
 */
int endpoint_route(const char *method, const char *path,
    struct endpoint_match *out_match) MUST_CHECK;

#endif
