/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "stytchctl/api.h"

#include "common/buf.h"
#include "tests/unit/http_server.h"

#include <cjson/cJSON.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#define WORDS_MAX 64
#define CANARY "canary-5f1c"

static char folder[] = "/tmp/test_ctl_api.XXXXXX";
static char secret_path[64], canary_path[64], body_path[64];
static char *out, *err;
static size_t out_len, err_len;

static void
write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(path, 0600), 0);
}

static int
set_up(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(folder));
	(void)snprintf(secret_path, sizeof(secret_path), "%s/secret", folder);
	(void)snprintf(canary_path, sizeof(canary_path), "%s/canary", folder);
	(void)snprintf(body_path, sizeof(body_path), "%s/body", folder);
	write_file(secret_path, "secret-test-1\n");
	write_file(canary_path, CANARY "\n");
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	(void)unlink(secret_path);
	(void)unlink(canary_path);
	(void)unlink(body_path);
	free(out);
	free(err);
	return rmdir(folder);
}

/* Run stytchctl with the words of an array that ends with NULL. */
static int
run_words(const char *const *words)
{
	char *argv[WORDS_MAX + 2];
	int argc = 0;
	FILE *out_file, *err_file;
	int result;

	free(out);
	free(err);
	out = NULL;
	err = NULL;
	argv[argc++] = strdup("stytchctl");
	for (; *words != NULL && argc <= WORDS_MAX; words++)
		argv[argc++] = strdup(*words);
	argv[argc] = NULL;
	out_file = open_memstream(&out, &out_len);
	err_file = open_memstream(&err, &err_len);
	result = (int)command_main(argc, argv, out_file, err_file);
	(void)fclose(out_file);
	(void)fclose(err_file);
	for (int i = 0; i < argc; i++)
		free(argv[i]);
	return result;
}

/* The same, split at blanks; "@" stands for the project's options. */
static int
run(const char *url, const char *line)
{
	const char *words[WORDS_MAX + 1];
	char *copy = strdup(line);
	char *rest = copy, *word;
	size_t count = 0;
	int result;

	while ((word = strsep(&rest, " ")) != NULL && count < WORDS_MAX - 6) {
		if (strcmp(word, "@") != 0) {
			words[count++] = word;
			continue;
		}
		words[count++] = "--project-id";
		words[count++] = "project-test-1";
		words[count++] = "--secret-file";
		words[count++] = secret_path;
		words[count++] = "--base-url";
		words[count++] = url;
	}
	words[count] = NULL;
	result = run_words(words);
	free(copy);
	return result;
}

#define NOWHERE "http://127.0.0.1:1"

