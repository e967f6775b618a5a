/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Parameters: gathered, then each row of the endpoint's table held against
 * them, then the rules between them.
 */
#include "config.h"

#include "sandbox/validate.h"

#include "sandbox/totp.h"

#include <ctype.h>
#include <errno.h>
#include <regex.h>
#include <string.h>

/* The error that the API has for a fault in a parameter of that name. */
static const struct {
	const char *name;
	enum api_error error;
} named[] = {
	{ "email", API_INVALID_EMAIL },
	{ "email_address", API_INVALID_EMAIL },
	{ "phone_number", API_INVALID_PHONE_NUMBER },
	{ "mfa_phone_number", API_INVALID_PHONE_NUMBER },
	{ "user_id", API_INVALID_USER_ID },
	{ "organization_id", API_INVALID_ORGANIZATION_ID },
	{ "method_id", API_INVALID_METHOD_ID },
	{ "email_id", API_INVALID_EMAIL_ID },
	{ "totp_id", API_INVALID_TOTP_ID },
	{ "password_id", API_INVALID_PASSWORD_ID },
	{ "webauthn_registration_id", API_INVALID_WEBAUTHN_REGISTRATION_ID },
	{ "biometric_registration_id", API_INVALID_BIOMETRIC_REGISTRATION_ID },
	{ "crypto_wallet_id", API_INVALID_CRYPTO_WALLET_ID },
	{ "oauth_user_registration_id",
	    API_INVALID_OAUTH_USER_REGISTRATION_ID },
	{ "session_id", API_INVALID_SESSION_ID },
	{ "member_session_id", API_INVALID_SESSION_ID },
	{ "project_id", API_INVALID_PROJECT_ID },
	{ "code", API_INVALID_CODE },
	{ "totp_code", API_INVALID_TOTP_CODE },
	{ "recovery_code", API_INVALID_RECOVERY_CODE },
	{ "token", API_INVALID_TOKEN },
	{ "locale", API_INVALID_LOCALE },
	{ "hash_type", API_INVALID_HASH_TYPE },
	{ "session_duration_minutes", API_INVALID_SESSION_DURATION_MINUTES },
	{ "session_custom_claims", API_CUSTOM_CLAIMS_TOO_LARGE },
	{ "expiration_minutes", API_INVALID_EXPIRATION },
	{ "code_challenge", API_INVALID_PKCE_CODE_CHALLENGE },
	{ "pkce_code_challenge", API_INVALID_PKCE_CODE_CHALLENGE },
	{ "code_verifier", API_INVALID_PKCE_CODE_VERIFIER },
	{ "pkce_code_verifier", API_INVALID_PKCE_CODE_VERIFIER },
};

/* The error for a rule that is not met: none of the names, too many. */
static const struct {
	enum stytch_endpoint endpoint;
	enum api_error none, many;
} ruled[] = {
	{ STYTCH_USERS_CREATE, API_INVALID_CREATE_USER_REQUEST,
	    API_BAD_REQUEST },
	{ STYTCH_USERS_EXCHANGE_PRIMARY_FACTOR,
	    API_INVALID_EXCHANGE_PRIMARY_FACTOR_FIELDS,
	    API_INVALID_EXCHANGE_PRIMARY_FACTOR_FIELDS },
	{ STYTCH_SESSIONS_REVOKE, API_NO_SESSION_REVOKE_ARGUMENTS,
	    API_TOO_MANY_SESSION_REVOKE_ARGUMENTS },
	{ STYTCH_B2B_SESSIONS_REVOKE, API_NO_SESSION_REVOKE_ARGUMENTS,
	    API_TOO_MANY_SESSION_REVOKE_ARGUMENTS },
	{ STYTCH_B2B_ORGANIZATIONS_MEMBER_GET, API_INVALID_MEMBER_GET_FIELDS,
	    API_INVALID_MEMBER_GET_FIELDS },
	{ STYTCH_B2B_ORGANIZATIONS_MEMBERS_SEARCH,
	    API_MEMBER_SEARCH_ORGANIZATION_IDS_EMPTY, API_BAD_REQUEST },
	{ STYTCH_B2B_ORGANIZATIONS_MEMBERS_UNLINK_RETIRED_EMAIL,
	    API_RETIRED_EMAIL_MISSING_EMAIL_IDENTIFIERS, API_BAD_REQUEST },
};

