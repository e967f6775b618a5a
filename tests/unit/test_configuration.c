/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "stytchd/configuration.h"

#include "tests/unit/failing.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#define CONSUMER "[stytch]\nkind = consumer\nproject_id = project-test-1\n"
#define B2B \
	"[stytch]\nkind = b2b\nproject_id = project-test-1\n" \
	"organizations = organization-test-1, organization-test-2\n"

static struct configuration_error error;

static int
parse(const char *text, struct configuration **out_configuration)
{
	return configuration_parse("test.conf", text, strlen(text),
	    out_configuration, &error);
}

static struct configuration *
parse_good(const char *text)
{
	struct configuration *configuration = NULL;

	if (parse(text, &configuration) != 0)
		fail_msg("refused: %s", error.text);
	return configuration;
}

static void
what_the_file_does_not_say_comes_from_the_table(void **state)
{
	CLEANUP(configuration_unref)
	struct configuration *configuration = parse_good(CONSUMER);

	(void)state;
	assert_int_equal(configuration->stytch.kind, PROJECT_CONSUMER);
	assert_string_equal(configuration->stytch.project_id, "project-test-1");
	assert_string_equal(configuration->stytch.secret_file,
	    "/etc/stytch/secret");
	assert_null(configuration->stytch.base_url);
	assert_int_equal(configuration->stytch.connect_timeout, 5000);
	assert_int_equal(configuration->stytch.lock_window, 3600000);
	assert_false(configuration->stytch.sandbox);
	assert_int_equal(configuration->accounts.uid_range.first, 1879048192);
	assert_int_equal(configuration->accounts.uid_range.last, 2147352575);
	assert_int_equal(configuration->accounts.pinned_range.last, 0);
	assert_string_equal(configuration->groups.prefix, "stytch-");
	assert_true(configuration->groups.roles);
	assert_int_equal(configuration->service_count, 1);
	assert_string_equal(configuration->services[0].name, "*");
	assert_int_equal(configuration->services[0].methods.count, 3);
	assert_int_equal(configuration->services[0].answer_step, 250);
}

static void
consumer_project_maps_nobody_unless_told(void **state)
{
	CLEANUP(configuration_unref)
	struct configuration *consumer = parse_good(CONSUMER);
	CLEANUP(configuration_unref)
	struct configuration *b2b = parse_good(B2B);

	(void)state;
	assert_int_equal(consumer->accounts.name_from.count, 0);
	assert_int_equal(b2b->accounts.name_from.count, 2);
	assert_string_equal(b2b->accounts.name_from.items[0], "metadata");
	assert_string_equal(b2b->accounts.name_from.items[1], "external_id");
}

static void
service_inherits_from_the_star_then_from_the_table(void **state)
{
	CLEANUP(configuration_unref)
	struct configuration *configuration = parse_good(
	    CONSUMER "[service sudo]\nmethods = totp\nfactors = 1\ntty = yes\n"
		     "[service *]\nfactors = 2\nmethods = otp_email, totp\n");
	const struct configuration_service *sudo, *sshd;

	(void)state;
	sudo = configuration_service(configuration, "sudo");
	sshd = configuration_service(configuration, "sshd");
	assert_string_equal(sudo->name, "sudo");
	assert_int_equal(sudo->methods.count, 1);
	assert_true(sudo->tty);
	assert_int_equal(sudo->session_duration, 3600000);
	assert_string_equal(sshd->name, "*");
	assert_int_equal(sshd->factors, 2);
	assert_false(sshd->tty);
	assert_ptr_equal(configuration_service(configuration, "*"), sshd);
	assert_ptr_equal(configuration_service(configuration, ""), sshd);
}

