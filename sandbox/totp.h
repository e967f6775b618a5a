/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TOTP (RFC 6238: six digits, 30 seconds, SHA-1) and the recovery codes
 * beside it.  An owner, a user or a member, has one TOTP.
 */
#ifndef SANDBOX_TOTP_H
#define SANDBOX_TOTP_H

#include "sandbox/sandbox.h"

#define TOTP_SECRET_SIZE 129 /* base32, and a NUL */

struct totp_wish {
	const char *kind; /* of the id: "totp", "member-totp" */
	const char *owner_id;
	const char *secret;          /* base32, or NULL: one is made */
	const cJSON *recovery_codes; /* array of strings, or NULL: ten made */
	const char *totp_id;         /* NULL: one is made */
	int64_t minutes;             /* to be used first within */
	bool verified;
};

struct totp {
	char totp_id[96];
	char secret[TOTP_SECRET_SIZE];
	bool verified;
	bool expired; /* not verified in time */
};

/*
 * Make the owner's TOTP.  API_OK; API_ACTIVE_TOTP_EXISTS where there is a
 * verified one (one that is not is replaced); API_BAD_REQUEST (secret),
 * API_INVALID_RECOVERY_CODE.
 */
enum api_error totp_create(struct request *rq, const struct totp_wish *wish,
    struct totp *out_totp) MUST_CHECK;

/* The owner's TOTP; false: there is none. */
bool totp_find(struct request *rq, const char *owner_id, struct totp *out_totp)
    MUST_CHECK;

void totp_delete(struct request *rq, const char *owner_id);

/*
 * Use a code: of this, the last or the next 30 seconds, each once.  On API_OK
 * the TOTP is verified.  API_TOTPS_NOT_FOUND_FOR_USER, API_EXPIRED_TOTP,
 * API_INVALID_TOTP_CODE, API_RECOVERY_CODE_USED_AS_TOTP_CODE,
 * API_UNABLE_TO_AUTHENTICATE_TOTP (wrong),
 * API_TOTP_CODE_ALREADY_AUTHENTICATED.  The caller counts the failure.
 */
enum api_error totp_use(struct request *rq, const char *owner_id,
    const char *code, struct totp *out_totp) MUST_CHECK;

/* The recovery codes not yet used, in order. */
cJSON *recovery_codes(struct request *rq, const char *owner_id) MUST_CHECK;
/* Ten new ones in place of those. */
void recovery_rotate(struct request *rq, const char *owner_id);
/* Whether it has the form of one: xxxx-xxxx-xxxx. */
bool is_recovery_code(const char *text) MUST_CHECK;

/*
 * Burn one; its id for the session's factor.  API_TOTPS_NOT_FOUND_FOR_USER (no
 * verified TOTP), API_INVALID_RECOVERY_CODE,
 * API_TOTP_CODE_USED_AS_RECOVERY_CODE, API_UNABLE_TO_AUTHENTICATE_RECOVERY_CODE
 * (wrong or used).  The caller counts the failure.
 */
enum api_error recovery_use(struct request *rq, const char *owner_id,
    const char *code, struct id *out_recovery_code_id) MUST_CHECK;

/*
 * The secret as an otpauth URL in a QR code: a PNG in a data URI, appended to
 * out.  account is what the authenticator app shows.
 */
void totp_qr_code(const char *secret, const char *account, struct buf *out);

#endif
