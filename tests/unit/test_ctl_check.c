/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "stytchctl/check.h"

#include "ctl_agent.h"
#include "nss_stytch/map_writer.h"
#include "stytchctl/file.h"
#include "stytchctl/limits_text.h"
#include "stytchctl/process.h"
#include "stytchd/configuration.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char said[65536];
static char root[] = "/tmp/test_ctl_check.XXXXXX"; /* a host's /etc and all */
static char path[256];
static char configuration_text[2048];
static struct configuration *configuration;

/* The n-th call of what writes a file fails. */
static unsigned failing_at;
static unsigned calls;

static bool
fails(void)
{
	calls++;
	return calls == failing_at;
}

#define WRAP(type, name, parameters, arguments) \
	type __real_##name parameters; \
	type __wrap_##name parameters; \
	type __wrap_##name parameters \
	{ \
		if (!fails()) \
			return __real_##name arguments; \
		errno = EIO; \
		return -1; \
	}
WRAP(ssize_t, write, (int fd, const void *data, size_t len), (fd, data, len))
WRAP(int, fsync, (int fd), (fd))
WRAP(int, fchmod, (int fd, mode_t mode), (fd, mode))
WRAP(int, rename, (const char *from, const char *to), (from, to))

/* The agent's user: another than root where we can make files of it. */
static uid_t
agent_uid(void)
{
	return getuid() == 0 ? 4242 : getuid();
}

static const char *
at(const char *name)
{
	(void)snprintf(path, sizeof(path), "%s/%s", root, name);
	return path;
}

static void
put(const char *name, const char *text, mode_t mode)
{
	FILE *file;

	(void)unlink(at(name));
	file = fopen(path, "we");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(path, mode), 0);
}

/* What the agent owns, where we are root. */
static void
give(const char *name)
{
	if (getuid() == 0)
		assert_int_equal(lchown(at(name), agent_uid(), agent_uid()), 0);
}

/* Run parts over our host; what they print is in said. */
static struct check
judge(void (*part)(struct check *check), unsigned options)
{
	static char config_path[256];
	FILE *file = tmpfile();
	struct ctl ctl = { .out = file,
		.err = file,
		.options = options,
		.config = config_path };
	struct check check = { .ctl = &ctl,
		.etc = root,
		.configuration = configuration,
		.nss_library = "libc.so.6",
		.agent_uid = agent_uid(),
		.table = TABLE_INIT(file, options == OPTION_JSON, false) };
	size_t len;

	(void)snprintf(config_path, sizeof(config_path), "%s",
	    at("stytch/stytch.conf"));
	assert_non_null(file);
	part(&check);
	assert_int_equal(table_end(&check.table), 0);
	table_clear(&check.table);
	rewind(file);
	len = fread(said, 1, sizeof(said) - 1, file);
	said[len] = '\0';
	(void)fclose(file);
	return check;
}

/* Exactly one failure, with these words and a change. */
static void
assert_one_fault(void (*part)(struct check *check), const char *words)
{
	struct check check = judge(part, 0);

	if (check.failures != 1 || strstr(said, words) == NULL ||
	    strstr(said, "change: ") == NULL)
		fail_msg("not one fault with \"%s\":\n%s", words, said);
}

static void
assert_fine(void (*part)(struct check *check))
{
	struct check check = judge(part, 0);

	if (check.failures != 0 || check.warnings != 0)
		fail_msg("%s", said);
	assert_non_null(strstr(said, "ok"));
}

/* ---- nsswitch ---- */

