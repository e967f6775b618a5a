/* SPDX-License-Identifier: BSD-2-Clause */
/* Checking a request's parameters against the endpoint table. */
#ifndef SANDBOX_VALIDATE_H
#define SANDBOX_VALIDATE_H

#include "sandbox/form.h"
#include "sandbox/sandbox.h"

/*
 * Read path, query and body into one object and check it; parameters that the
 * table does not know are left out, as the API ignores them.  Returns API_OK
 * and *out_params (freed by the caller), or the error to answer; rq->detail
 * then names the parameter.
 */
enum api_error validate(struct request *rq, const struct endpoint_match *match,
    const struct http_request *http, cJSON **out_params);

/*
 * The same check of parameters that come from elsewhere (the seed) and are
 * one object already; what is null or "" is taken out of it.
 */
enum api_error validate_params(struct request *rq, cJSON *params) MUST_CHECK;

#endif
