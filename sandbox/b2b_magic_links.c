/* SPDX-License-Identifier: BSD-2-Clause */
/* Links by email: to log in, to accept an invitation, for discovery. */
#include "config.h"

#include "sandbox/b2b_discovery.h"
#include "sandbox/b2b_email_update.h"
#include "sandbox/b2b_join.h"
#include "sandbox/b2b_login.h"
#include "sandbox/b2b_mail.h"
#include "sandbox/b2b_rbac.h"
#include "sandbox/link.h"
#include "sandbox/lock.h"
#include "sandbox/magic.h"
#include "sandbox/message.h"

#include <string.h>

#define MULTI_TENANT "multi_tenant_magic_links"

static const struct mail login_mail = {
	.kind = "magic_link",
	.token_type = MULTI_TENANT,
	.type = "LOGIN",
	.url = "login_redirect_url",
	.minutes = "login_expiration_minutes",
	.challenge = "pkce_code_challenge",
	.fallback = 60,
};
static const struct mail signup_mail = {
	.kind = "magic_link",
	.token_type = MULTI_TENANT,
	.type = "SIGNUP",
	.url = "signup_redirect_url",
	.minutes = "signup_expiration_minutes",
	.challenge = "pkce_code_challenge",
	.fallback = 60,
};
static const struct mail invite_mail = {
	.kind = "invite",
	.token_type = MULTI_TENANT,
	.type = "INVITE",
	.url = "invite_redirect_url",
	.minutes = "invite_expiration_minutes",
	.fallback = 10080,
};
static const struct mail discovery_mail = {
	.kind = "discovery",
	.token_type = "discovery",
	.type = "DISCOVERY",
	.url = "discovery_redirect_url",
	.minutes = "discovery_expiration_minutes",
	.challenge = "pkce_code_challenge",
	.fallback = 60,
};

enum api_error
mail_send(struct request *rq, const struct mail *mail,
    const struct member *member, const char *email_id, const char *address)
{
	CLEANUP(buf_clear) struct buf redirect = BUF_INIT(4096);
	CLEANUP(buf_clear) struct buf url = BUF_INIT(8192);
	struct link_wish wish = {
		.kind = mail->kind,
		.token_type = mail->token_type,
		.owner_id = member != NULL ? member->id.text : "",
		.organization_id =
		    member != NULL ? member->organization_id.text : NULL,
		.email_id = email_id,
		.email = address,
		.minutes = mail->fallback,
	};
	struct message message = {
		.to = address,
		.channel = "email",
		.kind = mail->kind,
	};
	struct token token;
	enum api_error error = link_redirect_url(rq, mail->type,
	    param_string(rq, mail->url), &redirect);

	if (error != API_OK)
		return error;
	if (mail->challenge != NULL)
		wish.challenge = param_string(rq, mail->challenge);
	if (mail->minutes != NULL)
		wish.minutes = param_int(rq, mail->minutes, mail->fallback);
	wish.redirect_url = buf_text(&redirect);
	store_fail(rq->store, buf_error(&redirect));
	link_make(rq, &wish, &token, &url);
	message.token = token.text;
	message.link = buf_text(&url);
	message.minutes = wish.minutes;
	return message_send(rq, &message);
}

enum api_error
b2b_magic_links_email_login_or_signup(struct request *rq)
{
	CLEANUP(party_clear) struct party party = PARTY_INIT;
	const struct member *member = &party.member;
	bool created;
	enum api_error error = join_party(rq, "magic_link", &party, &created);

	if (error == API_OK && !party_is_magic(&party))
		error = mail_send(rq,
		    member_is(member, "active") ? &login_mail : &signup_mail,
		    member, member->email_id.text,
		    member_text(member, "email_address"));
	if (error != API_OK)
		return error;
	json_set_bool(rq->reply, "member_created", created);
	party_reply(rq, &party);
	return API_OK;
}

/* ---- Invitations ---- */

/* The member to invite, with what the request says of it. */
static enum api_error
invited_member(struct request *rq, struct party *party)
{
	const char *address = param_string(rq, "email_address");
	struct member *member = &party->member;
	enum api_error error = policy_invite(rq, &party->organization, address);

	if (error != API_OK)
		return error;
	if (!member_by_email(rq, &party->organization, address, member)) {
		if (!member_email_is_free(rq, &party->organization, address))
			return API_DUPLICATE_MEMBER_EMAIL;
		member_init(rq, &party->organization, address, "invited",
		    member);
	} else if (!member_is(member, "pending") &&
	    !member_is(member, "invited")) {
		return API_DUPLICATE_MEMBER_EMAIL;
	}
	json_set_string(member->body, "status", "invited");
	error = member_take_fields(rq, &party->organization, member);
	if (error == API_OK)
		member_save(rq, member);
	return error;
}

static enum api_error
check_inviter(struct request *rq, const struct organization *organization)
{
	CLEANUP(member_clear) struct member inviter = MEMBER_INIT;
	const char *id = param_string(rq, "invited_by_member_id");

	return id == NULL ? API_OK
			  : member_find(rq, organization, id, &inviter);
}

