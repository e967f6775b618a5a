/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "common/wire_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cmocka.h>

static char path[] = "/tmp/test_wire_socket.XXXXXX";

static void
pair(int fds[2])
{
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0,
			     fds),
	    0);
}

static int64_t
soon(void)
{
	return wire_now_ms() + 2000;
}

static void
a_packet_arrives_whole(void **state)
{
	struct wire_writer writer;
	struct wire_message message;
	uint8_t packet[WIRE_PACKET_MAX];
	int fds[2];

	(void)state;
	pair(fds);
	wire_start(&writer, WIRE_LOOKUP);
	wire_add_text(&writer, WIRE_NAME, "alice");
	assert_int_equal(wire_send(fds[0], &writer, soon()), 0);
	assert_int_equal(wire_receive(fds[1], packet, sizeof(packet), soon(),
			     &message),
	    0);
	assert_string_equal(wire_text(&message, WIRE_NAME), "alice");
	fd_close(&fds[0]);
	assert_int_equal(wire_receive(fds[1], packet, sizeof(packet), soon(),
			     &message),
	    -EPIPE);
	assert_int_equal(wire_send(fds[1], &writer, soon()), -EPIPE);
	fd_close(&fds[1]);
}

/* The end that closes has not read all: what it said before still counts. */
static void
last_words_are_heard_past_a_reset(void **state)
{
	struct wire_writer writer;
	struct wire_message message;
	uint8_t packet[WIRE_PACKET_MAX];
	int fds[2];

	(void)state;
	pair(fds);
	wire_start(&writer, WIRE_DONE);
	wire_add_u32(&writer, WIRE_CODE, 11);
	assert_int_equal(wire_send(fds[0], &writer, soon()), 0);
	wire_start(&writer, WIRE_CANCEL);
	assert_int_equal(wire_send(fds[1], &writer, soon()), 0);
	fd_close(&fds[0]);
	assert_int_equal(wire_receive(fds[1], packet, sizeof(packet), soon(),
			     &message),
	    0);
	assert_int_equal(wire_u32(&message, WIRE_CODE, 0), 11);
	assert_int_equal(wire_receive(fds[1], packet, sizeof(packet), soon(),
			     &message),
	    -EPIPE);
	fd_close(&fds[1]);
}

static void
waits_end_at_their_deadline(void **state)
{
	struct wire_message message;
	uint8_t packet[64];
	int64_t start = wire_now_ms();
	int fds[2];

	(void)state;
	pair(fds);
	assert_int_equal(wire_receive(fds[1], packet, sizeof(packet),
			     start + 30, &message),
	    -ETIMEDOUT);
	assert_true(wire_now_ms() >= start + 30);
	assert_int_equal(wire_receive(fds[1], packet, sizeof(packet), start - 1,
			     &message),
	    -ETIMEDOUT);
	fd_close(&fds[0]);
	fd_close(&fds[1]);
}

static void
a_full_socket_is_waited_for_and_given_up(void **state)
{
	struct wire_writer writer;
	int fds[2];
	int error = 0;

	(void)state;
	pair(fds);
	wire_start(&writer, WIRE_CANCEL);
	for (unsigned i = 0; error == 0 && i < 1000000; i++)
		error = wire_send(fds[0], &writer, wire_now_ms() + 20);
	assert_int_equal(error, -ETIMEDOUT);
	fd_close(&fds[0]);
	fd_close(&fds[1]);
}

static void
long_and_malformed_packets_are_refused(void **state)
{
	struct wire_message message;
	uint8_t packet[64];
	int fds[2];

	(void)state;
	pair(fds);
	memset(packet, 1, sizeof(packet));
	assert_int_equal(send(fds[0], packet, sizeof(packet), 0), 64);
	assert_int_equal(wire_receive(fds[1], packet, 63, soon(), &message),
	    -EMSGSIZE);
	assert_int_equal(send(fds[0], packet, 5, 0), 5);
	assert_int_equal(wire_receive(fds[1], packet, sizeof(packet), soon(),
			     &message),
	    -EPROTO);
	fd_close(&fds[0]);
	fd_close(&fds[1]);
}

static int
listen_in_folder(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_true(snprintf(address.sun_path, sizeof(address.sun_path),
			"%s/root.sock", path) > 0);
	(void)unlink(address.sun_path);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)),
	    0);
	assert_int_equal(listen(fd, 1), 0);
	return fd;
}

static void
the_server_is_root_or_owns_the_folder(void **state)
{
	int fd = -1;
	int server = listen_in_folder();

	(void)state;
	assert_int_equal(wire_connect(path, "root.sock", soon(), &fd), 0);
	assert_true((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
	fd_close(&fd);
	fd_close(&server);
	if (geteuid() == 0) {
		/* A server of another uid that does not own the folder. */
		assert_int_equal(seteuid(65534), 0);
		assert_int_equal(seteuid(0), 0);
		assert_int_equal(chmod(path, 0777), 0);
		assert_int_equal(seteuid(65534), 0);
		server = listen_in_folder();
		assert_int_equal(seteuid(0), 0);
		assert_int_equal(wire_connect(path, "root.sock", soon(), &fd),
		    -EACCES);
		assert_int_equal(chown(path, 65534, 65534), 0);
		assert_int_equal(wire_connect(path, "root.sock", soon(), &fd),
		    0);
		fd_close(&fd);
		fd_close(&server);
	}
}

static void
no_agent_is_said_at_once(void **state)
{
	static char long_path[200] = "/";
	int fd = -1;
	int server = listen_in_folder();

	(void)state;
	fd_close(&server);
	assert_int_equal(wire_connect(path, "root.sock", soon(), &fd),
	    -ECONNREFUSED);
	assert_int_equal(wire_connect(path, "none.sock", soon(), &fd), -ENOENT);
	assert_int_equal(wire_connect("run", "root.sock", soon(), &fd),
	    -EINVAL);
	memset(long_path + 1, 'x', sizeof(long_path) - 2);
	assert_int_equal(wire_connect(long_path, "root.sock", soon(), &fd),
	    -EINVAL);
	assert_int_equal(fd, -1);
}

static int
make_folder(void **state)
{
	(void)state;
	return mkdtemp(path) == NULL;
}

static int
remove_folder(void **state)
{
	char name[64];
	int len = snprintf(name, sizeof(name), "%s/root.sock", path);

	(void)state;
	return len < 0 || (size_t)len >= sizeof(name) || unlink(name) != 0 ||
	    rmdir(path) != 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_packet_arrives_whole),
		cmocka_unit_test(last_words_are_heard_past_a_reset),
		cmocka_unit_test(waits_end_at_their_deadline),
		cmocka_unit_test(a_full_socket_is_waited_for_and_given_up),
		cmocka_unit_test(long_and_malformed_packets_are_refused),
		cmocka_unit_test(the_server_is_root_or_owns_the_folder),
		cmocka_unit_test(no_agent_is_said_at_once),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
