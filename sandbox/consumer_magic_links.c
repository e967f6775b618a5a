/* SPDX-License-Identifier: BSD-2-Clause */
/* magic_links.*: links to users, mailed or handed out. */
#include "config.h"

#include "sandbox/contact.h"
#include "sandbox/link.h"
#include "sandbox/lock.h"
#include "sandbox/magic.h"
#include "sandbox/message.h"
#include "sandbox/recipient.h"
#include "sandbox/session.h"
#include "sandbox/settings.h"
#include "sandbox/user.h"

#include <string.h>

/* What the kinds of mails differ in. */
struct mail {
	const char *kind; /* of link and message */
	const char *type; /* of redirect URL */
	const char *url;  /* the parameters */
	const char *minutes;
	int64_t fallback;
};

static const struct mail login_mail = { "magic_link", "LOGIN",
	"login_magic_link_url", "login_expiration_minutes", 60 };
static const struct mail signup_mail = { "magic_link", "SIGNUP",
	"signup_magic_link_url", "signup_expiration_minutes", 10080 };
static const struct mail invite_mail = { "invite", "INVITE",
	"invite_magic_link_url", "invite_expiration_minutes", 60 };

static enum api_error
send_mail(struct request *rq, const struct contact *contact,
    const struct mail *mail)
{
	CLEANUP(buf_clear) struct buf redirect = BUF_INIT(4096);
	CLEANUP(buf_clear) struct buf url = BUF_INIT(8192);
	struct link_wish wish = {
		.kind = mail->kind,
		.token_type = "magic_links",
		.owner_id = contact->user_id,
		.email_id = contact->id,
		.email = contact->address,
		.challenge = param_string(rq, "code_challenge"),
		.minutes = param_int(rq, mail->minutes, mail->fallback),
	};
	struct message message = {
		.to = contact->address,
		.channel = "email",
		.kind = mail->kind,
		.minutes = wish.minutes,
	};
	struct token token;
	enum api_error error = link_redirect_url(rq, mail->type,
	    param_string(rq, mail->url), &redirect);

	if (error != API_OK)
		return error;
	wish.redirect_url = buf_text(&redirect);
	link_make(rq, &wish, &token, &url);
	message.token = token.text;
	message.link = buf_text(&url);
	return message_send(rq, &message);
}

/* New and pending users get the sign-up mail. */
static enum api_error
send_login(struct request *rq, const struct contact *contact)
{
	bool created = json_bool(rq->reply, "user_created", false);
	bool signup = created || user_is_pending(rq, contact->user_id);

	return send_mail(rq, contact, signup ? &signup_mail : &login_mail);
}

enum api_error
magic_links_email_send(struct request *rq)
{
	struct contact contact;
	enum api_error error;

	if (recipient_is_magic(rq, CONTACT_EMAIL))
		return recipient_answer_magic(rq, CONTACT_EMAIL, false);
	error = recipient_find_or_attach(rq, CONTACT_EMAIL, &contact);
	return error == API_OK ? send_login(rq, &contact) : error;
}

enum api_error
magic_links_email_login_or_create(struct request *rq)
{
	struct contact contact;
	enum api_error error;

	if (recipient_is_magic(rq, CONTACT_EMAIL))
		return recipient_answer_magic(rq, CONTACT_EMAIL, true);
	error = recipient_find_or_create(rq, CONTACT_EMAIL, &contact);
	return error == API_OK ? send_login(rq, &contact) : error;
}

/* The invited address's user: a pending one, made if there is none. */
static enum api_error
find_or_invite(struct request *rq, struct contact *out_contact)
{
	const struct user_wish user = { .object = rq->params, .pending = true };
	struct contact_wish wish = { .kind = CONTACT_EMAIL,
		.address = param_string(rq, "email") };
	struct id user_id;
	enum api_error error;

	if (contact_find(rq, CONTACT_EMAIL, wish.address, out_contact))
		return user_is_pending(rq, out_contact->user_id)
		    ? user_update(rq, out_contact->user_id, rq->params)
		    : API_DUPLICATE_EMAIL;
	error = user_add(rq, &user, &user_id);
	wish.user_id = user_id.text;
	if (error == API_OK)
		contact_add(rq, &wish, out_contact);
	return error;
}