enum api_error
b2b_magic_links_email_invite(struct request *rq)
{
	CLEANUP(party_clear) struct party party = PARTY_INIT;
	const struct member *member = &party.member;
	enum api_error error;

	if (join_magic(rq, &party)) {
		party_reply(rq, &party);
		return API_OK;
	}
	error = organization_param(rq, &party.organization);
	if (error == API_OK)
		error = rbac_check_caller(rq, &party.organization, NULL);
	if (error == API_OK)
		error = check_inviter(rq, &party.organization);
	if (error == API_OK)
		error = invited_member(rq, &party);
	if (error == API_OK)
		error =
		    mail_send(rq, &invite_mail, member, member->email_id.text,
			member_text(member, "email_address"));
	if (error == API_OK)
		party_reply(rq, &party);
	return error;
}

/* ---- Using a link ---- */

/* The magic tokens of test projects: *out_error is their refusal. */
static bool
is_magic_refusal(struct request *rq, const char *token,
    enum api_error *out_error)
{
	if (magic_is(rq, token, MAGIC_LINK_SPENT))
		*out_error = API_UNABLE_TO_AUTH_MAGIC_LINK;
	else if (magic_is(rq, token, MAGIC_LINK_UNKNOWN))
		*out_error = API_MAGIC_LINK_NOT_FOUND;
	else
		return false;
	return true;
}

/* Find a link that can be used, and check the verifier. */
static enum api_error
open_link(struct request *rq, const char *token, const char *kinds,
    struct link *out_link)
{
	enum api_error error;

	if (is_magic_refusal(rq, token, &error))
		return error;
	switch (link_find(rq, token, kinds, out_link)) {
	case LINK_UNKNOWN:
		return API_MAGIC_LINK_NOT_FOUND;
	case LINK_SPENT:
		return API_UNABLE_TO_AUTH_MAGIC_LINK;
	case LINK_GOOD:
		break;
	}
	return link_check_pkce(out_link,
	    param_string(rq, "pkce_code_verifier"));
}

static enum api_error
authenticate_magic(struct request *rq)
{
	CLEANUP(party_clear) struct party party = PARTY_INIT;
	CLEANUP(login_clear) struct login login = LOGIN_INIT;
	enum api_error error;

	party_make_magic(rq, &party);
	error = login_begin(rq, &party, &login);
	if (error != API_OK)
		return error;
	json_set_string(rq->reply, "method_id", party.member.email_id.text);
	json_set_bool(rq->reply, "reset_sessions", false);
	return login_primary(rq, &party, &login,
	    factor_email(rq, "magic_link", party.member.email_id.text,
		MAGIC_EMAIL));
}

/* The member of a link, and the address that it proves. */
static enum api_error
link_party(struct request *rq, const struct link *link, struct party *party)
{
	enum api_error error = party_by_member(rq, link->owner_id, party);

	if (error == API_OK && strcmp(link->kind, EMAIL_UPDATE_KIND) == 0)
		return email_update_apply(rq, party, link->email_id);
	if (error == API_OK &&
	    strcmp(link->email_id, party->member.email_id.text) != 0)
		return API_UNABLE_TO_AUTH_MAGIC_LINK;
	return error;
}

enum api_error
b2b_magic_links_authenticate(struct request *rq)
{
	CLEANUP(link_clear) struct link link = { .kind = "" };
	CLEANUP(party_clear) struct party party = PARTY_INIT;
	CLEANUP(login_clear) struct login login = LOGIN_INIT;
	const char *token = param_string(rq, "magic_links_token");
	struct member *member = &party.member;
	enum api_error error;

	if (magic_is(rq, token, MAGIC_LINK))
		return authenticate_magic(rq);
	error =
	    open_link(rq, token, "magic_link|invite|" EMAIL_UPDATE_KIND, &link);
	if (error == API_OK)
		error = link_party(rq, &link, &party);
	if (error == API_OK)
		error = login_begin(rq, &party, &login);
	if (error == API_OK &&
	    !policy_auth_allowed(&party.organization, member, "magic_link"))
		error = API_OPERATION_RESTRICTED_BY_ORGANIZATION_AUTH_METHODS;
	if (error == API_OK)
		error = lock_check(rq, member->id.text);
	if (error != API_OK)
		return error;
	link_use(rq, token);
	lock_forget(rq, member->id.text);
	login_prove_email(rq, &party);
	json_set_string(rq->reply, "method_id", member->email_id.text);
	json_set_bool(rq->reply, "reset_sessions", false);
	return login_primary(rq, &party, &login,
	    factor_email(rq, "magic_link", member->email_id.text,
		member_text(member, "email_address")));
}

/* ---- Discovery ---- */

enum api_error
b2b_magic_links_email_discovery_send(struct request *rq)
{
	const char *address = param_string(rq, "email_address");

	if (magic_is(rq, address, MAGIC_EMAIL))
		return API_OK;
	return mail_send(rq, &discovery_mail, NULL, "", address);
}

enum api_error
b2b_magic_links_discovery_authenticate(struct request *rq)
{
	CLEANUP(link_clear) struct link link = { .kind = "" };
	const char *token = param_string(rq, "discovery_magic_links_token");
	enum api_error error;

	if (magic_is(rq, token, MAGIC_LINK))
		return discovery_begin(rq, MAGIC_EMAIL,
		    factor_email(rq, "magic_link", "", MAGIC_EMAIL));
	error = open_link(rq, token, "discovery", &link);
	if (error != API_OK)
		return error;
	link_use(rq, token);
	return discovery_begin(rq, link.email,
	    factor_email(rq, "magic_link", "", link.email));
}