static void
stytch_stands_behind_files_and_before_systemd(void **state)
{
	static const struct {
		const char *text;
		const char *fault; /* NULL: fine */
	} rows[] = {
		{ "passwd: files stytch systemd\n", NULL },
		{ "passwd:files stytch", NULL },
		{ "  passwd\t:\tfiles  stytch\n", NULL },
		{ "passwd: compat stytch systemd", NULL },
		{ "passwd: files sss stytch", NULL },
		{ "passwd: files stytch [NOTFOUND=return] systemd", NULL },
		{ "passwd: files [SUCCESS=merge] stytch", NULL },
		{ "#passwd: x\npasswd: files stytch", NULL },
		{ "", "missing" },
		{ "passwd: files systemd", "stytch is missing" },
		{ "passwd: files #stytch", "stytch is missing" },
		{ "passwd: files\nstytch", "stytch is missing" },
		{ "passwd: files stytch2", "stytch is missing" },
		{ "passwd:", "stytch is missing" },
		{ "#passwd: files stytch", "the line is missing" },
		{ "passwd_compat: files stytch", "the line is missing" },
		{ "xpasswd: files stytch", "the line is missing" },
		{ "group: files stytch", "the line is missing" },
		{ "passwd: stytch files", "before files" },
		{ "passwd: systemd stytch", "before files" },
		{ "passwd: files systemd stytch", "behind systemd" },
		{ "passwd: files [NOTFOUND=return] stytch", "NOTFOUND" },
		{ "passwd: files [notfound=return] stytch", "NOTFOUND" },
		{ "passwd: files [NOTFOUND=return stytch",
		    "stytch is missing" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const char *fault = nsswitch_fault(rows[i].text, "passwd");

		if ((fault == NULL) != (rows[i].fault == NULL) ||
		    (fault != NULL && strstr(fault, rows[i].fault) == NULL))
			fail_msg("%s: %s", rows[i].text,
			    fault != NULL ? fault : "taken");
	}
}

static void
nsswitch_is_judged_by_database(void **state)
{
	static const char good[] =
	    "passwd: files stytch systemd\ngroup: files stytch systemd\n";
	struct check check;

	(void)state;
	put("nsswitch.conf", good, 0644);
	assert_fine(check_nsswitch);
	put("nsswitch.conf", "passwd: files stytch\ngroup: files\n", 0644);
	assert_one_fault(check_nsswitch, "group: stytch is missing");
	put("nsswitch.conf",
	    "passwd: files stytch\ngroup: files stytch\ninitgroups: files\n",
	    0644);
	assert_one_fault(check_nsswitch, "initgroups");
	(void)unlink(at("nsswitch.conf"));
	check = judge(check_nsswitch, 0);
	assert_int_equal(check.failures, 1);
}

static void
a_finding_is_json_where_asked(void **state)
{
	(void)state;
	put("nsswitch.conf", "passwd: files\n", 0644);
	(void)judge(check_nsswitch, OPTION_JSON);
	assert_non_null(strstr(said,
	    "[{\"check\":\"nsswitch\",\"result\":\"fail\",\"text\":"));
	assert_non_null(strstr(said, "\"change\":\""));
	assert_string_equal(said + strlen(said) - 3, "}]\n");
}

/* ---- files ---- */

static void
owners_and_modes_are_judged(void **state)
{
	static const struct {
		const char *name;
		mode_t good;
		mode_t bad[3];
		bool of_agent;
	} rows[] = {
		{ "stytch/secret", 0600, { 0640, 0604, 0700 }, true },
		{ "state", 0755, { 0700, 0775, 0757 }, true },
		{ "state/private", 0700, { 0750, 0701, 0755 }, true },
		{ "state/private/state.db", 0600, { 0640, 0604, 0620 }, true },
		{ "state/accounts.map", 0644, { 0600, 0664, 0646 }, true },
		{ "stytch/nss.limits", 0644, { 0600, 0664, 0646 }, false },
		{ "stytch/stytch.conf", 0644, { 0600, 0664, 0646 }, false },
	};

	(void)state;
	if (getuid() != 0)
		skip(); /* files of root's */
	assert_fine(check_files);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		for (size_t j = 0; j < ARRAY_LEN(rows[i].bad); j++) {
			assert_int_equal(chmod(at(rows[i].name),
					     rows[i].bad[j]),
			    0);
			assert_one_fault(check_files, rows[i].name);
		}
		assert_int_equal(chmod(at(rows[i].name), rows[i].good), 0);
		assert_int_equal(lchown(path, 12345, 12345), 0);
		assert_one_fault(check_files, "belongs to uid 12345");
		assert_int_equal(lchown(at(rows[i].name), 0, 0), 0);
		if (rows[i].of_agent) {
			assert_one_fault(check_files, "belongs to uid 0");
			give(rows[i].name);
		}
	}
	assert_fine(check_files);
}

