/* SPDX-License-Identifier: BSD-2-Clause */
/* Short ways to the B2B endpoints. */
#include "config.h"

#include "tests/unit/sandbox_b2b_drive.h"

#include "sandbox/seed.h"

#include <liboath/oath.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char seed_text[] =
    "{\"organizations\":[{\"organization_name\":\"Plain\","
    "\"organization_slug\":\"plain\",\"organization_external_id\":\"ext-plain\""
    ",\"email_jit_provisioning\":\"RESTRICTED\",\"email_allowed_domains\":"
    "[\"example.com\"],\"email_invites\":\"ALL_ALLOWED\",\"members\":["
    "{\"email_address\":\"ann@example.com\",\"name\":\"Ann\",\"external_id\":"
    "\"ann\",\"roles\":[\"ops\"],\"trusted_metadata\":{\"unix\":{\"uid\":7}}},"
    "{\"email_address\":\"bob@example.org\",\"name\":\"Bob\",\"external_id\":"
    "\"bob\",\"mfa_enrolled\":true,\"mfa_phone_number\":\"+12025550162\"},"
    "{\"email_address\":\"gone@example.com\",\"status\":\"deleted\"},"
    "{\"email_address\":\"locked@example.com\",\"locked\":true}]},"
    "{\"organization_name\":\"Strict\",\"organization_slug\":\"strict\","
    "\"mfa_policy\":\"REQUIRED_FOR_ALL\",\"members\":["
    "{\"email_address\":\"ann@example.com\",\"external_id\":\"ann\","
    "\"roles\":[\"stytch_admin\"]},"
    "{\"email_address\":\"tom@example.com\",\"external_id\":\"tom\","
    "\"totp\":{\"secret\":\"" TOM_SECRET "\",\"recovery_codes\":["
    "\"aaaa-bbbb-cccc\",\"dddd-eeee-ffff\"]},\"password\":"
    "\"correct horse battery\",\"mfa_phone_number\":\"+12025550180\","
    "\"default_mfa_method\":\"totp\"},"
    "{\"email_address\":\"new@example.com\",\"status\":\"pending\","
    "\"external_id\":\"new\"}]}]}";

int
b2b_setup(void **state)
{
	CLEANUP(json_free)
	cJSON *seed = json_parse(seed_text, strlen(seed_text));
	char detail[256] = "";
	enum api_error error;
	struct store *store;

	if (drive_setup(state) != 0)
		return -1;
	store = sandbox_store(*state);
	store_begin(store);
	error = seed_apply(*state, seed, detail, sizeof(detail));
	if (detail[0] != '\0')
		print_error("%s\n", detail);
	return store_end(store, true) == 0 && error == API_OK ? 0 : -1;
}

struct sent_code
sent_code(void **state, const char *to)
{
	CLEANUP(json_free) cJSON *message = last_message(*state, to);
	const char *text = text_at(message, "code");
	struct sent_code code = { "" };

	assert_int_equal(strlen(text), 6);
	memcpy(code.text, text, 7);
	return code;
}

struct target
target_of(const char *format, ...)
{
	struct target target;
	va_list values;
	int n;

	va_start(values, format);
	n = vsnprintf(target.text, sizeof(target.text), format, values);
	va_end(values);
	assert_in_range(n, 1, sizeof(target.text) - 1);
	return target;
}

struct sent_code
totp_code(void **state, const char *secret, int offset)
{
	struct sent_code code = { "" };
	struct request now;
	char *bytes = NULL;
	size_t len = 0;

	sandbox_request(*state, VERTICAL_B2B, &now);
	assert_int_equal(oath_base32_decode(secret, strlen(secret), &bytes,
			     &len),
	    OATH_OK);
	assert_int_equal(oath_totp_generate(bytes, len,
			     (time_t)(now.now_us / SECOND_US) + 30 * offset, 30,
			     0, 6, code.text),
	    OATH_OK);
	free(bytes);
	return code;
}

cJSON *
b2b_email_login(void **state, const char *organization, const char *address)
{
	assert_b2b(API_OK, state, "POST", "/v1/b2b/otps/email/login_or_signup",
	    "{\"organization_id\":\"%s\",\"email_address\":\"%s\"}",
	    organization, address);
	return b2b(state, "POST", "/v1/b2b/otps/email/authenticate",
	    "{\"organization_id\":\"%s\",\"email_address\":\"%s\",\"code\":"
	    "\"%s\"}",
	    organization, address, sent_code(state, address).text);
}
