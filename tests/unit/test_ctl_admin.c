/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "stytchctl/admin.h"

#include "ctl_agent.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

static char out[1 << 20];
static char err[1 << 20];
static struct ctl_agent agent;
static char asked[512]; /* verb and arguments of the last request */

static int
run(const char *words)
{
	return ctl_agent_run(&agent, words, out, err, sizeof(out));
}

static void
note_request(const struct wire_message *request)
{
	const char *arguments = wire_text(request, WIRE_ARGUMENTS);

	(void)snprintf(asked, sizeof(asked), "%d %s [%s]", (int)request->type,
	    wire_text(request, WIRE_VERB), arguments != NULL ? arguments : "");
}

static void
serve_two_rows(int fd, const struct wire_message *request)
{
	note_request(request);
	(void)ctl_agent_row(fd,
	    "{\"name\":\"alice\",\"uid\":4000000001,\"groups\":[\"a\",\"b\"]}");
	(void)ctl_agent_row(fd,
	    "{\"name\":\"bartholomew\",\"uid\":7,\"groups\":[]}");
	(void)ctl_agent_end(fd, WIRE_STATUS_OK, NULL);
}

static void
commands_become_verbs_and_lines(void **state)
{
	static const struct {
		const char *words;
		const char *asks;
	} rows[] = {
		{ "status", "5 status []" },
		{ "sync", "5 sync []" },
		{ "sync --dry-run", "5 sync [--dry-run\n]" },
		{ "accounts list --json", "5 accounts-list []" },
		{ "accounts show alice", "5 accounts-show [alice\n]" },
		{ "accounts show -- --x", "5 accounts-show [--x\n]" },
		{ "locks list", "5 locks-list []" },
		{ "locks clear", "5 locks-clear []" },
		{ "locks clear al", "5 locks-clear [al\n]" },
	};

	(void)state;
	ctl_agent_start(&agent, serve_two_rows);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		assert_int_equal(run(rows[i].words), CTL_OK);
		assert_string_equal(asked, rows[i].asks);
		assert_string_equal(err, "");
	}
	ctl_agent_stop(&agent);
}

static void
rows_are_a_table_or_an_array(void **state)
{
	(void)state;
	ctl_agent_start(&agent, serve_two_rows);
	assert_int_equal(run("accounts list"), CTL_OK);
	assert_string_equal(out,
	    "NAME         UID         GROUPS\n"
	    "alice        4000000001  a,b\n"
	    "bartholomew  7           \n");
	assert_int_equal(run("accounts list --json"), CTL_OK);
	assert_string_equal(out,
	    "[{\"name\":\"alice\",\"uid\":4000000001,\"groups\":[\"a\",\"b\"]},"
	    "\n {\"name\":\"bartholomew\",\"uid\":7,\"groups\":[]}]\n");
	assert_int_equal(run("accounts show alice"), CTL_OK);
	assert_string_equal(out,
	    "name: alice\nuid: 4000000001\ngroups: a,b\n\n"
	    "name: bartholomew\nuid: 7\ngroups: \n");
	ctl_agent_stop(&agent);
}

static void
serve_mixed_rows(int fd, const struct wire_message *request)
{
	(void)request;
	(void)ctl_agent_row(fd, "{\"change\":\"added\",\"name\":\"bob\"}");
	(void)ctl_agent_row(fd, "{\"seen\":1,\"clean\":true,\"reason\":null}");
	(void)ctl_agent_end(fd, WIRE_STATUS_OK, NULL);
}

static void
rows_of_another_kind_begin_a_new_table(void **state)
{
	(void)state;
	ctl_agent_start(&agent, serve_mixed_rows);
	assert_int_equal(run("sync"), CTL_OK);
	assert_string_equal(out,
	    "CHANGE  NAME\nadded   bob\n\n"
	    "SEEN  CLEAN  REASON\n1     yes    -\n");
	ctl_agent_stop(&agent);
}

static void
serve_escapes(int fd, const struct wire_message *request)
{
	(void)request;
	(void)ctl_agent_row(fd,
	    "{\"na\\u001b[2Jme\":\"a\\u001b]0;x\\u0007\\u009b1m\\nb\","
	    "\"list\":[\"\\u202ex\"],\"map\":{\"k\\u001b\":\"v\\u001b\"}}");
	(void)ctl_agent_end(fd, WIRE_STATUS_REFUSED, "no\nway");
}

static void
no_escape_reaches_the_terminal(void **state)
{
	static const char *const commands[] = { "accounts list",
		"accounts list --json", "accounts show a", "status --json" };

	(void)state;
	ctl_agent_start(&agent, serve_escapes);
	for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
		assert_int_equal(run(commands[i]), CTL_REFUSED);
		assert_true(strlen(out) > 10);
		assert_null(strchr(out, '\x1b'));
		assert_null(strchr(out, '\x07'));
		assert_null(strstr(out, "\xc2\x9b"));
		assert_null(strstr(out, "\xe2\x80\xae"));
		assert_string_equal(err, "stytchctl: no?way\n");
	}
	ctl_agent_stop(&agent);
}

static int end_status;

static void
serve_status(int fd, const struct wire_message *request)
{
	(void)request;
	(void)ctl_agent_end(fd, (enum wire_status)end_status, NULL);
}

