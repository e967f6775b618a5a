/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "stytchd/mapping.h"

#include "tests/unit/failing.h"
#include "tests/unit/people_fixture.h"

#include <errno.h>

/* Map one person; the caller clears. */
static struct wanted
map(const char *json)
{
	CLEANUP(person_free) struct person *person = make_person(json);
	struct wanted wanted;

	assert_int_equal(mapping_person(&rules, person, &wanted), 0);
	return wanted;
}

#define ACCOUNTS(lines) \
	"[stytch]\nkind = consumer\nproject_id = project-test-1\n" \
	"[accounts]\n" lines
#define SELF "allow_self_asserted_names = yes\nemail_domains = x.example\n"
#define USER(fields) \
	"{\"user_id\":\"user-test-1\"," fields "\"status\":\"active\"}"
#define UNIX(fields) "\"trusted_metadata\":{\"unix\":{" fields "}},"
#define EMAIL(address, verified) \
	"\"emails\":[{\"email\":\"" address "\",\"verified\":" verified "}],"

static const struct {
	const char *configuration;
	const char *user;
	const char *name; /* NULL: none */
} names[] = {
	/* nobody by default, whatever a stranger may write */
	{ ACCOUNTS(""), USER(UNIX("\"username\":\"alice\"")), NULL },
	{ ACCOUNTS(""), USER("\"external_id\":\"alice\","), NULL },
	{ ACCOUNTS(""), USER(EMAIL("alice@x.example", "true")), NULL },
	{ ACCOUNTS("name_from = metadata, external_id\n"),
	    USER(EMAIL("alice@x.example", "true")), NULL },
	{ ACCOUNTS("name_from = metadata\n"),
	    USER("\"untrusted_metadata\":{\"unix\":{\"username\":\"a\"}},"),
	    NULL },
	{ ACCOUNTS("name_from = metadata\n"),
	    USER("\"name\":{\"first_name\":\"alice\"},"), NULL },
	/* order, and what counts as having none */
	{ ACCOUNTS("name_from = metadata, external_id\n"),
	    USER(UNIX("\"username\":\"alice\"") "\"external_id\":\"bob\","),
	    "alice" },
	{ ACCOUNTS("name_from = external_id, metadata\n"),
	    USER(UNIX("\"username\":\"alice\"") "\"external_id\":\"bob\","),
	    "bob" },
	{ ACCOUNTS("name_from = metadata, external_id\n"),
	    USER("\"external_id\":\"bob\","), "bob" },
	{ ACCOUNTS("name_from = external_id, metadata\n"),
	    USER(UNIX("\"username\":\"alice\"") "\"external_id\":\"0f-B\","),
	    "alice" },
	{ ACCOUNTS("name_from = external_id\n"),
	    USER("\"external_id\":\"Bob\","), NULL },
	/* metadata that is broken is no reason to take another name */
	{ ACCOUNTS("name_from = metadata, external_id\n"),
	    USER(UNIX("\"username\":\"Alice\"") "\"external_id\":\"bob\","),
	    NULL },
	{ ACCOUNTS("name_from = metadata, external_id\n"),
	    USER(UNIX("\"username\":7") "\"external_id\":\"bob\","), NULL },
	{ ACCOUNTS("name_from = metadata, external_id\n"),
	    USER(UNIX("\"username\":null") "\"external_id\":\"bob\","), "bob" },
	{ ACCOUNTS("name_from = metadata\n"),
	    USER(UNIX("\"username\":\"a:b\"")), NULL },
	{ ACCOUNTS("name_from = metadata\n"),
	    USER(UNIX("\"username\":\"a\\nb\"")), NULL },
	{ ACCOUNTS("name_from = metadata\n"), USER(UNIX("\"username\":\"\"")),
	    NULL },
	/* addresses */
	{ ACCOUNTS("name_from = email\n" SELF),
	    USER(EMAIL("Alice@X.example", "true")), "alice" },
	{ ACCOUNTS("name_from = email\n" SELF),
	    USER(EMAIL("alice@x.example", "false")), NULL },
	{ ACCOUNTS("name_from = email\n" SELF),
	    USER(EMAIL("alice@y.example", "true")), NULL },
	{ ACCOUNTS("name_from = email\n" SELF),
	    USER(EMAIL("alice@evil.x.example", "true")), NULL },
	{ ACCOUNTS("name_from = email\n" SELF),
	    USER(EMAIL("alice@x.example.evil", "true")), NULL },
	{ ACCOUNTS("name_from = email\n" SELF),
	    USER(EMAIL("alice@y.example@x.example", "true")), NULL },
	{ ACCOUNTS("name_from = email\n" SELF),
	    USER(EMAIL("alice+root@x.example", "true")), NULL },
	{ ACCOUNTS("name_from = email\n" SELF), USER(EMAIL("alice", "true")),
	    NULL },
	/* template */
	{ ACCOUNTS("name_from = template\n" SELF
		   "name_template = {first_initial}{last_name}\n"),
	    USER(EMAIL("a@x.example",
		"true") "\"name\":{\"first_name\":\"Alice\",\"last_name\":\"Doe\"},"),
	    "adoe" },
	{ ACCOUNTS("name_from = template\n" SELF
		   "name_template = {first_initial}{last_name}\n"),
	    USER(EMAIL("a@y.example",
		"true") "\"name\":{\"first_name\":\"Alice\",\"last_name\":\"Doe\"},"),
	    NULL },
	{ ACCOUNTS("name_from = template\n" SELF
		   "name_template = {first_initial}{last_name}\n"),
	    USER(EMAIL("a@x.example",
		"true") "\"name\":{\"first_name\":\"Alice\"},"),
	    NULL },
	{ ACCOUNTS("name_from = template\n" SELF
		   "name_template = x-{email_local}\n"),
	    USER(EMAIL("a.b@x.example", "true")), "x-a.b" },
};

