/* SPDX-License-Identifier: BSD-2-Clause */
/* Driving the sandbox's request path in process. */
#include "config.h"

#include "tests/unit/sandbox_drive.h"

#include "sandbox/key.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONSUMER "project-test-11111111-1111-4111-8111-111111111111:consumer"
#define B2B "project-test-22222222-2222-4222-8222-222222222222:business"

int
drive_setup(void **state)
{
	const struct sandbox_options options = {
		.db = ":memory:",
		.base_url = "http://127.0.0.1:1",
		.projects = { CONSUMER, B2B },
	};
	struct sandbox *sandbox = NULL;

	if (sandbox_new(&options, &sandbox) != 0)
		return -1;
	*state = sandbox;
	/* However slow the machine is, no test is late. */
	{
		CLEANUP(json_free)
		cJSON *answer = drive_control(sandbox, "POST", "/sandbox/clock",
		    "{\"freeze\":true}");

		assert_int_equal(int_at(answer, "status_code"), 200);
	}
	return 0;
}

int
drive_teardown(void **state)
{
	struct sandbox *sandbox = *state;

	sandbox_free(&sandbox);
	return 0;
}

static cJSON *
run(struct sandbox *sandbox, struct http_request *http)
{
	CLEANUP(http_reply_clear) struct http_reply reply = HTTP_REPLY_INIT;
	cJSON *answer;

	sandbox_handle(sandbox, http, &reply);
	assert_int_equal(buf_error(&reply.body), 0);
	answer = json_parse(buf_text(&reply.body), reply.body.len);
	assert_non_null(answer);
	if (json_get(answer, "status_code") != NULL)
		assert_int_equal(json_int(answer, "status_code", 0),
		    reply.status);
	else if (cJSON_IsObject(answer))
		json_set_int(answer, "status_code", reply.status);
	return answer;
}

cJSON *
drive(struct sandbox *sandbox, enum vertical vertical, const char *method,
    const char *target, const char *json, ...)
{
	const struct project *project = sandbox_project(sandbox, vertical);
	CLEANUP(buf_clear) struct buf pair = BUF_INIT(1024);
	CLEANUP(buf_clear) struct buf header = BUF_INIT(1024);
	char body[16384] = "";
	struct http_request http = { .method = method, .target = target };
	va_list values;

	buf_addf(&pair, "%s:%s", project->id, project->secret);
	buf_adds(&header, "Basic ");
	base64_add(&header, buf_text(&pair), pair.len);
	http.authorization = buf_text(&header);
	if (json != NULL) {
		va_start(values, json);
		(void)vsnprintf(body, sizeof(body), json, values);
		va_end(values);
		http.body = body;
		http.body_len = strlen(body);
	}
	return run(sandbox, &http);
}

cJSON *
drive_control(struct sandbox *sandbox, const char *method, const char *target,
    const char *json, ...)
{
	char body[16384] = "";
	struct http_request http = {
		.method = method,
		.target = target,
		.host = "127.0.0.1:1",
		.local = true,
	};
	va_list values;

	if (json != NULL) {
		va_start(values, json);
		(void)vsnprintf(body, sizeof(body), json, values);
		va_end(values);
		http.body = body;
		http.body_len = strlen(body);
	}
	return run(sandbox, &http);
}

void
assert_answer(const cJSON *answer, enum api_error error)
{
	const char *type = json_string(answer, "error_type");

	if (error == API_OK) {
		if (type != NULL)
			fail_msg("%s: %s", type,
			    json_string(answer, "error_message"));
		assert_in_range(json_int(answer, "status_code", 0), 200, 299);
		return;
	}
	if (type == NULL)
		fail_msg("success in place of %s", error_row(error)->type);
	assert_string_equal(type, error_row(error)->type);
	assert_int_equal(json_int(answer, "status_code", 0),
	    error_row(error)->status);
}

