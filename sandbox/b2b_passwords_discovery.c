/* SPDX-License-Identifier: BSD-2-Clause */
/* Passwords of addresses, before an organization is chosen. */
#include "config.h"

#include "sandbox/b2b_discovery.h"
#include "sandbox/b2b_mail.h"
#include "sandbox/b2b_password.h"
#include "sandbox/b2b_rbac.h"
#include "sandbox/link.h"
#include "sandbox/lock.h"
#include "sandbox/magic.h"
#include "sandbox/session.h"

static const struct mail reset_mail = {
	.kind = "discovery_password_reset",
	.token_type = "multi_tenant_passwords",
	.type = "RESET_PASSWORD",
	.url = "reset_password_redirect_url",
	.minutes = "reset_password_expiration_minutes",
	.challenge = "pkce_code_challenge",
	.fallback = 30,
};

/* A password alone: it says nothing of who reads the mail. */
static enum api_error
begin(struct request *rq, const char *address)
{
	return discovery_begin(rq, address,
	    factor_make(rq, "password", "knowledge"));
}

/* Whether it is the address's password; a wrong one is counted. */
static enum api_error
check_password(struct request *rq, const struct password_owner *owner,
    const char *password)
{
	struct password current;
	enum api_error error = lock_check(rq, owner->id);

	if (error == API_OK && !password_find(rq, owner->id, &current))
		error = API_MEMBER_PASSWORD_NOT_FOUND;
	if (error != API_OK)
		return error;
	if (!password_matches(rq, owner->id, password))
		return lock_fail(rq, owner->id, API_UNAUTHORIZED_CREDENTIALS);
	lock_forget(rq, owner->id);
	return API_OK;
}

enum api_error
b2b_passwords_discovery_authenticate(struct request *rq)
{
	const char *address = param_string(rq, "email_address");
	const char *password = param_string(rq, "password");
	const struct password_owner owner = password_owner_address(address);
	enum api_error error = passwords_need_cross_org(rq, true);

	if (error != API_OK)
		return error;
	if (magic_is(rq, address, MAGIC_EMAIL))
		return begin(rq, address);
	error = check_password(rq, &owner, password);
	if (error == API_OK)
		error = password_check_current(rq, owner.id, password, address);
	if (error == API_RESET_PASSWORD)
		error = API_MEMBER_RESET_PASSWORD;
	return error != API_OK ? error : begin(rq, address);
}

enum api_error
b2b_passwords_discovery_email_reset_start(struct request *rq)
{
	const char *address = param_string(rq, "email_address");
	enum api_error error = passwords_need_cross_org(rq, true);

	if (error != API_OK || magic_is(rq, address, MAGIC_EMAIL))
		return error;
	return mail_send(rq, &reset_mail, NULL, "", address);
}

enum api_error
b2b_passwords_discovery_email_reset(struct request *rq)
{
	CLEANUP(link_clear) struct link link = { .kind = "" };
	CLEANUP(intermediate_clear)
	struct intermediate intermediate = INTERMEDIATE_INIT;
	const char *token = param_string(rq, "password_reset_token");
	enum api_error error = passwords_need_cross_org(rq, true);

	if (error != API_OK)
		return error;
	if (link_find(rq, token, reset_mail.kind, &link) != LINK_GOOD)
		return API_UNABLE_TO_AUTH_PASSWORD_RESET_TOKEN;
	error = link_check_pkce(&link, param_string(rq, "pkce_code_verifier"));
	if (error == API_OK)
		error = lock_check(rq, password_owner_address(link.email).id);
	if (error == API_OK)
		error = password_renew_address(rq, link.email,
		    param_string(rq, "password"), NULL);
	if (error != API_OK)
		return error;
	link_use(rq, token);
	intermediate.factors = json_array();
	json_push(intermediate.factors,
	    factor_email(rq, "magic_link", "", link.email));
	json_push(intermediate.factors,
	    factor_make(rq, "password", "knowledge"));
	return discovery_begin_with(rq, link.email, &intermediate);
}

/* ---- Who must choose another one. ---- */

/* The member that the request names beside the address, if it names one. */
static enum api_error
named_member(struct request *rq, struct party *party)
{
	const char *id = param_string(rq, "member_id");
	enum api_error error;

	if (param_has(rq, "organization_id"))
		error = id != NULL ? party_params(rq, party)
				   : party_by_email(rq, party);
	else if (id != NULL)
		error = party_by_member(rq, id, party);
	else
		return rq->member_session == NULL && rq->member_jwt == NULL
		    ? API_OK
		    : API_SESSION_AUTHORIZATION_ERROR;
	if (error == API_OK &&
	    !text_equal(password_owner_of(rq, &party->member).id,
		password_owner_address(param_string(rq, "email_address")).id))
		error = API_MEMBER_NOT_FOUND;
	return error == API_OK
	    ? rbac_check_caller(rq, &party->organization, &party->member)
	    : error;
}

enum api_error
b2b_passwords_email_require_reset(struct request *rq)
{
	CLEANUP(party_clear) struct party party = PARTY_INIT;
	const struct password_owner owner =
	    password_owner_address(param_string(rq, "email_address"));
	struct password current;
	enum api_error error = passwords_need_cross_org(rq, true);

	if (error == API_OK)
		error = named_member(rq, &party);
	if (error == API_OK && !password_find(rq, owner.id, &current))
		error = API_MEMBER_PASSWORD_NOT_FOUND;
	if (error != API_OK)
		return error;
	password_require_reset(rq, owner.id);
	if (party.member.body != NULL)
		party_reply(rq, &party);
	return API_OK;
}