static void
every_form_of_value_is_read(void **state)
{
	CLEANUP(configuration_unref)
	struct configuration *configuration = parse_good(
	    "# comment\r\n; another\n\n[stytch] # here too\r\n"
	    "\tkind=b2b\r\n  project_id = project-live-1 ; the live one\n"
	    "organizations = organization-live-1\n"
	    "connect_timeout = 250ms\nlock_window = 2h\n"
	    "max_connections = 64\n"
	    "[accounts]\nuid_range = 100000-199999\npinned_range = 2000-2999\n"
	    "home = /home/b2b/{name}\nemail_domains = a.example,b.example\n"
	    "sync_interval = 7d\nmax_removal = 0\n"
	    "[groups]\nprefix =\nrename = role:x=ops, scim:a b=dev\n"
	    "grant = docker:organization-live-1:ops\n");

	(void)state;
	assert_string_equal(configuration->stytch.project_id, "project-live-1");
	assert_int_equal(configuration->stytch.connect_timeout, 250);
	assert_int_equal(configuration->stytch.lock_window, 7200000);
	assert_int_equal(configuration->stytch.max_connections, 64);
	assert_int_equal(configuration->accounts.uid_range.last, 199999);
	assert_int_equal(configuration->accounts.pinned_range.first, 2000);
	assert_int_equal(configuration->accounts.email_domains.count, 2);
	assert_string_equal(configuration->accounts.email_domains.items[1],
	    "b.example");
	assert_int_equal(configuration->accounts.sync_interval, 604800000);
	assert_int_equal(configuration->accounts.max_removal, 0);
	assert_null(configuration->groups.prefix);
	assert_int_equal(configuration->groups.rename.count, 2);
	assert_string_equal(configuration->groups.rename.items[1],
	    "scim:a b=dev");
}

static void
file_without_newline_at_its_end_is_read(void **state)
{
	CLEANUP(configuration_unref)
	struct configuration *configuration =
	    parse_good(CONSUMER "max_connections = 9");

	(void)state;
	assert_int_equal(configuration->stytch.max_connections, 9);
}

