/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The phases of PAM that ask nothing: whether an account may be used now, and
 * the beginning and end of its session.
 */
#ifndef STYTCHD_ADMISSION_H
#define STYTCHD_ADMISSION_H

#include "stytchd/agent.h"

/*
 * Answer an operation of conversation by configuration.  Returns the PAM code
 * of its DONE.  out_id becomes the login's id where DONE carries one, else "".
 */
uint32_t admission_account(struct agent *agent,
    struct conversation *conversation, struct configuration *configuration,
    char out_id[LOGIN_ID_SIZE]);
uint32_t admission_open(struct agent *agent, struct conversation *conversation,
    struct configuration *configuration, char out_id[LOGIN_ID_SIZE]);
uint32_t admission_close(struct agent *agent, struct conversation *conversation,
    struct configuration *configuration, char out_id[LOGIN_ID_SIZE]);
uint32_t admission_chauthtok(struct agent *agent,
    struct conversation *conversation, struct configuration *configuration,
    char out_id[LOGIN_ID_SIZE]);

#endif
