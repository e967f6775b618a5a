/* SPDX-License-Identifier: BSD-2-Clause */
/* TOTP by liboath, and recovery codes. */
#include "config.h"

#include "sandbox/totp.h"

#include <errno.h>
#include <liboath/oath.h>
#include <stdlib.h>
#include <string.h>

#define STEP_SECONDS 30
#define WINDOW 1 /* steps before and after now that are taken */
#define SECRET_BYTES 20
#define RECOVERY_CODES 10
#define RECOVERY_LEN 14

/* base32 (of whatever case and spacing) to bytes freed by the caller. */
static int
decode(const char *secret, char **out_bytes, size_t *out_len)
{
	*out_bytes = NULL;
	if (oath_base32_decode(secret, strlen(secret), out_bytes, out_len) !=
	    OATH_OK)
		return -EINVAL;
	return 0;
}

static int
make_secret(char out_secret[TOTP_SECRET_SIZE])
{
	char bytes[SECRET_BYTES];
	char *text = NULL;
	size_t len;

	random_fill(bytes, sizeof(bytes));
	if (oath_base32_encode(bytes, sizeof(bytes), &text, &len) != OATH_OK)
		return -ENOMEM;
	if (len >= TOTP_SECRET_SIZE) {
		free(text);
		return -EINVAL;
	}
	memcpy(out_secret, text, len + 1);
	free(text);
	return 0;
}

/* ---- Recovery codes. ---- */

bool
is_recovery_code(const char *text)
{
	for (int i = 0; i < RECOVERY_LEN; i++) {
		bool dash = i == 4 || i == 9;

		if (text[i] == '\0' ||
		    (dash ? text[i] != '-'
			  : strchr("abcdefghijklmnopqrstuvwxyz0123456789",
				text[i]) == NULL))
			return false;
	}
	return text[RECOVERY_LEN] == '\0';
}

static void
recovery_add(struct request *rq, const char *owner_id, const char *totp_id,
    const char *code, int position)
{
	struct id id;

	request_id_make(rq, "totp-recovery-code", &id);
	store_run(rq->store,
	    "INSERT INTO recovery_codes VALUES (?, ?, ?, ?, ?, NULL)", "ssssd",
	    id.text, owner_id, totp_id, code, position);
}

static void
recovery_make(struct request *rq, const char *owner_id, const char *totp_id)
{
	char code[RECOVERY_LEN + 1];

	for (int i = 0; i < RECOVERY_CODES; i++) {
		random_alphanumeric(code, RECOVERY_LEN);
		code[4] = code[9] = '-';
		recovery_add(rq, owner_id, totp_id, code, i);
	}
}

static enum api_error
recovery_import(struct request *rq, const char *owner_id, const char *totp_id,
    const cJSON *codes)
{
	const cJSON *code;
	int position = 0;

	cJSON_ArrayForEach (code, codes) {
		if (!cJSON_IsString(code) ||
		    !is_recovery_code(code->valuestring))
			return API_INVALID_RECOVERY_CODE;
		recovery_add(rq, owner_id, totp_id, code->valuestring,
		    position++);
	}
	return API_OK;
}

cJSON *
recovery_codes(struct request *rq, const char *owner_id)
{
	CLEANUP(query_close) struct query query = QUERY_INIT;
	cJSON *codes = json_array();

	query_open(&query, rq->store,
	    "SELECT code FROM recovery_codes WHERE owner_id = ? AND used_at "
	    "IS NULL ORDER BY position",
	    "s", owner_id);
	while (query_next(&query))
		json_push_string(codes, query_text(&query, 0));
	return codes;
}

void
recovery_rotate(struct request *rq, const char *owner_id)
{
	struct totp totp;

	if (!totp_find(rq, owner_id, &totp))
		return;
	store_run(rq->store, "DELETE FROM recovery_codes WHERE owner_id = ?",
	    "s", owner_id);
	recovery_make(rq, owner_id, totp.totp_id);
}

enum api_error
recovery_use(struct request *rq, const char *owner_id, const char *code,
    struct id *out_recovery_code_id)
{
	CLEANUP(query_close) struct query query = QUERY_INIT;
	struct totp totp;

	if (!totp_find(rq, owner_id, &totp) || !totp.verified)
		return API_TOTPS_NOT_FOUND_FOR_USER;
	if (strlen(code) == 6 && strspn(code, "0123456789") == 6)
		return API_TOTP_CODE_USED_AS_RECOVERY_CODE;
	if (!is_recovery_code(code))
		return API_INVALID_RECOVERY_CODE;
	query_open(&query, rq->store,
	    "SELECT recovery_code_id FROM recovery_codes WHERE owner_id = ? "
	    "AND code = ? AND used_at IS NULL",
	    "ss", owner_id, code);
	if (!query_next(&query))
		return API_UNABLE_TO_AUTHENTICATE_RECOVERY_CODE;
	query_copy(&query, 0, out_recovery_code_id->text,
	    sizeof(out_recovery_code_id->text));
	store_run(rq->store,
	    "UPDATE recovery_codes SET used_at = ? WHERE recovery_code_id = ?",
	    "is", rq->now_us, out_recovery_code_id->text);
	return API_OK;
}

