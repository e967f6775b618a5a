/* SPDX-License-Identifier: BSD-2-Clause */
/* SSO connections of organizations: found, made, changed. */
#ifndef SANDBOX_B2B_CONNECTION_H
#define SANDBOX_B2B_CONNECTION_H

#include "sandbox/b2b.h"

/* What a connection is, as its id begins. */
enum connection_kind {
	CONNECTION_SAML,
	CONNECTION_OIDC,
	CONNECTION_EXTERNAL,
	CONNECTION_KINDS, /* any of them */
};

/* Where the identity provider that the sandbox plays says it is. */
#define IDP_PATH "/sandbox/idp"
#define IDP_METADATA_PATH IDP_PATH "/metadata"

struct connection {
	struct organization organization;
	struct id id;
	enum connection_kind kind;
	cJSON *body; /* as answered */
};

#define CONNECTION_INIT \
	{ \
		.organization = ORGANIZATION_INIT, .id = { "" }, \
		.kind = CONNECTION_KINDS, .body = NULL \
	}

void connection_clear(struct connection *connection);

/*
 * By its id; organization is that of the parameter organization_id, whose
 * caller (a member's session) may do what the endpoint does.  An error tells
 * that there is none of that kind.
 */
enum api_error connection_params(struct request *rq, enum connection_kind kind,
    struct connection *out) MUST_CHECK;
/* By its id in any organization of the project; whether there is one. */
bool connection_find(struct request *rq, const char *id, struct connection *out)
    MUST_CHECK;

/*
 * A new one in the organization of the parameter organization_id, with the
 * parameters display_name and identity_provider; not saved yet.
 */
enum api_error connection_create(struct request *rq, enum connection_kind kind,
    struct connection *out) MUST_CHECK;
/* Write it, and the organization's list of active ones; answer it. */
void connection_save(struct request *rq, struct connection *connection);
void connection_delete(struct request *rq, struct connection *connection);

/*
 * Set the members of the body that are parameters: names is a list that NULL
 * ends.
 */
void connection_take(struct request *rq, struct connection *connection,
    const char *const *names);
/*
 * Set a list of roles, and groups if has_groups, from the parameter of that
 * name (none: nothing); every role must be there.
 */
enum api_error connection_take_roles(struct request *rq,
    struct connection *connection, const char *name, const char *parameter,
    bool has_groups) MUST_CHECK;

bool connection_is_active(const struct connection *connection);
const char *connection_text(const struct connection *connection,
    const char *name);

/* Every connection of the organization and kind, as answered. */
cJSON *connection_list(struct request *rq,
    const struct organization *organization, enum connection_kind kind)
    MUST_CHECK;

#endif