static bool
ends_with(const char *text, const char *end)
{
	size_t len = strlen(text), end_len = strlen(end);

	return len >= end_len && strcmp(text + len - end_len, end) == 0;
}

/* The part of a.b[].c behind the last dot. */
static const char *
leaf_of(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot != NULL ? dot + 1 : name;
}

static enum api_error
fault_of(const struct request *rq, const struct endpoint_param *param)
{
	const char *leaf = leaf_of(param->name);
	bool otp = strncmp(rq->endpoint->name, "otps.", 5) == 0 ||
	    strncmp(rq->endpoint->name, "b2b.otps.", 9) == 0;

	if (ends_with(leaf, "expiration_minutes"))
		return otp ? API_INVALID_EXPIRATION_OTP
			   : API_INVALID_EXPIRATION;
	if (rq->endpoint->id == STYTCH_USERS_SEARCH &&
	    strcmp(leaf, "limit") == 0)
		return API_USER_SEARCH_INVALID_LIMIT;
	for (size_t i = 0; i < ARRAY_LEN(named); i++) {
		if (strcmp(named[i].name, leaf) == 0)
			return named[i].error;
	}
	return param->id_prefix != NULL ? API_INVALID_ID
					: API_INVALID_REQUEST_VALUE;
}

static enum api_error
refuse(struct request *rq, const struct endpoint_param *param,
    enum api_error error, const char *what)
{
	return request_refuse(rq, error, "%s %s.", param->name, what);
}

/* ---- The form of single values. ---- */

static bool
is_domain(const char *text)
{
	size_t label = 0;
	bool dot = false;

	for (; *text != '\0'; text++) {
		if (*text == '.') {
			if (label == 0 || text[-1] == '-')
				return false;
			dot = true;
			label = 0;
			continue;
		}
		if (!isalnum((unsigned char)*text) && *text != '-')
			return false;
		if (*text == '-' && label == 0)
			return false;
		if (++label > 63)
			return false;
	}
	return dot && label > 0 && text[-1] != '-';
}

bool
is_email(const char *text)
{
	const char *at = strrchr(text, '@');
	size_t local = at != NULL ? (size_t)(at - text) : 0;

	if (local == 0 || local > 64 || strlen(text) > 254)
		return false;
	for (const char *c = text; c < at; c++) {
		if (iscntrl((unsigned char)*c) || strchr(" @<>\"(),:;\\", *c))
			return false;
	}
	if (text[0] == '.' || at[-1] == '.' || strstr(text, "..") != NULL)
		return false;
	return is_domain(at + 1);
}

bool
is_phone_number(const char *text)
{
	size_t digits;

	if (text[0] != '+' || text[1] < '1' || text[1] > '9')
		return false;
	digits = strspn(text + 1, "0123456789");
	return digits >= 7 && digits <= 15 && text[1 + digits] == '\0';
}

bool
is_external_id(const char *text)
{
	size_t len = strlen(text);

	for (size_t i = 0; i < len; i++) {
		if (!isalnum((unsigned char)text[i]) &&
		    strchr("._|-", text[i]) == NULL)
			return false;
	}
	return len >= 1 && len <= 128;
}

static bool
is_base64url(const char *text, size_t exactly)
{
	size_t len = strspn(text,
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	    ".~");

	return text[len] == '\0' && (exactly == 0 || len == exactly);
}

/* What an external id or a slug may be. */
static bool
is_other_id(const char *text)
{
	size_t len = strspn(text,
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	    "._|~-");

	return len >= 1 && len <= 128 && text[len] == '\0';
}

