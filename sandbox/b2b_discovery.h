/* SPDX-License-Identifier: BSD-2-Clause */
/* Discovery: an address is proven before an organization is chosen. */
#ifndef SANDBOX_B2B_DISCOVERY_H
#define SANDBOX_B2B_DISCOVERY_H

#include "sandbox/b2b_login.h"

/*
 * An address is proven by the factor, whose ownership is taken: answer an
 * intermediate session and the organizations that the person may enter.
 */
enum api_error discovery_begin(struct request *rq, const char *address,
    cJSON *factor) MUST_CHECK;
/*
 * The same with an intermediate session that has its factors and, if it is
 * of one, the tenant; the address and the rest are set here.
 */
enum api_error discovery_begin_with(struct request *rq, const char *address,
    struct intermediate *intermediate) MUST_CHECK;

#endif
