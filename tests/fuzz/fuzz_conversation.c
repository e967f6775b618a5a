/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A client's packets, each behind two bytes of length, into one connection of
 * an agent whose API refuses everything: whatever is sent, nobody is let in.
 * The first byte: 1 for the public socket.
 */
#include "config.h"

#include "common/log.h"
#include "tests/unit/login_world.h"

#include <security/_pam_types.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PACKETS_MAX 16

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
start_once(void)
{
	static bool is_started;

	if (is_started)
		return;
	is_started = true;
	log_open("fuzz", LOG_LEVEL_ERROR);
	world_start("consumer",
	    "lock_threshold = 100\nfailures_per_rhost = 10000\n"
	    "[service *]\nmethods = otp_email, totp\nanswer_step = 0s\n"
	    "[service one]\nmethods = totp\n");
	/* Decoys need not wait as for a real call. */
	pace_note(world.agent.pace, STYTCH_REJECTED, 0);
	for (unsigned i = 0; i < STYTCH_ENDPOINT_COUNT; i++)
		world_answer((enum stytch_endpoint)i, STYTCH_REJECTED, "");
	(void)atexit(world_end);
}

static void
send_packets(int fd, const uint8_t *data, size_t size)
{
	for (int i = 0; i < PACKETS_MAX && size >= 2; i++) {
		size_t len = (size_t)data[0] << 8 | data[1];

		data += 2;
		size -= 2;
		if (len > size)
			len = size;
		if (len > 0)
			(void)!send(fd, data, len, MSG_NOSIGNAL);
		data += len;
		size -= len;
	}
	(void)shutdown(fd, SHUT_WR);
}

/* What a BEGIN of authenticate got must not be a success. */
static void
check_answers(int fd, bool authenticates)
{
	static uint8_t packet[WIRE_PACKET_MAX];
	struct wire_message message;
	int dones = 0;

	while (wire_receive(fd, packet, sizeof(packet), wire_now_ms() + 1000,
		   &message) == 0) {
		if (message.type != WIRE_DONE)
			continue;
		if (++dones > 1 ||
		    (authenticates &&
			wire_u32(&message, WIRE_CODE, 0) == PAM_SUCCESS))
			abort();
	}
}

static bool
is_authenticate(const uint8_t *data, size_t size)
{
	struct wire_message message;
	size_t len;

	if (size < 2)
		return false;
	len = (size_t)data[0] << 8 | data[1];
	return wire_parse(data + 2, len > size - 2 ? size - 2 : len,
		   &message) == 0 &&
	    message.type == WIRE_BEGIN &&
	    wire_u32(&message, WIRE_OPERATION, 0) == WIRE_AUTHENTICATE;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slot slot = { 0 };
	struct peer peer = { .uid = 0, .pid = getpid() };
	int pair[2];

	start_once();
	if (size == 0 ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK,
		0, pair) != 0)
		return 0;
	peer.fd = pair[1];
	peer.is_public = data[0] == 1;
	if (slots_enter(world.agent.slots, &world.configuration->stytch, 0,
		&slot) != SLOTS_TAKEN)
		abort();
	send_packets(pair[0], data + 1, size - 1);
	server_serve(&world.agent, &world.admin, &peer, &slot);
	slots_leave(&slot);
	(void)close(pair[1]);
	check_answers(pair[0], is_authenticate(data + 1, size - 1));
	(void)close(pair[0]);
	if (slots_conversations(world.agent.slots) != 0)
		abort();
	return 0;
}
