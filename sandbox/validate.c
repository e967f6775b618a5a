/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Parameters: each row of the endpoint's table held against them, then the
 * rules between them.
 */
#include "config.h"

#include "sandbox/validate.h"

#include "sandbox/totp.h"

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
	{ "client_type", API_INVALID_CONNECTED_APP_TYPE },
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
	/* A machine's id may be one that it had elsewhere. */
	return (param->also_accepts != NULL ||
		   strcmp(param->id_prefix, "m2m-client") == 0) &&
		is_other_identifier(text)
	    ? API_OK
	    : fault_of(rq, param);
}

static enum api_error
check_string(struct request *rq, const struct endpoint_param *param,
    const char *text)
{
	enum api_error fault = fault_of(rq, param);
	size_t count = form_characters(text);
	int matches = 1;
	bool named_enum = fault == API_INVALID_LOCALE ||
	    fault == API_INVALID_HASH_TYPE ||
	    fault == API_INVALID_CONNECTED_APP_TYPE;

	if (param->id_prefix != NULL) {
		enum api_error error = check_id(rq, param, text);

		if (error != API_OK)
			return refuse(rq, param, error, "is not such an id");
	}
	if (!form_holds(param->format, text))
		return refuse(rq, param, fault, "has not the right form");
	if (fault == API_INVALID_TOTP_CODE && is_recovery_code(text))
		return API_RECOVERY_CODE_USED_AS_TOTP_CODE;
	if (param->pattern != NULL)
		matches = form_matches(param->pattern, text);
	if (matches < 0)
		return API_INTERNAL_SERVER_ERROR;
	if (matches == 0)
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
		bool needed = (param->flags & ENDPOINT_REQUIRED) != 0 &&
		    (!cJSON_IsString(value) ||
			(param->flags & ENDPOINT_MAY_BE_EMPTY) == 0);

		cJSON_DeleteItemFromObjectCaseSensitive(node, key);
		if (name[len] == '\0' && needed)
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
	return (rq->endpoint->id == STYTCH_USERS_SEARCH ||
		   rq->endpoint->id == STYTCH_M2M_CLIENTS_SEARCH) &&
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