/* ---- TOTP. ---- */

bool
totp_find(struct request *rq, const char *owner_id, struct totp *out_totp)
{
	CLEANUP(query_close) struct query query = QUERY_INIT;

	memset(out_totp, 0, sizeof(*out_totp));
	query_open(&query, rq->store,
	    "SELECT totp_id, secret, verified, expires_at FROM totps WHERE "
	    "owner_id = ?",
	    "s", owner_id);
	if (!query_next(&query))
		return false;
	query_copy(&query, 0, out_totp->totp_id, sizeof(out_totp->totp_id));
	query_copy(&query, 1, out_totp->secret, sizeof(out_totp->secret));
	out_totp->verified = query_int(&query, 2) != 0;
	out_totp->expired =
	    !out_totp->verified && query_int(&query, 3) <= rq->now_us;
	return true;
}

void
totp_delete(struct request *rq, const char *owner_id)
{
	store_run(rq->store, "DELETE FROM recovery_codes WHERE owner_id = ?",
	    "s", owner_id);
	store_run(rq->store, "DELETE FROM totps WHERE owner_id = ?", "s",
	    owner_id);
}

static enum api_error
choose_secret(const struct totp_wish *wish, char out[TOTP_SECRET_SIZE])
{
	char *bytes;
	size_t len;
	int rc;

	if (wish->secret == NULL)
		return make_secret(out) == 0 ? API_OK
					     : API_INTERNAL_SERVER_ERROR;
	if (strlen(wish->secret) >= TOTP_SECRET_SIZE)
		return API_BAD_REQUEST;
	rc = decode(wish->secret, &bytes, &len);
	free(bytes);
	if (rc != 0 || len == 0)
		return API_BAD_REQUEST;
	memcpy(out, wish->secret, strlen(wish->secret) + 1);
	return API_OK;
}

static void
choose_id(struct request *rq, const struct totp_wish *wish, struct totp *totp)
{
	struct id id;
	const char *text = wish->totp_id;

	if (text == NULL) {
		request_id_make(rq, wish->kind, &id);
		text = id.text;
	}
	memcpy(totp->totp_id, text, strnlen(text, sizeof(totp->totp_id) - 1));
}

enum api_error
totp_create(struct request *rq, const struct totp_wish *wish,
    struct totp *out_totp)
{
	struct totp totp;
	enum api_error error;

	if (totp_find(rq, wish->owner_id, &totp) && totp.verified)
		return API_ACTIVE_TOTP_EXISTS;
	totp_delete(rq, wish->owner_id);
	memset(&totp, 0, sizeof(totp));
	error = choose_secret(wish, totp.secret);
	if (error != API_OK)
		return error;
	choose_id(rq, wish, &totp);
	totp.verified = wish->verified;
	store_run(rq->store,
	    "INSERT INTO totps (totp_id, project_id, owner_id, secret, "
	    "verified, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
	    "ssssdii", totp.totp_id, rq->project->id, wish->owner_id,
	    totp.secret, wish->verified ? 1 : 0, rq->now_us,
	    rq->now_us + wish->minutes * MINUTE_US);
	if (wish->recovery_codes != NULL)
		error = recovery_import(rq, wish->owner_id, totp.totp_id,
		    wish->recovery_codes);
	else
		recovery_make(rq, wish->owner_id, totp.totp_id);
	*out_totp = totp;
	return error;
}

/* The step of a right code, or -1. */
static int64_t
matching_step(const struct request *rq, const char *secret, const char *code)
{
	uint64_t step = 0;
	char *bytes;
	size_t len;
	int rc;

	if (decode(secret, &bytes, &len) != 0)
		return -1;
	rc = oath_totp_validate4(bytes, len, (time_t)(rq->now_us / SECOND_US),
	    STEP_SECONDS, 0, WINDOW, NULL, &step, 0, code);
	free(bytes);
	return rc >= 0 ? (int64_t)step : -1;
}

enum api_error
totp_use(struct request *rq, const char *owner_id, const char *code,
    struct totp *out_totp)
{
	int64_t step;

	if (!totp_find(rq, owner_id, out_totp))
		return API_TOTPS_NOT_FOUND_FOR_USER;
	if (out_totp->expired)
		return API_EXPIRED_TOTP;
	if (is_recovery_code(code))
		return API_RECOVERY_CODE_USED_AS_TOTP_CODE;
	if (strlen(code) != 6 || strspn(code, "0123456789") != 6)
		return API_INVALID_TOTP_CODE;
	step = matching_step(rq, out_totp->secret, code);
	if (step < 0)
		return API_UNABLE_TO_AUTHENTICATE_TOTP;
	store_run(rq->store,
	    "UPDATE totps SET verified = 1, last_counter = ?1 WHERE totp_id = "
	    "?2 AND last_counter < ?1",
	    "is", step, out_totp->totp_id);
	if (store_changes(rq->store) == 0)
		return API_TOTP_CODE_ALREADY_AUTHENTICATED;
	out_totp->verified = true;
	return API_OK;
}
