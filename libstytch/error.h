/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an answer means: the table from the API's error_type to a class, and
 * the filling in of struct stytch_error.
 */
#ifndef LIBSTYTCH_ERROR_H
#define LIBSTYTCH_ERROR_H

#include "common/attr.h"
#include "libstytch/endpoint.h"

#include <stytch/stytch.h>

/*
 * The class of an HTTP status of 400 or more with an error_type, "" where the
 * answer had none.  401 unauthorized_credentials is STYTCH_MISCONFIGURED
 * here; see error_is_ambiguous().
 */
enum stytch_class error_classify(int http_status, const char *error_type);

/*
 * Whether an endpoint takes a password or code, so that its answer 401
 * unauthorized_credentials may mean a wrong one, or a wrong project secret.
 */
bool error_endpoint_takes_proof(enum stytch_endpoint endpoint);
bool error_is_ambiguous(enum stytch_endpoint endpoint, int http_status,
    const char *error_type);

/*
 * Start error anew with a class of our own making, the parameter at fault
 * ("" for none) and a message; both are made clean and cut to fit.  Returns
 * class_, so that a failure is one line.
 */
enum stytch_class error_set(struct stytch_error *error,
    enum stytch_class class_, const char *parameter, const char *message);

/* Copy text made clean (buf_add_clean) into out, cut to size. */
void error_text(char *out, size_t size, const char *text);

#endif
