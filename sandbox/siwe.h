/* SPDX-License-Identifier: BSD-2-Clause */
/* "Sign-In with Ethereum" messages (EIP-4361). */
#ifndef SANDBOX_SIWE_H
#define SANDBOX_SIWE_H

#include "common/buf.h"
#include "sandbox/sandbox.h"

/*
 * Check the members of params (siwe_params of the API): API_OK, or the error
 * of the one that is wrong.  *out_known has them with what was not given
 * filled in: chain_id, issued_at, not_before.  Freed by the caller, also
 * after an error.
 */
enum api_error siwe_read(const struct request *rq, const cJSON *params,
    cJSON **out_known) MUST_CHECK;

/* The message to sign, of what siwe_read() gave, for an EIP-55 address. */
void siwe_write(const cJSON *known, const char *address, const char *nonce,
    struct buf *out);

#endif