static void
missing_and_strange_files_are_faults(void **state)
{
	static const char *const names[] = { "stytch/secret",
		"state/private/state.db", "state/accounts.map",
		"stytch/nss.limits" };
	char kept[300];
	struct check check;

	(void)state;
	if (getuid() != 0)
		skip();
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		(void)snprintf(kept, sizeof(kept), "%s.kept", at(names[i]));
		assert_int_equal(rename(path, kept), 0);
		assert_one_fault(check_files, "No such file");
		assert_int_equal(symlink(kept, at(names[i])), 0);
		assert_one_fault(check_files, "is not a");
		assert_int_equal(unlink(at(names[i])), 0);
		assert_int_equal(rename(kept, at(names[i])), 0);
	}
	/* A systemd credential stands in for the secret. */
	(void)snprintf(kept, sizeof(kept), "%s.kept", at("stytch/secret"));
	assert_int_equal(rename(path, kept), 0);
	assert_int_equal(mkdir(at("credstore"), 0700), 0);
	put("credstore/stytch-secret", "x", 0600);
	assert_fine(check_files);
	assert_int_equal(unlink(at("credstore/stytch-secret")), 0);
	assert_int_equal(rmdir(at("credstore")), 0);
	assert_int_equal(rename(kept, at("stytch/secret")), 0);
	check = judge(check_files, 0);
	assert_int_equal(check.failures, 0);
}

/* ---- limits ---- */

static struct configuration *
parse(const char *more)
{
	struct configuration *parsed = NULL;
	struct configuration_error error;
	char text[4096];

	(void)snprintf(text, sizeof(text), "%s%s", configuration_text, more);
	if (configuration_parse("test", text, strlen(text), &parsed, &error) !=
	    0)
		fail_msg("%s", error.text);
	return parsed;
}

static void
limits_are_ranges_and_grants(void **state)
{
	CLEANUP(configuration_unref)
	struct configuration *parsed =
	    parse("[accounts]\npinned_range = 10000-19999\n"
		  "[groups]\ngrant = web:organization-test-1:dev, "
		  "44:organization-test-1:ops:alice+bob\n");
	CLEANUP(string_free) char *text = NULL;
	struct limits_fault fault;

	(void)state;
	assert_int_equal(limits_text(parsed, at("group"), &text, &fault), 0);
	assert_non_null(strstr(text, "uid 1879048192-2147352575\n"));
	assert_non_null(strstr(text, "uid 10000-19999\n"));
	assert_non_null(strstr(text, "gid 10000-19999\n"));
	assert_non_null(strstr(text, "grant 33 *\n"));
	assert_non_null(strstr(text, "grant 44 alice,bob\n"));
	assert_null(strstr(text, "grant 0"));
}

static void
grants_without_a_local_group_make_no_limits(void **state)
{
	static const char *const rows[] = {
		"nobodysgroup:organization-test-1:dev",
		"wheel0:organization-test-1:dev", /* gid 0 in the file */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		CLEANUP(configuration_unref)
		struct configuration *parsed = NULL;
		CLEANUP(string_free) char *text = NULL;
		struct limits_fault fault = { .text = "" };
		char more[256];

		(void)snprintf(more, sizeof(more), "[groups]\ngrant = %s\n",
		    rows[i]);
		parsed = parse(more);
		assert_int_equal(limits_text(parsed, at("group"), &text,
				     &fault),
		    -EINVAL);
		assert_null(text);
		assert_non_null(strstr(fault.text, rows[i]));
		assert_int_equal(limits_text(parsed, at("nothing"), &text,
				     &fault),
		    -ENOENT);
	}
}