static void
names_come_from_the_sources_that_are_configured(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		struct wanted wanted;

		configure(names[i].configuration);
		wanted = map(names[i].user);
		if ((wanted.name == NULL) != (names[i].name == NULL) ||
		    (wanted.name != NULL &&
			strcmp(wanted.name, names[i].name) != 0))
			fail_msg("case %zu: %s", i,
			    wanted.name == NULL ? "none" : wanted.name);
		if (wanted.name == NULL)
			assert_true(wanted.finding[0] != '\0');
		wanted_clear(&wanted);
	}
}

static void
only_trusted_fields_of_the_metadata_count(void **state)
{
	static const char user[] = USER("\"external_id\":\"bob\"," UNIX(
	    "\"uid\":2001,\"home\":\"/srv/bob\",\"shell\":\"/bin/sh\","
	    "\"groups\":[\"a\",\"B\",\"a\",7,\"c:d\",\"e\"]"));
	struct wanted wanted;

	(void)state;
	configure(ACCOUNTS("name_from = external_id\n"
			   "pinned_range = 2000-2999\n"));
	wanted = map(user);
	assert_int_equal(wanted.uid, 0);
	assert_null(wanted.home);
	assert_string_equal(wanted.shell, "/bin/bash");
	assert_int_equal(wanted.groups.count, 0);
	assert_string_equal(wanted.finding, "");
	wanted_clear(&wanted);
	configure(ACCOUNTS("name_from = external_id\n"
			   "trust_unix = uid, home, shell, groups\n"
			   "pinned_range = 2000-2999\n"));
	wanted = map(user);
	assert_int_equal(wanted.uid, 2001);
	assert_string_equal(wanted.home, "/srv/bob");
	assert_string_equal(wanted.shell, "/bin/sh");
	assert_int_equal(wanted.groups.count, 2);
	assert_string_equal(wanted.groups.items[1], "e");
	wanted_clear(&wanted);
}