/* What is wrong on the command line is said, and nothing is sent. */
static void
wrong_arguments_are_usage_errors(void **state)
{
	static const struct {
		const char *line;
		const char *says;
	} rows[] = {
		{ "api", "usage: stytchctl api" },
		{ "api otps", "usage: stytchctl api otps" },
		{ "api b2b organizations members", "api b2b organizations" },
		{ "api nonsense", "no such endpoint" },
		{ "api otp", "no such endpoint" },
		{ "api otps sms send now", "no such endpoint" },
		{ "api otps sms send --help now", "words stand together" },
		{ "api otps --phone-number 1", "unknown option" },
		{ "api users get -x", "words stand together" },
		{ "api users get -- x", "words stand together" },
		{ "api users get --nonsense 1", "has no option --nonsense" },
		{ "api users get --user 1", "has no option --user" },
		{ "api users get --user-i 1", "has no option --user-i" },
		{ "api users get --user-id", "--user-id needs a value" },
		{ "api users get --user-id-file x", "has no option" },
		{ "api users get --user-id.x 1", "has no option" },
		{ "api users get @", "--user-id is required" },
		{ "api users get --user-id .. @", "--user-id" },
		{ "api users get --user-id u --body x", "takes no --body" },
		{ "api users get --all", "takes no --all" },
		{ "api --all users get --user-id u", "takes no --all" },
		{ "api --user-id u users get", "unknown option --user-id" },
		{ "api --json users --table get", "words stand together" },
		{ "api --project-id", "--project-id needs ID" },
		{ "api users get --member-session-token", "takes no" },
		{ "api users get --json=1", "--json takes no value" },
		{ "api users get --json --json", "--json stands twice" },
		{ "api users get --json --table", "--json or --table" },
		{ "api users get --project-id", "--project-id needs ID" },
		{ "api users get --project-id=", "--project-id needs ID" },
		{ "api users get --user-id u --base-url x", "go with" },
		{ "api users get --user-id u --config x --project-id y",
		    "not both" },
		{ "api users get --user-id u --config /nonexistent",
		    "/nonexistent" },
		{ "api users create --name x @", "--name: is not JSON" },
		{ "api users create --name {}x @", "--name: is not JSON" },
		{ "api users create --name.last 1 @", "has no option" },
		{ "api users create --create-user-as-pending=maybe @",
		    "is true or false" },
		{ "api users create --email 1 @", "--email is not" },
		{ "api users search --limit many @", "not a whole number" },
		{ "api users search --limit 1x @", "not a whole number" },
		{ "api users search --limit 99999999999999999999 @",
		    "not a whole number" },
		{ "api users search --limit 1001 @", "--limit is more than" },
		{ "api users search --query.operands {] @", "is not JSON" },
		{ "api users search --body /nonexistent @", "cannot read" },
		{ "api otps sms send --phone-number 1 @", "--phone-number" },
		{ "api passwords authenticate --password x", "is a secret" },
		{ "api passwords authenticate --password=x", "is a secret" },
		{ "api passwords authenticate --password-file", "needs FILE" },
		{ "api passwords authenticate --password-file= ",
		    "needs FILE" },
		{ "api passwords authenticate --email a@b.co "
		  "--password-file /nonexistent @",
		    "cannot read" },
		{ "api passwords authenticate --email a@b.co "
		  "--password-file /dev/null @",
		    "empty" },
		{ "api passwords authenticate --password-file - "
		  "--session-token-file - @",
		    "only one option" },
		{ "api passwords migrate --scrypt-config {\"salt\":\"x\"} @",
		    "a secret is not given" },
		{ "api b2b sso get-connections --member-session-token x",
		    "is a secret" },
		{ "api b2b sso get-connections --member-session-token "
		  "--member-session-jwt",
		    "not both" },
		{ "--config x api", "api stands first" },
		{ "api otps\x1b[2J", "no such endpoint" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (run(NOWHERE, rows[i].line) != CTL_USAGE ||
		    strstr(err, rows[i].says) == NULL || out[0] != '\0')
			fail_msg("%s: %s%s", rows[i].line, err, out);
		if (strchr(err, '\x1b') != NULL)
			fail_msg("%s: an escape got through", rows[i].line);
	}
}

/* Each request of a script: the command, and what went over the wire. */
static void
options_become_the_request(void **state)
{
	static const struct {
		const char *line;
		const char *request; /* how it begins */
		const char *body;    /* how it ends */
	} rows[] = {
		{ "api users get --user-id a/b? @",
		    "GET /v1/users/a%2Fb%3F HTTP/1.1\r\n", "\r\n\r\n" },
		{ "api @ users get --user-id u", "GET /v1/users/u HTTP/1.1\r\n",
		    "\r\n\r\n" },
		{ "api users update --user-id u --name.first_name A --name.last-name B @",
		    "PUT /v1/users/u HTTP",
		    "{\"name\":{\"first_name\":\"A\",\"last_name\":\"B\"}}" },
		{ "api users update --user-id u --name {\"first_name\":\"A\"} "
		  "--name.last-name B @",
		    "PUT /v1/users/u HTTP",
		    "{\"name\":{\"first_name\":\"A\",\"last_name\":\"B\"}}" },
		{ "api users create --email a@b.co --create-user-as-pending @",
		    "POST",
		    "{\"email\":\"a@b.co\",\"create_user_as_pending\":true}" },
		{ "api users create --email a@b.co --create-user-as-pending false @",
		    "POST",
		    "{\"email\":\"a@b.co\",\"create_user_as_pending\":false}" },
		{ "api users create --email a@b.co --create_user_as_pending=true @",
		    "POST",
		    "{\"email\":\"a@b.co\",\"create_user_as_pending\":true}" },
		{ "api users update --user-id u --roles a --roles=b @", "PUT",
		    "{\"roles\":[\"a\",\"b\"]}" },
		{ "api users update --user-id u --roles= @", "PUT",
		    "{\"roles\":[]}" },
		{ "api users update --user-id u --trusted-metadata.a-b_c.d x @",
		    "PUT", "{\"trusted_metadata\":{\"a-b_c.d\":\"x\"}}" },
		{ "api users update --user-id u --trusted-metadata {\"a\":1} "
		  "--trusted-metadata.b {\"c\":[]} @",
		    "PUT",
		    "{\"trusted_metadata\":{\"a\":1,\"b\":{\"c\":[]}}}" },
		{ "api users search --limit 7 --query.operator AND "
		  "--query.operands {\"filter_name\":\"user_id\","
		  "\"filter_value\":[\"a\"]} --query.operands "
		  "[{\"filter_name\":\"status\",\"filter_value\":\"active\"}] @",
		    "POST /v1/users/search HTTP",
		    "{\"limit\":7,\"query\":{\"operator\":\"AND\",\"operands\":["
		    "{\"filter_name\":\"user_id\",\"filter_value\":[\"a\"]},"
		    "{\"filter_name\":\"status\",\"filter_value\":\"active\"}]"
		    "}}" },
		{ "api sessions jwks get @",
		    "GET /v1/sessions/jwks/project-test-1 HTTP", "\r\n\r\n" },
		{ "api sessions jwks get --path.project-id other @",
		    "GET /v1/sessions/jwks/other HTTP", "\r\n\r\n" },
		{ "api sessions get --user-id u @",
		    "GET /v1/sessions?user_id=u HTTP", "\r\n\r\n" },
		{ "api b2b organizations delete --organization-id o @",
		    "DELETE /v1/b2b/organizations/o HTTP", "\r\n\r\n" },
	};
	static const struct http_answer script[] = { { 200, "{}", NULL, 0 } };
	CLEANUP(http_server_stop)
	struct http_server *server = http_server_start(NULL, script, 1);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const char *request;
		size_t len;

		if (run(http_server_url(server), rows[i].line) != CTL_OK)
			fail_msg("%s: %s", rows[i].line, err);
		request = http_server_request(server, i);
		len = strlen(request);
		if (strncmp(request, rows[i].request,
			strlen(rows[i].request)) != 0 ||
		    len < strlen(rows[i].body) ||
		    strcmp(request + len - strlen(rows[i].body),
			rows[i].body) != 0)
			fail_msg("%s: %s", rows[i].line, request);
	}
}