/* An id of another environment has an error of its own. */
static enum api_error
check_id(const struct request *rq, const struct endpoint_param *param,
    const char *text)
{
	size_t len = strlen(param->id_prefix);
	const char *environment = text + len;

	if (id_is_kind(text, param->id_prefix)) {
		if (strncmp(environment + 1, rq->project->environment, 4) == 0)
			return API_OK;
		return environment[1] == 'l'
		    ? API_LIVE_ID_USED_IN_TEST_ENVIRONMENT
		    : API_TEST_ID_USED_IN_LIVE_ENVIRONMENT;
	}
	if (strncmp(text, param->id_prefix, len) == 0 &&
	    (strncmp(environment, "-test-", 6) == 0 ||
		strncmp(environment, "-live-", 6) == 0))
		return fault_of(rq, param);
	return param->also_accepts != NULL && is_other_id(text)
	    ? API_OK
	    : fault_of(rq, param);
}

static bool
format_holds(enum endpoint_format format, const char *text)
{
	int64_t ignored;

	switch (format) {
	case ENDPOINT_FORMAT_EMAIL:
		return is_email(text);
	case ENDPOINT_FORMAT_E164:
		return is_phone_number(text);
	case ENDPOINT_FORMAT_DATE_TIME:
		return time_parse(text, &ignored) == 0;
	case ENDPOINT_FORMAT_BASE64URL:
		return is_base64url(text, 0);
	case ENDPOINT_FORMAT_BASE64URL_SHA256:
		return is_base64url(text, 43);
	case ENDPOINT_FORMAT_ISO3166_1_ALPHA_2:
		return strlen(text) == 2 && isupper((unsigned char)text[0]) &&
		    isupper((unsigned char)text[1]);
	case ENDPOINT_FORMAT_NONE:
	case ENDPOINT_FORMAT_INT32:
	case ENDPOINT_FORMAT_UINT32:
	case ENDPOINT_FORMAT_PEM_X509:
	case ENDPOINT_FORMAT_PEM_PKCS1_RSA:
		break;
	}
	return true;
}

static bool
pattern_holds(const char *pattern, const char *text)
{
	regex_t regex;
	bool holds;

	if (regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB) != 0)
		return false;
	holds = regexec(&regex, text, 0, NULL, 0) == 0;
	regfree(&regex);
	return holds;
}

static size_t
characters(const char *text)
{
	size_t count = 0;

	for (; *text != '\0'; text++)
		count += ((unsigned char)*text & 0xc0) != 0x80;
	return count;
}

static enum api_error
check_string(struct request *rq, const struct endpoint_param *param,
    const char *text)
{
	enum api_error fault = fault_of(rq, param);
	size_t count = characters(text);
	bool named_enum =
	    fault == API_INVALID_LOCALE || fault == API_INVALID_HASH_TYPE;

	if (param->id_prefix != NULL) {
		enum api_error error = check_id(rq, param, text);

		if (error != API_OK)
			return refuse(rq, param, error, "is not such an id");
	}
	if (!format_holds(param->format, text))
		return refuse(rq, param, fault, "has not the right form");
	if (fault == API_INVALID_TOTP_CODE && is_recovery_code(text))
		return API_RECOVERY_CODE_USED_AS_TOTP_CODE;
	if (param->pattern != NULL && !pattern_holds(param->pattern, text))
		return refuse(rq, param, fault, "has not the right form");
	if (count < param->min_length ||
	    (param->max_length != 0 && count > param->max_length))
		return refuse(rq, param, fault, "is too short or too long");
	if (param->values != NULL &&
	    ((param->flags & ENDPOINT_ENUM_OPEN) == 0 || named_enum) &&
	    !endpoint_list_has(param->values, text))
		return refuse(rq, param, fault, "has a value not known");
	return API_OK;
}

