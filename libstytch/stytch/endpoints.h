/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The endpoints of the Stytch API as an enum: STYTCH_ and the endpoint's name
 * in capitals, dots as underscores (STYTCH_OTPS_SMS_SEND for otps.sms.send).
 * endpoints.def, from which it is made, lists each one's parameters.
 */
#ifndef STYTCH_ENDPOINTS_H
#define STYTCH_ENDPOINTS_H

enum stytch_endpoint {
#define ENDPOINT_BEGIN(ID, ...) STYTCH_##ID,
#define PARAM(...)
#define RULE(...)
#define FILTER(...)
#define ENDPOINT_END(ID)
#include <stytch/endpoints.def>
	STYTCH_ENDPOINT_COUNT /* how many; no endpoint */
};

#endif
