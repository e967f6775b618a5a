/* SPDX-License-Identifier: BSD-2-Clause */
/* The inbox page, the page where links land, their files, and who there is. */
#include "config.h"

#include "sandbox/page.h"
#include "sandbox/people.h"
#include "tests/unit/sandbox_b2b_drive.h"

#include <string.h>

#define MARKUP "<img src=x onerror=y>'\"&"
#define ESCAPED "&lt;img src=x onerror=y&gt;&#39;&quot;&amp;"

/* GET target from this machine; the reply, to be cleared. */
static struct http_reply
get(struct sandbox *sandbox, const char *target)
{
	struct http_reply reply = HTTP_REPLY_INIT;
	const struct http_request http = { .method = "GET",
		.target = target,
		.host = "localhost",
		.local = true };

	sandbox_handle(sandbox, &http, &reply);
	return reply;
}

static void
assert_shows(struct sandbox *sandbox, const char *target, const char *text)
{
	CLEANUP(http_reply_clear)
	struct http_reply reply = get(sandbox, target);

	assert_int_equal(reply.status, 200);
	assert_true(reply.page);
	if (strstr(buf_text(&reply.body), text) == NULL)
		fail_msg("%s does not show %s", target, text);
	assert_null(strstr(buf_text(&reply.body), "{{"));
	assert_non_null(strstr(buf_text(&reply.body), "</html>"));
}

static void
assert_hides(struct sandbox *sandbox, const char *target, const char *text)
{
	CLEANUP(http_reply_clear)
	struct http_reply reply = get(sandbox, target);

	assert_int_equal(reply.status, 200);
	if (strstr(buf_text(&reply.body), text) != NULL)
		fail_msg("%s shows %s", target, text);
}

static void
add_faults(struct sandbox *sandbox, const char *fault)
{
	CLEANUP(json_free)
	cJSON *answer =
	    drive_control(sandbox, "POST", "/sandbox/faults", "%s", fault);

	assert_int_equal(int_at(answer, "status_code"), 200);
}

static void
a_message_shows_its_code_and_its_recipient(void **state)
{
	refused(API_OK, *state, "POST", "/v1/otps/email/login_or_create",
	    "{\"email\":\"o'neil&co@example.com\"}");
	CLEANUP(json_free)
	cJSON *mail = last_message(*state, "o'neil&co@example.com");

	assert_shows(*state, "/", text_at(mail, "code"));
	assert_shows(*state, "/", "<bdi>o&#39;neil&amp;co@example.com</bdi>");
	assert_shows(*state, "/", "/?to=o%27neil%26co%40example.com");
	assert_shows(*state, "/?to=O%27NEIL%26co%40example.com",
	    text_at(mail, "code"));
	assert_hides(*state, "/?to=someone@example.com", text_at(mail, "code"));
	assert_shows(*state, "/?to=someone@example.com",
	    "No message yet for this recipient.");
	/* The one who is looked at stands among the recipients. */
	assert_shows(*state, "/?to=someone@example.com",
	    "aria-current=\"page\"><bdi>someone@example.com</bdi>");
}

static void
a_link_is_one_that_can_be_clicked(void **state)
{
	refused(API_OK, *state, "POST", "/v1/magic_links/email/login_or_create",
	    "{\"email\":\"ann@example.com\"}");
	CLEANUP(json_free)
	cJSON *mail = last_message(*state, "ann@example.com");
	CLEANUP(buf_clear) struct buf button = BUF_INIT(4096);
	CLEANUP(buf_clear) struct buf inside = BUF_INIT(4096);

	page_add(&button, "rel=\"noreferrer\" href=\"", text_at(mail, "link"),
	    "\">Open link</a>");
	page_add(&inside,
	    "Log in by this link: <a target=\"_blank\" "
	    "rel=\"noreferrer\" href=\"",
	    text_at(mail, "link"), "\">");
	assert_shows(*state, "/", buf_text(&button));
	assert_shows(*state, "/", buf_text(&inside));
}