static void
limits_must_be_up_to_date(void **state)
{
	CLEANUP(string_free) char *text = NULL;
	struct limits_fault fault;

	(void)state;
	assert_int_equal(limits_text(configuration, at("group"), &text, &fault),
	    0);
	put("stytch/nss.limits", text, 0644);
	assert_fine(check_limits);
	put("stytch/nss.limits", "uid 1000-2000\n", 0644);
	assert_one_fault(check_limits, "not what the configuration says");
	(void)unlink(at("stytch/nss.limits"));
	assert_one_fault(check_limits, "no account is served");
	put("stytch/nss.limits", text, 0644);
}

/* ---- map ---- */

static void
a_broken_map_is_a_fault(void **state)
{
	struct map_writer *writer = NULL;
	const struct map_account account = { .name = "alice",
		.uid = 1900000000,
		.gid = 1900000000,
		.gecos = "",
		.home = "/home/alice",
		.shell = "/bin/sh" };

	(void)state;
	assert_int_equal(map_writer_new(&writer), 0);
	assert_int_equal(map_writer_add_account(writer, &account, NULL), 0);
	assert_int_equal(map_writer_publish(writer, at("state/accounts.map")),
	    0);
	map_writer_free(&writer);
	assert_fine(check_map);
	assert_non_null(strstr(said, "has 1 accounts"));
	put("state/accounts.map", "not a map", 0644);
	assert_one_fault(check_map, "accounts.map");
	(void)unlink(at("state/accounts.map"));
	assert_one_fault(check_map, "No such file");
	put("state/accounts.map", "", 0644);
}

/* ---- agent ---- */

static void
serve_status(int fd, const struct wire_message *request)
{
	(void)request;
	(void)ctl_agent_row(fd, "{\"people\":1}");
	(void)ctl_agent_end(fd, WIRE_STATUS_OK, NULL);
}

static const char *runtime_dir;

static void
check_agent_there(struct check *check)
{
	struct ctl ctl = *check->ctl;

	ctl.runtime_dir = runtime_dir;
	check->ctl = &ctl;
	check_agent(check);
}

static void
the_agent_is_asked_on_both_sockets(void **state)
{
	struct ctl_agent agent;
	struct check check;
	unsigned sockets = geteuid() == 0 ? 2 : 1;

	(void)state;
	ctl_agent_start(&agent, serve_status);
	runtime_dir = agent.folder;
	assert_fine(check_agent_there);
	ctl_agent_stop(&agent);
	runtime_dir = "/nonexistent";
	check = judge(check_agent_there, 0);
	assert_int_equal(check.failures, sockets);
}

/* ---- files in and out, /proc ---- */

static void
a_file_is_replaced_whole_or_not_at_all(void **state)
{
	CLEANUP(string_free) char *text = NULL;
	struct stat status;
	char beside[300];
	int result = -1;

	(void)state;
	put("target", "old", 0600);
	for (failing_at = 1; result != 0; failing_at++) {
		string_free(&text);
		calls = 0;
		result = file_replace(at("target"), "new");
		assert_true(result == 0 || result == -EIO);
		assert_int_equal(file_read(path, 100, &text), 0);
		/* Only the folder's flush comes after the rename. */
		if (strcmp(text, "old") != 0)
			assert_string_equal(text, "new");
		(void)snprintf(beside, sizeof(beside), "%s.new", path);
		assert_int_equal(access(beside, F_OK), -1);
		assert_true(failing_at < 20);
	}
	assert_int_equal(calls, 5); /* write, chmod, 2 flushes, rename */
	failing_at = 0;
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0644);
	assert_string_equal(text, "new");
	put("target.new", "left behind", 0600);
	assert_int_equal(file_replace(at("target"), "newer"), 0);
	(void)unlink(at("target"));
}

static void
only_small_plain_files_are_read(void **state)
{
	CLEANUP(string_free) char *text = NULL;

	(void)state;
	put("target", "12345", 0600);
	assert_int_equal(file_read(at("target"), 4, &text), -EFBIG);
	assert_int_equal(file_read(root, 100, &text), -EINVAL);
	assert_int_equal(file_read(at("none"), 100, &text), -ENOENT);
	assert_int_equal(file_read("/dev/null", 100, &text), -EINVAL);
	assert_null(text);
	assert_int_equal(file_read(at("target"), 5, &text), 0);
	assert_string_equal(text, "12345");
	(void)unlink(at("target"));
}

