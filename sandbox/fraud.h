/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Verdicts on devices: telemetry ids as a browser would have got them, the
 * project's rules, the actions of reasons.
 */
#ifndef SANDBOX_FRAUD_H
#define SANDBOX_FRAUD_H

#include "sandbox/sandbox.h"

/*
 * Make a telemetry id, as POST /sandbox/telemetry describes one; reply gets
 * it.  API_OK, or API_BAD_REQUEST with rq->detail.
 */
enum api_error fraud_make_telemetry(struct request *rq, const cJSON *wish,
    cJSON *reply) MUST_CHECK;

/*
 * What fingerprint.lookup tells of the device of a telemetry id but for its
 * verdict (fingerprints, properties, ..), freed by the caller.  NULL: id is
 * NULL, unknown or expired.
 */
cJSON *fraud_device(struct request *rq, const char *id) MUST_CHECK;

/* Whether text is an action: ALLOW, CHALLENGE, BLOCK, or NONE. */
bool fraud_is_action(const char *text) MUST_CHECK;
/* How strict an action is: 0 to 2. */
int fraud_strictness(const char *action);

/* The rule that decides on a device (fraud_rules.c). */
struct fraud_match {
	char type[32]; /* "": none */
	char identifier[256];
	char action[16];
};

/* The first by precedence; details are those of a telemetry id. */
void fraud_match_rule(struct request *rq, const cJSON *details,
    struct fraud_match *out_match);

#endif
