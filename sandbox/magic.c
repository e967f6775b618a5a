/* SPDX-License-Identifier: BSD-2-Clause */
/* The magic user of test projects. */
#include "config.h"

#include "sandbox/magic.h"

#include <string.h>

bool
magic_is(const struct request *rq, const char *value, const char *magic)
{
	return value != NULL && strcmp(rq->project->environment, "test") == 0 &&
	    strcmp(value, magic) == 0;
}

static cJSON *
one_contact(const char *id_name, const char *id, const char *name,
    const char *address)
{
	cJSON *list = json_array();
	cJSON *item = json_object();

	json_set_string(item, id_name, id);
	json_set_string(item, name, address);
	json_set_bool(item, "verified", true);
	json_push(list, item);
	return list;
}

void
magic_describe_user(const struct request *rq, cJSON *object)
{
	static const char *const empty[] = { "webauthn_registrations",
		"providers", "totps", "crypto_wallets",
		"biometric_registrations", "roles" };

	(void)rq;
	json_set_string(object, "user_id", MAGIC_USER);
	json_set(object, "emails",
	    one_contact("email_id", MAGIC_EMAIL_ID, "email", MAGIC_EMAIL));
	json_set(object, "phone_numbers",
	    one_contact("phone_id", MAGIC_PHONE_ID, "phone_number",
		MAGIC_PHONE));
	json_set_string(object, "status", "active");
	for (size_t i = 0; i < ARRAY_LEN(empty); i++)
		json_set(object, empty[i], json_array());
	json_set_string(object, "created_at", "2021-08-28T00:41:58.935673Z");
	json_set_null(object, "password");
	json_set(object, "name", json_object());
	json_set(object, "trusted_metadata", json_object());
	json_set(object, "untrusted_metadata", json_object());
	json_set_string(object, "external_id", "");
	json_set_bool(object, "is_locked", false);
	json_set_null(object, "lock_created_at");
	json_set_null(object, "lock_expires_at");
}
