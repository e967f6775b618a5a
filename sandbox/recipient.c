/* SPDX-License-Identifier: BSD-2-Clause */
/* The recipients of messages: found, attached, made. */
#include "config.h"

#include "sandbox/recipient.h"

#include "sandbox/magic.h"
#include "sandbox/session.h"
#include "sandbox/user.h"

#include <string.h>

#define ATTACH_MINUTES 5

static const char *
address_of(const struct request *rq, enum contact_kind kind)
{
	return param_string(rq,
	    kind == CONTACT_EMAIL ? "email" : "phone_number");
}

static void
answer(struct request *rq, enum contact_kind kind, const char *id,
    const char *user_id)
{
	json_set_string(rq->reply, "user_id", user_id);
	json_set_string(rq->reply,
	    kind == CONTACT_EMAIL ? "email_id" : "phone_id", id);
}

/* The user whom user_id or a session names; *out_any: one of them is given. */
static enum api_error
selected_user(struct request *rq, struct id *out_user_id, bool *out_any)
{
	CLEANUP(session_clear) struct session session = SESSION_INIT;
	const char *user_id = param_string(rq, "user_id");
	bool by_session;
	enum api_error error;

	*out_any = user_id != NULL;
	if (user_id != NULL &&
	    (param_has(rq, "session_token") || param_has(rq, "session_jwt")))
		return API_TOO_MANY_USER_SELECTION_ARGUMENTS;
	if (user_id != NULL)
		return user_find(rq, user_id, out_user_id);
	error = session_from_params(rq, &session, &by_session);
	*out_any = by_session;
	if (error == API_OK && by_session)
		memcpy(out_user_id->text, session.owner_id,
		    sizeof(session.owner_id));
	return error;
}

static enum api_error
attach(struct request *rq, enum contact_kind kind, const struct id *user_id,
    struct contact *out_contact)
{
	struct contact_wish wish = {
		.kind = kind,
		.user_id = user_id->text,
		.address = address_of(rq, kind),
		.attached_until = rq->now_us + ATTACH_MINUTES * MINUTE_US,
	};

	if (contact_count_unverified(rq, user_id->text) > 0)
		return API_TOO_MANY_UNVERIFIED_FACTORS;
	contact_add(rq, &wish, out_contact);
	return API_OK;
}

enum api_error
recipient_find_or_attach(struct request *rq, enum contact_kind kind,
    struct contact *out_contact)
{
	bool email = kind == CONTACT_EMAIL;
	struct id user_id;
	bool selected, known;
	enum api_error error = selected_user(rq, &user_id, &selected);

	if (error != API_OK)
		return error;
	known = contact_find(rq, kind, address_of(rq, kind), out_contact);
	if (known && selected &&
	    strcmp(out_contact->user_id, user_id.text) != 0)
		return email ? API_DUPLICATE_EMAIL : API_DUPLICATE_PHONE_NUMBER;
	if (!known && !selected)
		return email ? API_EMAIL_NOT_FOUND : API_PHONE_NUMBER_NOT_FOUND;
	if (!known)
		error = attach(rq, kind, &user_id, out_contact);
	if (error == API_OK)
		answer(rq, kind, out_contact->id, out_contact->user_id);
	return error;
}

enum api_error
recipient_find_or_create(struct request *rq, enum contact_kind kind,
    struct contact *out_contact)
{
	const struct user_wish user = {
		.object = NULL,
		.pending = param_bool(rq, "create_user_as_pending", false),
	};
	struct contact_wish wish = { .kind = kind,
		.address = address_of(rq, kind) };
	bool known = contact_find(rq, kind, wish.address, out_contact);
	enum api_error error = API_OK;
	struct id user_id;

	if (!known) {
		error = user_add(rq, &user, &user_id);
		wish.user_id = user_id.text;
		if (error == API_OK)
			contact_add(rq, &wish, out_contact);
	}
	if (error != API_OK)
		return error;
	answer(rq, kind, out_contact->id, out_contact->user_id);
	json_set_bool(rq->reply, "user_created", !known);
	return API_OK;
}

bool
recipient_is_magic(const struct request *rq, enum contact_kind kind)
{
	return magic_is(rq, address_of(rq, kind),
	    kind == CONTACT_EMAIL ? MAGIC_EMAIL : MAGIC_PHONE);
}

enum api_error
recipient_answer_magic(struct request *rq, enum contact_kind kind, bool create)
{
	answer(rq, kind,
	    kind == CONTACT_EMAIL ? MAGIC_EMAIL_ID : MAGIC_PHONE_ID,
	    MAGIC_USER);
	if (create)
		json_set_bool(rq->reply, "user_created", false);
	return API_OK;
}
