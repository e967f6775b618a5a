/* SPDX-License-Identifier: BSD-2-Clause */
/* Passwords of users and members: strength, keeping, checking. */
#ifndef SANDBOX_PASSWORD_H
#define SANDBOX_PASSWORD_H

#include "sandbox/sandbox.h"

/* What a check of a password's strength finds. */
struct password_strength {
	bool valid; /* by the project's policy; breach apart */
	bool breached;
	bool luds;                  /* the policy is LUDS, else zxcvbn */
	int score;                  /* of zxcvbn, 0 to 4 */
	const char *warning;        /* "" or a sentence; a literal */
	const char *suggestions[2]; /* NULL: none */
	bool has_lower_case, has_upper_case, has_digit, has_symbol;
	int missing_complexity; /* kinds of characters */
	int missing_characters;
};

/* email, what the password must not be made of, may be NULL. */
void password_strength(struct request *rq, const char *password,
    const char *email, struct password_strength *out_strength);

/*
 * Check the parameter "password", email being NULL where there is none, and
 * set in the reply what both kinds of project answer of it.
 */
void password_check_strength(struct request *rq, const char *email,
    struct password_strength *out_strength);
/* Set the parts of the feedback, each kind of project's in its own object. */
void password_set_zxcvbn(cJSON *object,
    const struct password_strength *strength);
void password_set_luds(cJSON *object, const struct password_strength *strength);

/* API_OK, API_WEAK_PASSWORD or API_BREACHED_PASSWORD, as for a new one. */
enum api_error password_accept(struct request *rq, const char *password,
    const char *email) MUST_CHECK;

/*
 * Keep a password in place of the owner's; kind is the id's: "password" or
 * "member-password".
 */
void password_set(struct request *rq, const char *kind, const char *owner_id,
    const char *password);

/*
 * Keep a hash from elsewhere, from an object with the members hash, hash_type
 * and *_config of the migrate endpoints.  API_OK, or an error of the hash.
 */
enum api_error password_import(struct request *rq, const char *kind,
    const char *owner_id, const cJSON *object) MUST_CHECK;

struct password {
	char password_id[96];
	bool requires_reset;
};

/* The owner's password; false: there is none. */
bool password_find(struct request *rq, const char *owner_id,
    struct password *out_password) MUST_CHECK;
void password_delete(struct request *rq, const char *owner_id);
/* From now on authenticate answers that it must be reset. */
void password_require_reset(struct request *rq, const char *owner_id);

/* Whether it is the owner's password. */
bool password_matches(struct request *rq, const char *owner_id,
    const char *password) MUST_CHECK;

/*
 * What a right password may still meet on authenticate: API_OK, or
 * API_RESET_PASSWORD (reset required, breached, or weak, as settings say).
 */
enum api_error password_check_current(struct request *rq, const char *owner_id,
    const char *password, const char *email) MUST_CHECK;

#endif
