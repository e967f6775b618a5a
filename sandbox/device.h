/* SPDX-License-Identifier: BSD-2-Clause */
/* Devices that people log in with: seen by telemetry ids, and remembered. */
#ifndef SANDBOX_DEVICE_H
#define SANDBOX_DEVICE_H

#include "sandbox/sandbox.h"

/*
 * Set name in the reply: the device of the parameter telemetry_id, and since
 * when the owner (a user or member) is seen with it; it is seen now.  null
 * where the request has no telemetry id, or one that is unknown or expired.
 */
void device_reply(struct request *rq, const char *owner_id, const char *name);

/* Forget what an owner was seen with. */
void device_forget(struct request *rq, const char *owner_id);

#endif
