/* SPDX-License-Identifier: BSD-2-Clause */
/* passwords.*: of users, by their email address. */
#include "config.h"

#include "sandbox/contact.h"
#include "sandbox/link.h"
#include "sandbox/lock.h"
#include "sandbox/magic.h"
#include "sandbox/message.h"
#include "sandbox/password.h"
#include "sandbox/session.h"
#include "sandbox/settings.h"
#include "sandbox/user.h"

#include <string.h>

#define KIND "password"
#define RESET_MINUTES 30
#define FRESH_US (5 * MINUTE_US)

static enum api_error
login(struct request *rq, const char *user_id)
{
	return user_login(rq, user_id,
	    factor_make(rq, "password", "knowledge"));
}

/* A user with that address, not yet proven; its ids in the reply. */
static enum api_error
add_user(struct request *rq, const char *email, bool verified,
    struct contact *out_contact)
{
	const struct user_wish user = { .object = rq->params };
	struct contact_wish wish = { .kind = CONTACT_EMAIL,
		.address = email,
		.verified = verified };
	struct id user_id;
	enum api_error error = user_add(rq, &user, &user_id);

	if (error != API_OK)
		return error;
	wish.user_id = user_id.text;
	contact_add(rq, &wish, out_contact);
	return API_OK;
}

enum api_error
passwords_create(struct request *rq)
{
	const char *email = param_string(rq, "email");
	const char *password = param_string(rq, "password");
	struct contact contact;
	enum api_error error;

	if (magic_is(rq, email, MAGIC_EMAIL)) {
		json_set_string(rq->reply, "email_id", MAGIC_EMAIL_ID);
		return login(rq, MAGIC_USER);
	}
	if (contact_find(rq, CONTACT_EMAIL, email, &contact))
		return API_DUPLICATE_EMAIL;
	error = password_accept(rq, password, email);
	if (error == API_OK)
		error = add_user(rq, email, false, &contact);
	if (error != API_OK)
		return error;
	password_set(rq, KIND, contact.user_id, password);
	json_set_string(rq->reply, "email_id", contact.id);
	return login(rq, contact.user_id);
}

/* The address's user, if password is theirs; failures are counted. */
static enum api_error
check_password(struct request *rq, const char *email, const char *password,
    struct contact *out_contact)
{
	struct password current;
	enum api_error error;

	if (!contact_find(rq, CONTACT_EMAIL, email, out_contact))
		return API_EMAIL_NOT_FOUND;
	error = lock_check(rq, out_contact->user_id);
	if (error != API_OK)
		return error;
	if (!password_find(rq, out_contact->user_id, &current))
		return API_NO_USER_PASSWORD;
	if (!password_matches(rq, out_contact->user_id, password))
		return lock_fail(rq, out_contact->user_id,
		    API_UNAUTHORIZED_CREDENTIALS);
	return API_OK;
}

enum api_error
passwords_authenticate(struct request *rq)
{
	const char *email = param_string(rq, "email");
	const char *password = param_string(rq, "password");
	struct contact contact;
	enum api_error error;

	if (magic_is(rq, email, MAGIC_EMAIL))
		return login(rq, MAGIC_USER);
	error = check_password(rq, email, password, &contact);
	if (error == API_OK)
		error = password_check_current(rq, contact.user_id, password,
		    email);
	return error == API_OK ? login(rq, contact.user_id) : error;
}

/* ---- Strength. ---- */

enum api_error
passwords_strength_check(struct request *rq)
{
	struct password_strength strength;
	cJSON *feedback = json_object();
	cJSON *luds = json_object();

	password_check_strength(rq, param_string(rq, "email"), &strength);
	password_set_zxcvbn(feedback, &strength);
	password_set_luds(luds, &strength);
	json_set(feedback, "luds_requirements", luds);
	json_set(rq->reply, "feedback", feedback);
	return API_OK;
}

/* ---- Migrate. ---- */

static enum api_error
add_phone(struct request *rq, const char *user_id)
{
	struct contact_wish wish = {
		.kind = CONTACT_PHONE,
		.user_id = user_id,
		.address = param_string(rq, "phone_number"),
		.verified = param_bool(rq, "set_phone_number_verified", false),
	};
	struct contact contact;

	if (wish.address == NULL)
		return API_OK;
	if (contact_find(rq, CONTACT_PHONE, wish.address, &contact))
		return strcmp(contact.user_id, user_id) == 0
		    ? API_OK
		    : API_DUPLICATE_PHONE_NUMBER;
	contact_add(rq, &wish, &contact);
	return API_OK;
}

enum api_error
passwords_migrate(struct request *rq)
{
	const char *email = param_string(rq, "email");
	bool verified = param_bool(rq, "set_email_verified", false);
	struct password current;
	struct contact contact;
	bool known = contact_find(rq, CONTACT_EMAIL, email, &contact);
	enum api_error error;

	if (known && password_find(rq, contact.user_id, &current))
		return API_PASSWORD_ALREADY_EXISTS;
	error = known ? user_update(rq, contact.user_id, rq->params)
		      : add_user(rq, email, verified, &contact);
	if (error == API_OK)
		error = add_phone(rq, contact.user_id);
	if (error == API_OK)
		error = password_import(rq, KIND, contact.user_id, rq->params);
	if (error != API_OK)
		return error;
	if (known && verified)
		contact_prove(rq, &contact, true);
	json_set_string(rq->reply, "user_id", contact.user_id);
	json_set_string(rq->reply, "email_id", contact.id);
	json_set_bool(rq->reply, "user_created", !known);
	json_set(rq->reply, "user", user_json(rq, contact.user_id));
	return API_OK;
}

/* ---- Reset. ---- */

