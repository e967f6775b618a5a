/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sessions of members that begin with a token from elsewhere; no second
 * factor is asked for.
 */
#include "config.h"

#include "sandbox/b2b_login.h"
#include "sandbox/foreign.h"
#include "sandbox/lock.h"

#include <string.h>

/* Log the party in by factor, whose ownership is taken. */
static enum api_error
log_in(struct request *rq, struct party *party, cJSON *factor)
{
	CLEANUP(login_clear) struct login login = LOGIN_INIT;
	CLEANUP(json_free) cJSON *owned = factor;
	enum api_error error = lock_check(rq, party->member.id.text);

	if (error == API_OK && !member_is(&party->member, "active"))
		error = API_ACTION_AVAILABLE_ONLY_FOR_ACTIVE_MEMBERS;
	if (error == API_OK)
		error = login_begin(rq, party, &login);
	if (error != API_OK)
		return error;
	session_add_factor(rq, &login.session, STEAL(owned));
	return login_direct(rq, party, &login);
}

/* The live member with that address in the party's organization. */
static enum api_error
find_member(struct request *rq, struct party *party, const char *email)
{
	return email == NULL ||
		!member_by_email(rq, &party->organization, email,
		    &party->member) ||
		member_is(&party->member, "deleted")
	    ? API_MEMBER_NOT_FOUND
	    : API_OK;
}

enum api_error
b2b_sessions_migrate(struct request *rq)
{
	CLEANUP(party_clear) struct party party = PARTY_INIT;
	CLEANUP(json_free) cJSON *person = NULL;
	enum api_error error = organization_param(rq, &party.organization);

	if (error == API_OK)
		error = foreign_userinfo(rq, &person);
	if (error == API_OK &&
	    find_member(rq, &party, json_string(person, "email")) != API_OK)
		error = API_MIGRATE_FROM_EXTERNAL_EMAIL_DOES_NOT_EXIST;
	if (error == API_OK)
		error = log_in(rq, &party,
		    factor_make(rq, "imported", "imported_auth0"));
	cJSON_DeleteItemFromObjectCaseSensitive(rq->reply, "member_device");
	return error;
}

/* The organization of the request and the token, which must agree. */
static enum api_error
find_organization(struct request *rq, const cJSON *claims,
    struct organization *out)
{
	CLEANUP(organization_clear)
	struct organization claimed = ORGANIZATION_INIT;
	const char *claim = json_string(claims, "organization_id");
	bool given = param_has(rq, "organization_id");
	enum api_error error = API_OK;

	if (claim == NULL && !given)
		return API_INVALID_TOKEN_ORGANIZATION_ID_CLAIM;
	if (claim != NULL)
		error = organization_find(rq, claim, &claimed);
	if (error == API_OK)
		error = given ? organization_param(rq, out)
			      : organization_find(rq, claim, out);
	if (error == API_OK && claim != NULL &&
	    strcmp(claimed.id.text, out->id.text) != 0)
		error = API_INVALID_TOKEN_ORGANIZATION_ID_CLAIM;
	return error;
}

enum api_error
b2b_sessions_attest(struct request *rq)
{
	CLEANUP(party_clear) struct party party = PARTY_INIT;
	CLEANUP(json_free) cJSON *claims = NULL;
	enum api_error error = foreign_attest(rq, &claims);

	if (error == API_OK)
		error = find_organization(rq, claims, &party.organization);
	if (error == API_OK)
		error = find_member(rq, &party, json_string(claims, "email"));
	return error != API_OK ? error
			       : log_in(rq, &party,
				     factor_detail(rq, &factor_trusted_token,
					 json_string(claims, "jti")));
}

enum api_error
b2b_sessions_exchange_access_token(struct request *rq)
{
	CLEANUP(party_clear) struct party party = PARTY_INIT;
	CLEANUP(json_free) cJSON *claims = NULL;
	enum api_error error = foreign_access_token(rq, &claims);

	if (error == API_OK &&
	    party_by_member(rq, json_string(claims, "sub"), &party) != API_OK)
		error = API_IDP_ACCESS_TOKEN_NOT_FOUND;
	return error != API_OK ? error
			       : log_in(rq, &party,
				     factor_detail(rq, &factor_access_token,
					 json_string(claims, "client_id")));
}
