/* SPDX-License-Identifier: BSD-2-Clause */
/* The endpoints of members' recovery codes. */
#include "config.h"

#include "sandbox/b2b_login.h"
#include "sandbox/lock.h"
#include "sandbox/totp.h"

static int
reply_codes(struct request *rq, const struct member *member, const char *name)
{
	cJSON *codes = recovery_codes(rq, member->id.text);
	int count = cJSON_GetArraySize(codes);

	json_set(rq->reply, name, codes);
	return count;
}

enum api_error
b2b_recovery_codes_get(struct request *rq)
{
	CLEANUP(party_clear) struct party party = PARTY_INIT;
	enum api_error error = party_params(rq, &party);

	if (error != API_OK)
		return error;
	if (reply_codes(rq, &party.member, "recovery_codes") == 0)
		return API_RECOVERY_CODES_NOT_FOUND;
	party_reply(rq, &party);
	return API_OK;
}

enum api_error
b2b_recovery_codes_rotate(struct request *rq)
{
	CLEANUP(party_clear) struct party party = PARTY_INIT;
	enum api_error error = party_params(rq, &party);

	if (error == API_OK && !member_has_totp(rq, &party.member))
		error = API_NO_ACTIVE_RECOVERY_CODE_BACKED_FACTOR;
	if (error != API_OK)
		return error;
	recovery_rotate(rq, party.member.id.text);
	(void)reply_codes(rq, &party.member, "recovery_codes");
	party_reply(rq, &party);
	return API_OK;
}

enum api_error
b2b_recovery_codes_recover(struct request *rq)
{
	CLEANUP(party_clear) struct party party = PARTY_INIT;
	CLEANUP(login_clear) struct login login = LOGIN_INIT;
	CLEANUP(json_free) cJSON *left = NULL;
	struct member *member = &party.member;
	struct id code_id;
	enum api_error error = party_params(rq, &party);

	if (error == API_OK)
		error = login_begin_second(rq, &party, &login);
	if (error == API_OK)
		error = lock_check(rq, member->id.text);
	if (error == API_OK && !member_has_totp(rq, member))
		error = API_NO_ACTIVE_RECOVERY_CODE_BACKED_FACTOR;
	if (error != API_OK)
		return error;
	error = login_settle(rq, member,
	    recovery_use(rq, member->id.text, param_string(rq, "recovery_code"),
		&code_id));
	if (error != API_OK)
		return error;
	left = recovery_codes(rq, member->id.text);
	json_set_int(rq->reply, "recovery_codes_remaining",
	    cJSON_GetArraySize(left));
	return login_second(rq, &party, &login, NULL,
	    factor_detail(rq, &factor_recovery_code, code_id.text));
}
