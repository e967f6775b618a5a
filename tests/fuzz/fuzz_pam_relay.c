/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The module against an agent that sends anything: packets of the input, each
 * behind two bytes of length, for the phase that its first byte names.
 * Whatever comes, a phase passes by a proper DONE alone.
 */
#include "config.h"

#include "common/wire_socket.h"
#include "pam_stytch/local.h"
#include "pam_stytch/phase.h"
#include "tests/unit/pam_fake.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

KEPT int __wrap_local_has(const char *path, const char *name);
int __wrap_wire_connect(const char *runtime_dir, const char *name,
    int64_t deadline_ms, int *out_fd);
int __wrap_wire_send(int fd, const struct wire_writer *writer,
    int64_t deadline_ms);
int __wrap_wire_receive(int fd, uint8_t *packet, size_t size,
    int64_t deadline_ms, struct wire_message *out_message);

static const uint8_t *input;
static size_t input_len;
static struct wire_message last; /* the last packet taken; type 0 if none */
static uint8_t last_packet[WIRE_PACKET_MAX];
static bool is_cancelled;

int
__wrap_local_has(const char *path, const char *name)
{
	(void)path;
	(void)name;
	return 0;
}

int
__wrap_wire_connect(const char *runtime_dir, const char *name,
    int64_t deadline_ms, int *out_fd)
{
	(void)runtime_dir;
	(void)name;
	(void)deadline_ms;
	*out_fd = -1;
	return 0;
}

/* All that the module sends is well-formed. */
int
__wrap_wire_send(int fd, const struct wire_writer *writer, int64_t deadline_ms)
{
	(void)fd;
	(void)deadline_ms;
	if (wire_finish(writer) != 0)
		abort();
	is_cancelled = is_cancelled || writer->data[1] == WIRE_CANCEL;
	return 0;
}

int
__wrap_wire_receive(int fd, uint8_t *packet, size_t size, int64_t deadline_ms,
    struct wire_message *out_message)
{
	size_t len;
	int error;

	(void)fd;
	(void)deadline_ms;
	memset(&last, 0, sizeof(last));
	if (is_cancelled)
		abort(); /* nothing is waited for after that */
	if (input_len < 2)
		return -EPIPE;
	len = (size_t)input[0] << 8 | input[1];
	input += 2;
	input_len -= 2;
	if (len > input_len)
		len = input_len;
	if (len > size)
		return -EMSGSIZE;
	memcpy(packet, input, len);
	memcpy(last_packet, input, len);
	input += len;
	input_len -= len;
	error = wire_parse(packet, len, out_message);
	if (error == 0 && wire_parse(last_packet, len, &last) != 0)
		abort();
	return error;
}

static bool
is_login(const char *login)
{
	return login != NULL && strlen(login) == 32 &&
	    strspn(login, "0123456789abcdef") == 32;
}

static void
check(unsigned phase, int code)
{
	const char *login;

	if (code == PAM_IGNORE)
		abort();
	if (code != PAM_SUCCESS)
		return;
	if (phase == 4) { /* setcred */
		if (last.type != WIRE_RECORD ||
		    wire_u32(&last, WIRE_RECORD_KIND, 0) != WIRE_RECORD_FOUND ||
		    strcmp(wire_text(&last, WIRE_NAME), "alice") != 0)
			abort();
		return;
	}
	login = last.type == WIRE_DONE ? wire_text(&last, WIRE_LOGIN) : NULL;
	if (last.type != WIRE_DONE ||
	    wire_u32(&last, WIRE_CODE, 1) != PAM_SUCCESS ||
	    (login != NULL && !is_login(login)) ||
	    (phase == 0 && login == NULL) || is_cancelled)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int (*const phases[])(const struct host *,
	    const struct arguments *) = { phase_authenticate, phase_account,
		phase_open_session, phase_close_session, phase_setcred };
	static const struct host host = { "/nonexistent", "/nonexistent", 1 };
	const char *argv[] = { "try_first_pass" };
	struct pam_handle pamh;
	const struct arguments given = { &pamh, 0, 1, argv };
	unsigned phase;

	if (size == 0)
		return 0;
	phase = data[0] % ARRAY_LEN(phases);
	input = data + 1;
	input_len = size - 1;
	memset(&last, 0, sizeof(last));
	is_cancelled = false;
	fake_init(&pamh);
	pamh.authtok = "at hand";
	for (size_t i = 0; i + 1 < FAKE_TURNS_MAX; i++)
		pamh.turns[i].answer = "123456";
	pamh.turns[FAKE_TURNS_MAX - 1].result = PAM_CONV_ERR;
	check(phase, phases[phase](&host, &given));
	fake_end(&pamh);
	return 0;
}
