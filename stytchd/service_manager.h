/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What systemd gives the agent and wants to hear from it.  Without systemd,
 * or without libsystemd, each of these does nothing.
 */
#ifndef STYTCHD_SERVICE_MANAGER_H
#define STYTCHD_SERVICE_MANAGER_H

#include "common/attr.h"

#include <stdint.h>

/* Tell the state: "READY=1", "RELOADING=1", "STOPPING=1", "WATCHDOG=1". */
void service_manager_tell(const char *state);

/*
 * The sockets that systemd made, by name ("root", "public"); -1 for one that
 * it did not.  Each must be a listening SOCK_SEQPACKET socket of AF_UNIX.
 * Returns how many there are, or -EINVAL (a name or socket that is not ours).
 */
int service_manager_sockets(int *out_root, int *out_public) MUST_CHECK;

/* How often the watchdog wants to hear, in ms; 0: no watchdog. */
int64_t service_manager_watchdog_ms(void);

#endif