/* Each is refused, with the line and a part of the reason. */
static const struct {
	const char *text;
	const char *why;
} refusals[] = {
	/* form */
	{ "", "test.conf: project_id: required" },
	{ "[stytch]\nproject_id = project-test-1\n", ": kind: required" },
	{ "x = 1\n", ":1: a key outside" },
	{ "[stytch\n", ":1: a section needs" },
	{ "[stytch] x\n", ":1: text behind" },
	{ "[stytch]#\n", ":1: text behind" },
	{ "[stytc]\n", ":1: sections are" },
	{ "[]\n", ":1: sections are" },
	{ "[service]\n", ":1: sections are" },
	{ "[service ]\n", ":1: a service is" },
	{ "[service a/b]\n", ":1: a service is" },
	{ "[service **]\n", ":1: a service is" },
	{ "[service aaaaaaaaaabbbbbbbbbbccccccccccddddddddddd]\n",
	    ":1: a service is" },
	{ CONSUMER "[stytch]\n", ":4: section [stytch] stands there twice" },
	{ CONSUMER "[service a]\n[service a]\n", ":5: section [service a]" },
	{ CONSUMER "[service *]\n[service *]\n", ":5: section [service *]" },
	{ CONSUMER "kind = b2b\n", ":4: kind: already said in line 2" },
	{ CONSUMER "  consumer\n", ":4: not KEY = VALUE" },
	{ CONSUMER "sandbox\n", ":4: not KEY = VALUE" },
	{ CONSUMER "sandbox: yes\n", ":4: not KEY = VALUE" },
	{ CONSUMER "Sandbox = yes\n", ":4: not KEY = VALUE" },
	{ CONSUMER "= yes\n", ":4: not KEY = VALUE" },
	{ CONSUMER "secret = x\n", ":4: unknown key secret in [stytch]" },
	{ CONSUMER "home = /x/{name}\n", ":4: unknown key home in [stytch]" },
	{ CONSUMER "[service *]\nkind = b2b\n", ":5: unknown key kind" },
	{ CONSUMER "ca_file = /a\x01"
		   "b\n",
	    ":4: control" },
	{ CONSUMER "ca_file = /a\xff\n", ":4: control" },
	{ CONSUMER "ca_file = /a\xe2\x80\xae\n", ":4: control" },
	{ "\xef\xbb\xbf[stytch]\n", ":1: control" },
	/* values */
	{ "[stytch]\nkind = cheese\n", ":2: kind: none of consumer|b2b" },
	{ "[stytch]\nkind = consume\n", ":2: kind: none of" },
	{ "[stytch]\nkind = consumer|b2b\n", ":2: kind: none of" },
	{ "[stytch]\nkind = consumer\n", "project_id: required in [stytch]" },
	{ "[stytch]\nkind = consumer\nproject_id =\n", ":3: project_id: 0 b" },
	{ CONSUMER "sandbox = true\n", "neither yes nor no" },
	{ CONSUMER "sandbox =\n", "neither yes nor no" },
	{ CONSUMER "sandbox = yes # really\n", "neither yes nor no" },
	{ CONSUMER "max_connections = 0\n", "from 1 to 64" },
	{ CONSUMER "max_connections = 65\n", "from 1 to 64" },
	{ CONSUMER "max_connections = -1\n", "from 1 to 64" },
	{ CONSUMER "max_connections = 8x\n", "from 1 to 64" },
	{ CONSUMER "max_connections = 0x8\n", "from 1 to 64" },
	{ CONSUMER "max_connections =\n", "from 1 to 64" },
	{ CONSUMER "max_connections = 99999999999999999999\n", "from 1 to 64" },
	{ CONSUMER "connect_timeout = 5\n", "a duration's unit" },
	{ CONSUMER "connect_timeout = 5 s\n", "a duration's unit" },
	{ CONSUMER "connect_timeout = s\n", "not a duration" },
	{ CONSUMER "connect_timeout = 1d\n", "out of range" },
	{ CONSUMER "connect_timeout = 99ms\n", "out of range" },
	{ CONSUMER "connect_timeout = 4294967296d\n", "not a duration" },
	{ CONSUMER "connect_timeout = 20s\n", "longer than request_timeout" },
	{ CONSUMER "ca_file = etc/ca\n", "not an absolute path" },
	{ CONSUMER "ca_file = /etc/../ca\n", "not an absolute path" },
	{ CONSUMER "ca_file = /etc/..\n", "not an absolute path" },
	{ CONSUMER "secret_file =\n", ":4: secret_file: 0 bytes" },
	{ CONSUMER "base_url = api.example\n", "not a URL" },
	{ CONSUMER "base_url = ftp://api.example\n", "not a URL" },
	{ CONSUMER "base_url = https://\n", "not a URL" },
	{ CONSUMER "base_url = https:///x\n", "not a URL" },
	{ CONSUMER "base_url = https://a@b.example\n", "not a URL" },
	{ CONSUMER "base_url = https://b.example/?x\n", "not a URL" },
	{ CONSUMER "base_url = https://b.example/#x\n", "not a URL" },
	{ CONSUMER "base_url = https://b.example/ x\n", "not a URL" },
	{ CONSUMER "base_url = unix:path\n", "not a URL" },
	{ CONSUMER "proxy = unix:/run/x\n", "a proxy is" },
	{ CONSUMER "[accounts]\nuid_range = 5\n", "not a range" },
	{ CONSUMER "[accounts]\nuid_range = 2000 - 3000\n", "not a range" },
	{ CONSUMER "[accounts]\nuid_range = 3000-2000\n", "a range goes up" },
	{ CONSUMER "[accounts]\nuid_range = 0-2000\n", "from 1000" },
	{ CONSUMER "[accounts]\nuid_range = 1000-4294967295\n", "a range" },
	{ CONSUMER "[accounts]\nuid_range =\n", "not a range" },
	{ CONSUMER "[accounts]\nname_from = external_id,\n", "a comma ends" },
	{ CONSUMER "[accounts]\nname_from = external_id,,metadata\n",
	    "item 2 of the list is empty" },
	{ CONSUMER "[accounts]\nname_from = metadata, metadata\n",
	    "item 2 stands there twice" },
	{ CONSUMER "[accounts]\nname_from = meta\n", "item 1 is none of" },
	{ CONSUMER "[accounts]\nname_from = a|b\n", "item 1 is none of" },
	{ CONSUMER "[service x]\nmethods =\n", "at least 1" },
	{ CONSUMER "[service x]\nmethods = otp_fax\n", "item 1 is none of" },
	/* across */
	{ "[stytch]\nkind = b2b\nproject_id = project-test-1\n",
	    "organizations: required for b2b" },
	{ "[stytch]\nkind = b2b\nproject_id = prod\norganizations =\n",
	    ":3: project_id: not of the form" },
	{ CONSUMER "organizations = organization-test-1\n",
	    ":4: organizations: a consumer project" },
	{ "[stytch]\nkind = b2b\nproject_id = project-test-1\n"
	  "organizations = acme\n",
	    ":4: organizations: ids" },
	{ CONSUMER "base_url = http://127.0.0.1:8091\n", "must be https" },
	{ CONSUMER "base_url = unix:/run/x\n", "must be https" },
	{ CONSUMER "sandbox = yes\n", "needs a base_url" },
	{ CONSUMER "sandbox = yes\nbase_url = http://10.0.0.1\n", "loopback" },
	{ CONSUMER "sandbox = yes\nbase_url = http://127.0.0.1.evil.example\n",
	    "loopback" },
	{ CONSUMER "sandbox = yes\nbase_url = http://localhost:x\n",
	    "loopback" },
	{ CONSUMER "[accounts]\nname_from = email\n",
	    ":5: name_from: email and template need allow_self" },
	{ CONSUMER "[accounts]\nname_from = template\n", "need allow_self" },
	{ CONSUMER "[accounts]\nname_from = email\n"
		   "allow_self_asserted_names = yes\n",
	    "need email_domains" },
	{ CONSUMER "[accounts]\nname_from = template\nemail_domains = a.b\n"
		   "allow_self_asserted_names = yes\n",
	    "needs name_template" },
	{ CONSUMER "[accounts]\nname_template = {cheese}\n", ":5: name_templ" },
	{ CONSUMER "[accounts]\nname_template = fixed\n", ":5: name_template" },
	{ CONSUMER "[accounts]\nname_from = metadata\ntrust_unix = shell\n",
	    "needs trust_unix" },
	{ CONSUMER "[accounts]\nemail_domains = Example.com\n", "lower case" },
	{ CONSUMER "[accounts]\nemail_domains = *.com\n", "lower case" },
	{ CONSUMER "[accounts]\nemail_domains = com\n", "lower case" },
	{ CONSUMER "[accounts]\nhome = /home\n", "with {name} in it" },
	{ CONSUMER "[accounts]\nhome = {name}\n", "with {name} in it" },
	{ CONSUMER "[accounts]\nhome = /home/{name}:x\n", "with {name} in it" },
	{ CONSUMER "[accounts]\nshell = /bin/ba sh\n", "stand in passwd" },
	{ CONSUMER "[accounts]\nreserved_names = Root\n", "not the name" },
	{ CONSUMER "[accounts]\nuid_range = 2000-2998\n", "fewer than 1000" },
	{ CONSUMER "[accounts]\nuid_range = 60000-70000\n",
	    ":5: uid_range: holds reserved ids: 61184-65519" },
	{ CONSUMER "[accounts]\nuid_range = 65535-80000\n", "65534-65535" },
	{ CONSUMER "[accounts]\nuid_range = 1000-61184\n", "61184-65519" },
	{ CONSUMER "[accounts]\npinned_range = 65000-66000\n",
	    ":5: pinned_range: holds reserved" },
	{ CONSUMER "[groups]\nprefix = Stytch-\n", "beginning of a group" },
	{ CONSUMER "[groups]\nprefix = 1\n", "beginning of a group" },
	{ CONSUMER "[groups]\nprefix = a..\n", "beginning of a group" },
	{ CONSUMER "[groups]\nrename = role:x=docker\n", "is reserved" },
	{ CONSUMER "[groups]\nrename = role:x=a, role:x=b\n", "two lines" },
	{ CONSUMER "[groups]\nrename = role:x=a, role:y=a\n", "two lines" },
	{ CONSUMER "[groups]\ngrant = docker\n", "not GROUP:" },
	{ CONSUMER "[groups]\ngrant = docker:organization-test-1:ops\n",
	    "a consumer project has no organization" },
	{ B2B "[groups]\ngrant = docker:organization-test-3:ops\n",
	    "is not in organizations" },
	{ B2B "[groups]\ngrant = docker::ops\n", "is not in organizations" },
	{ B2B "[groups]\ngrant = root:organization-test-1:ops\n", "root's" },
	{ CONSUMER "[service a]\nfactors = 3\nmethods = totp, otp_sms\n",
	    ":5: factors: more factors than methods (of [service a])" },
	{ CONSUMER "[service *]\nfactors = 2\n[service a]\nmethods = totp\n",
	    ":5: factors: more factors" },
	{ CONSUMER "[service a]\nauthorization = x\n", ":5: authorization" },
	{ CONSUMER "[service a]\nauthorization = x:\n", ":5: authorization" },
	{ CONSUMER "[service a]\nauthorization = :x\n", ":5: authorization" },
	{ CONSUMER "[service a]\nauthorization = a:b:c\n", ":5: authorizati" },
};

