/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Clients of OAuth: connected apps and machines.  Both are an object as the
 * API answers it, a secret of which only the hash is kept, and the rotation
 * of that secret.
 */
#ifndef SANDBOX_CLIENT_H
#define SANDBOX_CLIENT_H

#include "sandbox/search.h"

enum client_kind {
	CLIENT_M2M,
	CLIENT_APP,
};

struct client {
	enum client_kind kind;
	struct id id;
	char secret[64];      /* hash; "": none (a public app) */
	char next_secret[64]; /* hash; "": no rotation is under way */
	cJSON *details;       /* as answered */
};

#define CLIENT_INIT \
	{ \
		.kind = CLIENT_M2M, .id = { "" }, .details = NULL \
	}

void client_clear(struct client *client);

/*
 * Find one of the project by id.  API_OK, or API_M2M_CLIENT_NOT_FOUND or
 * API_CONNECTED_APP_NOT_FOUND.
 */
enum api_error client_find(struct request *rq, enum client_kind kind,
    const char *id, struct client *out) MUST_CHECK;
/* The same by the parameter client_id. */
enum api_error client_param(struct request *rq, enum client_kind kind,
    struct client *out) MUST_CHECK;

/* Keep a new one. */
void client_insert(struct request *rq, const struct client *client);

/* Give a new client that secret: its hash and last four characters. */
void client_set_secret(struct client *client, const char *secret);

/* Whether secret is the client's, or the one it is rotating to. */
bool client_has_secret(const struct client *client, const char *secret)
    MUST_CHECK;

const char *client_text(const struct client *client, const char *name);

/*
 * Set a new client in the reply, in the form in which its secret is shown, the
 * one time; "": a public app's.  It has no creation_method.
 */
void client_reply_new(struct request *rq, const struct client *client,
    const char *secret);

/*
 * What the API does to the client of the parameter client_id, alike for both
 * kinds; the client is set in the reply.  take() sets the details' parameters
 * that are given.
 */
enum api_error client_get(struct request *rq, enum client_kind kind) MUST_CHECK;
enum api_error client_update(struct request *rq, enum client_kind kind,
    enum api_error (*take)(struct request *rq, cJSON *details)) MUST_CHECK;
enum api_error client_delete(struct request *rq, enum client_kind kind)
    MUST_CHECK;

/* Run the search of one kind; search has the filters and errors alone. */
enum api_error client_search(struct request *rq, enum client_kind kind,
    const struct search *search) MUST_CHECK;

/* The three steps of a rotation, of the same client. */
enum api_error client_rotate_start(struct request *rq, enum client_kind kind)
    MUST_CHECK;
enum api_error client_rotate_cancel(struct request *rq, enum client_kind kind)
    MUST_CHECK;
enum api_error client_rotate(struct request *rq, enum client_kind kind)
    MUST_CHECK;

#endif
