/* SPDX-License-Identifier: BSD-2-Clause */
/* Tokens from elsewhere: checked here, turned into sessions elsewhere. */
#include "config.h"

#include "sandbox/foreign.h"

#include "sandbox/grant.h"
#include "sandbox/key.h"
#include "sandbox/settings.h"

#include <string.h>

#define EXCHANGE_SECONDS 300 /* how old an access token may be */

enum api_error
foreign_userinfo(struct request *rq, cJSON **out_person)
{
	CLEANUP(json_free) cJSON *userinfo = settings_json(rq, "userinfo");
	const cJSON *person;

	if (!cJSON_IsObject(userinfo))
		return API_MIGRATE_FROM_EXTERNAL_MISSING_USERINFO;
	person = json_get(userinfo, param_string(rq, "session_token"));
	if (!cJSON_IsObject(person))
		return API_MIGRATE_FROM_EXTERNAL_UNEXPECTED_RESPONSE;
	*out_person = json_copy(person);
	return API_OK;
}

/* Whether a member of claims, a string or an array of them, has value. */
static bool
claim_has(const cJSON *claims, const char *name, const char *value)
{
	const cJSON *claim = json_get(claims, name);

	if (value == NULL)
		return false;
	return cJSON_IsString(claim) ? strcmp(claim->valuestring, value) == 0
				     : json_has_string(claim, value);
}

enum api_error
foreign_attest(struct request *rq, cJSON **out_claims)
{
	CLEANUP(json_free)
	cJSON *profiles = settings_json(rq, "trusted_auth_profiles");
	const cJSON *profile =
	    json_get(profiles, param_string(rq, "profile_id"));
	CLEANUP(json_free) cJSON *claims = NULL;

	if (profile == NULL)
		return API_TRUSTED_TOKEN_PROFILE_NOT_FOUND;
	claims = key_verify_with(json_get(profile, "jwks"),
	    param_string(rq, "token"));
	if (claims == NULL)
		return API_INVALID_TOKEN;
	if (!claim_has(claims, "iss", json_string(profile, "issuer")))
		return API_JWT_INVALID_ISSUER;
	if (!claim_has(claims, "aud", json_string(profile, "audience")))
		return API_JWT_INVALID_AUDIENCE;
	if (json_int(claims, "exp", 0) * SECOND_US <= rq->now_us)
		return API_JWT_INVALID_CLAIMS;
	*out_claims = STEAL(claims);
	return API_OK;
}

/* Whether the app that an access token names has still the consent. */
static bool
is_consented(struct request *rq, const cJSON *claims)
{
	const char *client = json_string(claims, "client_id");

	return client == NULL ||
	    store_int(rq->store, 0,
		"SELECT count(*) FROM grants WHERE owner_id = ? AND "
		"client_id = ? AND project_id = ?",
		"sss", json_string(claims, "sub"), client,
		rq->project->id) != 0;
}

enum api_error
foreign_access_token(struct request *rq, cJSON **out_claims)
{
	CLEANUP(json_free)
	cJSON *claims = key_verify(rq, param_string(rq, "access_token"));
	const char *id = json_string(claims, "jti");
	int64_t now = rq->now_us / SECOND_US;

	if (id == NULL || json_string(claims, "sub") == NULL)
		return API_IDP_ACCESS_TOKEN_NOT_FOUND;
	if (json_int(claims, "exp", 0) <= now)
		return API_IDP_ACCESS_TOKEN_EXPIRED;
	if (!is_consented(rq, claims))
		return API_CONNECTED_APP_CONSENT_REVOKED;
	if (json_string(claims, "client_id") != NULL &&
	    !grant_access_is_good(rq, id))
		return API_IDP_ACCESS_TOKEN_NOT_FOUND;
	if (!scope_has(json_string(claims, "scope"), "full_access"))
		return API_OAUTH_ACCESS_TOKEN_EXCHANGE_MISSING_FULL_ACCESS;
	if (json_int(claims, "iat", 0) + EXCHANGE_SECONDS < now)
		return API_OAUTH_ACCESS_TOKEN_EXCHANGE_TOKEN_TOO_OLD;
	store_run(rq->store, "INSERT OR IGNORE INTO used_tokens VALUES (?)",
	    "s", id);
	if (store_changes(rq->store) == 0)
		return API_OAUTH_ACCESS_TOKEN_EXCHANGE_TOKEN_INVALID_GRANT;
	*out_claims = STEAL(claims);
	return API_OK;
}
