/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "stytchd/grammar.h"
#include "stytchd/grant.h"
#include "stytchd/template.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void
names_of_accounts_and_groups_are_narrow(void **state)
{
	static const struct {
		const char *name;
		bool good;
	} cases[] = {
		{ "alice", true },
		{ "_svc", true },
		{ "a", true },
		{ "a1.b-c_d", true },
		{ "abcdefghijklmnopqrstuvwxyz012345", true },
		{ "abcdefghijklmnopqrstuvwxyz0123456", false },
		{ "", false },
		{ "Alice", false },
		{ "1alice", false },
		{ "-alice", false },
		{ ".alice", false },
		{ "alice-", false },
		{ "alice.", false },
		{ "a..b", false },
		{ "..", false },
		{ "a/b", false },
		{ "a:b", false },
		{ "a b", false },
		{ "a\nb", false },
		{ "a\tb", false },
		{ "alice$", false },
		{ "alice@example.com", false },
		{ "al\xc3\xaf"
		  "ce",
		    false },
		{ "a%b", false },
		{ "a,b", false },
		{ "a\\b", false },
		{ "+alice", false },
		{ "alice+x", false },
		{ "4294967295", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		if (grammar_is_name(cases[i].name) != cases[i].good)
			fail_msg("case %zu: %s", i, cases[i].name);
}

static void
groups_may_have_longer_names(void **state)
{
	char name[GRAMMAR_GROUP_MAX + 2];

	(void)state;
	memset(name, 'a', sizeof(name));
	name[GRAMMAR_GROUP_MAX + 1] = '\0';
	assert_false(grammar_is_group(name));
	name[GRAMMAR_GROUP_MAX] = '\0';
	assert_true(grammar_is_group(name));
	assert_false(grammar_is_name(name));
	assert_false(grammar_is_group("a:b"));
	assert_false(grammar_is_group(""));
}

static void
homes_and_shells_go_straight_down(void **state)
{
	static const struct {
		const char *path;
		bool good;
	} cases[] = {
		{ "/home/alice", true },
		{ "/h", true },
		{ "/srv/Home/a.b+c@d", true },
		{ "/home/...", true },
		{ "", false },
		{ "/", false },
		{ "home/alice", false },
		{ "/home/", false },
		{ "//home", false },
		{ "/home//alice", false },
		{ "/home/..", false },
		{ "/home/../root", false },
		{ "/..", false },
		{ "/./a", false },
		{ "/home/a:b", false },
		{ "/home/a\nb", false },
		{ "/home/a b", false },
		{ "/home/$(id)", false },
		{ "/home/{name}", false },
		{ "/home/\xff", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		if (grammar_is_home(cases[i].path) != cases[i].good)
			fail_msg("home %zu: %s", i, cases[i].path);
		if (grammar_is_shell(cases[i].path) != cases[i].good)
			fail_msg("shell %zu: %s", i, cases[i].path);
	}
}

static void
path_of_256_bytes_is_too_long(void **state)
{
	char path[GRAMMAR_PATH_MAX + 2];

	(void)state;
	memset(path, 'a', sizeof(path));
	path[0] = '/';
	path[GRAMMAR_PATH_MAX + 1] = '\0';
	assert_false(grammar_is_home(path));
	path[GRAMMAR_PATH_MAX] = '\0';
	assert_true(grammar_is_home(path));
}

static void
root_equivalents_are_reserved(void **state)
{
	static const char *const names[] = { "root", "sudo", "wheel", "admin",
		"docker", "adm", "lxd", "disk", "shadow", "kmem", "staff",
		"systemd-anything", "nobody", "nogroup", "stytchd" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (!grammar_is_reserved(names[i]))
			fail_msg("%s is not reserved", names[i]);
	assert_false(grammar_is_reserved("alice"));
	assert_false(grammar_is_reserved("stytch-admin"));
	assert_false(grammar_is_reserved("roo"));
}

static void
ids_are_what_the_api_takes(void **state)
{
	char longest[130];

	(void)state;
	memset(longest, 'x', sizeof(longest));
	longest[129] = '\0';
	assert_false(grammar_is_id(longest));
	longest[128] = '\0';
	assert_true(grammar_is_id(longest));
	assert_true(grammar_is_id("user-test-e3795c81|a.b_C"));
	assert_false(grammar_is_id(""));
	assert_false(grammar_is_id("a/b"));
	assert_false(grammar_is_id("a b"));
	assert_false(grammar_is_id("a%2f"));
	assert_false(grammar_is_id("\xc3\xa4"));
}

static void
gecos_is_cleaned_to_its_grammar(void **state)
{
	static const struct {
		const char *text, *clean;
	} cases[] = {
		{ "Alice Example", "Alice Example" },
		{ "", "" },
		{ "  Alice  ", "Alice" },
		{ "A:B,C\nD", "A B C D" },
		{ ":::", "" },
		{ "Jos\xc3\xa9", "Jos\xc3\xa9" },
		{ "a\xff\xfe"
		  "b",
		    "a b" },
		{ "a\xe2\x80\xae"
		  "b",
		    "a b" },
		{ "\x1b[31mred", "[31mred" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(string_free) char *clean = NULL;

		assert_int_equal(grammar_clean_gecos(cases[i].text, &clean), 0);
		assert_string_equal(clean, cases[i].clean);
		assert_true(grammar_is_gecos(clean));
	}
}

static void
long_gecos_is_cut_between_characters(void **state)
{
	CLEANUP(string_free) char *clean = NULL;
	char text[601];

	(void)state;
	for (size_t i = 0; i + 3 <= 600; i += 3)
		memcpy(text + i, "\xe2\x82\xac", 3);
	text[600] = '\0';
	assert_int_equal(grammar_clean_gecos(text, &clean), 0);
	assert_int_equal(strlen(clean), 126);
	assert_true(grammar_is_gecos(clean));
	assert_false(grammar_is_gecos(text));
	assert_false(grammar_is_gecos("a:b"));
	assert_false(grammar_is_gecos("a,b"));
	assert_false(grammar_is_gecos("a\nb"));
	assert_false(grammar_is_gecos("\xff"));
}

static void
roles_fold_to_parts_of_group_names(void **state)
{
	static const struct {
		const char *text, *folded; /* NULL: refused */
	} cases[] = {
		{ "editor", "editor" },
		{ "Site Reliability", "site-reliability" },
		{ "  x  y  ", "x-y" },
		{ "a/b\\c:d", "a-b-c-d" },
		{ "Stytch_Admin", "stytch_admin" },
		{ "", NULL },
		{ "///", NULL },
		{ "\xc3\xa4\xc3\xb6", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(string_free) char *folded = NULL;
		int error = grammar_fold(cases[i].text, &folded);

		assert_int_equal(error, cases[i].folded == NULL ? -EINVAL : 0);
		if (error == 0)
			assert_string_equal(folded, cases[i].folded);
	}
}

static void
grants_name_group_organization_and_role(void **state)
{
	CLEANUP(grant_clear)
	struct grant grant = { NULL, NULL, NULL, { NULL, 0 } };

	(void)state;
	assert_int_equal(grant_parse("docker:organization-test-1:ops:alice+bob",
			     &grant),
	    0);
	assert_string_equal(grant.group, "docker");
	assert_string_equal(grant.organization, "organization-test-1");
	assert_string_equal(grant.role, "ops");
	assert_int_equal(grant.users.count, 2);
	assert_string_equal(grant.users.items[1], "bob");
	grant_clear(&grant);
	assert_int_equal(grant_parse("1001::ops", &grant), 0);
	assert_string_equal(grant.organization, "");
	assert_int_equal(grant.users.count, 0);
}

static void
malformed_grants_are_refused(void **state)
{
	static const char *const bad[] = { "", "docker", "docker:o",
		"docker:o:", ":o:r", "Docker:o:r", "0:o:r", "4294967295:o:r",
		"99999999999:o:r", "01:o:r", "docker:o/p:r",
		"docker:o:r:", "docker:o:r:Alice", "docker:o:r:a++b",
		"docker:o:r:a:b", "docker:o:r:a+" };
	struct grant grant;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (grant_parse(bad[i], &grant) != -EINVAL)
			fail_msg("taken: %s", bad[i]);
}

static void
renames_are_kind_id_and_name(void **state)
{
	static const char *const bad[] = { "", "role", "role:x", "role:=x",
		"role:x=", "role:x=Y", "cheese:x=y", "role:x=docker",
		"role:x=root", "=x", "role=x:y" };
	CLEANUP(rename_clear) struct rename item = { NULL, NULL, NULL };

	(void)state;
	assert_int_equal(rename_parse("role:a=b:c=ops", &item), 0);
	assert_string_equal(item.kind, "role");
	assert_string_equal(item.id, "a=b:c");
	assert_string_equal(item.name, "ops");
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct rename refused;

		if (rename_parse(bad[i], &refused) != -EINVAL)
			fail_msg("taken: %s", bad[i]);
	}
}

static void
templates_expand_known_placeholders_alone(void **state)
{
	static const struct template_value values[] = { { "a", "x" },
		{ "b", NULL }, { "c", "" } };
	static const struct {
		const char *text;
		int error;
		const char *expanded;
	} cases[] = {
		{ "{a}-{a}", 0, "x-x" },
		{ "plain", 0, "plain" },
		{ "", 0, "" },
		{ "{b}", -ENOENT, NULL },
		{ "{c}", -ENOENT, NULL },
		{ "{d}", -EINVAL, NULL },
		{ "{a", -EINVAL, NULL },
		{ "a}", -EINVAL, NULL },
		{ "{{a}}", -EINVAL, NULL },
		{ "{}", -EINVAL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(string_free) char *expanded = NULL;

		assert_int_equal(template_expand(cases[i].text, values,
				     ARRAY_LEN(values), &expanded),
		    cases[i].error);
		if (cases[i].error == 0)
			assert_string_equal(expanded, cases[i].expanded);
	}
}

static void
templates_of_homes_hold_the_name(void **state)
{
	(void)state;
	assert_true(template_is_home("/home/{name}"));
	assert_true(template_is_home("/srv/{name}/home"));
	assert_false(template_is_home("/home/all"));
	assert_false(template_is_home("{name}"));
	assert_false(template_is_home("/home/{user}"));
	assert_false(template_is_home("/home/{name}/"));
	assert_false(template_is_home("/home/../{name}"));
	assert_true(template_is_name("{first_initial}{last_name}"));
	assert_false(template_is_name("alice"));
	assert_false(template_is_name("{email}"));
	assert_false(template_is_name("-{last_name}"));
	assert_false(template_is_name("{last_name} x"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_of_accounts_and_groups_are_narrow),
		cmocka_unit_test(groups_may_have_longer_names),
		cmocka_unit_test(homes_and_shells_go_straight_down),
		cmocka_unit_test(path_of_256_bytes_is_too_long),
		cmocka_unit_test(root_equivalents_are_reserved),
		cmocka_unit_test(ids_are_what_the_api_takes),
		cmocka_unit_test(gecos_is_cleaned_to_its_grammar),
		cmocka_unit_test(long_gecos_is_cut_between_characters),
		cmocka_unit_test(roles_fold_to_parts_of_group_names),
		cmocka_unit_test(grants_name_group_organization_and_role),
		cmocka_unit_test(malformed_grants_are_refused),
		cmocka_unit_test(renames_are_kind_id_and_name),
		cmocka_unit_test(templates_expand_known_placeholders_alone),
		cmocka_unit_test(templates_of_homes_hold_the_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
