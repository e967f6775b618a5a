/* SPDX-License-Identifier: BSD-2-Clause */
/* What stytchctl sees and clears of the login half. */
#ifndef STYTCHD_ADMIN_LOCKS_H
#define STYTCHD_ADMIN_LOCKS_H

#include "stytchd/admin.h"

/* Its context is the struct agent. */
extern const struct admin_logins admin_logins;

#endif
