/* SPDX-License-Identifier: BSD-2-Clause */
/* The endpoints of organizations themselves. */
#include "config.h"

#include "sandbox/b2b.h"
#include "sandbox/b2b_rbac.h"

static enum api_error
reply_organization(struct request *rq, const struct organization *organization)
{
	json_set(rq->reply, "organization", json_copy(organization->body));
	return API_OK;
}

enum api_error
b2b_organizations_create(struct request *rq)
{
	CLEANUP(organization_clear)
	struct organization organization = ORGANIZATION_INIT;
	enum api_error error;

	organization_init(rq, param_string(rq, "organization_name"),
	    &organization);
	error = organization_apply(rq, &organization, rq->params, true);
	return error != API_OK ? error : reply_organization(rq, &organization);
}

enum api_error
b2b_organizations_get(struct request *rq)
{
	CLEANUP(organization_clear)
	struct organization organization = ORGANIZATION_INIT;
	enum api_error error = organization_param(rq, &organization);

	return error != API_OK ? error : reply_organization(rq, &organization);
}

enum api_error
b2b_organizations_update(struct request *rq)
{
	CLEANUP(organization_clear)
	struct organization organization = ORGANIZATION_INIT;
	enum api_error error = organization_param(rq, &organization);

	if (error == API_OK)
		error = rbac_check_caller(rq, &organization, NULL);
	if (error == API_OK)
		error =
		    organization_apply(rq, &organization, rq->params, false);
	return error != API_OK ? error : reply_organization(rq, &organization);
}

enum api_error
b2b_organizations_delete(struct request *rq)
{
	CLEANUP(organization_clear)
	struct organization organization = ORGANIZATION_INIT;
	enum api_error error = organization_param(rq, &organization);

	if (error == API_OK)
		error = rbac_check_caller(rq, &organization, NULL);
	if (error != API_OK)
		return error;
	member_forget_all(rq, &organization);
	store_run(rq->store,
	    "DELETE FROM organizations WHERE organization_id = ?", "s",
	    organization.id.text);
	json_set_string(rq->reply, "organization_id", organization.id.text);
	return API_OK;
}

enum api_error
b2b_organizations_metrics(struct request *rq)
{
	CLEANUP(organization_clear)
	struct organization organization = ORGANIZATION_INIT;
	enum api_error error = organization_param(rq, &organization);

	if (error != API_OK)
		return error;
	json_set_int(rq->reply, "member_count",
	    store_int(rq->store, 0,
		"SELECT count(*) FROM members WHERE organization_id = ? AND "
		"status <> 'deleted'",
		"s", organization.id.text));
	return API_OK;
}

enum api_error
b2b_organizations_external_id_delete(struct request *rq)
{
	CLEANUP(organization_clear)
	struct organization organization = ORGANIZATION_INIT;
	enum api_error error = organization_param(rq, &organization);

	if (error == API_OK)
		error = rbac_check_caller(rq, &organization, NULL);
	if (error != API_OK)
		return error;
	json_set_string(organization.body, "organization_external_id", "");
	organization_save(rq, &organization);
	return reply_organization(rq, &organization);
}
