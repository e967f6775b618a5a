/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An address that a member wants to have instead: it counts once it is
 * proven, by a link or a code, within five minutes.
 */
#ifndef SANDBOX_B2B_EMAIL_UPDATE_H
#define SANDBOX_B2B_EMAIL_UPDATE_H

#include "sandbox/b2b.h"

#define EMAIL_UPDATE_KIND "email_update" /* of links */

/* The wish with that address in the organization; out_email_id is its id. */
bool email_update_find(struct request *rq,
    const struct organization *organization, const char *address,
    struct member *out_member, struct id *out_email_id) MUST_CHECK;

/*
 * The wish with that id is proven: give the party's member the address.
 * API_OK; API_UNABLE_TO_VERIFY_MEMBER_EMAIL_UPDATE where the wish is gone or
 * the address taken meanwhile.
 */
enum api_error email_update_apply(struct request *rq, struct party *party,
    const char *email_id) MUST_CHECK;

#endif