static void
bad_files_are_refused_with_file_line_and_reason(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(refusals); i++) {
		struct configuration *configuration = NULL;

		if (parse(refusals[i].text, &configuration) != -EINVAL)
			fail_msg("taken: %s", refusals[i].text);
		assert_null(configuration);
		assert_memory_equal(error.text, "test.conf:", 10);
		if (strstr(error.text, refusals[i].why) == NULL)
			fail_msg("%s\nwithout: %s", error.text,
			    refusals[i].why);
	}
}

static void
plain_http_is_taken_to_loopback_in_a_sandbox(void **state)
{
	static const char *const urls[] = { "http://127.0.0.1",
		"http://127.0.0.1:8091", "http://localhost:80/x",
		"http://[::1]:80", "unix:/run/sandbox", "https://x.example" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(urls); i++) {
		CLEANUP(configuration_unref) struct configuration *made = NULL;
		char text[256];

		assert_true(snprintf(text, sizeof(text),
				CONSUMER "sandbox = yes\nbase_url = %s\n",
				urls[i]) < (int)sizeof(text));
		made = parse_good(text);
		assert_string_equal(made->stytch.base_url, urls[i]);
	}
}

static void
line_of_65501_bytes_is_too_long_and_one_less_is_not(void **state)
{
	const size_t start = strlen(CONSUMER);
	CLEANUP(string_free) char *text = malloc(start + 65600);
	struct configuration *configuration = NULL;

	(void)state;
	assert_non_null(text);
	memcpy(text, CONSUMER, start);
	memset(text + start, '#', 65501);
	assert_int_equal(configuration_parse("test.conf", text, start + 65501,
			     &configuration, &error),
	    -EINVAL);
	assert_non_null(strstr(error.text, ":4: longer than 65500"));
	assert_int_equal(configuration_parse("test.conf", text, start + 65500,
			     &configuration, &error),
	    0);
	configuration_unref(&configuration);
}

