/* SPDX-License-Identifier: BSD-2-Clause */
/* Codes by email (a primary step) and by SMS (a second one). */
#include "config.h"

#include "sandbox/b2b_discovery.h"
#include "sandbox/b2b_email_update.h"
#include "sandbox/b2b_join.h"
#include "sandbox/b2b_login.h"
#include "sandbox/lock.h"
#include "sandbox/magic.h"
#include "sandbox/otp.h"

#include <ctype.h>
#include <string.h>

#define EMAIL_MINUTES 10

static enum api_error
send_email(struct request *rq, const struct member *member, int64_t minutes)
{
	const struct otp_wish wish = {
		.method_id = member->email_id.text,
		.owner_id = member->id.text,
		.channel = "email",
		.to = member_text(member, "email_address"),
		.minutes = minutes,
	};

	return otp_send(rq, &wish);
}

enum api_error
b2b_otps_email_login_or_signup(struct request *rq)
{
	CLEANUP(party_clear) struct party party = PARTY_INIT;
	bool created = false;
	const char *minutes;
	enum api_error error = join_party(rq, "email_otp", &party, &created);

	if (error != API_OK)
		return error;
	minutes = member_is(&party.member, "active")
	    ? "login_expiration_minutes"
	    : "signup_expiration_minutes";
	if (!party_is_magic(&party))
		error = send_email(rq, &party.member,
		    param_int(rq, minutes, EMAIL_MINUTES));
	if (error != API_OK)
		return error;
	json_set_bool(rq->reply, "member_created", created);
	party_reply(rq, &party);
	return API_OK;
}

/* The member with the address, or who is about to take it; the address's id. */
static enum api_error
address_owner(struct request *rq, struct party *party, struct id *out_email_id)
{
	enum api_error error = party_by_email(rq, party);

	if (error == API_OK)
		*out_email_id = party->member.email_id;
	else if (error == API_MEMBER_NOT_FOUND &&
	    email_update_find(rq, &party->organization,
		param_string(rq, "email_address"), &party->member,
		out_email_id))
		error = API_OK;
	return error;
}

enum api_error
b2b_otps_email_authenticate(struct request *rq)
{
	CLEANUP(party_clear) struct party party = PARTY_INIT;
	CLEANUP(login_clear) struct login login = LOGIN_INIT;
	struct id email_id;
	enum api_error error = address_owner(rq, &party, &email_id);

	if (error == API_OK)
		error = login_begin(rq, &party, &login);
	if (error == API_OK &&
	    !policy_auth_allowed(&party.organization, &party.member,
		"email_otp"))
		error = API_OPERATION_RESTRICTED_BY_ORGANIZATION_AUTH_METHODS;
	if (error == API_OK)
		error = lock_check(rq, party.member.id.text);
	if (error != API_OK)
		return error;
	error = login_settle(rq, &party.member,
	    otp_use(rq, email_id.text, param_string(rq, "code")));
	if (error == API_OK &&
	    strcmp(email_id.text, party.member.email_id.text) != 0)
		error = email_update_apply(rq, &party, email_id.text);
	if (error != API_OK)
		return error;
	login_prove_email(rq, &party);
	json_set_string(rq->reply, "method_id", party.member.email_id.text);
	return login_primary(rq, &party, &login,
	    factor_email(rq, "email_otp", party.member.email_id.text,
		member_text(&party.member, "email_address")));
}

/* What a code of discovery proves: an address, in any case of letters. */
struct discovery_method {
	char id[300];
};

static struct discovery_method
discovery_method(const char *address)
{
	struct discovery_method method = { "discovery:" };
	size_t len = strlen(method.id);

	for (; *address != '\0' && len + 1 < sizeof(method.id); address++)
		method.id[len++] = (char)tolower((unsigned char)*address);
	return method;
}

enum api_error
b2b_otps_email_discovery_send(struct request *rq)
{
	const char *address = param_string(rq, "email_address");
	struct discovery_method method = discovery_method(address);
	const struct otp_wish wish = {
		.method_id = method.id,
		.owner_id = "",
		.channel = "email",
		.to = address,
		.minutes = param_int(rq, "discovery_expiration_minutes",
		    EMAIL_MINUTES),
	};

	if (magic_is(rq, address, MAGIC_EMAIL))
		return API_OK;
	return otp_send(rq, &wish);
}

enum api_error
b2b_otps_email_discovery_authenticate(struct request *rq)
{
	const char *address = param_string(rq, "email_address");
	struct discovery_method method = discovery_method(address);
	enum api_error error = otp_use(rq, method.id, param_string(rq, "code"));

	if (error != API_OK)
		return error;
	return discovery_begin(rq, address,
	    factor_email(rq, "email_otp", "", address));
}

/* ---- SMS ---- */

enum api_error
b2b_otps_sms_send(struct request *rq)
{
	CLEANUP(party_clear) struct party party = PARTY_INIT;
	enum api_error error = party_params(rq, &party);
	bool enrols;

	if (error != API_OK)
		return error;
	enrols = *member_text(&party.member, "mfa_phone_number") == '\0';
	error = login_check_enrolment(rq, &party, enrols);
	if (error == API_OK &&
	    !policy_mfa_allowed(&party.organization, &party.member, "sms_otp"))
		error = API_OPERATION_RESTRICTED_BY_ORGANIZATION_MFA_METHODS;
	if (error == API_OK)
		error = member_take_phone(rq, &party.member);
	if (error == API_OK && party.member.phone_id.text[0] == '\0')
		error = API_MEMBER_PHONE_NUMBER_NOT_FOUND;
	if (error != API_OK)
		return error;
	member_save(rq, &party.member);
	error = login_send_sms(rq, &party.member);
	if (error == API_OK)
		party_reply(rq, &party);
	return error;
}

enum api_error
b2b_otps_sms_authenticate(struct request *rq)
{
	CLEANUP(party_clear) struct party party = PARTY_INIT;
	CLEANUP(login_clear) struct login login = LOGIN_INIT;
	struct member *member = &party.member;
	enum api_error error = party_params(rq, &party);

	if (error == API_OK)
		error = login_begin_second(rq, &party, &login);
	if (error == API_OK &&
	    !policy_mfa_allowed(&party.organization, member, "sms_otp"))
		error = API_OPERATION_RESTRICTED_BY_ORGANIZATION_MFA_METHODS;
	if (error == API_OK)
		error = lock_check(rq, member->id.text);
	if (error == API_OK && member->phone_id.text[0] == '\0')
		error = API_MEMBER_PHONE_NUMBER_NOT_FOUND;
	if (error != API_OK)
		return error;
	error = login_settle(rq, member,
	    otp_use(rq, member->phone_id.text, param_string(rq, "code")));
	if (error != API_OK)
		return error;
	json_set_bool(member->body, "mfa_phone_number_verified", true);
	return login_second(rq, &party, &login, "sms_otp",
	    factor_phone(rq, "sms", member->phone_id.text,
		member_text(member, "mfa_phone_number")));
}
