/* SPDX-License-Identifier: BSD-2-Clause */
/* otps.*: passcodes to the addresses of users. */
#include "config.h"

#include "sandbox/contact.h"
#include "sandbox/lock.h"
#include "sandbox/magic.h"
#include "sandbox/otp.h"
#include "sandbox/recipient.h"
#include "sandbox/session.h"
#include "sandbox/user.h"

#include <string.h>

#define DEFAULT_MINUTES 2

/* Send to the address of the parameters; the user may be made for it. */
static enum api_error
send(struct request *rq, const char *channel, bool create)
{
	enum contact_kind kind =
	    strcmp(channel, "email") == 0 ? CONTACT_EMAIL : CONTACT_PHONE;
	struct otp_wish wish = {
		.channel = channel,
		.minutes = param_int(rq, "expiration_minutes", DEFAULT_MINUTES),
	};
	struct contact contact;
	enum api_error error;

	if (recipient_is_magic(rq, kind))
		return recipient_answer_magic(rq, kind, create);
	error = create ? recipient_find_or_create(rq, kind, &contact)
		       : recipient_find_or_attach(rq, kind, &contact);
	if (error != API_OK)
		return error;
	wish.method_id = contact.id;
	wish.owner_id = contact.user_id;
	wish.to = contact.address;
	return otp_send(rq, &wish);
}

enum api_error
otps_sms_send(struct request *rq)
{
	return send(rq, "sms", false);
}

enum api_error
otps_sms_login_or_create(struct request *rq)
{
	return send(rq, "sms", true);
}

enum api_error
otps_whatsapp_send(struct request *rq)
{
	return send(rq, "whatsapp", false);
}

enum api_error
otps_whatsapp_login_or_create(struct request *rq)
{
	return send(rq, "whatsapp", true);
}

enum api_error
otps_email_send(struct request *rq)
{
	return send(rq, "email", false);
}

enum api_error
otps_email_login_or_create(struct request *rq)
{
	return send(rq, "email", true);
}

/* ---- Authenticate. ---- */

static cJSON *
make_factor(struct request *rq, const struct contact *contact,
    const char *channel)
{
	if (contact->kind == CONTACT_EMAIL)
		return factor_email(rq, "otp", contact->id, contact->address);
	return factor_phone(rq, channel, contact->id, contact->address);
}

static enum api_error
finish(struct request *rq, const struct contact *contact, const char *channel)
{
	json_set_string(rq->reply, "method_id", contact->id);
	json_set_bool(rq->reply, "reset_sessions", false);
	return user_login(rq, contact->user_id,
	    make_factor(rq, contact, channel));
}

static bool
is_method_id(const char *method_id)
{
	return id_is_kind(method_id, "email") ||
	    id_is_kind(method_id, "phone-number");
}

/* The magic user's addresses take one code. */
static enum api_error
authenticate_magic(struct request *rq, const char *code)
{
	bool email =
	    magic_is(rq, param_string(rq, "method_id"), MAGIC_EMAIL_ID);
	struct contact contact = {
		.kind = email ? CONTACT_EMAIL : CONTACT_PHONE,
		.id = "",
		.user_id = MAGIC_USER,
	};
	const char *address = email ? MAGIC_EMAIL : MAGIC_PHONE;

	if (!magic_is(rq, code, MAGIC_CODE))
		return API_OTP_CODE_NOT_FOUND;
	memcpy(contact.id, param_string(rq, "method_id"),
	    strnlen(param_string(rq, "method_id"), sizeof(contact.id) - 1));
	memcpy(contact.address, address, strlen(address));
	return finish(rq, &contact, "sms");
}

enum api_error
otps_authenticate(struct request *rq)
{
	const char *method_id = param_string(rq, "method_id");
	const char *code = param_string(rq, "code");
	char channel[16] = "sms";
	struct contact contact;
	enum api_error error;
	struct id owner;

	if (!is_method_id(method_id))
		return API_INVALID_METHOD_ID;
	if (magic_is(rq, method_id, MAGIC_EMAIL_ID) ||
	    magic_is(rq, method_id, MAGIC_PHONE_ID))
		return authenticate_magic(rq, code);
	if (!contact_by_method(rq, method_id, &contact))
		return API_OTP_CODE_NOT_FOUND;
	error = lock_check(rq, contact.user_id);
	if (error != API_OK)
		return error;
	(void)otp_last(rq, method_id, &owner, channel, sizeof(channel));
	error = otp_use(rq, method_id, code);
	if (error == API_INVALID_CODE)
		return error;
	if (error != API_OK)
		return lock_fail(rq, contact.user_id, error);
	contact_prove(rq, &contact, false);
	return finish(rq, &contact, channel);
}
