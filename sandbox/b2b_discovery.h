/* SPDX-License-Identifier: BSD-2-Clause */
/* Discovery: an address is proven before an organization is chosen. */
#ifndef SANDBOX_B2B_DISCOVERY_H
#define SANDBOX_B2B_DISCOVERY_H

#include "sandbox/b2b.h"

/*
 * An address is proven by the factor, whose ownership is taken: answer an
 * intermediate session and the organizations that the person may enter.
 */
enum api_error discovery_begin(struct request *rq, const char *address,
    cJSON *factor) MUST_CHECK;
/* The same with an array of factors. */
enum api_error discovery_begin_with(struct request *rq, const char *address,
    cJSON *factors) MUST_CHECK;

#endif
