/* SPDX-License-Identifier: BSD-2-Clause */
/* A member's change of address, begun by the application. */
#include "config.h"

#include "sandbox/b2b_email_update.h"

#include "sandbox/b2b_mail.h"
#include "sandbox/b2b_rbac.h"
#include "sandbox/otp.h"

#include <string.h>

#define UPDATE_MINUTES 5

static const struct mail update_mail = {
	.kind = EMAIL_UPDATE_KIND,
	.token_type = "multi_tenant_magic_links",
	.type = "LOGIN",
	.url = "login_redirect_url",
	.fallback = UPDATE_MINUTES,
};

bool
email_update_find(struct request *rq, const struct organization *organization,
    const char *address, struct member *out_member, struct id *out_email_id)
{
	CLEANUP(query_close) struct query query = QUERY_INIT;

	query_open(&query, rq->store,
	    "SELECT u.email_id, u.member_id FROM email_updates u JOIN members "
	    "m USING (member_id) WHERE m.organization_id = ? AND "
	    "u.email_address = ? AND u.expires_at > ?",
	    "ssi", organization->id.text, address, rq->now_us);
	if (!query_next(&query))
		return false;
	query_copy(&query, 0, out_email_id->text, sizeof(out_email_id->text));
	return member_find(rq, organization, query_text(&query, 1),
		   out_member) == API_OK;
}

enum api_error
email_update_apply(struct request *rq, struct party *party,
    const char *email_id)
{
	CLEANUP(query_close) struct query query = QUERY_INIT;
	struct member *member = &party->member;
	const char *address;

	query_open(&query, rq->store,
	    "SELECT email_address FROM email_updates WHERE email_id = ? AND "
	    "member_id = ? AND expires_at > ?",
	    "ssi", email_id, member->id.text, rq->now_us);
	if (!query_next(&query))
		return API_UNABLE_TO_VERIFY_MEMBER_EMAIL_UPDATE;
	address = query_text(&query, 0);
	if (!member_may_take_email(rq, member, address))
		return API_UNABLE_TO_VERIFY_MEMBER_EMAIL_UPDATE;
	member_change_email(rq, member, address, false);
	memcpy(member->email_id.text, email_id, strlen(email_id) + 1);
	json_set_bool(member->body, "email_address_verified", true);
	member_save(rq, member);
	query_close(&query);
	store_run(rq->store, "DELETE FROM email_updates WHERE email_id = ?",
	    "s", email_id);
	return API_OK;
}

/* One wish at a time, and nobody else's. */
static enum api_error
keep_wish(struct request *rq, const struct member *member, const char *address,
    struct id *out_email_id)
{
	if (store_int(rq->store, 0,
		"SELECT count(*) FROM email_updates u JOIN members m USING "
		"(member_id) WHERE m.organization_id = ? AND u.email_address "
		"= ? AND u.member_id <> ? AND u.expires_at > ?",
		"sssi", member->organization_id.text, address, member->id.text,
		rq->now_us) > 0)
		return API_DESIRED_EMAIL_UPDATING_FOR_DIFFERENT_MEMBER;
	request_id_make(rq, "email", out_email_id);
	store_run(rq->store,
	    "INSERT INTO email_updates VALUES (?1, ?2, ?3, ?4) ON CONFLICT "
	    "(member_id) DO UPDATE SET email_id = ?1, email_address = ?3, "
	    "expires_at = ?4",
	    "sssi", out_email_id->text, member->id.text, address,
	    rq->now_us + UPDATE_MINUTES * MINUTE_US);
	return API_OK;
}

static enum api_error
send_proof(struct request *rq, const struct member *member,
    const char *email_id, const char *address)
{
	const char *method = param_string(rq, "delivery_method");
	bool code = method != NULL && strcmp(method, "EMAIL_OTP") == 0;
	const struct otp_wish wish = {
		.method_id = email_id,
		.owner_id = member->id.text,
		.channel = "email",
		.to = address,
		.minutes = UPDATE_MINUTES,
	};

	if (method != NULL && !code && strcmp(method, "EMAIL_MAGIC_LINK") != 0)
		return request_refuse(rq, API_INVALID_REQUEST_VALUE,
		    "delivery_method is EMAIL_MAGIC_LINK or EMAIL_OTP.");
	if (code)
		return otp_send(rq, &wish);
	return mail_send(rq, &update_mail, member, email_id, address);
}

enum api_error
b2b_members_start_email_update(struct request *rq)
{
	CLEANUP(party_clear) struct party party = PARTY_INIT;
	const char *address = param_string(rq, "email_address");
	const struct member *member = &party.member;
	struct id email_id;
	enum api_error error = party_params(rq, &party);

	if (error == API_OK)
		error = rbac_check_caller(rq, &party.organization, member);
	if (error == API_OK &&
	    (!member_is(member, "active") ||
		!member_flag(member, "email_address_verified")))
		error = API_EMAIL_UPDATES_AVAILABLE_ONLY_FOR_ACTIVE_MEMBERS;
	if (error == API_OK && !member_may_take_email(rq, member, address))
		error = API_DUPLICATE_MEMBER_EMAIL;
	if (error == API_OK)
		error = policy_domain_free(rq, &party.organization, address);
	if (error == API_OK)
		error = keep_wish(rq, member, address, &email_id);
	if (error == API_OK)
		error = send_proof(rq, member, email_id.text, address);
	if (error == API_OK)
		party_reply(rq, &party);
	return error;
}
