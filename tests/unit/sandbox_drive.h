/* SPDX-License-Identifier: BSD-2-Clause */
/* Driving the sandbox's request path in process, for its unit tests. */
#ifndef TESTS_UNIT_SANDBOX_DRIVE_H
#define TESTS_UNIT_SANDBOX_DRIVE_H

#include "sandbox/sandbox.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/*
 * cmocka's setup and teardown: *state is a struct sandbox in memory, whose
 * clock moves by advance() alone.
 */
int drive_setup(void **state);
int drive_teardown(void **state);

/*
 * One request with the project's credentials; json (a printf format) is the
 * body, NULL for none.  The answer's body, whose status_code is that of HTTP;
 * freed by the caller (CLEANUP(json_free)).
 */
cJSON *drive(struct sandbox *sandbox, enum vertical vertical,
    const char *method, const char *target, const char *json, ...)
    PRINTF_LIKE(5, 6);

/* As drive(), on a control route, without credentials. */
cJSON *drive_control(struct sandbox *sandbox, const char *method,
    const char *target, const char *json, ...) PRINTF_LIKE(4, 5);

/* Fail the test unless the answer is that error (or 200 for API_OK). */
void assert_answer(const cJSON *answer, enum api_error error);
/* One call whose answer is only that. */
#define assert_call(error, ...) \
	do { \
		CLEANUP(json_free) cJSON *answer_ = drive(__VA_ARGS__); \
		assert_answer(answer_, error); \
	} while (0)

/* A string or number by path, "user.emails.0.email"; fails if it is not
 * there. */
const char *text_at(const cJSON *answer, const char *path);
int64_t int_at(const cJSON *answer, const char *path);
bool bool_at(const cJSON *answer, const char *path);
/* Any value by path, or NULL. */
const cJSON *json_at(const cJSON *answer, const char *path);

/* The newest message to someone; fails if there is none. */
cJSON *last_message(struct sandbox *sandbox, const char *to);

/* A Consumer call, as most tests make it. */
#define consumer(sandbox, ...) drive(sandbox, VERTICAL_CONSUMER, __VA_ARGS__)
#define refused(error, sandbox, ...) \
	assert_call(error, sandbox, VERTICAL_CONSUMER, __VA_ARGS__)

/*
 * A new Consumer user with that address and external id; the ids, freed by
 * the caller: user_id and email_id.
 */
cJSON *make_user(struct sandbox *sandbox, const char *email,
    const char *external_id);

/* The same where the ids do not matter. */
void add_user(struct sandbox *sandbox, const char *email,
    const char *external_id);

/* Fail the test unless the object has exactly what the models say a
 * Consumer user has. */
void assert_user(const cJSON *user);

/* A JWT that the project signs, good for so many seconds; freed by free(). */
char *project_jwt(struct sandbox *sandbox, enum vertical vertical,
    const char *claims, int64_t expires_in);

/* Move the clock. */
void advance(struct sandbox *sandbox, int64_t seconds);

#endif
