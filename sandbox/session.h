/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sessions of both kinds of project: their factors, claims, lifetime, JSON
 * and JWT.  An endpoint reads or begins one, adds a factor, and saves it.
 */
#ifndef SANDBOX_SESSION_H
#define SANDBOX_SESSION_H

#include "sandbox/sandbox.h"

struct session {
	char session_id[96];
	char owner_id[96];        /* user or member */
	char organization_id[96]; /* "" for a user */
	char token[64];
	char ip_address[64];
	char user_agent[512];
	cJSON *factors; /* an array, as the API shows them */
	cJSON *claims;  /* an object */
	int64_t started_at;
	int64_t last_accessed_at;
	int64_t expires_at;
};

#define SESSION_INIT \
	{ \
		.session_id = "", .factors = NULL, .claims = NULL \
	}

void session_clear(struct session *session);

/*
 * Find a live session of the project by its token or its JWT (one of them
 * NULL); the JWT may be expired.  API_OK; API_INVALID_SESSION_TOKEN and
 * API_UNABLE_TO_PARSE_SESSION_JWT for what could not be one;
 * API_SESSION_NOT_FOUND for unknown, expired, revoked.
 */
enum api_error session_find(struct request *rq, const char *token,
    const char *jwt, struct session *out_session) MUST_CHECK;

/*
 * The session that the parameters session_token or session_jwt name:
 * *out_given says whether they do.  Both are too many.  (What migrate calls
 * session_token is a foreign one, and not looked at.)
 */
enum api_error session_from_params(struct request *rq,
    struct session *out_session, bool *out_given) MUST_CHECK;

/*
 * A new session with a token and an id, from the parameter attributes; not
 * kept until session_save().  organization_id is NULL for a user.
 */
void session_begin(struct request *rq, const char *owner_id,
    const char *organization_id, struct session *out_session);

/*
 * A factor without details: type and delivery method as semantics has them,
 * times of now.  For the details set one member, as "email_factor".
 */
cJSON *factor_make(struct request *rq, const char *type, const char *delivery)
    MUST_CHECK;
/* The common ones. */
cJSON *factor_email(struct request *rq, const char *type, const char *email_id,
    const char *email) MUST_CHECK;
cJSON *factor_phone(struct request *rq, const char *channel,
    const char *phone_id, const char *phone_number) MUST_CHECK;
/* A factor whose details are one id. */
struct factor_kind {
	const char *type, *delivery;
	const char *detail; /* the member with the details */
	const char *member; /* the id's name in it */
};
extern const struct factor_kind factor_totp, factor_recovery_code,
    factor_embedded_link, factor_trusted_token, factor_access_token;
cJSON *factor_detail(struct request *rq, const struct factor_kind *kind,
    const char *id) MUST_CHECK;

/*
 * Add a factor; one that is there already (type, delivery, details) only gets
 * new times.  factor's ownership is taken.
 */
void session_add_factor(struct request *rq, struct session *session,
    cJSON *factor);

/*
 * Let it end minutes from now, or as before for an impersonated one.
 * API_INVALID_SESSION_DURATION above the cap.
 */
enum api_error session_extend(struct request *rq, struct session *session,
    int64_t minutes) MUST_CHECK;

/*
 * Merge the parameter session_custom_claims: by key, null removes, registered
 * names (iss, sub, ...) are left out.  API_OK, API_STYTCH_CLAIMS_..., or
 * API_CUSTOM_CLAIMS_TOO_LARGE.
 */
enum api_error session_merge_claims(struct request *rq, struct session *session)
    MUST_CHECK;

/* Whether a claim is RFC 7519's own, as "iss". */
bool claim_is_registered(const char *name);

void session_save(struct request *rq, const struct session *session);

/* End one, by id; all of an owner's, but for the one id given (or NULL). */
void session_revoke(struct request *rq, const char *session_id);
void session_revoke_owner(struct request *rq, const char *owner_id,
    const char *but_session_id);

/* What a session shows beside its own row. */
struct session_view {
	const cJSON *roles;            /* array of strings */
	const char *organization_slug; /* B2B */
};

/* The session's object as the API shows it to its kind of project. */
cJSON *session_json(const struct request *rq, const struct session *session,
    const struct session_view *view) MUST_CHECK;
/* Its JWT, good for five minutes; freed by the caller. */
char *session_jwt(struct request *rq, const struct session *session,
    const struct session_view *view) MUST_CHECK;

/* Every live session of an owner, oldest first: each is given to use(). */
void session_each(struct request *rq, const char *owner_id,
    void (*use)(struct request *rq, const struct session *session, void *data),
    void *data);

/*
 * Set session, session_token and session_jwt of the reply under these names;
 * session NULL: null and two "".
 */
void session_reply(struct request *rq, const struct session *session,
    const struct session_view *view, const char *name);

/* Whether the roles allow action on resource_id by the project's policy; the
 * roles that do are added to granting (may be NULL). */
bool roles_allow(struct request *rq, const cJSON *roles,
    const char *resource_id, const char *action, cJSON *granting);

#endif