const cJSON *
json_at(const cJSON *answer, const char *path)
{
	char name[128];

	while (answer != NULL && *path != '\0') {
		size_t len = strcspn(path, ".");

		assert_true(len < sizeof(name));
		memcpy(name, path, len);
		name[len] = '\0';
		if (cJSON_IsArray(answer))
			answer = cJSON_GetArrayItem(answer,
			    (int)strtol(name, NULL, 10));
		else
			answer = json_get(answer, name);
		path += len + (path[len] == '.');
	}
	return answer;
}

const char *
text_at(const cJSON *answer, const char *path)
{
	const cJSON *value = json_at(answer, path);

	if (!cJSON_IsString(value))
		fail_msg("no text at %s", path);
	return value->valuestring;
}

int64_t
int_at(const cJSON *answer, const char *path)
{
	const cJSON *value = json_at(answer, path);

	if (!json_is_int(value))
		fail_msg("no number at %s", path);
	return (int64_t)value->valuedouble;
}

bool
bool_at(const cJSON *answer, const char *path)
{
	const cJSON *value = json_at(answer, path);

	if (!cJSON_IsBool(value))
		fail_msg("no truth at %s", path);
	return cJSON_IsTrue(value) != 0;
}

cJSON *
last_message(struct sandbox *sandbox, const char *to)
{
	CLEANUP(buf_clear) struct buf target = BUF_INIT(1024);
	CLEANUP(json_free) cJSON *list = NULL;
	cJSON *message;

	buf_adds(&target, "/sandbox/messages?to=");
	buf_add_encoded(&target, to);
	list = drive_control(sandbox, "GET", buf_text(&target), NULL);
	message = cJSON_DetachItemFromArray(list, 0);
	if (message == NULL)
		fail_msg("no message to %s", to);
	return message;
}

char *
project_jwt(struct sandbox *sandbox, enum vertical vertical, const char *claims,
    int64_t expires_in)
{
	CLEANUP(json_free) cJSON *json = json_parse(claims, strlen(claims));
	struct request rq;
	char *jwt;

	store_begin(sandbox_store(sandbox));
	sandbox_request(sandbox, vertical, &rq);
	json_set_int(json, "iat", rq.now_us / SECOND_US);
	json_set_int(json, "exp", rq.now_us / SECOND_US + expires_in);
	jwt = key_sign(&rq, json);
	assert_int_equal(store_end(sandbox_store(sandbox), true), 0);
	assert_non_null(jwt);
	return jwt;
}

void
advance(struct sandbox *sandbox, int64_t seconds)
{
	CLEANUP(json_free)
	cJSON *answer = drive_control(sandbox, "POST", "/sandbox/clock",
	    "{\"advance_seconds\":%lld}", (long long)seconds);

	assert_int_equal(int_at(answer, "status_code"), 200);
}

cJSON *
make_user(struct sandbox *sandbox, const char *email, const char *external_id)
{
	cJSON *user = consumer(sandbox, "POST", "/v1/users",
	    "{\"email\":\"%s\",\"external_id\":\"%s\"}", email, external_id);

	assert_answer(user, API_OK);
	return user;
}

void
add_user(struct sandbox *sandbox, const char *email, const char *external_id)
{
	cJSON *user = make_user(sandbox, email, external_id);

	json_free(&user);
}

void
assert_user(const cJSON *user)
{
	static const char *const members[] = { "user_id", "emails", "status",
		"phone_numbers", "webauthn_registrations", "providers", "totps",
		"crypto_wallets", "biometric_registrations", "is_locked",
		"roles", "name", "created_at", "password", "trusted_metadata",
		"untrusted_metadata", "external_id", "lock_created_at",
		"lock_expires_at" };
	const cJSON *member;

	for (size_t i = 0; i < ARRAY_LEN(members); i++) {
		if (json_get(user, members[i]) == NULL)
			fail_msg("a user without %s", members[i]);
	}
	cJSON_ArrayForEach (member, user) {
		size_t i = 0;

		while (i < ARRAY_LEN(members) &&
		    strcmp(members[i], member->string) != 0)
			i++;
		if (i == ARRAY_LEN(members) &&
		    strcmp(member->string, "request_id") != 0 &&
		    strcmp(member->string, "status_code") != 0)
			fail_msg("a user with %s", member->string);
	}
}