static enum api_error
check_integer(struct request *rq, const struct endpoint_param *param,
    const cJSON *value)
{
	bool limited = param->min != 0 || param->max != 0;
	double number = value->valuedouble;

	if (!json_is_int(value))
		return refuse(rq, param, API_BAD_REQUEST, "is no integer");
	if ((param->format == ENDPOINT_FORMAT_UINT32 &&
		(number < 0 || number > 4294967295.0)) ||
	    (param->format == ENDPOINT_FORMAT_INT32 &&
		(number < -2147483648.0 || number > 2147483647.0)) ||
	    (limited && number < (double)param->min) ||
	    (param->max != 0 && number > (double)param->max))
		return refuse(rq, param, fault_of(rq, param),
		    "is out of range");
	return API_OK;
}

static enum api_error
check_map(const struct endpoint_param *param, const cJSON *value)
{
	bool claims = strcmp(param->name, "session_custom_claims") == 0;
	CLEANUP(string_free) char *text = json_text(value);

	if (text == NULL)
		return API_INTERNAL_SERVER_ERROR;
	if (param->max_bytes != 0 && strlen(text) > param->max_bytes)
		return claims ? API_CUSTOM_CLAIMS_TOO_LARGE
			      : API_METADATA_TOO_LARGE;
	if (param->max_keys != 0 &&
	    (size_t)cJSON_GetArraySize(value) > param->max_keys)
		return API_METADATA_TOO_MANY_KEYS;
	return API_OK;
}

static bool
type_holds(enum endpoint_type type, const cJSON *value)
{
	switch (type) {
	case ENDPOINT_STRING:
		return cJSON_IsString(value);
	case ENDPOINT_INTEGER:
	case ENDPOINT_NUMBER:
		return cJSON_IsNumber(value);
	case ENDPOINT_BOOLEAN:
		return cJSON_IsBool(value);
	case ENDPOINT_OBJECT:
	case ENDPOINT_MAP:
		return cJSON_IsObject(value);
	case ENDPOINT_ARRAY:
		return cJSON_IsArray(value);
	case ENDPOINT_NO_TYPE:
	case ENDPOINT_ANY:
		break;
	}
	return true;
}

static enum api_error
check_items(struct request *rq, const struct endpoint_param *param,
    const cJSON *value)
{
	const cJSON *item;

	cJSON_ArrayForEach (item, value) {
		enum api_error error = API_OK;

		if (!type_holds(param->item, item))
			return refuse(rq, param, API_BAD_REQUEST,
			    "has an item of the wrong type");
		if (param->item == ENDPOINT_STRING)
			error = check_string(rq, param, item->valuestring);
		if (error != API_OK)
			return error;
	}
	return API_OK;
}

static enum api_error
check_value(struct request *rq, const struct endpoint_param *param,
    const cJSON *value)
{
	bool metadata = ends_with(param->name, "metadata");

	if (!type_holds(param->type, value))
		return refuse(rq, param,
		    metadata ? API_METADATA_INVALID_FORMAT : API_BAD_REQUEST,
		    "has the wrong type");
	switch (param->type) {
	case ENDPOINT_STRING:
		return check_string(rq, param, value->valuestring);
	case ENDPOINT_INTEGER:
		return check_integer(rq, param, value);
	case ENDPOINT_ARRAY:
		return check_items(rq, param, value);
	case ENDPOINT_MAP:
		return check_map(param, value);
	case ENDPOINT_NO_TYPE:
	case ENDPOINT_NUMBER:
	case ENDPOINT_BOOLEAN:
	case ENDPOINT_OBJECT:
	case ENDPOINT_ANY:
		break;
	}
	return API_OK;
}

/* ---- Rows of the table against the object. ---- */

/* null and "" say that a parameter is not given. */
static bool
is_absent(const cJSON *value)
{
	return value == NULL || cJSON_IsNull(value) ||
	    (cJSON_IsString(value) && value->valuestring[0] == '\0');
}

/*
 * Check param where its name, from name on, is a path inside node.  What is
 * absent is taken out.
 */