enum api_error
magic_links_email_invite(struct request *rq)
{
	struct contact contact;
	enum api_error error;

	if (recipient_is_magic(rq, CONTACT_EMAIL))
		return recipient_answer_magic(rq, CONTACT_EMAIL, false);
	error = find_or_invite(rq, &contact);
	if (error != API_OK)
		return error;
	json_set_string(rq->reply, "user_id", contact.user_id);
	json_set_string(rq->reply, "email_id", contact.id);
	return send_mail(rq, &contact, &invite_mail);
}

enum api_error
magic_links_email_revoke_invite(struct request *rq)
{
	struct contact contact;

	if (recipient_is_magic(rq, CONTACT_EMAIL))
		return API_OK;
	if (!contact_find(rq, CONTACT_EMAIL, param_string(rq, "email"),
		&contact))
		return API_EMAIL_NOT_FOUND;
	link_void(rq, "invite", contact.user_id);
	return API_OK;
}

enum api_error
magic_links_create(struct request *rq)
{
	struct link_wish wish = {
		.kind = "embedded",
		.token_type = "magic_links",
		.minutes = param_int(rq, "expiration_minutes", 60),
	};
	struct token token;
	struct id user_id;
	enum api_error error;

	if (!settings_bool(rq, "embeddable_magic_links"))
		return API_ENTERPRISE_ENDPOINT;
	error = user_find(rq, param_string(rq, "user_id"), &user_id);
	if (error != API_OK)
		return error;
	wish.owner_id = user_id.text;
	link_make(rq, &wish, &token, NULL);
	json_set_string(rq->reply, "user_id", user_id.text);
	json_set_string(rq->reply, "token", token.text);
	return API_OK;
}

/* ---- Authenticate. ---- */

static enum api_error
authenticate_magic(struct request *rq)
{
	json_set_string(rq->reply, "method_id", MAGIC_EMAIL_ID);
	json_set_bool(rq->reply, "reset_sessions", false);
	return user_login(rq, MAGIC_USER,
	    factor_email(rq, "magic_link", MAGIC_EMAIL_ID, MAGIC_EMAIL));
}

/* A link handed out proves no address. */
static enum api_error
finish_embedded(struct request *rq, const struct link *link)
{
	struct id id;

	request_id_make(rq, "embedded-magic-link", &id);
	json_set_string(rq->reply, "method_id", id.text);
	return user_login(rq, link->owner_id,
	    factor_detail(rq, &factor_embedded_link, id.text));
}

static enum api_error
finish_mailed(struct request *rq, const struct link *link)
{
	struct contact contact;

	if (!contact_by_id(rq, CONTACT_EMAIL, link->email_id, &contact))
		return API_UNABLE_TO_AUTH_MAGIC_LINK;
	contact_prove(rq, &contact, false);
	json_set_string(rq->reply, "method_id", contact.id);
	return user_login(rq, contact.user_id,
	    factor_email(rq, "magic_link", contact.id, contact.address));
}

static enum api_error
check_link(struct request *rq, const struct link *link, enum link_state state)
{
	enum api_error error = lock_check(rq, link->owner_id);

	if (error != API_OK)
		return error;
	if (state == LINK_SPENT)
		return lock_fail(rq, link->owner_id,
		    API_UNABLE_TO_AUTH_MAGIC_LINK);
	error = link_check_pkce(link, param_string(rq, "code_verifier"));
	if (error == API_OK)
		error =
		    attributes_check(rq, link->ip_address, link->user_agent);
	return error;
}

enum api_error
magic_links_authenticate(struct request *rq)
{
	const char *token = param_string(rq, "token");
	CLEANUP(link_clear) struct link link = { .kind = "" };
	enum link_state state;
	enum api_error error;

	if (magic_is(rq, token, MAGIC_LINK))
		return authenticate_magic(rq);
	if (magic_is(rq, token, MAGIC_LINK_SPENT))
		return API_UNABLE_TO_AUTH_MAGIC_LINK;
	state = link_find(rq, token, "magic_link|invite|login|embedded", &link);
	if (state == LINK_UNKNOWN)
		return API_MAGIC_LINK_NOT_FOUND;
	error = check_link(rq, &link, state);
	if (error != API_OK)
		return error;
	link_use(rq, token);
	json_set_bool(rq->reply, "reset_sessions", false);
	return strcmp(link.kind, "embedded") == 0 ? finish_embedded(rq, &link)
						  : finish_mailed(rq, &link);
}
