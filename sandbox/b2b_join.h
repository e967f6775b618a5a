/* SPDX-License-Identifier: BSD-2-Clause */
/* How an address becomes a member: found, let in by its domain, invited. */
#ifndef SANDBOX_B2B_JOIN_H
#define SANDBOX_B2B_JOIN_H

#include "sandbox/b2b_login.h"

/*
 * The member with that address; where there is none and the organization's
 * JIT provisioning allows it, a new one that is pending.  A deleted one is
 * API_MEMBER_NOT_FOUND.
 */
enum api_error join_member(struct request *rq,
    const struct organization *organization, const char *address,
    struct member *out, bool *out_created) MUST_CHECK;

/*
 * The same for the address of an intermediate session; one that came by a
 * tenant which the organization lets in needs no domain.
 */
enum api_error join_discovered(struct request *rq,
    const struct organization *organization,
    const struct intermediate *intermediate, struct member *out) MUST_CHECK;

/* A new pending member, with policy asked before. */
enum api_error join_new(struct request *rq,
    const struct organization *organization, const char *address,
    struct member *out) MUST_CHECK;

/*
 * join_member() for a message's organization_id and email_address; method (as in
 * allowed_auth_methods) must be allowed to that member.
 */
enum api_error join_party(struct request *rq, const char *method,
    struct party *out, bool *out_created) MUST_CHECK;

/*
 * Stytch's test organization with its test address: nothing of it is stored,
 * nothing is sent.  Whether a request names it (out is filled), and whether a
 * party is that one.
 */
bool join_magic(struct request *rq, struct party *out);
bool party_is_magic(const struct party *party);
/* Fill out with it. */
void party_make_magic(struct request *rq, struct party *out);

#endif
