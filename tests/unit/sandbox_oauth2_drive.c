/* SPDX-License-Identifier: BSD-2-Clause */
/* Short ways to the authorization server. */
#include "config.h"

#include "tests/unit/sandbox_oauth2_drive.h"

#include <string.h>

cJSON *
oauth_call(void **state, const char *method, const char *target,
    const char *authorization, const char *body)
{
	CLEANUP(http_reply_clear) struct http_reply reply = HTTP_REPLY_INIT;
	const struct http_request http = {
		.method = method,
		.target = target,
		.authorization = authorization,
		.body = body,
		.body_len = body != NULL ? strlen(body) : 0,
	};
	cJSON *answer;

	sandbox_handle(*state, &http, &reply);
	answer = json_parse(buf_text(&reply.body), reply.body.len);
	assert_non_null(answer);
	json_set_int(answer, "http", reply.status);
	return answer;
}

cJSON *
oauth_post(void **state, const char *target, const char *body)
{
	return oauth_call(state, "POST", target, NULL, body);
}

void
assert_oauth_fault(void **state, const char *target, const char *error,
    int status, const char *body)
{
	CLEANUP(json_free) cJSON *answer = oauth_post(state, target, body);

	assert_string_equal(text_at(answer, "error"), error);
	assert_int_equal(int_at(answer, "http"), status);
	assert_int_equal(int_at(answer, "status_code"), status);
	assert_non_null(json_at(answer, "error_description"));
	assert_non_null(json_at(answer, "error_uri"));
	assert_non_null(json_at(answer, "request_id"));
}

struct oauth_app
oauth_make_app(void **state, enum vertical vertical, const char *type,
    const char *more)
{
	CLEANUP(json_free)
	cJSON *made =
	    drive(*state, vertical, "POST", "/v1/connected_apps/clients",
		"{\"client_type\":\"%s\",\"client_name\":\"App\","
		"\"redirect_urls\":[\"" URL "\"]%s}",
		type, more);
	const char *secret =
	    json_string(json_at(made, "connected_app"), "client_secret");
	struct oauth_app app;

	assert_answer(made, API_OK);
	app.vertical = vertical;
	app.id = target_of("%s", text_at(made, "connected_app.client_id"));
	app.secret = (struct target){ .text = "" };
	if (secret != NULL)
		app.secret = target_of("%s", secret);
	return app;
}

cJSON *
oauth_authorize(void **state, const struct oauth_app *app, const char *scopes,
    const char *more)
{
	return consumer(*state, "POST", AUTHORIZE,
	    "{\"client_id\":\"%s\",\"redirect_uri\":\"" URL "\","
	    "\"response_type\":\"code\",\"user_id\":\"u\",\"scopes\":[%s],"
	    "\"state\":\"s t\"%s}",
	    app->id.text, scopes, more);
}

cJSON *
oauth_redeem(void **state, const struct oauth_app *app, const char *kind,
    const char *value, const char *more)
{
	bool code = strcmp(kind, "code") == 0;

	return oauth_post(state,
	    app->vertical == VERTICAL_B2B ? B2B_PUBLIC "oauth2/token" : TOKEN,
	    target_of("grant_type=%s&%s=%s&client_id=%s&client_secret=%s%s",
		code ? "authorization_code" : "refresh_token", kind, value,
		app->id.text, app->secret.text, more)
		.text);
}