static void
body_and_options_add_up(void **state)
{
	static const struct http_answer script[] = { { 200, "{}", NULL, 0 } };
	CLEANUP(http_server_stop)
	struct http_server *server = http_server_start(NULL, script, 1);
	char line[256];

	(void)state;
	write_file(body_path,
	    "{\"email\":\"a@example.com\",\"name\":{\"first_name\":\"A\"}}");
	(void)snprintf(line, sizeof(line),
	    "api users create --name.last-name B --body %s @", body_path);
	assert_int_equal(run(http_server_url(server), line), CTL_OK);
	assert_non_null(strstr(http_server_request(server, 0),
	    "{\"email\":\"a@example.com\",\"name\":{\"first_name\":\"A\","
	    "\"last_name\":\"B\"}}"));
	(void)snprintf(line, sizeof(line), "api users create --body %s @",
	    body_path);
	write_file(body_path, "[]");
	assert_int_equal(run(NOWHERE, line), CTL_USAGE);
	write_file(body_path, "{\"name.first_name\":\"A\"}");
	assert_int_equal(run(NOWHERE, line), CTL_USAGE);
	write_file(body_path, "{\"nonsense\":\"A\"}");
	assert_int_equal(run(NOWHERE, line), CTL_USAGE);
	(void)snprintf(line, sizeof(line),
	    "api users update --user-id u --body %s @", body_path);
	write_file(body_path, "{\"user_id\":\"A\"}");
	assert_int_equal(run(NOWHERE, line), CTL_USAGE);
}

