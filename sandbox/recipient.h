/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whom a message of a Consumer project goes to: the address in the parameter
 * email or phone_number.  Each call sets user_id and email_id or phone_id
 * (and user_created where it creates) in the reply.
 */
#ifndef SANDBOX_RECIPIENT_H
#define SANDBOX_RECIPIENT_H

#include "sandbox/contact.h"

/*
 * The address's user, for a send: API_EMAIL_NOT_FOUND or
 * API_PHONE_NUMBER_NOT_FOUND where there is none.  With user_id,
 * session_token or session_jwt the address is attached to that user instead,
 * for five minutes unless it is proven; API_TOO_MANY_UNVERIFIED_FACTORS where
 * the user has an unproven one.
 */
enum api_error recipient_find_or_attach(struct request *rq,
    enum contact_kind kind, struct contact *out_contact) MUST_CHECK;

/* The address's user, made if there is none, for a login_or_create. */
enum api_error recipient_find_or_create(struct request *rq,
    enum contact_kind kind, struct contact *out_contact) MUST_CHECK;

/* Whether the address is the magic one of test projects; its answer. */
bool recipient_is_magic(const struct request *rq, enum contact_kind kind)
    MUST_CHECK;
enum api_error recipient_answer_magic(struct request *rq,
    enum contact_kind kind, bool create) MUST_CHECK;

#endif
