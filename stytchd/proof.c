/* SPDX-License-Identifier: BSD-2-Clause */
/* What an answer proves; see proof.h. */
#include "config.h"

#include "stytchd/proof.h"

#include <cjson/cJSON.h>
#include <string.h>
#include <time.h>

const char *
proof_fault_text(enum proof_fault fault)
{
	static const char *const texts[] = {
		[PROOF_GOOD] = "good",
		[PROOF_MALFORMED] = "the answer is not what the API promises",
		[PROOF_STRANGER] = "the answer is about another identity",
		[PROOF_FOREIGN] = "the session is impersonated or imported",
	};

	return texts[fault];
}

/* A text that is there and not empty, or NULL. */
static const char *
get_text(const cJSON *object, const char *key)
{
	const cJSON *value = cJSON_GetObjectItemCaseSensitive(object, key);

	if (!cJSON_IsString(value) || value->valuestring[0] == '\0')
		return NULL;
	return value->valuestring;
}

static const cJSON *
get_object(const cJSON *object, const char *key)
{
	const cJSON *value = cJSON_GetObjectItemCaseSensitive(object, key);

	return cJSON_IsObject(value) ? value : NULL;
}

static bool
says(const cJSON *object, const char *key, const char *wanted)
{
	const char *text = get_text(object, key);

	return text != NULL && strcmp(text, wanted) == 0;
}

/* Two digits of a number at text, or -1. */
static int
two_digits(const char *text)
{
	if (text[0] < '0' || text[0] > '9' || text[1] < '0' || text[1] > '9')
		return -1;
	return (text[0] - '0') * 10 + (text[1] - '0');
}

/* The end of a time: fractions are dropped, only UTC is known. */
static bool
is_utc_end(const char *text)
{
	if (*text == '.') {
		size_t digits = strspn(++text, "0123456789");

		if (digits == 0)
			return false;
		text += digits;
	}
	return strcmp(text, "Z") == 0 || strcmp(text, "+00:00") == 0;
}

int64_t
timestamp_read(const char *text)
{
	static const char form[] = "0000-00-00T00:00:00";
	int parts[7];
	struct tm when = { 0 };
	time_t seconds;

	for (size_t i = 0; i < sizeof(form) - 1; i++)
		if (form[i] == '0' ? text[i] < '0' || text[i] > '9'
				   : text[i] != form[i])
			return -1;
	if (!is_utc_end(text + sizeof(form) - 1))
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		parts[i] = two_digits(text + (i < 2 ? 2 * i : 3 * i - 1));
	if (parts[2] < 1 || parts[2] > 12 || parts[3] < 1 || parts[3] > 31 ||
	    parts[4] > 23 || parts[5] > 59 || parts[6] > 60)
		return -1;
	when.tm_year = parts[0] * 100 + parts[1] - 1900;
	when.tm_mon = parts[2] - 1;
	when.tm_mday = parts[3];
	when.tm_hour = parts[4];
	when.tm_min = parts[5];
	when.tm_sec = parts[6];
	seconds = timegm(&when);
	return seconds < 0 ? -1 : (int64_t)seconds;
}

static int64_t
get_time(const cJSON *object, const char *key)
{
	const char *text = get_text(object, key);

	return text == NULL ? -1 : timestamp_read(text);
}

/* Whether object names the person by its ids. */
static bool
is_about(const cJSON *object, const struct person *person)
{
	switch (person->kind) {
	case PROJECT_CONSUMER:
		return says(object, "user_id", person->identity);
	case PROJECT_B2B:
		return says(object, "member_id", person->identity) &&
		    says(object, "organization_id", person->organization);
	}
	return false;
}

/*
 * The answer itself and every object in it that has an owner.  Some B2B
 * answers have the organization's id in its object alone.
 */
static enum proof_fault
check_identity(const cJSON *answer, const struct person *person,
    const cJSON *holder, const cJSON *session)
{
	static const char *const ids[] = {
		[PROJECT_CONSUMER] = "user_id",
		[PROJECT_B2B] = "member_id",
	};
	const cJSON *organization = get_object(answer, "organization");

	if (holder == NULL && get_text(answer, ids[person->kind]) == NULL)
		return PROOF_MALFORMED;
	if (get_text(answer, ids[person->kind]) != NULL &&
	    !says(answer, ids[person->kind], person->identity))
		return PROOF_STRANGER;
	if (holder != NULL && !is_about(holder, person))
		return PROOF_STRANGER;
	if (session != NULL && !is_about(session, person))
		return PROOF_STRANGER;
	if (person->kind == PROJECT_B2B) {
		if (holder == NULL)
			return PROOF_MALFORMED;
		if (get_text(answer, "organization_id") != NULL &&
		    !says(answer, "organization_id", person->organization))
			return PROOF_STRANGER;
		if (organization != NULL &&
		    !says(organization, "organization_id",
			person->organization))
			return PROOF_STRANGER;
	}
	return PROOF_GOOD;
}

static bool
is_foreign(const cJSON *factor)
{
	static const char *const types[] = { "impersonated", "imported",
		"trusted_auth_token" };

	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		if (says(factor, "type", types[i]))
			return true;
	return false;
}

