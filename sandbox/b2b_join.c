/* SPDX-License-Identifier: BSD-2-Clause */
/* How an address becomes a member. */
#include "config.h"

#include "sandbox/b2b_join.h"

#include "sandbox/magic.h"

#include <string.h>

#define MAGIC_MEMBER "member-test-00000000-0000-4000-8000-000000000000"
#define MAGIC_MEMBER_EMAIL_ID "email-test-00000000-0000-4000-8000-000000000000"

static void
id_set(struct id *id, const char *text)
{
	memcpy(id->text, text, strlen(text) + 1);
}

void
party_make_magic(struct request *rq, struct party *out)
{
	organization_init(rq, "Sandbox", &out->organization);
	id_set(&out->organization.id, SANDBOX_ORGANIZATION);
	json_set_string(out->organization.body, "organization_id",
	    SANDBOX_ORGANIZATION);
	json_set_string(out->organization.body, "organization_slug", "sandbox");
	json_set_time(out->organization.body, "updated_at", rq->now_us);
	member_init(rq, &out->organization, MAGIC_EMAIL, "active",
	    &out->member);
	id_set(&out->member.id, MAGIC_MEMBER);
	id_set(&out->member.email_id, MAGIC_MEMBER_EMAIL_ID);
	json_set_string(out->member.body, "member_id", MAGIC_MEMBER);
	json_set_bool(out->member.body, "email_address_verified", true);
	json_set_time(out->member.body, "updated_at", rq->now_us);
}

bool
join_magic(struct request *rq, struct party *out)
{
	const char *organization = param_string(rq, "organization_id");
	const char *address = param_string(rq, "email_address");

	if (!magic_is(rq, organization, SANDBOX_ORGANIZATION) ||
	    !magic_is(rq, address, MAGIC_EMAIL))
		return false;
	party_make_magic(rq, out);
	return true;
}

bool
party_is_magic(const struct party *party)
{
	return strcmp(party->organization.id.text, SANDBOX_ORGANIZATION) == 0;
}

enum api_error
join_member(struct request *rq, const struct organization *organization,
    const char *address, struct member *out, bool *out_created)
{
	enum api_error error;

	*out_created = false;
	if (member_by_email(rq, organization, address, out))
		return member_is(out, "deleted") ? API_MEMBER_NOT_FOUND
						 : API_OK;
	error = policy_email_jit(rq, organization, address);
	if (error == API_OK)
		error = join_new(rq, organization, address, out);
	*out_created = error == API_OK;
	return error;
}

enum api_error
join_new(struct request *rq, const struct organization *organization,
    const char *address, struct member *out)
{
	if (!member_email_is_free(rq, organization, address))
		return API_DUPLICATE_MEMBER_EMAIL;
	member_init(rq, organization, address, "pending", out);
	member_save(rq, out);
	return API_OK;
}

enum api_error
join_discovered(struct request *rq, const struct organization *organization,
    const struct intermediate *intermediate, struct member *out)
{
	bool created;

	if (policy_tenant_jit(organization, &intermediate->tenant) &&
	    !member_by_email(rq, organization, intermediate->email, out))
		return join_new(rq, organization, intermediate->email, out);
	return join_member(rq, organization, intermediate->email, out,
	    &created);
}

enum api_error
join_party(struct request *rq, const char *method, struct party *out,
    bool *out_created)
{
	enum api_error error;

	*out_created = false;
	if (join_magic(rq, out))
		return API_OK;
	error = organization_param(rq, &out->organization);
	if (error == API_OK)
		error = join_member(rq, &out->organization,
		    param_string(rq, "email_address"), &out->member,
		    out_created);
	if (error == API_OK &&
	    !policy_auth_allowed(&out->organization, &out->member, method))
		error = API_OPERATION_RESTRICTED_BY_ORGANIZATION_AUTH_METHODS;
	return error;
}