static enum api_error
check_at(struct request *rq, const struct endpoint_param *param,
    const char *name, cJSON *node)
{
	size_t len = strcspn(name, ".[");
	char key[128];
	cJSON *value, *item;

	if (!cJSON_IsObject(node) || len >= sizeof(key))
		return API_OK; /* the row of the outer name refuses it */
	memcpy(key, name, len);
	key[len] = '\0';
	value = cJSON_GetObjectItemCaseSensitive(node, key);
	if (is_absent(value)) {
		cJSON_DeleteItemFromObjectCaseSensitive(node, key);
		if (name[len] == '\0' && (param->flags & ENDPOINT_REQUIRED))
			return refuse(rq, param,
			    ends_with(key, "_metadata") ||
				    fault_of(rq, param) ==
					API_INVALID_REQUEST_VALUE
				? API_BAD_REQUEST
				: fault_of(rq, param),
			    "is required");
		return API_OK;
	}
	if (name[len] == '\0')
		return check_value(rq, param, value);
	if (name[len] == '.')
		return check_at(rq, param, name + len + 1, value);
	if (strncmp(name + len, "[].", 3) != 0)
		return API_OK;
	cJSON_ArrayForEach (item, value) {
		enum api_error error =
		    check_at(rq, param, name + len + 3, item);

		if (error != API_OK)
			return error;
	}
	return API_OK;
}

/* Whether all of "a+b" (len characters) are there. */
static bool
group_is_given(const cJSON *params, const char *group, size_t len)
{
	char name[128];
	size_t n;

	for (; len > 0; group += n, len -= n) {
		n = strcspn(group, "+,");
		if (n > len)
			n = len;
		if (n >= sizeof(name))
			return false;
		memcpy(name, group, n);
		name[n] = '\0';
		if (json_get(params, name) == NULL)
			return false;
		if (n < len)
			n++; /* the plus */
	}
	return true;
}

static enum api_error
rule_error(const struct request *rq, bool many)
{
	for (size_t i = 0; i < ARRAY_LEN(ruled); i++) {
		if (ruled[i].endpoint == rq->endpoint->id)
			return many ? ruled[i].many : ruled[i].none;
	}
	if (endpoint_param(rq->endpoint, "session_token") != NULL)
		return many ? API_TOO_MANY_SESSION_ARGUMENTS
			    : API_NO_SESSION_ARGUMENTS;
	return API_BAD_REQUEST;
}

static enum api_error
check_rule(struct request *rq, const struct endpoint_rule *rule,
    const cJSON *params)
{
	unsigned given = 0;

	if (rule->kind == ENDPOINT_MIN_ITEMS)
		return cJSON_GetArraySize(json_get(params, rule->names)) <
			(int)rule->value
		    ? rule_error(rq, false)
		    : API_OK;
	for (const char *name = rule->names; *name != '\0';) {
		size_t len = strcspn(name, ",");

		given += group_is_given(params, name, len);
		name += len + (name[len] == ',');
	}
	if (given == 0 && rule->kind != ENDPOINT_AT_MOST_ONE)
		return request_refuse(rq, rule_error(rq, false),
		    "One of %s is needed.", rule->names);
	if (given > 1 && rule->kind != ENDPOINT_AT_LEAST_ONE)
		return request_refuse(rq, rule_error(rq, true),
		    "Give only one of %s.", rule->names);
	return API_OK;
}

/* The search has errors of its own for what is wrong inside a query. */
static bool
is_search_operand(const struct request *rq, const struct endpoint_param *param)
{
	return rq->endpoint->id == STYTCH_USERS_SEARCH &&
	    (strncmp(param->name, "query.operands[]", 16) == 0 ||
		strcmp(param->name, "query.operator") == 0);
}

