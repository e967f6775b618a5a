/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a login still owes, by the service's policy and by what a B2B
 * organization demands.  Pure functions of tables and sets.
 */
#ifndef STYTCHD_POLICY_H
#define STYTCHD_POLICY_H

#include "stytchd/configuration.h"
#include "stytchd/methods/method.h"

/* Where a login stands. */
struct progress {
	enum project_kind kind;
	bool has_session;      /* a session token is at hand */
	bool has_intermediate; /* B2B: an intermediate session token */
	bool owes_primary;     /* B2B, of primary_required ... */
	method_set primary_allowed;
	bool owes_mfa; /* B2B, of mfa_required ... */
	method_set mfa_options;
	unsigned met;    /* factors met by methods that the service lists */
	method_set used; /* methods that succeeded in this login */
};

enum policy_next {
	POLICY_MET,   /* nothing is owed */
	POLICY_RUN,   /* run one of the choices */
	POLICY_STUCK, /* something is owed that nothing here can give */
};

struct choices {
	enum method_id methods[METHOD_COUNT]; /* the preferred first */
	unsigned count;
};

/* What comes next, for somebody who can use the methods in usable. */
enum policy_next policy_next(const struct configuration_service *service,
    const struct progress *progress, method_set usable,
    struct choices *out_choices) MUST_CHECK;

/* A method succeeded: what it adds. */
void policy_note(const struct configuration_service *service,
    struct progress *progress, enum method_id method);

/* Whether the service lets the account in: enabled, allow_users, allow_groups. */
bool policy_allows(const struct configuration_service *service,
    const struct account *account);

#endif
