/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whose passwords are in a B2B project: a member's, or with the setting
 * cross_org_passwords an address's, in every organization that has it.
 */
#ifndef SANDBOX_B2B_PASSWORD_H
#define SANDBOX_B2B_PASSWORD_H

#include "sandbox/b2b.h"
#include "sandbox/password.h"

#define MEMBER_PASSWORD "member-password" /* the ids' kind */

/* The owner as password.h knows it. */
struct password_owner {
	char id[256];
};

bool passwords_cross_org(struct request *rq);
/* API_OK, or the error of an endpoint that is of the other mode. */
enum api_error passwords_need_cross_org(struct request *rq, bool cross_org)
    MUST_CHECK;

struct password_owner password_owner_of(struct request *rq,
    const struct member *member);
struct password_owner password_owner_address(const char *address);

/*
 * Set an owner's password if it is strong enough, and end the sessions of
 * the member or, across organizations, of all members with that address; but
 * for the one kept (or NULL).
 */
enum api_error password_renew(struct request *rq, const struct member *member,
    const char *password, const char *kept_session_id) MUST_CHECK;
/* The same by address, where passwords are of addresses. */
enum api_error password_renew_address(struct request *rq, const char *address,
    const char *password, const char *kept_session_id) MUST_CHECK;

#endif