static void
exit_code_and_message_tell_the_outcome(void **state)
{
#define REFUSAL(type) \
	"{\"status_code\":404,\"request_id\":\"request-id-test-7\"," \
	"\"error_type\":\"" type "\",\"error_message\":\"no\\u001b[2J\"}"
	static const struct {
		struct http_answer answer;
		int exit;
		const char *says;
	} rows[] = {
		{ { 404, REFUSAL("user_not_found"), NULL, 0 }, CTL_REFUSED,
		    "not_found: user_not_found (status 404, request "
		    "request-id-test-7): no?[2J" },
		{ { 401, REFUSAL("unauthorized_credentials"), NULL, 0 },
		    CTL_REFUSED, "misconfigured: unauthorized_credentials" },
		{ { 429, REFUSAL("too_many_requests"), NULL, 0 }, CTL_REFUSED,
		    "throttled: too_many_requests" },
		{ { 500, REFUSAL("internal_server_error"), NULL, 0 },
		    CTL_UNREACHABLE, "unavailable: internal_server_error" },
		{ { 200, "no JSON", NULL, 0 }, CTL_UNREACHABLE, "protocol" },
		{ { 302, "", NULL, 0 }, CTL_UNREACHABLE, "protocol" },
		{ { 200, "", NULL, HTTP_DROPS }, CTL_UNREACHABLE,
		    "unavailable: " },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		CLEANUP(http_server_stop)
		struct http_server *server =
		    http_server_start(NULL, &rows[i].answer, 1);
		int code = run(http_server_url(server),
		    "api users delete --user-id u @");

		if (code != rows[i].exit || strstr(err, rows[i].says) == NULL ||
		    out[0] != '\0')
			fail_msg("%s: %d %s", rows[i].says, code, err);
	}
	assert_int_equal(run(NOWHERE, "api users delete --user-id u @"),
	    CTL_UNREACHABLE);
	assert_non_null(strstr(err, "unavailable: "));
}

static void
answers_are_json_or_a_table(void **state)
{
	static const struct http_answer script[] = {
		{ 200,
		    "{\"user_id\":\"user-1\",\"empty\":\"\",\"gone\":null,"
		    "\"name\":{\"first_name\":\"A\\u001b\\u009b\\u202e\"},"
		    "\"flag\":true,\"n\":5,\"roles\":[\"a\",\"b\"],\"emails\":"
		    "[{\"email\":\"x@y\",\"ok\":false},{\"email\":\"z@y\"}]}",
		    NULL, 0 },
	};
	CLEANUP(http_server_stop)
	struct http_server *server = http_server_start(NULL, script, 1);
	cJSON *json;

	(void)state;
	assert_int_equal(run(http_server_url(server),
			     "api users get --user-id u @"),
	    CTL_OK);
	json = cJSON_Parse(out);
	assert_non_null(json);
	assert_string_equal(cJSON_GetStringValue(
				cJSON_GetObjectItem(cJSON_GetObjectItem(json,
							"name"),
				    "first_name")),
	    "A\x1b\xc2\x9b\xe2\x80\xae");
	cJSON_Delete(json);
	assert_null(strchr(out, '\x1b'));
	assert_null(strstr(out, "\xc2\x9b"));
	assert_int_equal(run(http_server_url(server),
			     "api users get --user-id u --table @"),
	    CTL_OK);
	assert_string_equal(out,
	    "user_id: user-1\nname.first_name: A???\nflag: yes\nn: 5\n"
	    "roles: a, b\n\nemails (2):\n"
	    "EMAIL  OK\nx@y    no\nz@y    -\n");
}

