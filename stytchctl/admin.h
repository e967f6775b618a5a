/* SPDX-License-Identifier: BSD-2-Clause */
/* Asking the agent an administration verb over root.sock. */
#ifndef STYTCHCTL_ADMIN_H
#define STYTCHCTL_ADMIN_H

#include "stytchctl/command.h"

struct cJSON;

/* Longest wait for the next row: a sync reads every page first. */
#define ADMIN_WAIT_MS 900000

/*
 * One row of the answer: the object, and the text it came as (checked by the
 * wire: no control character stands in it raw).  False stops.
 */
typedef bool admin_row(void *context, const struct cJSON *object,
    const char *text);

/*
 * Ask verb with its arguments (one a line, or NULL), call row for each row,
 * and say on ctl->err what went wrong.  The agent's closing text, if any, is
 * printed there too.
 */
enum ctl_exit admin_ask(const struct ctl *ctl, const char *verb,
    const char *arguments, admin_row *row, void *context) MUST_CHECK;

/* Why a socket call failed, in words an administrator can act on. */
const char *admin_reason(int error);

#endif
