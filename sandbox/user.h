/* SPDX-License-Identifier: BSD-2-Clause */
/* Users of a Consumer project, and what every login of one does. */
#ifndef SANDBOX_USER_H
#define SANDBOX_USER_H

#include "sandbox/contact.h"
#include "sandbox/sandbox.h"

/*
 * The user that a user_id or external_id names.  API_OK or
 * API_USER_NOT_FOUND.
 */
enum api_error user_find(struct request *rq, const char *user_id,
    struct id *out_user_id) MUST_CHECK;

/* A new user: members of object as in the create endpoints; all may lack. */
struct user_wish {
	const cJSON *object; /* name, trusted_metadata, untrusted_metadata,
				external_id, roles */
	const char *user_id; /* NULL: one is made */
	bool pending;
};

/*
 * Make a user without any address.  API_OK, or an error of metadata, roles,
 * or API_DUPLICATE_USER_EXTERNAL_ID.
 */
enum api_error user_add(struct request *rq, const struct user_wish *wish,
    struct id *out_user_id) MUST_CHECK;

/* The same members set on a user that is there; names part by part. */
enum api_error user_update(struct request *rq, const char *user_id,
    const cJSON *object) MUST_CHECK;

/* Remove the user and all that is theirs. */
void user_delete(struct request *rq, const char *user_id);

bool user_is_pending(struct request *rq, const char *user_id) MUST_CHECK;
void user_activate(struct request *rq, const char *user_id);

/* The API's user object; user_describe() sets its members on object. */
cJSON *user_json(struct request *rq, const char *user_id) MUST_CHECK;
void user_describe(struct request *rq, const char *user_id, cJSON *object);

/*
 * A right credential: factor (ownership taken) goes to the session that the
 * parameters name or ask for, the failures so far are forgotten, and
 * user_id, user, session, session_token, session_jwt and user_device are set
 * in the reply.  API_OK, or an error of the session parameters.
 */
enum api_error user_login(struct request *rq, const char *user_id,
    cJSON *factor) MUST_CHECK;

/* The roles of the user's sessions: explicit ones, and stytch_user. */
cJSON *user_session_roles(struct request *rq, const char *user_id) MUST_CHECK;

#endif