static void
trusted_fields_that_are_bad_fall_to_the_default(void **state)
{
	static const char *const bad[] = { "\"uid\":0", "\"uid\":999",
		"\"uid\":3000", "\"uid\":\"2001\"", "\"uid\":-1",
		"\"uid\":1e99", "\"uid\":4294967295", "\"uid\":true",
		"\"home\":\"\"", "\"home\":\"/\"", "\"home\":\"bob\"",
		"\"home\":\"/home/../etc\"", "\"home\":\"/a:b\"", "\"home\":7",
		"\"shell\":\"/bin/zsh\"", "\"shell\":\"\"",
		"\"shell\":\"/bin/sh\\n\"", "\"shell\":7" };

	(void)state;
	configure(ACCOUNTS("name_from = external_id\n"
			   "trust_unix = uid, home, shell\n"
			   "pinned_range = 2000-2999\n"));
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		char user[256];
		struct wanted wanted;

		(void)snprintf(user, sizeof(user),
		    USER("\"external_id\":\"bob\"," UNIX("%s")), bad[i]);
		wanted = map(user);
		if (wanted.uid != 0 || wanted.home != NULL ||
		    strcmp(wanted.shell, "/bin/bash") != 0 ||
		    wanted.finding[0] == '\0')
			fail_msg("believed: %s", bad[i]);
		assert_string_equal(wanted.name, "bob");
		wanted_clear(&wanted);
	}
}

static void
full_name_becomes_clean_gecos(void **state)
{
	struct wanted wanted;

	(void)state;
	configure(ACCOUNTS("name_from = external_id\n"));
	wanted = map(USER("\"external_id\":\"bob\",\"name\":{\"first_name\":"
			  "\"Bob:0:0\",\"last_name\":\"a,b\\nroot:\"},"));
	assert_string_equal(wanted.gecos, "Bob 0 0 a b?root");
	wanted_clear(&wanted);
}

static void
host_names_and_reserved_names_are_refused(void **state)
{
	static const char *const refused[] = { "root", "pi", "locals", "docker",
		"sudo", "wheel", "admin", "mine", "Alice", "", "systemd-x" };

	(void)state;
	configure(ACCOUNTS("reserved_names = mine\n"));
	for (size_t i = 0; i < ARRAY_LEN(refused); i++)
		if (mapping_refuses(&rules, refused[i]) == NULL)
			fail_msg("not refused: %s", refused[i]);
	assert_null(mapping_refuses(&rules, "alice"));
}

static void
host_files_are_read_by_name_and_number(void **state)
{
	uint32_t gid = 0;

	(void)state;
	assert_true(local_has_user(local, "pi"));
	assert_false(local_has_user(local, "docker"));
	assert_true(local_has_name(local, "docker"));
	assert_false(local_has_name(local, "dock"));
	assert_true(local_has_id(local, 998));
	assert_true(local_has_id(local, 0));
	assert_false(local_has_id(local, 999));
	assert_int_equal(local_gid(local, "locals", &gid), 0);
	assert_int_equal(gid, 5000);
	assert_int_equal(local_gid(local, "local", &gid), -ENOENT);
	assert_true(local_has_shell(local, "/bin/bash"));
	assert_false(local_has_shell(local, "/bin/zsh"));
	assert_false(local_has_shell(local, "# shells"));
	assert_true(local_user_exists(host, "root"));
	assert_false(local_user_exists(host, "alice"));
	assert_true(local_is_current(local));
	host_write("/etc/group", "root:x:0:\n");
	assert_false(local_is_current(local));
	host_reload();
	assert_false(local_has_name(local, "docker"));
}

static void
long_group_lines_are_read_whole(void **state)
{
	FILE *file = fopen(host_path("/etc/group"), "we");

	(void)state;
	assert_non_null(file);
	(void)fputs("big:x:7000:a", file);
	for (unsigned i = 0; i < 5000; i++)
		(void)fprintf(file, ",user%u", i);
	(void)fputs("\nafter:x:7001:\n", file);
	assert_int_equal(fclose(file), 0);
	host_reload();
	assert_true(local_has_name(local, "big"));
	assert_true(local_has_name(local, "after"));
	assert_true(local_has_id(local, 7001));
}