enum api_error
validate_params(struct request *rq, cJSON *params)
{
	const struct endpoint_param *param;
	const struct endpoint_rule *rule;
	enum api_error error;

	for (param = rq->endpoint->params; param->name != NULL; param++) {
		if (is_search_operand(rq, param))
			continue;
		error = check_at(rq, param, param->name, params);
		if (error != API_OK)
			return error;
	}
	for (rule = rq->endpoint->rules; rule->names != NULL; rule++) {
		error = check_rule(rq, rule, params);
		if (error != API_OK)
			return error;
	}
	return API_OK;
}

/* ---- Gathering. ---- */

static enum api_error
gather_path(const struct endpoint_match *match, cJSON *params)
{
	for (size_t i = 0; i < match->count; i++) {
		CLEANUP(buf_clear) struct buf value = BUF_INIT(8192);

		if (http_decode(&value, match->capture[i].value,
			match->capture[i].len, false) != 0)
			return API_BAD_REQUEST;
		json_set_string(params, match->capture[i].param->name,
		    buf_text(&value));
	}
	return API_OK;
}

/* A query's text as the type that the table says. */
static cJSON *
typed(const struct endpoint_param *param, const char *text)
{
	if (param->type == ENDPOINT_BOOLEAN && strcmp(text, "true") == 0)
		return cJSON_CreateTrue();
	if (param->type == ENDPOINT_BOOLEAN && strcmp(text, "false") == 0)
		return cJSON_CreateFalse();
	if (param->type == ENDPOINT_INTEGER || param->type == ENDPOINT_NUMBER) {
		cJSON *number = json_parse(text, strlen(text));

		if (cJSON_IsNumber(number))
			return number;
		cJSON_Delete(number);
	}
	return cJSON_CreateString(text);
}

static enum api_error
gather_query(const struct request *rq, const char *target, cJSON *params)
{
	CLEANUP(buf_clear) struct buf name = BUF_INIT(4096);
	CLEANUP(buf_clear) struct buf value = BUF_INIT(8192);
	const char *query = target + http_path_len(target);
	int rc;

	if (*query != '?')
		return API_OK;
	query++;
	while ((rc = http_query_next(&query, &name, &value)) > 0) {
		const struct endpoint_param *param =
		    endpoint_param(rq->endpoint, buf_text(&name));

		if (param != NULL && param->where == ENDPOINT_QUERY)
			json_set(params, param->name,
			    typed(param, buf_text(&value)));
	}
	return rc == 0 ? API_OK : API_BAD_REQUEST;
}

static enum api_error
gather_body(struct request *rq, const struct http_request *http, cJSON *params)
{
	CLEANUP(json_free) cJSON *body = NULL;
	const struct endpoint_param *param;

	if (http->body_too_long)
		return request_refuse(rq, API_BAD_REQUEST,
		    "The body is too long.");
	if (http->body_len == 0 || rq->endpoint->method == ENDPOINT_GET ||
	    rq->endpoint->method == ENDPOINT_DELETE)
		return API_OK;
	body = json_parse(http->body, http->body_len);
	if (!cJSON_IsObject(body))
		return request_refuse(rq, API_BAD_REQUEST,
		    "The body is not a JSON object.");
	for (param = rq->endpoint->params; param->name != NULL; param++) {
		cJSON *value;

		if (param->where != ENDPOINT_BODY ||
		    strpbrk(param->name, ".[") != NULL)
			continue;
		value =
		    cJSON_DetachItemFromObjectCaseSensitive(body, param->name);
		if (value != NULL)
			json_set(params, param->name, value);
	}
	return API_OK;
}

enum api_error
validate(struct request *rq, const struct endpoint_match *match,
    const struct http_request *http, cJSON **out_params)
{
	CLEANUP(json_free) cJSON *params = json_object();
	enum api_error error = gather_body(rq, http, params);

	if (error == API_OK)
		error = gather_query(rq, http->target, params);
	if (error == API_OK)
		error = gather_path(match, params);
	if (error == API_OK && json_failed())
		error = API_INTERNAL_SERVER_ERROR;
	if (error == API_OK)
		error = validate_params(rq, params);
	if (error == API_OK)
		*out_params = STEAL(params);
	return error;
}