static void
only_web_addresses_become_links(void **state)
{
	static const struct {
		const char *text, *html;
	} cases[] = {
		{ "see http://a.example/?x=1&y=2 now",
		    "see <a target=\"_blank\" rel=\"noreferrer\" "
		    "href=\"http://a.example/?x=1&amp;y=2\">"
		    "http://a.example/?x=1&amp;y=2</a> now" },
		{ "https://a\"onclick=\"b",
		    "<a target=\"_blank\" rel=\"noreferrer\" "
		    "href=\"https://a\">https://a</a>&quot;onclick=&quot;b" },
		{ "javascript:alert(1)", "javascript:alert(1)" },
		{ "data:text/html,x HTTP://a", "data:text/html,x HTTP://a" },
		{ "http:/a <b>", "http:/a &lt;b&gt;" },
		{ "", "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(buf_clear) struct buf page = BUF_INIT(4096);

		page_add_linked(&page, "", cases[i].text, "");
		assert_string_equal(buf_text(&page), cases[i].html);
	}
	assert_false(page_is_web("javascript:alert(1)"));
	assert_false(page_is_web("ftp://a.example"));
	assert_false(page_is_web(" http://a.example"));
}

static void
whatever_people_write_is_text(void **state)
{
	CLEANUP(json_free) cJSON *fault = json_object();
	CLEANUP(string_free) char *fault_text = NULL;

	json_set_string(fault, "path", MARKUP);
	json_set_string(fault, "error_type", MARKUP);
	fault_text = json_text(fault);
	add_faults(*state, fault_text);
	refused(API_OK, *state, "POST", "/v1/users",
	    "{\"email\":\"a@example.com\",\"name\":{\"first_name\":"
	    "\"<img src=x onerror=y>'\\\"&\"}}");
	assert_b2b(API_OK, state, "POST", ORGANIZATIONS,
	    "{\"organization_name\":\"<img src=x onerror=y>'\\\"&\","
	    "\"organization_slug\":\"rude\"}");
	assert_b2b(API_OK, state, "POST", ORGANIZATIONS "/rude/members",
	    "{\"email_address\":\"b@example.com\",\"name\":"
	    "\"<img src=x onerror=y>'\\\"&\"}");
	assert_call(API_ROUTE_NOT_FOUND, *state, VERTICAL_CONSUMER, MARKUP,
	    "/v1/" MARKUP, NULL);
	assert_hides(*state, "/", "<img src=x");
	assert_shows(*state, "/", "<b><bdi>" ESCAPED "</bdi></b>");
	assert_shows(*state, "/", "<code>" ESCAPED "</code>");
	assert_shows(*state, "/", "<summary><b><bdi>" ESCAPED);
	assert_hides(*state, "/?to=%3Cimg%20src=x", "<img src=x");
	assert_hides(*state, "/?to=&control_token=%3Cimg%20src=x",
	    "<img src=x");
	assert_shows(*state, "/sandbox/landing?token=" MARKUP,
	    "/sandbox/landing?token=" ESCAPED);
	assert_hides(*state, "/sandbox/landing?" MARKUP "=%3Cimg%20src=x",
	    "<img src=x");
}

static void
pages_load_nothing_from_elsewhere(void **state)
{
	static const char *const targets[] = { "/", "/sandbox/landing?token=x",
		"/v1/magic_links/redirect?token=x", "/sandbox/page.css",
		"/sandbox/page.js" };
	static const char *const words[] = { "src=\"http", "src=\"//", "url(",
		"@import", "href=\"//", "style=\"", "onclick", "eval" };

	for (size_t i = 0; i < ARRAY_LEN(targets); i++) {
		CLEANUP(http_reply_clear)
		struct http_reply reply = get(*state, targets[i]);

		assert_true(reply.body.len > 100);
		for (size_t j = 0; j < ARRAY_LEN(words); j++)
			assert_null(strstr(buf_text(&reply.body), words[j]));
	}
}

static void
style_and_script_are_for_everybody_and_whole(void **state)
{
	static const struct {
		const char *target, *type, *end;
	} cases[] = {
		{ "/sandbox/page.css", "text/css; charset=utf-8", "}\n" },
		{ "/sandbox/page.js?x", "text/javascript; charset=utf-8",
		    "}\n" },
		{ "/sandbox/icon.svg", "image/svg+xml", "</svg>\n" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(http_reply_clear)
		struct http_reply reply = HTTP_REPLY_INIT;
		const struct http_request afar = { .method = "GET",
			.target = cases[i].target };
		const char *text;

		sandbox_handle(*state, &afar, &reply);
		text = buf_text(&reply.body);
		assert_int_equal(reply.status, 200);
		assert_string_equal(reply.content_type, cases[i].type);
		assert_int_equal(strlen(text), reply.body.len);
		assert_string_equal(text + reply.body.len -
			strlen(cases[i].end),
		    cases[i].end);
	}
	{
		CLEANUP(http_reply_clear)
		struct http_reply reply = get(*state, "/sandbox/page.css.map");

		assert_int_equal(reply.status, 404);
	}
}

static void
the_page_is_only_read(void **state)
{
	static const char *const methods[] = { "POST", "PUT", "DELETE", "X" };

	for (size_t i = 0; i < ARRAY_LEN(methods); i++) {
		CLEANUP(http_reply_clear)
		struct http_reply reply = HTTP_REPLY_INIT;
		const struct http_request http = { .method = methods[i],
			.target = "/",
			.host = "localhost",
			.local = true };

		sandbox_handle(*state, &http, &reply);
		assert_int_equal(reply.status, 405);
	}
}

static void
links_keep_the_control_token(void **state)
{
	refused(API_OK, *state, "POST", "/v1/otps/email/login_or_create",
	    "{\"email\":\"a@example.com\"}");
	assert_shows(*state, "/?control_token=a%20%26b",
	    "href=\"/?to=a%40example.com&amp;control_token=a%20%26b\"");
	assert_shows(*state, "/?control_token=a%20%26b",
	    "href=\"/?control_token=a%20%26b\"");
	assert_hides(*state, "/", "control_token");
}

/* The landing page is for everybody: it neither has the token nor asks. */
static void
the_landing_page_leads_only_to_an_open_inbox(void **state)
{
	const struct sandbox_options options = { .db = ":memory:",
		.base_url = "http://127.0.0.1:1",
		.control_token = "secret" };
	struct sandbox *guarded = NULL;

	assert_int_equal(sandbox_new(&options, &guarded), 0);
	assert_shows(*state, "/sandbox/landing?token=t", "To the inbox");
	assert_hides(guarded, "/sandbox/landing?token=t", "To the inbox");
	assert_hides(guarded, "/sandbox/landing?token=t", "secret");
	assert_shows(guarded, "/sandbox/landing?token=t",
	    "<dt>token</dt><dd><code>t</code></dd>");
	sandbox_free(&guarded);
}

static void
faults_that_are_set_are_shown(void **state)
{
	assert_shows(*state, "/", "None: every call");
	add_faults(*state, "{\"path\":\"/v1/users/*\",\"latency_ms\":700}");
	add_faults(*state, "{\"status\":503,\"count\":2}");
	add_faults(*state, "{\"hang\":true,\"count\":1}");
	assert_shows(*state, "/",
	    "<code>/v1/users/*</code> <b>700 ms late</b> until cleared");
	assert_shows(*state, "/",
	    "<code>/v1/*</code> <b>status 503</b> 2 more times");
	assert_shows(*state, "/", "<b>hang</b> 1 more time<");
	assert_hides(*state, "/", "None: every call");
}

/* ---- Who there is. ---- */

static void
people_are_told_in_short(void **state)
{
	CLEANUP(json_free)
	cJSON *user = make_user(*state, "a@example.com", "ann");
	CLEANUP(json_free) cJSON *people = NULL;

	people = drive_control(*state, "GET", "/sandbox/people", NULL);
	assert_int_equal(int_at(people, "users.total"), 1);
	assert_string_equal(text_at(people, "users.list.0.user_id"),
	    text_at(user, "user_id"));
	assert_string_equal(text_at(people, "users.list.0.external_id"), "ann");
	assert_string_equal(text_at(people, "users.list.0.emails.0"),
	    "a@example.com");
	assert_false(bool_at(people, "users.list.0.locked"));
	assert_null(json_at(people, "users.list.0.factors.0"));
	assert_null(json_at(people, "users.list.0.name"));
	assert_int_equal(int_at(people, "organizations.total"), 2);
	assert_string_equal(text_at(people, "organizations.list.1.slug"),
	    "plain");
	assert_non_null(
	    json_at(people, "organizations.list.1.members.list.0.member_id"));
}

static void
factors_and_locks_of_people_are_told(void **state)
{
	CLEANUP(json_free) cJSON *people = NULL;
	CLEANUP(json_free)
	cJSON *seeded = drive_control(*state, "POST", "/sandbox/seed",
	    "{\"users\":[{\"external_id\":\"m\",\"emails\":[\"m@example.com\"],"
	    "\"password\":\"correct-Zebra-47-lantern\",\"locked\":true,"
	    "\"totp\":{\"secret\":\"JBSWY3DPEHPK3PXP\"}}]}");

	assert_int_equal(int_at(seeded, "status_code"), 200);
	people = drive_control(*state, "GET", "/sandbox/people", NULL);
	assert_true(bool_at(people, "users.list.0.locked"));
	assert_string_equal(text_at(people, "users.list.0.factors.0"),
	    "password");
	assert_string_equal(text_at(people, "users.list.0.factors.1"), "totp");
	advance(*state, 3601);
	json_free(&people);
	people = drive_control(*state, "GET", "/sandbox/people", NULL);
	assert_false(bool_at(people, "users.list.0.locked"));
}

static void
no_secret_of_people_is_told(void **state)
{
	CLEANUP(json_free)
	cJSON *seeded = drive_control(*state, "POST", "/sandbox/seed",
	    "{\"users\":[{\"external_id\":\"m\",\"emails\":[\"m@example.com\"],"
	    "\"password\":\"correct-Zebra-47-lantern\",\"totp\":{\"secret\":"
	    "\"JBSWY3DPEHPK3PXP\",\"recovery_codes\":[\"aaaa-bbbb-cccc\"]},"
	    "\"trusted_metadata\":{\"k\":\"kept-private\"}}]}");
	static const char *const secrets[] = { "Zebra", "JBSWY3DPEHPK3PXP",
		"aaaa-bbbb", "kept-private", TOM_SECRET, "$2", "$argon" };
	CLEANUP(http_reply_clear)
	struct http_reply people = get(*state, "/sandbox/people?limit=1000");
	CLEANUP(http_reply_clear) struct http_reply page = get(*state, "/");

	assert_int_equal(int_at(seeded, "status_code"), 200);
	assert_non_null(strstr(buf_text(&people.body), "m@example.com"));
	for (size_t i = 0; i < ARRAY_LEN(secrets); i++) {
		assert_null(strstr(buf_text(&people.body), secrets[i]));
		assert_null(strstr(buf_text(&page.body), secrets[i]));
	}
}

static void
people_are_as_many_as_asked_for(void **state)
{
	static const char *const bad[] = { "/sandbox/people?limit=-1",
		"/sandbox/people?limit=1001",
		"/sandbox/people?limit=", "/sandbox/people?limit=x",
		"/sandbox/people?limit=1x",
		"/sandbox/people?limit=99999999999999999999" };
	CLEANUP(json_free) cJSON *people = NULL;

	for (int i = 0; i < 3; i++)
		refused(API_OK, *state, "POST", "/v1/users",
		    "{\"email\":\"u%d@example.com\"}", i);
	people = drive_control(*state, "GET", "/sandbox/people?limit=1", NULL);
	assert_int_equal(int_at(people, "users.total"), 3);
	assert_string_equal(text_at(people, "users.list.0.emails.0"),
	    "u2@example.com");
	assert_null(json_at(people, "users.list.1"));
	assert_null(json_at(people, "organizations.list.1"));
	/* The limit is of members in all organizations together. */
	assert_non_null(json_at(people, "organizations.list.0.members.list.0"));
	assert_null(json_at(people, "organizations.list.0.members.list.1"));
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		CLEANUP(json_free)
		cJSON *refusal = drive_control(*state, "GET", bad[i], NULL);

		assert_int_equal(int_at(refusal, "status_code"), 400);
	}
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, drive_setup, drive_teardown)
#define TEST_B2B(name) \
	cmocka_unit_test_setup_teardown(name, b2b_setup, drive_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_message_shows_its_code_and_its_recipient),
		TEST(a_link_is_one_that_can_be_clicked),
		TEST(only_web_addresses_become_links),
		TEST(whatever_people_write_is_text),
		TEST(pages_load_nothing_from_elsewhere),
		TEST(style_and_script_are_for_everybody_and_whole),
		TEST(the_page_is_only_read),
		TEST(links_keep_the_control_token),
		TEST(the_landing_page_leads_only_to_an_open_inbox),
		TEST(faults_that_are_set_are_shown),
		TEST_B2B(people_are_told_in_short),
		TEST(factors_and_locks_of_people_are_told),
		TEST_B2B(no_secret_of_people_is_told),
		TEST_B2B(people_are_as_many_as_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
