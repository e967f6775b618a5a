/* SPDX-License-Identifier: BSD-2-Clause */
/* The endpoints of members' authenticator apps. */
#include "config.h"

#include "sandbox/b2b_login.h"
#include "sandbox/lock.h"
#include "sandbox/totp.h"

#include <string.h>

#define TOTP_KIND "member-totp"
#define TOTP_MINUTES 60

/* What must hold before a member gets a TOTP. */
static enum api_error
may_enrol(const struct party *party)
{
	if (!member_is(&party->member, "active"))
		return API_ACTION_AVAILABLE_ONLY_FOR_ACTIVE_MEMBERS;
	if (!policy_mfa_allowed(&party->organization, &party->member, "totp"))
		return API_OPERATION_RESTRICTED_BY_ORGANIZATION_MFA_METHODS;
	return API_OK;
}

static void
reply_totp(struct request *rq, const struct party *party,
    const struct totp *totp)
{
	json_set_string(rq->reply, "totp_registration_id", totp->totp_id);
	json_set(rq->reply, "recovery_codes",
	    recovery_codes(rq, party->member.id.text));
	party_reply(rq, party);
}

enum api_error
b2b_totp_create(struct request *rq)
{
	CLEANUP(party_clear) struct party party = PARTY_INIT;
	CLEANUP(buf_clear) struct buf qr_code = BUF_INIT(65536);
	struct totp_wish wish = { .kind = TOTP_KIND };
	struct totp totp;
	enum api_error error = party_params(rq, &party);

	if (error == API_OK)
		error = may_enrol(&party);
	if (error == API_OK)
		error = login_check_enrolment(rq, &party, true);
	if (error != API_OK)
		return error;
	wish.owner_id = party.member.id.text;
	wish.minutes = param_int(rq, "expiration_minutes", TOTP_MINUTES);
	error = totp_create(rq, &wish, &totp);
	if (error != API_OK)
		return error;
	totp_qr_code(totp.secret, member_text(&party.member, "email_address"),
	    &qr_code);
	store_fail(rq->store, buf_error(&qr_code));
	json_set_string(rq->reply, "secret", totp.secret);
	json_set_string(rq->reply, "qr_code", buf_text(&qr_code));
	reply_totp(rq, &party, &totp);
	return API_OK;
}

enum api_error
b2b_totp_migrate(struct request *rq)
{
	CLEANUP(party_clear) struct party party = PARTY_INIT;
	struct totp_wish wish = {
		.kind = TOTP_KIND,
		.secret = param_string(rq, "secret"),
		.verified = true,
	};
	struct totp totp;
	enum api_error error = party_params(rq, &party);

	if (error == API_OK)
		error = may_enrol(&party);
	if (error != API_OK)
		return error;
	if (cJSON_GetArraySize(param_json(rq, "recovery_codes")) > 0)
		wish.recovery_codes = param_json(rq, "recovery_codes");
	wish.owner_id = party.member.id.text;
	error = totp_create(rq, &wish, &totp);
	if (error == API_OK)
		reply_totp(rq, &party, &totp);
	return error;
}

enum api_error
b2b_totp_authenticate(struct request *rq)
{
	CLEANUP(party_clear) struct party party = PARTY_INIT;
	CLEANUP(login_clear) struct login login = LOGIN_INIT;
	struct member *member = &party.member;
	struct totp totp;
	enum api_error error = party_params(rq, &party);

	if (error == API_OK)
		error = login_begin_second(rq, &party, &login);
	if (error == API_OK &&
	    !policy_mfa_allowed(&party.organization, member, "totp"))
		error = API_OPERATION_RESTRICTED_BY_ORGANIZATION_MFA_METHODS;
	if (error == API_OK)
		error = lock_check(rq, member->id.text);
	if (error == API_OK && !totp_find(rq, member->id.text, &totp))
		error = API_TOTP_NOT_FOUND;
	if (error != API_OK)
		return error;
	error = login_settle(rq, member,
	    totp_use(rq, member->id.text, param_string(rq, "code"), &totp));
	if (error != API_OK)
		return error;
	/* A factor has the same id as a user's: "totp-test-...". */
	return login_second(rq, &party, &login, "totp",
	    factor_detail(rq, &factor_totp, totp.totp_id + strlen("member-")));
}