static void
all_reads_every_page(void **state)
{
	static const struct http_answer script[] = {
		{ 200,
		    "{\"request_id\":\"r\",\"results\":[{\"user_id\":\"1\"},"
		    "{\"user_id\":\"2\"}],\"results_metadata\":{\"total\":3,"
		    "\"next_cursor\":\"c\"}}",
		    NULL, 0 },
		{ 200,
		    "{\"results\":[{\"user_id\":\"3\"}],\"results_metadata\":"
		    "{\"total\":3,\"next_cursor\":null}}",
		    NULL, 0 },
		{ 200, "{\"results\":[]}", NULL, 0 },
		{ 400, REFUSAL("bad_request"), NULL, 0 },
	};
	CLEANUP(http_server_stop)
	struct http_server *server = http_server_start(NULL, script, 4);

	(void)state;
	assert_int_equal(run(http_server_url(server),
			     "api users search --all --limit 2 @"),
	    CTL_OK);
	assert_string_equal(out,
	    "[{\"user_id\":\"1\"},\n {\"user_id\":\"2\"},\n "
	    "{\"user_id\":\"3\"}]\n");
	assert_string_equal(err, "");
	assert_non_null(strstr(http_server_request(server, 1),
	    "{\"limit\":2,\"cursor\":\"c\"}"));
	assert_int_equal(run(http_server_url(server),
			     "api users search --all @"),
	    CTL_OK);
	assert_string_equal(out, "[]\n");
	assert_int_equal(run(http_server_url(server),
			     "api users search --all --table @"),
	    CTL_REFUSED);
	assert_non_null(strstr(err, "bad_request"));
}

/* The words of an endpoint as they are typed: "otps", "sms", "send". */
static size_t
endpoint_words(const struct endpoint *endpoint, char *copy, const char **words)
{
	char *rest = copy, *word;
	size_t count = 0;

	memcpy(copy, endpoint->name, strlen(endpoint->name) + 1);
	words[count++] = "api";
	while ((word = strsep(&rest, ".")) != NULL)
		words[count++] = word;
	return count;
}

static void
every_endpoint_has_help_with_all_its_parameters(void **state)
{
	(void)state;
	for (unsigned id = 0; id < STYTCH_ENDPOINT_COUNT; id++) {
		const struct endpoint *endpoint =
		    endpoint_get((enum stytch_endpoint)id);
		const char *words[WORDS_MAX];
		char copy[128];
		size_t count = endpoint_words(endpoint, copy, words);

		words[count++] = "--help";
		words[count] = NULL;
		assert_int_equal(run_words(words), CTL_OK);
		assert_non_null(strstr(out, endpoint->path));
		for (const struct endpoint_param *param = endpoint->params;
		     param->name != NULL; param++) {
			char typed[API_NAME_SIZE];

			api_option_name(param, typed);
			if (strstr(out,
				api_has_option(param) ? typed : param->name) ==
			    NULL)
				fail_msg("%s: %s", endpoint->name, typed);
		}
	}
}

/* No parameter's option is another's, or one of stytchctl's own. */
static void
every_parameter_has_an_option_of_its_own(void **state)
{
	(void)state;
	for (unsigned id = 0; id < STYTCH_ENDPOINT_COUNT; id++) {
		const struct endpoint *endpoint =
		    endpoint_get((enum stytch_endpoint)id);

		for (const struct endpoint_param *param = endpoint->params;
		     param->name != NULL; param++) {
			char typed[API_NAME_SIZE];
			const char *key;
			bool is_file;

			if (!api_has_option(param))
				continue;
			api_option_name(param, typed);
			assert_ptr_equal(api_find_param(endpoint, typed,
					     strlen(typed), &key, &is_file),
			    param);
			for (const struct api_option *option =
				 api_option_table();
			     option->name != NULL; option++)
				assert_string_not_equal(option->name + 2,
				    typed);
		}
	}
}

