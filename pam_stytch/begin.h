/* SPDX-License-Identifier: BSD-2-Clause */
/* The BEGIN packet: what is asked, and all that the agent is told of who asks. */
#ifndef PAM_STYTCH_BEGIN_H
#define PAM_STYTCH_BEGIN_H

#include "common/wire.h"
#include "pam_stytch/call.h"

struct request {
	enum wire_operation operation;
	const char *user;
	const char *runas; /* NULL, or the account it is for */
	const char *login; /* NULL, or a login id */
};

/*
 * Write the BEGIN of a request into packet.  Returns 0, or a negative errno
 * where the application's items cannot be read or one does not fit the
 * protocol: nothing is asked with a remote host or a terminal left out.
 */
int begin_write(const struct call *call, const struct request *request,
    struct wire_writer *packet) MUST_CHECK;

#endif