static void
the_agents_status_is_the_exit_code(void **state)
{
	static const struct {
		int status;
		enum ctl_exit code;
	} rows[] = {
		{ WIRE_STATUS_OK, CTL_OK },
		{ WIRE_STATUS_REFUSED, CTL_REFUSED },
		{ WIRE_STATUS_USAGE, CTL_USAGE },
		{ WIRE_STATUS_UNREACHABLE, CTL_UNREACHABLE },
		{ 4, CTL_REFUSED },
		{ 256, CTL_REFUSED },
	};

	(void)state;
	ctl_agent_start(&agent, serve_status);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		end_status = rows[i].status;
		assert_int_equal(run("accounts list --json"), rows[i].code);
		assert_string_equal(out, "[]\n");
		assert_int_equal(run("status --json"), rows[i].code);
		assert_string_equal(out, "");
	}
	ctl_agent_stop(&agent);
}

enum fault {
	FAULT_CLOSE,
	FAULT_GARBAGE,
	FAULT_NO_OBJECT,
	FAULT_NO_JSON,
	FAULT_OTHER_MESSAGE,
	FAULT_CUT,
	FAULT_COUNT
};
static enum fault fault;

static void
serve_fault(int fd, const struct wire_message *request)
{
	static const unsigned char garbage[] = { 1, 69, 0, 0, 0, 31, 0, 9 };

	(void)request;
	switch (fault) {
	case FAULT_CLOSE:
	case FAULT_COUNT:
		break;
	case FAULT_GARBAGE:
		(void)send(fd, garbage, sizeof(garbage), MSG_NOSIGNAL);
		break;
	case FAULT_NO_OBJECT:
		(void)ctl_agent_row(fd, "[1]");
		break;
	case FAULT_NO_JSON:
		(void)ctl_agent_row(fd, "{\"a\":");
		break;
	case FAULT_OTHER_MESSAGE:
		(void)ctl_agent_done(fd, 0, NULL);
		break;
	case FAULT_CUT: /* rows, but never an end */
		(void)ctl_agent_row(fd, "{\"a\":1}");
		break;
	}
}

static void
a_broken_answer_is_never_a_success(void **state)
{
	(void)state;
	ctl_agent_start(&agent, serve_fault);
	for (fault = FAULT_CLOSE; fault < FAULT_COUNT; fault++) {
		assert_int_equal(run("accounts list"), CTL_UNREACHABLE);
		assert_true(strlen(err) > 12);
	}
	ctl_agent_stop(&agent);
}

static void
serve_many(int fd, const struct wire_message *request)
{
	char row[64];

	(void)request;
	for (int i = 0; i < 1000; i++) {
		(void)snprintf(row, sizeof(row), "{\"n\":\"%0*d\",\"x\":1}",
		    i < 300 ? 4 : 6, i);
		if (!ctl_agent_row(fd, row))
			return;
	}
	(void)ctl_agent_end(fd, WIRE_STATUS_OK, NULL);
}

/* Only the first rows are held; later ones stream under their widths. */
static void
a_long_answer_streams(void **state)
{
	size_t lines = 0;

	(void)state;
	ctl_agent_start(&agent, serve_many);
	assert_int_equal(run("accounts list"), CTL_OK);
	for (const char *at = out; *at != '\0'; at++)
		lines += *at == '\n';
	assert_int_equal(lines, 1001);
	assert_memory_equal(out, "N     X\n0000  1\n", 16);
	assert_non_null(strstr(out, "\n000999  1\n"));
	assert_int_equal(run("accounts list --json"), CTL_OK);
	assert_non_null(strstr(out, "{\"n\":\"000999\",\"x\":1}]\n"));
	ctl_agent_stop(&agent);
}

/* "table" cells of every JSON type. */
static void
serve_types(int fd, const struct wire_message *request)
{
	(void)request;
	(void)ctl_agent_row(fd,
	    "{\"s\":\"\",\"t\":true,\"f\":false,\"n\":null,\"i\":-3,"
	    "\"d\":1.5,\"big\":1e300,\"o\":{\"a\":1,\"b\":[1]},\"e\":{}}");
	(void)ctl_agent_end(fd, WIRE_STATUS_OK, NULL);
}

static void
every_type_has_a_form(void **state)
{
	(void)state;
	ctl_agent_start(&agent, serve_types);
	assert_int_equal(run("status"), CTL_OK);
	assert_string_equal(out,
	    "s: \nt: yes\nf: no\nn: -\ni: -3\nd: 1.5\n"
	    "big: 1e+300\no: a=1,b=...\ne: \n");
	ctl_agent_stop(&agent);
}

static void
a_name_that_the_wire_refuses_is_a_usage_error(void **state)
{
	(void)state;
	ctl_agent_start(&agent, serve_two_rows);
	asked[0] = '\0';
	assert_int_equal(run("accounts show a\xff"), CTL_USAGE);
	assert_int_equal(run("accounts show a\xe2\x80\xae"), CTL_USAGE);
	assert_string_equal(asked, "");
	ctl_agent_stop(&agent);
}

static void
each_failure_has_words(void **state)
{
	static const int errors[] = { -ENOENT, -ECONNREFUSED, -EACCES, -EPIPE,
		-ETIMEDOUT, -EPROTO, -EPROTONOSUPPORT, -EMSGSIZE, -EIO };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(errors); i++)
		assert_true(strlen(admin_reason(errors[i])) > 10);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(commands_become_verbs_and_lines),
		cmocka_unit_test(rows_are_a_table_or_an_array),
		cmocka_unit_test(rows_of_another_kind_begin_a_new_table),
		cmocka_unit_test(no_escape_reaches_the_terminal),
		cmocka_unit_test(the_agents_status_is_the_exit_code),
		cmocka_unit_test(a_broken_answer_is_never_a_success),
		cmocka_unit_test(a_long_answer_streams),
		cmocka_unit_test(every_type_has_a_form),
		cmocka_unit_test(a_name_that_the_wire_refuses_is_a_usage_error),
		cmocka_unit_test(each_failure_has_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