static void
longest_lists_fit(void **state)
{
	CLEANUP(configuration_unref) struct configuration *configuration = NULL;
	CLEANUP(string_free) char *text = calloc(1, 65536);
	size_t len;

	(void)state;
	assert_non_null(text);
	len = (size_t)snprintf(text, 65536,
	    "[stytch]\nkind = b2b\nproject_id = project-test-1\n"
	    "organizations = organization-test-first");
	for (unsigned i = 1; i < 256; i++)
		len += (size_t)snprintf(text + len, 65536 - len,
		    ", organization-test-%08x-0000-4000-8000-000000000000", i);
	configuration = parse_good(text);
	assert_int_equal(configuration->stytch.organizations.count, 256);
	(void)snprintf(text + len, 65536 - len, ", organization-test-x");
	assert_int_equal(parse(text, &configuration), -EINVAL);
	assert_non_null(strstr(error.text, "more than 256 items"));
}

static void
nul_byte_is_refused(void **state)
{
	static const char text[] = CONSUMER "ca_file = /a\0b\n";
	struct configuration *configuration = NULL;

	(void)state;
	assert_int_equal(configuration_parse("test.conf", text,
			     sizeof(text) - 1, &configuration, &error),
	    -EINVAL);
	assert_non_null(strstr(error.text, ":4: control"));
}