/* What cannot be read whole is not read: a name could hide behind it. */
static void
endless_group_line_is_an_error(void **state)
{
	FILE *file = fopen(host_path("/etc/group"), "we");
	struct local *none = NULL;

	(void)state;
	assert_non_null(file);
	(void)fputs("big:x:7000:a", file);
	for (unsigned i = 0; i < 200000; i++)
		(void)fprintf(file, ",user%06u", i);
	(void)fputs("\nafter:x:7001:\n", file);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(local_load(host, &none), -E2BIG);
	assert_null(none);
}

static void
unreadable_passwd_counts_as_having_every_name(void **state)
{
	struct local *none = NULL;

	(void)state;
	assert_int_equal(unlink(host_path("/etc/passwd")), 0);
	assert_true(local_user_exists(host, "alice"));
	assert_int_equal(local_load(host, &none), -ENOENT);
	assert_null(none);
	host_write("/etc/passwd", "");
	assert_int_equal(unlink(host_path("/etc/shells")), 0);
	host_reload();
	assert_true(local_has_shell(local, "/bin/sh"));
	assert_false(local_has_shell(local, "/bin/bash"));
}

static void *
json_malloc(size_t size)
{
	return malloc(size);
}

static void
memory_that_runs_out_anywhere_is_an_error_and_no_leak(void **state)
{
	static const char user[] = USER(EMAIL("a@x.example", "true") UNIX(
	    "\"home\":\"/srv/a\",\"shell\":\"/bin/sh\",\"groups\":[\"a\"]") "\"name\":{\"first_name\":\"Alice\",\"last_name\":\"Doe\"},");
	CLEANUP(person_free) struct person *person = NULL;
	cJSON_Hooks hooks = { json_malloc, free };
	int result = -1;
	unsigned n;

	(void)state;
	configure(ACCOUNTS("name_from = metadata, external_id, template\n" SELF
			   "trust_unix = username, home, shell, groups\n"
			   "name_template = {first_initial}{last_name}\n"));
	person = make_person(user);
	cJSON_InitHooks(&hooks);
	for (n = 1; n < 1000 && result != 0; n++) {
		struct wanted wanted;
		struct local *again = NULL;

		failing_at = n;
		result = mapping_person(&rules, person, &wanted);
		if (result == 0) {
			assert_string_equal(wanted.name, "adoe");
			wanted_clear(&wanted);
			result = local_load(host, &again);
			local_free(&again);
		}
		failing_at = 0;
	}
	cJSON_InitHooks(NULL);
	assert_int_equal(result, 0);
	assert_true(n > 20);
}

int
main(void)
{
	/* clang-format off */
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(names_come_from_the_sources_that_are_configured, host_setup, host_teardown),
		cmocka_unit_test_setup_teardown(only_trusted_fields_of_the_metadata_count, host_setup, host_teardown),
		cmocka_unit_test_setup_teardown(trusted_fields_that_are_bad_fall_to_the_default, host_setup, host_teardown),
		cmocka_unit_test_setup_teardown(full_name_becomes_clean_gecos, host_setup, host_teardown),
		cmocka_unit_test_setup_teardown(host_names_and_reserved_names_are_refused, host_setup, host_teardown),
		cmocka_unit_test_setup_teardown(host_files_are_read_by_name_and_number, host_setup, host_teardown),
		cmocka_unit_test_setup_teardown(long_group_lines_are_read_whole, host_setup, host_teardown),
		cmocka_unit_test_setup_teardown(endless_group_line_is_an_error, host_setup, host_teardown),
		cmocka_unit_test_setup_teardown(unreadable_passwd_counts_as_having_every_name, host_setup, host_teardown),
		cmocka_unit_test_setup_teardown(memory_that_runs_out_anywhere_is_an_error_and_no_leak, host_setup, host_teardown),
	};
	/* clang-format on */

	return cmocka_run_group_tests(tests, NULL, NULL);
}