static enum proof_fault
read_session(const cJSON *answer, const cJSON *session, enum project_kind kind,
    struct proof *proof)
{
	const cJSON *factor;

	proof->session_token = get_text(answer, "session_token");
	proof->session_id = get_text(session,
	    kind == PROJECT_B2B ? "member_session_id" : "session_id");
	proof->expires_at = get_time(session, "expires_at");
	proof->now = get_time(session, "last_accessed_at");
	if (proof->now < 0)
		proof->now = get_time(session, "started_at");
	proof->factors =
	    cJSON_GetObjectItemCaseSensitive(session, "authentication_factors");
	if (proof->session_token == NULL || proof->session_id == NULL ||
	    proof->expires_at < 0 || proof->now < 0 ||
	    !cJSON_IsArray(proof->factors))
		return PROOF_MALFORMED;
	cJSON_ArrayForEach (factor, proof->factors)
		if (!cJSON_IsObject(factor))
			return PROOF_MALFORMED;
		else if (is_foreign(factor))
			return PROOF_FOREIGN;
	proof->is_complete = true;
	return PROOF_GOOD;
}

static method_set
read_auth_methods(const cJSON *list)
{
	const cJSON *item;
	method_set set = 0;

	cJSON_ArrayForEach (item, list)
		for (unsigned id = 0; id < METHOD_COUNT; id++) {
			const char *name =
			    method_get((enum method_id)id)->b2b_auth_method;

			if (name != NULL && cJSON_IsString(item) &&
			    strcmp(item->valuestring, name) == 0)
				set |= METHOD_BIT(id);
		}
	return set;
}

/*
 * What the organization still wants.  A member who would have to enrol first
 * has no option: the login is stuck, and says so.
 */
static enum proof_fault
read_owed(const cJSON *answer, struct proof *proof)
{
	const cJSON *primary = get_object(answer, "primary_required");
	const cJSON *mfa = get_object(answer, "mfa_required");
	const cJSON *options = get_object(mfa, "member_options");

	proof->intermediate_token =
	    get_text(answer, "intermediate_session_token");
	if (proof->intermediate_token == NULL ||
	    (primary == NULL && mfa == NULL))
		return PROOF_MALFORMED;
	if (primary != NULL) {
		proof->owes_primary = true;
		proof->primary_allowed =
		    read_auth_methods(cJSON_GetObjectItemCaseSensitive(primary,
			"allowed_auth_methods"));
		return PROOF_GOOD;
	}
	proof->owes_mfa = true;
	proof->text_is_sent = says(mfa, "secondary_auth_initiated", "sms_otp");
	if (proof->text_is_sent ||
	    get_text(options, "mfa_phone_number") != NULL)
		proof->mfa_options |= METHOD_BIT(METHOD_OTP_SMS);
	if (get_text(options, "totp_registration_id") != NULL)
		proof->mfa_options |= METHOD_BIT(METHOD_TOTP);
	if (proof->mfa_options != 0)
		proof->mfa_options |= METHOD_BIT(METHOD_RECOVERY_CODE);
	return PROOF_GOOD;
}

/* Every B2B primary step says it; the second steps are complete or fail. */
static bool
is_authenticated(const cJSON *answer, enum project_kind kind)
{
	const cJSON *value =
	    cJSON_GetObjectItemCaseSensitive(answer, "member_authenticated");

	return kind == PROJECT_CONSUMER || value == NULL || cJSON_IsTrue(value);
}

enum proof_fault
proof_read(const cJSON *answer, const struct person *person,
    struct proof *out_proof)
{
	enum project_kind kind = person->kind;
	struct proof proof = { .is_complete = false };
	const cJSON *session = get_object(answer,
	    kind == PROJECT_B2B ? "member_session" : "session");
	enum proof_fault fault;

	proof.person =
	    get_object(answer, kind == PROJECT_B2B ? "member" : "user");
	fault = check_identity(answer, person, proof.person, session);
	if (fault != PROOF_GOOD)
		return fault;
	if (!is_authenticated(answer, kind))
		fault = session == NULL ? read_owed(answer, &proof)
					: PROOF_MALFORMED;
	else if (session == NULL)
		fault = PROOF_MALFORMED;
	else
		fault = read_session(answer, session, kind, &proof);
	if (fault == PROOF_GOOD)
		*out_proof = proof;
	return fault;
}

static bool
is_factor_of(const cJSON *factor, const struct method *method)
{
	bool is_type = false;

	for (size_t i = 0; i < ARRAY_LEN(method->evidence_types); i++)
		is_type = is_type ||
		    (method->evidence_types[i] != NULL &&
			says(factor, "type", method->evidence_types[i]));
	return is_type &&
	    (method->evidence_delivery == NULL ||
		says(factor, "delivery_method", method->evidence_delivery));
}

bool
proof_has_factor(const struct proof *proof, const struct method *method,
    int64_t max_age)
{
	const cJSON *factor;

	cJSON_ArrayForEach (factor, proof->factors) {
		int64_t met_at = get_time(factor, "last_authenticated_at");

		if (is_factor_of(factor, method) && met_at >= 0 &&
		    met_at >= proof->now - max_age)
			return true;
	}
	return false;
}
