/* SPDX-License-Identifier: BSD-2-Clause */
/* users.search. */
#include "config.h"

#include "sandbox/search.h"
#include "sandbox/user.h"

#define IN_LIST " IN (SELECT value FROM json_each(?))"
#define OF_EMAILS "user_id IN (SELECT user_id FROM emails WHERE "
#define OF_PHONES "user_id IN (SELECT user_id FROM phones WHERE "
#define OF_TOTPS "user_id IN (SELECT owner_id FROM totps WHERE "
#define OF_KIND(kind) \
	"user_id IN (SELECT owner_id FROM registrations WHERE kind = '" kind \
	"' AND "
#define DETAIL(name) "json_extract(details, '$." name "')"
#define FULL_NAME "lower(first_name || ' ' || middle_name || ' ' || last_name)"

/* clang-format off */
static const struct filter filters[] = {
	{ .name = "created_at_greater_than", .type = FILTER_TIME, .sql = "created_at > ?" },
	{ .name = "created_at_less_than", .type = FILTER_TIME, .sql = "created_at < ?" },
	{ .name = "created_at_between", .type = FILTER_BETWEEN, .sql = "created_at > ? AND created_at < ?" },
	{ .name = "status", .type = FILTER_STRING, .sql = "status = ?" },
	{ .name = "user_id", .type = FILTER_IDS, .sql = "user_id" IN_LIST,
	  .other_sql = "external_id" IN_LIST, .prefix = "user" },
	{ .name = "full_name_fuzzy", .type = FILTER_FUZZY, .sql = "instr(" FULL_NAME ", ?) > 0",
	  .too_short = API_USER_SEARCH_FULL_NAME_FUZZY_TOO_SHORT },
	{ .name = "phone_number", .type = FILTER_STRINGS, .sql = OF_PHONES "phone_number" IN_LIST ")" },
	{ .name = "phone_id", .type = FILTER_STRINGS, .sql = OF_PHONES "phone_id" IN_LIST ")" },
	{ .name = "phone_verified", .type = FILTER_BOOL, .sql = OF_PHONES "verified = ?)" },
	{ .name = "phone_number_fuzzy", .type = FILTER_FUZZY, .sql = OF_PHONES "instr(phone_number, ?) > 0)",
	  .too_short = API_USER_SEARCH_PHONE_NUMBER_FUZZY_TOO_SHORT },
	{ .name = "email_address", .type = FILTER_STRINGS, .sql = OF_EMAILS "email" IN_LIST ")" },
	{ .name = "email_id", .type = FILTER_STRINGS, .sql = OF_EMAILS "email_id" IN_LIST ")" },
	{ .name = "email_verified", .type = FILTER_BOOL, .sql = OF_EMAILS "verified = ?)" },
	{ .name = "email_address_fuzzy", .type = FILTER_FUZZY, .sql = OF_EMAILS "instr(lower(email), ?) > 0)",
	  .too_short = API_USER_SEARCH_EMAIL_ADDRESS_FUZZY_TOO_SHORT },
	{ .name = "email_domain", .type = FILTER_STRING, .sql = OF_EMAILS "lower(email) LIKE '%@' || lower(?))" },
	{ .name = "totp_id", .type = FILTER_STRINGS, .sql = OF_TOTPS "totp_id" IN_LIST ")" },
	{ .name = "totp_verified", .type = FILTER_BOOL, .sql = OF_TOTPS "verified = ?)" },
	{ .name = "password_exists", .type = FILTER_BOOL,
	  .sql = "(user_id IN (SELECT owner_id FROM passwords)) = ?" },
	{ .name = "webauthn_registration_id", .type = FILTER_STRINGS, .sql = OF_KIND("webauthn") "registration_id" IN_LIST ")" },
	{ .name = "webauthn_registration_verified", .type = FILTER_BOOL, .sql = OF_KIND("webauthn") DETAIL("verified") " = ?)" },
	{ .name = "biometric_registration_id", .type = FILTER_STRINGS, .sql = OF_KIND("biometric") "registration_id" IN_LIST ")" },
	{ .name = "biometric_verified", .type = FILTER_BOOL, .sql = OF_KIND("biometric") DETAIL("verified") " = ?)" },
	{ .name = "crypto_wallet_id", .type = FILTER_STRINGS, .sql = OF_KIND("crypto_wallet") "registration_id" IN_LIST ")" },
	{ .name = "crypto_wallet_address", .type = FILTER_STRINGS, .sql = OF_KIND("crypto_wallet") DETAIL("crypto_wallet_address") IN_LIST ")" },
	{ .name = "crypto_wallet_verified", .type = FILTER_BOOL, .sql = OF_KIND("crypto_wallet") DETAIL("verified") " = ?)" },
	{ .name = "oauth_provider", .type = FILTER_STRINGS, .sql = OF_KIND("oauth") DETAIL("provider_type") IN_LIST ")" },
};
/* clang-format on */

static const struct search_errors errors = {
	.name_not_recognized = API_USER_SEARCH_FILTER_NAME_NOT_RECOGNIZED,
	.name_no_string = API_USER_SEARCH_FILTER_NAME_MUST_BE_STRING,
	.missing_name = API_USER_SEARCH_MISSING_FILTER_NAME,
	.missing_value = API_USER_SEARCH_MISSING_FILTER_VALUE,
	.no_strings = API_USER_SEARCH_EXPECTED_ARRAY_OF_STRING,
	.no_bool = API_USER_SEARCH_EXPECTED_BOOL,
	.no_object = API_USER_SEARCH_EXPECTED_OBJECT,
	.no_string = API_USER_SEARCH_EXPECTED_STRING,
	.no_time = API_USER_SEARCH_EXPECTED_TIMESTAMP,
	.bad_operator = API_USER_SEARCH_INVALID_OPERATOR,
	.bad_limit = API_USER_SEARCH_INVALID_LIMIT,
	.bad_cursor = API_USER_SEARCH_INVALID_CURSOR,
	.mixed_ids = API_USER_SEARCH_CANNOT_MIX_INTERNAL_AND_EXTERNAL_USER_IDS,
};

static void
add_user(struct request *rq, const char *id, cJSON *list)
{
	json_push(list, user_json(rq, id));
}

enum api_error
users_search(struct request *rq)
{
	CLEANUP(json_free) cJSON *values = json_array();
	const struct search search = {
		.filters = filters,
		.filter_count = ARRAY_LEN(filters),
		.errors = &errors,
		.select =
		    "SELECT number, user_id FROM users WHERE project_id = ?",
		.count = "SELECT count(*) FROM users WHERE project_id = ?",
		.values = values,
		.add = add_user,
	};
	cJSON *results = json_array();

	json_push_string(values, rq->project->id);
	json_set(rq->reply, "results", results);
	return search_run(rq, &search, results);
}
