/* SPDX-License-Identifier: BSD-2-Clause */
/* totps.*: authenticator apps of users, and their recovery codes. */
#include "config.h"

#include "sandbox/lock.h"
#include "sandbox/magic.h"
#include "sandbox/session.h"
#include "sandbox/totp.h"
#include "sandbox/user.h"

#include <string.h>

#define DEFAULT_MINUTES 1440

static void
answer_enrolment(struct request *rq, const char *user_id,
    const struct totp *totp, cJSON *codes)
{
	CLEANUP(buf_clear) struct buf picture = BUF_INIT(131072);

	totp_qr_code(totp->secret, user_id, &picture);
	json_set_string(rq->reply, "totp_id", totp->totp_id);
	json_set_string(rq->reply, "user_id", user_id);
	json_set_string(rq->reply, "secret", totp->secret);
	json_set_string(rq->reply, "qr_code", buf_text(&picture));
	json_set(rq->reply, "recovery_codes", codes);
	json_set(rq->reply, "user", user_json(rq, user_id));
}

/* The magic user's, again and again. */
static cJSON *
magic_codes(void)
{
	cJSON *codes = json_array();

	json_push_string(codes, MAGIC_RECOVERY_CODE);
	return codes;
}

static enum api_error
create_magic(struct request *rq)
{
	const struct totp totp = { .totp_id = MAGIC_TOTP_ID,
		.secret = "BTGNX5RKJRMQWQFRQKTG34JCF6XDRHZS" };

	answer_enrolment(rq, MAGIC_USER, &totp, magic_codes());
	return API_OK;
}

enum api_error
totps_create(struct request *rq)
{
	struct totp_wish wish = {
		.kind = "totp",
		.minutes = param_int(rq, "expiration_minutes", DEFAULT_MINUTES),
	};
	struct totp totp;
	struct id user_id;
	enum api_error error;

	if (magic_is(rq, param_string(rq, "user_id"), MAGIC_USER))
		return create_magic(rq);
	error = user_find(rq, param_string(rq, "user_id"), &user_id);
	if (error != API_OK)
		return error;
	wish.owner_id = user_id.text;
	error = totp_create(rq, &wish, &totp);
	if (error == API_OK)
		answer_enrolment(rq, user_id.text, &totp,
		    recovery_codes(rq, user_id.text));
	return error;
}

static enum api_error
finish_totp(struct request *rq, const char *user_id, const char *totp_id)
{
	json_set_string(rq->reply, "totp_id", totp_id);
	return user_login(rq, user_id,
	    factor_detail(rq, &factor_totp, totp_id));
}

/* The failures that are a guess: these count towards the lock. */
static bool
is_guess(enum api_error error)
{
	return error == API_UNABLE_TO_AUTHENTICATE_TOTP ||
	    error == API_TOTP_CODE_ALREADY_AUTHENTICATED ||
	    error == API_UNABLE_TO_AUTHENTICATE_RECOVERY_CODE;
}

enum api_error
totps_authenticate(struct request *rq)
{
	const char *code = param_string(rq, "totp_code");
	struct totp totp;
	struct id user_id;
	enum api_error error;

	if (magic_is(rq, param_string(rq, "user_id"), MAGIC_USER))
		return magic_is(rq, code, MAGIC_CODE)
		    ? finish_totp(rq, MAGIC_USER, MAGIC_TOTP_ID)
		    : API_UNABLE_TO_AUTHENTICATE_TOTP;
	error = user_find(rq, param_string(rq, "user_id"), &user_id);
	if (error == API_OK)
		error = lock_check(rq, user_id.text);
	if (error == API_OK)
		error = totp_use(rq, user_id.text, code, &totp);
	if (is_guess(error))
		return lock_fail(rq, user_id.text, error);
	return error == API_OK ? finish_totp(rq, user_id.text, totp.totp_id)
			       : error;
}

static void
answer_codes(struct request *rq, const char *user_id, const struct totp *totp,
    cJSON *codes)
{
	cJSON *list = json_array();
	cJSON *item = json_object();

	json_set_string(item, "totp_id", totp->totp_id);
	json_set_bool(item, "verified", totp->verified);
	json_set(item, "recovery_codes", codes);
	json_push(list, item);
	json_set_string(rq->reply, "user_id", user_id);
	json_set(rq->reply, "totps", list);
}

enum api_error
totps_recovery_codes(struct request *rq)
{
	struct totp totp = { .totp_id = MAGIC_TOTP_ID, .verified = true };
	struct id user_id;
	enum api_error error;

	if (magic_is(rq, param_string(rq, "user_id"), MAGIC_USER)) {
		answer_codes(rq, MAGIC_USER, &totp, magic_codes());
		return API_OK;
	}
	error = user_find(rq, param_string(rq, "user_id"), &user_id);
	if (error != API_OK)
		return error;
	if (!totp_find(rq, user_id.text, &totp))
		return API_TOTPS_NOT_FOUND_FOR_USER;
	answer_codes(rq, user_id.text, &totp, recovery_codes(rq, user_id.text));
	return API_OK;
}

static enum api_error
finish_recovery(struct request *rq, const char *user_id, const char *totp_id,
    const char *recovery_code_id)
{
	json_set_string(rq->reply, "totp_id", totp_id);
	return user_login(rq, user_id,
	    factor_detail(rq, &factor_recovery_code, recovery_code_id));
}

enum api_error
totps_recover(struct request *rq)
{
	const char *code = param_string(rq, "recovery_code");
	struct id user_id, code_id;
	struct totp totp;
	enum api_error error;

	if (magic_is(rq, param_string(rq, "user_id"), MAGIC_USER))
		return magic_is(rq, code, MAGIC_RECOVERY_CODE)
		    ? finish_recovery(rq, MAGIC_USER, MAGIC_TOTP_ID,
			  MAGIC_TOTP_ID)
		    : API_UNABLE_TO_AUTHENTICATE_RECOVERY_CODE;
	error = user_find(rq, param_string(rq, "user_id"), &user_id);
	if (error == API_OK)
		error = lock_check(rq, user_id.text);
	if (error == API_OK)
		error = recovery_use(rq, user_id.text, code, &code_id);
	if (is_guess(error))
		return lock_fail(rq, user_id.text, error);
	if (error != API_OK)
		return error;
	(void)!totp_find(rq, user_id.text, &totp);
	return finish_recovery(rq, user_id.text, totp.totp_id, code_id.text);
}