/* A link of the mail: the reset itself, or "log in without a password". */
static enum api_error
make_link(struct request *rq, const struct contact *contact, const char *kind,
    struct token *out_token, struct buf *url)
{
	CLEANUP(buf_clear) struct buf redirect = BUF_INIT(4096);
	bool reset = strcmp(kind, "password_reset") == 0;
	struct link_wish wish = {
		.kind = kind,
		.token_type = reset ? "reset_password" : "login",
		.owner_id = contact->user_id,
		.email_id = contact->id,
		.email = contact->address,
		.challenge = param_string(rq, "code_challenge"),
		.minutes = param_int(rq, "reset_password_expiration_minutes",
		    RESET_MINUTES),
	};
	enum api_error error = link_redirect_url(rq,
	    reset ? "RESET_PASSWORD" : "LOGIN",
	    param_string(rq,
		reset ? "reset_password_redirect_url" : "login_redirect_url"),
	    &redirect);

	wish.redirect_url = buf_text(&redirect);
	if (error == API_OK)
		link_make(rq, &wish, out_token, url);
	return error;
}

enum api_error
passwords_email_reset_start(struct request *rq)
{
	CLEANUP(buf_clear) struct buf reset = BUF_INIT(8192);
	CLEANUP(buf_clear) struct buf without = BUF_INIT(8192);
	struct token token, login_token;
	struct message message = { .channel = "email",
		.kind = "password_reset",
		.token = token.text };
	struct contact contact;
	enum api_error error;

	if (!contact_find(rq, CONTACT_EMAIL, param_string(rq, "email"),
		&contact))
		return API_EMAIL_NOT_FOUND;
	error = make_link(rq, &contact, "password_reset", &token, &reset);
	if (error == API_OK)
		error =
		    make_link(rq, &contact, "login", &login_token, &without);
	if (error != API_OK)
		return error;
	message.to = contact.address;
	message.link = buf_text(&reset);
	message.other_link = buf_text(&without);
	message.minutes =
	    param_int(rq, "reset_password_expiration_minutes", RESET_MINUTES);
	json_set_string(rq->reply, "user_id", contact.user_id);
	json_set_string(rq->reply, "email_id", contact.id);
	return message_send(rq, &message);
}

/* The id of the session in the parameters, which a reset leaves; or "". */
static enum api_error
kept_session(struct request *rq, struct session *out_session)
{
	bool given;

	return session_from_params(rq, out_session, &given);
}

/* Set the password, end the other sessions, and log in. */
static enum api_error
reset(struct request *rq, const char *user_id, const char *password)
{
	CLEANUP(session_clear) struct session session = SESSION_INIT;
	enum api_error error = kept_session(rq, &session);

	if (error != API_OK)
		return error;
	password_set(rq, KIND, user_id, password);
	session_revoke_owner(rq, user_id,
	    session.session_id[0] != '\0' ? session.session_id : NULL);
	return login(rq, user_id);
}

enum api_error
passwords_email_reset(struct request *rq)
{
	CLEANUP(link_clear) struct link link = { .kind = "" };
	const char *token = param_string(rq, "token");
	const char *password = param_string(rq, "password");
	struct contact contact;
	enum api_error error;

	if (link_find(rq, token, "password_reset", &link) != LINK_GOOD ||
	    !contact_by_id(rq, CONTACT_EMAIL, link.email_id, &contact))
		return API_UNABLE_TO_AUTH_PASSWORD_RESET_TOKEN;
	error = lock_check(rq, contact.user_id);
	if (error == API_OK)
		error =
		    link_check_pkce(&link, param_string(rq, "code_verifier"));
	if (error == API_OK)
		error = attributes_check(rq, link.ip_address, link.user_agent);
	if (error == API_OK)
		error = password_accept(rq, password, contact.address);
	if (error != API_OK)
		return error;
	link_use(rq, token);
	contact_prove(rq, &contact, false);
	return reset(rq, contact.user_id, password);
}

enum api_error
passwords_existing_password_reset(struct request *rq)
{
	const char *email = param_string(rq, "email");
	const char *password = param_string(rq, "new_password");
	struct contact contact;
	enum api_error error = check_password(rq, email,
	    param_string(rq, "existing_password"), &contact);

	if (error == API_OK)
		error = password_accept(rq, password, email);
	return error == API_OK ? reset(rq, contact.user_id, password) : error;
}

/* Whether a factor lets its session reset a password. */
static bool
factor_counts(const struct request *rq, const cJSON *factor)
{
	const char *type = json_string(factor, "type");
	const char *delivery = json_string(factor, "delivery_method");
	const char *when = json_string(factor, "last_authenticated_at");
	int64_t when_us;

	if (type == NULL || delivery == NULL || when == NULL ||
	    time_parse(when, &when_us) != 0 || when_us + FRESH_US < rq->now_us)
		return false;
	return strcmp(type, "password") == 0 ||
	    ((strcmp(type, "magic_link") == 0 || strcmp(type, "otp") == 0) &&
		strcmp(delivery, "email") == 0);
}

enum api_error
passwords_session_reset(struct request *rq)
{
	CLEANUP(session_clear) struct session session = SESSION_INIT;
	const char *password = param_string(rq, "password");
	enum api_error error = kept_session(rq, &session);
	const cJSON *factor;
	bool fresh = false;

	if (error != API_OK)
		return error;
	cJSON_ArrayForEach (factor, session.factors)
		fresh = fresh || factor_counts(rq, factor);
	if (!fresh)
		return API_SESSION_TOO_OLD_TO_RESET_PASSWORD;
	error = password_accept(rq, password, NULL);
	return error == API_OK ? reset(rq, session.owner_id, password) : error;
}