static void
value_is_never_in_the_message(void **state)
{
	struct configuration *configuration = NULL;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(refusals); i++) {
		(void)parse(refusals[i].text, &configuration);
		assert_null(strstr(error.text, "cheese"));
		assert_null(strstr(error.text, "organization-test-3"));
	}
}

static void
reference_keeps_a_configuration_alive(void **state)
{
	struct configuration *first = parse_good(CONSUMER);
	struct configuration *second = configuration_ref(first);

	(void)state;
	configuration_unref(&first);
	assert_null(first);
	assert_string_equal(second->stytch.project_id, "project-test-1");
	configuration_unref(&second);
	configuration_unref(&second);
}

static void
memory_that_runs_out_anywhere_is_an_error_and_no_leak(void **state)
{
	struct configuration *configuration = NULL;
	unsigned n;

	(void)state;
	for (n = 1; n < 500 && configuration == NULL; n++) {
		int result;

		failing_at = n;
		result = parse(B2B "[groups]\nrename = role:x=a, role:y=b\n"
				   "grant = docker:organization-test-1:r:a+b\n"
				   "[service x]\nmethods = totp\n",
		    &configuration);
		failing_at = 0;
		assert_true(result < 0 || configuration != NULL);
	}
	assert_non_null(configuration);
	assert_true(n > 40);
	configuration_unref(&configuration);
}

static void
file_that_cannot_be_read_whole_is_refused(void **state)
{
	CLEANUP(configuration_unref) struct configuration *configuration = NULL;
	char path[] = "/tmp/test_configuration.XXXXXX";
	int fd = mkstemp(path);
	int result = -ENOMEM;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, CONSUMER, strlen(CONSUMER)),
	    strlen(CONSUMER));
	assert_int_equal(close(fd), 0);
	for (unsigned n = 1; n < 500 && result != 0; n++) {
		failing_at = n;
		result = configuration_load(path, &configuration, &error);
		failing_at = 0;
		assert_true((result == 0) == (configuration != NULL));
		assert_true(result == 0 || strlen(error.text) > 8);
	}
	assert_int_equal(result, 0);
	configuration_unref(&configuration);
	assert_int_equal(unlink(path), 0);
	/* A regular file of ours, of which nothing can be read. */
	assert_int_equal(configuration_load("/proc/self/mem", &configuration,
			     &error),
	    -EIO);
	assert_non_null(strstr(error.text, "cannot be read"));
}

/* A file with that mode and text in a folder of its own. */
static void
write_file(const char *path, mode_t mode, const char *text)
{
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(path, mode), 0);
}

