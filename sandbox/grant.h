/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a person granted a connected app: consent, authorization codes and
 * refresh tokens, and the scopes that can be granted.
 */
#ifndef SANDBOX_GRANT_H
#define SANDBOX_GRANT_H

#include "sandbox/b2b.h"
#include "sandbox/client.h"

/* Who grants: a user, or the member of a party. */
struct subject {
	struct id id; /* user or member */
	char session_id[96];
	struct party party; /* B2B */
	cJSON *roles;
};

#define SUBJECT_INIT \
	{ \
		.id = { "" }, .session_id = "", .party = PARTY_INIT, \
		.roles = NULL \
	}

void subject_clear(struct subject *subject);
/*
 * By user_id, organization_id and member_id, or a session of the parameters;
 * or by id (of someone who can log in).
 */
enum api_error subject_params(struct request *rq, struct subject *out)
    MUST_CHECK;
enum api_error subject_by_id(struct request *rq, const char *id,
    struct subject *out) MUST_CHECK;

/* Whether the policy lets the person do that. */
bool subject_may(struct request *rq, const struct subject *subject,
    const char *resource, const char *action);

/* Whether scope may be granted to the app, and the text that says what it is
 * (freed by the caller). */
bool scope_is_grantable(struct request *rq, const struct client *client,
    const struct subject *subject, const char *scope, char **out_description);
/* Whether a list by blanks has that scope. */
bool scope_has(const char *list, const char *scope);

struct grant {
	struct id id;
	struct id client_id;
	struct id owner_id;
	char scope[2048]; /* by blanks */
	char nonce[512];
};

/* A grant and its code; the consent is kept too. */
void grant_make(struct request *rq, const struct client *client,
    const struct subject *subject, const char *scope, struct token *out_code);
/* Whether the app has the consent for every scope of an array. */
bool grant_covers(struct request *rq, const struct client *client,
    const struct subject *subject, const cJSON *scopes);
/* Whether the app has any consent of that person. */
bool grant_is_consented(struct request *rq, const char *client_id,
    const char *owner_id);
/* Take it back, with all codes and tokens; whether there was any. */
bool grant_revoke(struct request *rq, const char *client_id,
    const char *owner_id);
void grant_delete(struct request *rq, const struct grant *grant);

/* What a code or refresh token stands for. */
struct grant_token {
	struct grant grant;
	char redirect_url[2048];
	char challenge[64];
	int64_t made_at, expires_at;
	bool used, expired;
};

/* kind: "code" or "refresh".  Whether there is one. */
bool grant_token_find(struct request *rq, const char *kind, const char *token,
    struct grant_token *out) MUST_CHECK;
void grant_token_use(struct request *rq, const char *token);
void grant_refresh_make(struct request *rq, const struct grant *grant,
    struct token *out_token);

/* The ids of access tokens (jti), which go with their grant, or alone. */
void grant_access_note(struct request *rq, const struct grant *grant,
    const char *jti, int64_t seconds);
void grant_access_forget(struct request *rq, const char *jti);
bool grant_access_is_good(struct request *rq, const char *jti);

#endif
