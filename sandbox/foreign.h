/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tokens from elsewhere that begin a session: of an identity provider behind
 * a userinfo URL, of a profile of trusted tokens, of a connected app.  The
 * setting userinfo and trusted_auth_profiles say what is known of them.
 */
#ifndef SANDBOX_FOREIGN_H
#define SANDBOX_FOREIGN_H

#include "sandbox/sandbox.h"

/*
 * What the userinfo URL says of the parameter session_token; *out_person is
 * freed by the caller.  API_OK or API_MIGRATE_FROM_EXTERNAL_...
 */
enum api_error foreign_userinfo(struct request *rq, cJSON **out_person)
    MUST_CHECK;

/*
 * The claims of the parameter token by the profile of profile_id; freed by
 * the caller.
 */
enum api_error foreign_attest(struct request *rq, cJSON **out_claims)
    MUST_CHECK;

/*
 * The claims of the parameter access_token: of this project, fresh, of full
 * access, consent still given, and from now on used; freed by the caller.
 */
enum api_error foreign_access_token(struct request *rq, cJSON **out_claims)
    MUST_CHECK;

#endif
