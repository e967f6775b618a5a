/* SPDX-License-Identifier: BSD-2-Clause */
/* Short ways to the B2B endpoints, for the unit tests of the sandbox. */
#ifndef TESTS_UNIT_SANDBOX_B2B_DRIVE_H
#define TESTS_UNIT_SANDBOX_B2B_DRIVE_H

#include "tests/unit/sandbox_drive.h"

#define TOM_SECRET "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
#define ORGANIZATIONS "/v1/b2b/organizations"

/* One request of the B2B project; the answer is the caller's to free. */
#define b2b(state, method, target, ...) \
	drive(*(state), VERTICAL_B2B, method, target, __VA_ARGS__)
/* One whose answer is only that. */
#define assert_b2b(error, state, method, target, ...) \
	assert_call(error, *(state), VERTICAL_B2B, method, target, __VA_ARGS__)

/*
 * cmocka's setup: a sandbox with the seed below.  "plain" asks no second
 * factor and lets example.com in, "strict" asks everybody for one.
 */
int b2b_setup(void **state);

/* The code in the newest message to someone. */
struct sent_code {
	char text[16];
};
struct sent_code sent_code(void **state, const char *to);

/* The TOTP code of a secret, offset steps from the sandbox's now. */
struct sent_code totp_code(void **state, const char *secret, int offset);

/* A path put together; fails the test if it does not fit. */
struct target {
	char text[512];
};
struct target target_of(const char *format, ...) PRINTF_LIKE(1, 2);

/* Send an email code in the organization and use it; the answer. */
cJSON *b2b_email_login(void **state, const char *organization,
    const char *address);

#endif
