/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Letting somebody in: account, policy of the service, factors still owed,
 * choose a method, run it, authorize, grant.  Every path that does not reach
 * the one place of granting is a refusal.
 */
#ifndef STYTCHD_LOGIN_H
#define STYTCHD_LOGIN_H

#include "stytchd/agent.h"

/*
 * Answer an authenticate of conversation by configuration.  Returns the PAM
 * code of its DONE; with PAM_SUCCESS out_id has the login id.
 */
uint32_t login_run(struct agent *agent, struct conversation *conversation,
    struct configuration *configuration, char out_id[LOGIN_ID_SIZE]);

#endif
