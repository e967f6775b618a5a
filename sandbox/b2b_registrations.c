/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What members have with others: tokens of OAuth and OIDC providers, apps
 * that they connected.  None can be made in this sandbox yet, so the answers
 * are those for a member without any.
 */
#include "config.h"

#include "sandbox/b2b.h"
#include "sandbox/b2b_rbac.h"

static enum api_error
reply_none(struct request *rq, const char *list, const char *provider)
{
	CLEANUP(party_clear) struct party party = PARTY_INIT;
	enum api_error error = party_params(rq, &party);

	if (error == API_OK)
		error =
		    rbac_check_caller(rq, &party.organization, &party.member);
	if (error != API_OK)
		return error;
	if (provider != NULL)
		json_set_string(rq->reply, "provider_type", provider);
	json_set(rq->reply, list, json_array());
	return API_OK;
}

/* One registration is answered itself, so without one it is an error. */
static enum api_error
reply_not_found(struct request *rq, enum api_error not_found)
{
	CLEANUP(party_clear) struct party party = PARTY_INIT;
	enum api_error error = party_params(rq, &party);

	if (error == API_OK)
		error =
		    rbac_check_caller(rq, &party.organization, &party.member);
	return error != API_OK ? error : not_found;
}

enum api_error
b2b_members_oidc_providers(struct request *rq)
{
	return reply_none(rq, "registrations", NULL);
}

enum api_error
b2b_oauth_providers_google(struct request *rq)
{
	return reply_not_found(rq, API_OAUTH_USER_REGISTRATION_NOT_FOUND);
}

enum api_error
b2b_oauth_providers_microsoft(struct request *rq)
{
	return reply_not_found(rq, API_OAUTH_USER_REGISTRATION_NOT_FOUND);
}

enum api_error
b2b_oauth_providers_slack(struct request *rq)
{
	return reply_none(rq, "registrations", "Slack");
}

enum api_error
b2b_oauth_providers_hubspot(struct request *rq)
{
	return reply_none(rq, "registrations", "Hubspot");
}

enum api_error
b2b_oauth_providers_github(struct request *rq)
{
	return reply_none(rq, "registrations", "Github");
}

enum api_error
b2b_members_connected_apps_get(struct request *rq)
{
	return reply_none(rq, "connected_apps", NULL);
}

enum api_error
b2b_members_connected_apps_revoke(struct request *rq)
{
	return reply_not_found(rq, API_CONNECTED_APP_NOT_FOUND);
}
