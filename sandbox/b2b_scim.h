/* SPDX-License-Identifier: BSD-2-Clause */
/* SCIM connections of organizations, and the server at their base_url. */
#ifndef SANDBOX_B2B_SCIM_H
#define SANDBOX_B2B_SCIM_H

#include "sandbox/b2b.h"

struct scim_connection {
	struct organization organization;
	struct id id;
	char token[64], next_token[64]; /* next "": not rotating */
	cJSON *body;                    /* as answered */
};

#define SCIM_CONNECTION_INIT \
	{ \
		.organization = ORGANIZATION_INIT, .id = { "" }, .token = "", \
		.next_token = "", .body = NULL \
	}

void scim_connection_clear(struct scim_connection *connection);
/* By its id in the B2B project; whether there is one. */
bool scim_connection_find(struct request *rq, const char *id,
    struct scim_connection *out) MUST_CHECK;

/* ---- Lists out of the store (scim_list.c); sql has one ?, for id ---- */

/* The first column's texts. */
cJSON *scim_column(struct request *rq, const char *sql, const char *id)
    MUST_CHECK;
/* Both columns as {"value", "display"}. */
cJSON *scim_pairs(struct request *rq, const char *sql, const char *id)
    MUST_CHECK;

/* ---- Users (scim_user.c); the id of one is the member's. ---- */

/* What the server answers: a SCIM error, or a resource. */
enum scim_status {
	SCIM_OK = 200,
	SCIM_CREATED = 201,
	SCIM_NO_CONTENT = 204,
	SCIM_INVALID = 400,
	SCIM_NOT_FOUND = 404,
	SCIM_CONFLICT = 409,
};

/* The resource as kept, with what is derived; NULL: there is none. */
cJSON *scim_user_get(struct request *rq,
    const struct scim_connection *connection, const char *id) MUST_CHECK;
/* Every id, oldest first. */
cJSON *scim_user_ids(struct request *rq,
    const struct scim_connection *connection) MUST_CHECK;
/* Provision, or with id (not NULL) replace; out_id of what it became. */
enum scim_status scim_user_put(struct request *rq,
    const struct scim_connection *connection, const char *id,
    const cJSON *resource, struct id *out_id) MUST_CHECK;
enum scim_status scim_user_delete(struct request *rq,
    const struct scim_connection *connection, const char *id) MUST_CHECK;
/* Bring a member's scim_registration up to date after groups changed. */
void scim_user_refresh(struct request *rq,
    const struct scim_connection *connection, const char *id);

/* ---- Groups (scim_group.c) ---- */

cJSON *scim_group_get(struct request *rq,
    const struct scim_connection *connection, const char *id) MUST_CHECK;
cJSON *scim_group_ids(struct request *rq,
    const struct scim_connection *connection) MUST_CHECK;
enum scim_status scim_group_put(struct request *rq,
    const struct scim_connection *connection, const char *id,
    const cJSON *resource, struct id *out_id) MUST_CHECK;
enum scim_status scim_group_delete(struct request *rq,
    const struct scim_connection *connection, const char *id) MUST_CHECK;

/* ---- Changes (scim_patch.c) and filters (scim_filter.c) ---- */

/* Apply a PatchOp (RFC 7644, 3.5.2) to the resource; whether it could be. */
bool scim_patch(cJSON *resource, const cJSON *patch) MUST_CHECK;
/*
 * Whether the object (a resource, or an item of a list) meets the filter at
 * *text (RFC 7644, 3.4.2.2: every operator, and, or, not, parentheses, items
 * of a list in brackets; letters are the same in any case).  *out_valid says
 * whether it is one; then *text is behind it.  object may be NULL: a filter
 * is valid or not whatever it is asked of.
 */
bool scim_filter(const cJSON *object, const char **text, bool *out_valid);

/* ---- The server (scim_server.c) ---- */

bool scim_serves(const char *path, size_t len) MUST_CHECK;
void scim_handle(struct sandbox *sandbox, const struct http_request *http,
    struct http_reply *reply);

#endif
