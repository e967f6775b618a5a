/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Moving packets of wire.h over the agent's sockets.  Every wait has a
 * deadline on the monotonic clock; SIGPIPE is never raised; descriptors are
 * close-on-exec from birth.
 */
#ifndef COMMON_WIRE_SOCKET_H
#define COMMON_WIRE_SOCKET_H

#include "common/wire.h"

#include <stdint.h>

/* Milliseconds of the monotonic clock. */
int64_t wire_now_ms(void);

/*
 * Connect to the agent's socket NAME ("root.sock" or "public.sock") in
 * runtime_dir, an absolute path.  The server must be root or the owner of
 * runtime_dir, by SO_PEERCRED.  Returns 0, -EACCES (another server), -EINVAL,
 * -ETIMEDOUT, or what connect() says (-ENOENT, -ECONNREFUSED: no agent).
 */
int wire_connect(const char *runtime_dir, const char *name, int64_t deadline_ms,
    int *out_fd) MUST_CHECK;

/*
 * Send the writer's packet whole.  Returns 0, wire_finish()'s errors,
 * -ETIMEDOUT, or send()'s (-EPIPE: the other end is gone).
 */
int wire_send(int fd, const struct wire_writer *writer, int64_t deadline_ms)
    MUST_CHECK;

/*
 * Receive one packet into packet (size bytes; WIRE_PACKET_MAX fits all) and
 * parse it; out_message points into it.  The caller wipes a packet that may
 * hold an answer.  Returns 0, -EPIPE (closed), -ETIMEDOUT, -EMSGSIZE (longer
 * than size), wire_parse()'s errors, or recvmsg()'s.
 */
int wire_receive(int fd, uint8_t *packet, size_t size, int64_t deadline_ms,
    struct wire_message *out_message) MUST_CHECK;

#endif