static void
file_must_be_regular_and_closed_to_others_writing(void **state)
{
	CLEANUP(configuration_unref) struct configuration *configuration = NULL;
	char folder[] = "/tmp/test_configuration.XXXXXX";
	char path[64];

	(void)state;
	assert_non_null(mkdtemp(folder));
	(void)snprintf(path, sizeof(path), "%s/stytch.conf", folder);
	assert_int_equal(configuration_load(path, &configuration, &error),
	    -ENOENT);
	assert_non_null(strstr(error.text, "does not exist"));
	write_file(path, 0664, CONSUMER);
	assert_int_equal(configuration_load(path, &configuration, &error),
	    -EPERM);
	write_file(path, 0646, CONSUMER);
	assert_int_equal(configuration_load(path, &configuration, &error),
	    -EPERM);
	assert_non_null(strstr(error.text, "writable"));
	assert_int_equal(configuration_load(folder, &configuration, &error),
	    -EINVAL);
	write_file(path, 0644, CONSUMER);
	assert_int_equal(configuration_load(path, &configuration, &error), 0);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(configuration_load(path, &configuration, &error),
	    -EINVAL);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(folder), 0);
}

static void
file_of_more_than_a_mebibyte_is_refused(void **state)
{
	CLEANUP(configuration_unref) struct configuration *configuration = NULL;
	char path[] = "/tmp/test_configuration.XXXXXX";
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (1 << 20) + 1), 0);
	assert_int_equal(configuration_load(path, &configuration, &error),
	    -EINVAL);
	assert_non_null(strstr(error.text, "1 MiB"));
	/* Another's: root alone can give one away. */
	if (geteuid() == 0) {
		assert_int_equal(fchown(fd, 4242, (gid_t)-1), 0);
		assert_int_equal(configuration_load(path, &configuration,
				     &error),
		    -EPERM);
		assert_non_null(strstr(error.text, "must belong to root"));
	}
	assert_int_equal(close(fd), 0);
	assert_int_equal(unlink(path), 0);
}

static void
services_are_limited_in_number(void **state)
{
	CLEANUP(configuration_unref) struct configuration *configuration = NULL;
	char text[4096];
	int len = snprintf(text, sizeof(text), "%s", CONSUMER);

	(void)state;
	for (int i = 0; i < 63; i++)
		len += snprintf(text + len, sizeof(text) - (size_t)len,
		    "[service s%d]\nmethods = totp\n", i);
	assert_int_equal(parse(text, &configuration), 0);
	configuration_unref(&configuration);
	(void)snprintf(text + len, sizeof(text) - (size_t)len,
	    "[service more]\nmethods = totp\n");
	assert_int_equal(parse(text, &configuration), -EINVAL);
	assert_non_null(strstr(error.text, "more than 63 services"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    what_the_file_does_not_say_comes_from_the_table),
		cmocka_unit_test(consumer_project_maps_nobody_unless_told),
		cmocka_unit_test(
		    service_inherits_from_the_star_then_from_the_table),
		cmocka_unit_test(every_form_of_value_is_read),
		cmocka_unit_test(file_without_newline_at_its_end_is_read),
		cmocka_unit_test(
		    bad_files_are_refused_with_file_line_and_reason),
		cmocka_unit_test(plain_http_is_taken_to_loopback_in_a_sandbox),
		cmocka_unit_test(
		    line_of_65501_bytes_is_too_long_and_one_less_is_not),
		cmocka_unit_test(longest_lists_fit),
		cmocka_unit_test(nul_byte_is_refused),
		cmocka_unit_test(value_is_never_in_the_message),
		cmocka_unit_test(reference_keeps_a_configuration_alive),
		cmocka_unit_test(
		    memory_that_runs_out_anywhere_is_an_error_and_no_leak),
		cmocka_unit_test(
		    file_must_be_regular_and_closed_to_others_writing),
		cmocka_unit_test(file_of_more_than_a_mebibyte_is_refused),
		cmocka_unit_test(file_that_cannot_be_read_whole_is_refused),
		cmocka_unit_test(services_are_limited_in_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
