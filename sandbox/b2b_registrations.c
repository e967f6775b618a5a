/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Apps that members connected.  None can be made in this sandbox yet, so the
 * answers are those for a member without any.
 */
#include "config.h"

#include "sandbox/b2b.h"
#include "sandbox/b2b_rbac.h"

static enum api_error
reply_none(struct request *rq, const char *list)
{
	CLEANUP(party_clear) struct party party = PARTY_INIT;
	enum api_error error = party_params(rq, &party);

	if (error == API_OK)
		error =
		    rbac_check_caller(rq, &party.organization, &party.member);
	if (error != API_OK)
		return error;
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
b2b_members_connected_apps_get(struct request *rq)
{
	return reply_none(rq, "connected_apps");
}

enum api_error
b2b_members_connected_apps_revoke(struct request *rq)
{
	return reply_not_found(rq, API_CONNECTED_APP_NOT_FOUND);
}