static void
the_start_time_stands_behind_any_name(void **state)
{
	static const struct {
		const char *text;
		int result;
		uint64_t start;
	} rows[] = {
		{ "1 (a) S 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 "
		  "21 4242 23",
		    0, 4242 },
		{ "1 (a) b ) (c) S 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 "
		  "19 20 21 7\n",
		    0, 7 },
		{ "1 (a) S 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 "
		  "18446744073709551616",
		    -EPROTO, 0 },
		{ "1 (a) S 2 3", -EPROTO, 0 },
		{ "1 (a", -EPROTO, 0 },
		{ "", -EPROTO, 0 },
		{ "1 (a) S 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 ",
		    -EPROTO, 0 },
		{ "1 (a) S 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 "
		  "-1",
		    -EPROTO, 0 },
	};
	struct process process;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		uint64_t start = 0;

		assert_int_equal(process_parse_start(rows[i].text,
				     strlen(rows[i].text), &start),
		    rows[i].result);
		assert_int_equal(start, rows[i].start);
	}
	assert_int_equal(process_read(&process), 0);
	assert_true(process.start > 0);
}

static int
make_host(void **state)
{
	static const char *const of_agent[] = { "stytch/secret", "state",
		"state/private", "state/private/state.db",
		"state/accounts.map" };

	(void)state;
	if (mkdtemp(root) == NULL || chmod(root, 0755) != 0 ||
	    mkdir(at("stytch"), 0755) != 0 || mkdir(at("state"), 0755) != 0 ||
	    mkdir(at("state/private"), 0700) != 0)
		return -1;
	(void)snprintf(configuration_text, sizeof(configuration_text),
	    "[stytch]\nkind = b2b\nproject_id = "
	    "project-test-11111111-1111-4111-8111-111111111111\n"
	    "organizations = organization-test-1\n"
	    "secret_file = %s/stytch/secret\nstate_dir = %s/state\n",
	    root, root);
	put("stytch/stytch.conf", configuration_text, 0644);
	put("stytch/secret", "secret", 0600);
	put("stytch/nss.limits", "", 0644);
	put("state/private/state.db", "", 0600);
	put("state/accounts.map", "", 0644);
	put("group", "root:x:0:\nwheel0:x:0:\nweb:x:33:\n", 0644);
	for (size_t i = 0; i < ARRAY_LEN(of_agent); i++)
		give(of_agent[i]);
	configuration = parse("");
	return 0;
}

static int
remove_host(void **state)
{
	static const char *const names[] = { "stytch/stytch.conf",
		"stytch/secret", "stytch/nss.limits", "state/private/state.db",
		"state/accounts.map", "group", "nsswitch.conf", "target" };
	static const char *const folders[] = { "state/private", "state",
		"stytch", "" };
	int result = 0;

	(void)state;
	configuration_unref(&configuration);
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		(void)unlink(at(names[i]));
	for (size_t i = 0; i < ARRAY_LEN(folders); i++)
		result += rmdir(at(folders[i]));
	return result;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stytch_stands_behind_files_and_before_systemd),
		cmocka_unit_test(nsswitch_is_judged_by_database),
		cmocka_unit_test(a_finding_is_json_where_asked),
		cmocka_unit_test(owners_and_modes_are_judged),
		cmocka_unit_test(missing_and_strange_files_are_faults),
		cmocka_unit_test(limits_are_ranges_and_grants),
		cmocka_unit_test(grants_without_a_local_group_make_no_limits),
		cmocka_unit_test(limits_must_be_up_to_date),
		cmocka_unit_test(a_broken_map_is_a_fault),
		cmocka_unit_test(the_agent_is_asked_on_both_sockets),
		cmocka_unit_test(a_file_is_replaced_whole_or_not_at_all),
		cmocka_unit_test(only_small_plain_files_are_read),
		cmocka_unit_test(the_start_time_stands_behind_any_name),
	};

	return cmocka_run_group_tests(tests, make_host, remove_host);
}
