/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests to the API: route, credentials, parameters, handler, answer. */
#ifndef SANDBOX_API_H
#define SANDBOX_API_H

#include "sandbox/sandbox.h"

void api_handle(struct sandbox *sandbox, const struct http_request *http,
    struct http_reply *reply);

/* The function that serves an endpoint, or NULL. */
request_handler api_handler(enum stytch_endpoint endpoint);

/* Whether projects of that kind may call the endpoint. */
bool api_serves(const struct endpoint *endpoint, enum vertical vertical);

#endif