/* Of every endpoint, each secret is masked in a dry run, and never taken
 * from the command line. */
static void
no_secret_of_any_endpoint_is_shown_or_taken_from_argv(void **state)
{
	unsigned seen = 0;

	(void)state;
	for (unsigned id = 0; id < STYTCH_ENDPOINT_COUNT; id++) {
		const struct endpoint *endpoint =
		    endpoint_get((enum stytch_endpoint)id);

		for (const struct endpoint_param *param = endpoint->params;
		     param->name != NULL; param++) {
			const char *words[WORDS_MAX];
			char copy[128], option[API_NAME_SIZE + 16];
			char typed[API_NAME_SIZE];
			size_t count;

			if ((param->flags & ENDPOINT_SECRET) == 0)
				continue;
			seen++;
			api_option_name(param, typed);
			(void)snprintf(option, sizeof(option), "--%s", typed);
			count = endpoint_words(endpoint, copy, words);
			words[count++] = option;
			words[count++] = CANARY;
			words[count] = NULL;
			assert_int_equal(run_words(words), CTL_USAGE);
			assert_non_null(strstr(err, "is a secret"));
			assert_null(strstr(err, CANARY));
			(void)snprintf(option, sizeof(option), "--%s-file",
			    typed);
			words[--count] = canary_path;
			words[++count] = "--dry-run";
			words[++count] = "--project-id";
			words[++count] = "project-test-1";
			words[++count] = NULL;
			(void)run_words(words);
			assert_null(strstr(out, CANARY));
			assert_null(strstr(err, CANARY));
		}
	}
	assert_true(seen > 150);
}

static void
dry_run_prints_and_does_not_send(void **state)
{
	char line[512];

	(void)state;
	(void)snprintf(line, sizeof(line),
	    "api passwords authenticate --email a@example.com "
	    "--password-file %s --session-token-file %s --dry-run "
	    "--project-id project-live-1",
	    canary_path, canary_path);
	assert_int_equal(run(NOWHERE, line), CTL_OK);
	assert_string_equal(out,
	    "POST https://api.stytch.com/v1/passwords/authenticate\n"
	    "Authorization: Basic project-live-1:***\n"
	    "Content-Type: application/json\n\n"
	    "{\"email\":\"a@example.com\",\"password\":\"***\","
	    "\"session_token\":\"***\"}\n");
	(void)snprintf(line, sizeof(line),
	    "api b2b sso get-connections --organization-id o "
	    "--member-session-token-file %s --dry-run @",
	    canary_path);
	assert_int_equal(run(NOWHERE, line), CTL_OK);
	assert_non_null(strstr(out, "\nX-Stytch-Member-Session: ***\n"));
	assert_null(strstr(out, CANARY));
	/* What would be refused is refused. */
	assert_int_equal(run(NOWHERE,
			     "api otps sms send --dry-run --project-id p"),
	    CTL_USAGE);
}

static void
the_manual_page_has_every_option(void **state)
{
	static char page[65536];
	FILE *file = fopen(TEST_SRCDIR "/stytchctl/stytchctl.8", "re");

	(void)state;
	assert_non_null(file);
	page[fread(page, 1, sizeof(page) - 1, file)] = '\0';
	(void)fclose(file);
	for (const struct api_option *option = api_option_table();
	     option->name != NULL; option++) {
		char wanted[64];

		(void)snprintf(wanted, sizeof(wanted), "Fl \\-%s",
		    option->name + 2);
		if (strstr(page, wanted) == NULL)
			fail_msg("stytchctl(8) lacks %s", option->name);
	}
}

static void
project_secret_must_be_private(void **state)
{
	(void)state;
	assert_int_equal(chmod(secret_path, 0644), 0);
	assert_int_equal(run(NOWHERE, "api users create @"), CTL_USAGE);
	assert_non_null(strstr(err, "0600"));
	assert_int_equal(chmod(secret_path, 0600), 0);
}

