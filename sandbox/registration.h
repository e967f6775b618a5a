/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What providers gave when somebody logged in by them: tokens and subjects,
 * kept for an owner (user or member) as JSON.
 */
#ifndef SANDBOX_REGISTRATION_H
#define SANDBOX_REGISTRATION_H

#include "sandbox/sandbox.h"

/* Keep details under that kind and id, in place of what was there. */
void registration_keep(struct request *rq, const char *owner_id,
    const char *kind, const char *id, const cJSON *details);

/*
 * The owner's, oldest first, as the API shows stored tokens: how long they
 * live in place of when they end, refresh tokens only if the request asks.
 * provider (may be NULL) is a member of the same name that they must have.
 */
cJSON *registration_tokens(struct request *rq, const char *owner_id,
    const char *kind, const char *provider) MUST_CHECK;

#endif