/* What the shells ask; see complete.c. */
static void
completion_offers_what_may_stand_next(void **state)
{
	static const struct {
		const char *line;
		const char *offers; /* a line of it, or "" for none at all */
	} rows[] = {
		{ "complete ", "accounts\t" },
		{ "complete acc", "accounts\t" },
		{ "complete accounts ", "show\t" },
		{ "complete sync --d", "--dry-run\t" },
		{ "complete status --d", "" },
		{ "complete status --config ", "\tfiles\n" },
		{ "complete nonsense ", "" },
		{ "complete api ", "otps\t7 endpoints\n" },
		{ "complete api crypto", "crypto-wallets\t" },
		{ "complete api otps sms ", "send\tPOST /v1/otps/sms/send\n" },
		{ "complete api b2b sso get", "get-connections\t" },
		{ "complete api nonsense ", "--help\t" },
		{ "complete api otps sms send --ph",
		    "--phone-number\tstring, required\n" },
		{ "complete api otps sms send --phone-number ", "" },
		{ "complete api users search --query.operator ", "AND\t" },
		{ "complete api users search --query.operator=A",
		    "--query.operator=AND\t" },
		{ "complete api users create --create-user-as-pending t",
		    "true\t" },
		{ "complete api users create --create-user-as-pending --n",
		    "--name.first-name\t" },
		{ "complete api passwords authenticate --pass",
		    "--password-file\tsecret, required\n" },
		{ "complete api passwords authenticate --password-file ",
		    "\tfiles\n" },
		{ "complete api users get --body", "" },
		{ "complete api users search --a", "--all\t" },
		{ "complete api b2b totp migrate --body.s",
		    "--body.secret-file\t" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		assert_int_equal(run(NOWHERE, rows[i].line), CTL_OK);
		if (rows[i].offers[0] == '\0'
			? out[0] != '\0'
			: strstr(out, rows[i].offers) == NULL)
			fail_msg("%s: %s", rows[i].line, out);
	}
}

/* By the offered words alone every endpoint is reached, and once. */
static unsigned
walk(const char *prefix)
{
	struct api_word words[API_WORDS_MAX];
	size_t count = api_words(prefix, words);
	unsigned found = 0;

	for (size_t i = 0; i < count; i++) {
		CLEANUP(buf_clear) struct buf name = BUF_INIT(127);
		char below[128] = "";
		unsigned inner;

		buf_addf(&name, "%s%s%s", prefix, prefix[0] != '\0' ? "." : "",
		    words[i].name);
		memcpy(below, buf_text(&name), name.len);
		for (char *at = below; *at != '\0'; at++)
			if (*at == '-')
				*at = '_';
		if (words[i].endpoint != NULL)
			assert_string_equal(words[i].endpoint->name, below);
		inner = words[i].below > 0 ? walk(below) : 0;
		assert_int_equal(inner, words[i].below);
		found += inner + (words[i].endpoint != NULL);
	}
	return found;
}

static void
words_lead_to_every_endpoint(void **state)
{
	(void)state;
	assert_int_equal(walk(""), STYTCH_ENDPOINT_COUNT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wrong_arguments_are_usage_errors),
		cmocka_unit_test(options_become_the_request),
		cmocka_unit_test(body_and_options_add_up),
		cmocka_unit_test(exit_code_and_message_tell_the_outcome),
		cmocka_unit_test(answers_are_json_or_a_table),
		cmocka_unit_test(all_reads_every_page),
		cmocka_unit_test(
		    every_endpoint_has_help_with_all_its_parameters),
		cmocka_unit_test(every_parameter_has_an_option_of_its_own),
		cmocka_unit_test(
		    no_secret_of_any_endpoint_is_shown_or_taken_from_argv),
		cmocka_unit_test(dry_run_prints_and_does_not_send),
		cmocka_unit_test(the_manual_page_has_every_option),
		cmocka_unit_test(project_secret_must_be_private),
		cmocka_unit_test(completion_offers_what_may_stand_next),
		cmocka_unit_test(words_lead_to_every_endpoint),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
