/* SPDX-License-Identifier: BSD-2-Clause */
/* Passwords: policy and state; the hashes themselves are in hash.c. */
#include "config.h"

#include "sandbox/password.h"

#include "sandbox/hash.h"
#include "sandbox/settings.h"

#include <ctype.h>
#include <string.h>
#include <zxcvbn.h>

#define SCORE_NEEDED 3

/* A sample of what is in every list of breaches. */
static const char *const breached[] = { "123456", "123456789", "12345678",
	"password", "password1", "p@ssword1", "p@ssw0rd", "qwerty", "qwerty123",
	"111111", "iloveyou", "letmein", "monkey", "dragon", "football",
	"admin", "welcome1", "abc123", "sunshine", "princess",
	"correcthorsebatterystaple", "Tr0ub4dor&3" };

static bool
is_breached(const char *password)
{
	for (size_t i = 0; i < ARRAY_LEN(breached); i++) {
		if (strcmp(breached[i], password) == 0)
			return true;
	}
	return false;
}

/* ---- zxcvbn. ---- */

/* From bits of entropy: 10^3, 10^6, 10^8, 10^10 guesses. */
static int
score_of(double bits)
{
	static const double steps[] = { 9.966, 19.932, 26.575, 33.219 };
	int score = 0;

	while (score < (int)ARRAY_LEN(steps) && bits >= steps[score])
		score++;
	return score;
}

static const char *
warning_of(const ZxcMatch_t *match)
{
	switch ((int)match->Type & ~(int)MULTIPLE_MATCH) {
	case DICTIONARY_MATCH:
	case DICT_LEET_MATCH:
		return "This is similar to a commonly used password.";
	case USER_MATCH:
	case USER_LEET_MATCH:
		return "This is similar to your email address.";
	case REPEATS_MATCH:
		return "Repeats like \"aaa\" are easy to guess.";
	case SEQUENCE_MATCH:
		return "Sequences like \"abc\" or \"6543\" are easy to guess.";
	case SPATIAL_MATCH:
		return "Straight rows of keys are easy to guess.";
	case DATE_MATCH:
	case YEAR_MATCH:
		return "Dates are easy to guess.";
	default:
		return "";
	}
}

static void
rate(const char *password, const char *email, struct password_strength *out)
{
	char local[65] = "";
	const char *words[] = { local, email, NULL };
	size_t len = email != NULL ? strcspn(email, "@") : 0;
	ZxcMatch_t *matches = NULL;

	if (len > 0 && len < sizeof(local))
		memcpy(local, email, len);
	out->score = score_of(
	    ZxcvbnMatch(password, local[0] != '\0' ? words : NULL, &matches));
	if (out->score < SCORE_NEEDED) {
		if (matches != NULL)
			out->warning = warning_of(matches);
		out->suggestions[0] =
		    "Add another word or two. Uncommon words are better.";
	}
	ZxcvbnFreeInfo(matches);
}

/* ---- LUDS. ---- */

static void
count_kinds(const char *password, struct password_strength *out,
    int *out_characters)
{
	*out_characters = 0;
	for (const char *c = password; *c != '\0'; c++) {
		unsigned char byte = (unsigned char)*c;

		if ((byte & 0xc0) == 0x80)
			continue; /* inside a character */
		(*out_characters)++;
		if (byte < 0x80 && islower(byte))
			out->has_lower_case = true;
		else if (byte < 0x80 && isupper(byte))
			out->has_upper_case = true;
		else if (byte < 0x80 && isdigit(byte))
			out->has_digit = true;
		else
			out->has_symbol = true;
	}
}

static void
measure(struct request *rq, const char *password, struct password_strength *out)
{
	int characters, kinds;
	int need_kinds = (int)settings_int(rq, "luds_min_kinds");
	int need_characters = (int)settings_int(rq, "luds_min_length");

	count_kinds(password, out, &characters);
	kinds = out->has_lower_case + out->has_upper_case + out->has_digit +
	    out->has_symbol;
	if (kinds < need_kinds)
		out->missing_complexity = need_kinds - kinds;
	if (characters < need_characters)
		out->missing_characters = need_characters - characters;
}

void
password_strength(struct request *rq, const char *password, const char *email,
    struct password_strength *out_strength)
{
	CLEANUP(json_free)
	cJSON *policy = settings_json(rq, "password_policy");
	struct password_strength strength = { .warning = "" };

	strength.luds =
	    cJSON_IsString(policy) && strcmp(policy->valuestring, "luds") == 0;
	strength.breached = is_breached(password);
	rate(password, email, &strength);
	measure(rq, password, &strength);
	strength.valid = strength.luds ? strength.missing_complexity == 0 &&
		strength.missing_characters == 0
				       : strength.score >= SCORE_NEEDED;
	*out_strength = strength;
}

void
password_check_strength(struct request *rq, const char *email,
    struct password_strength *out_strength)
{
	bool is_breached;

	password_strength(rq, param_string(rq, "password"), email,
	    out_strength);
	/* Without an address it is not looked up. */
	is_breached = email != NULL && out_strength->breached;
	json_set_bool(rq->reply, "valid_password",
	    out_strength->valid && !is_breached);
	json_set_int(rq->reply, "score", out_strength->score);
	json_set_bool(rq->reply, "breached_password", is_breached);
	json_set_string(rq->reply, "strength_policy",
	    out_strength->luds ? "luds" : "zxcvbn");
	json_set_bool(rq->reply, "breach_detection_on_create",
	    settings_bool(rq, "breach_detection_on_create"));
}

void
password_set_zxcvbn(cJSON *object, const struct password_strength *strength)
{
	cJSON *suggestions = json_array();

	for (size_t i = 0; i < ARRAY_LEN(strength->suggestions); i++)
		if (strength->suggestions[i] != NULL)
			json_push_string(suggestions, strength->suggestions[i]);
	json_set_string(object, "warning", strength->warning);
	json_set(object, "suggestions", suggestions);
}

void
password_set_luds(cJSON *object, const struct password_strength *strength)
{
	json_set_bool(object, "has_lower_case", strength->has_lower_case);
	json_set_bool(object, "has_upper_case", strength->has_upper_case);
	json_set_bool(object, "has_digit", strength->has_digit);
	json_set_bool(object, "has_symbol", strength->has_symbol);
	json_set_int(object, "missing_complexity",
	    strength->missing_complexity);
	json_set_int(object, "missing_characters",
	    strength->missing_characters);
}

enum api_error
password_accept(struct request *rq, const char *password, const char *email)
{
	struct password_strength strength;

	password_strength(rq, password, email, &strength);
	if (!strength.valid)
		return API_WEAK_PASSWORD;
	if (strength.breached &&
	    settings_bool(rq, "breach_detection_on_create"))
		return API_BREACHED_PASSWORD;
	return API_OK;
}

/* ---- State. ---- */

static void
keep(struct request *rq, const char *kind, const char *owner_id,
    const struct hash *hash)
{
	struct id id;

	request_id_make(rq, kind, &id);
	store_run(rq->store,
	    "INSERT INTO passwords VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, ?7) ON "
	    "CONFLICT (owner_id) DO UPDATE SET hash_type = ?4, hash = ?5, "
	    "config = ?6, requires_reset = 0, set_at = ?7",
	    "ssssssi", id.text, rq->project->id, owner_id, hash->type,
	    hash->text, hash->config, rq->now_us);
}

void
password_set(struct request *rq, const char *kind, const char *owner_id,
    const char *password)
{
	CLEANUP(hash_clear) struct hash hash = HASH_INIT;
	int rc = hash_make(password, &hash);

	store_fail(rq->store, rc);
	if (rc == 0)
		keep(rq, kind, owner_id, &hash);
}

enum api_error
password_import(struct request *rq, const char *kind, const char *owner_id,
    const cJSON *object)
{
	CLEANUP(hash_clear) struct hash hash = HASH_INIT;
	enum api_error error = hash_import(object, &hash);

	if (error == API_OK)
		keep(rq, kind, owner_id, &hash);
	return error;
}

bool
password_find(struct request *rq, const char *owner_id,
    struct password *out_password)
{
	CLEANUP(query_close) struct query query = QUERY_INIT;

	memset(out_password, 0, sizeof(*out_password));
	query_open(&query, rq->store,
	    "SELECT password_id, requires_reset FROM passwords WHERE "
	    "owner_id = ?",
	    "s", owner_id);
	if (!query_next(&query))
		return false;
	query_copy(&query, 0, out_password->password_id,
	    sizeof(out_password->password_id));
	out_password->requires_reset = query_int(&query, 1) != 0;
	return true;
}

void
password_delete(struct request *rq, const char *owner_id)
{
	store_run(rq->store, "DELETE FROM passwords WHERE owner_id = ?", "s",
	    owner_id);
}

void
password_require_reset(struct request *rq, const char *owner_id)
{
	store_run(rq->store,
	    "UPDATE passwords SET requires_reset = 1 WHERE owner_id = ?", "s",
	    owner_id);
}

bool
password_matches(struct request *rq, const char *owner_id, const char *password)
{
	CLEANUP(query_close) struct query query = QUERY_INIT;

	query_open(&query, rq->store,
	    "SELECT hash_type, hash, config FROM passwords WHERE owner_id = ?",
	    "s", owner_id);
	return query_next(&query) &&
	    hash_matches(query_text(&query, 0), query_text(&query, 1),
		query_text(&query, 2), password);
}

enum api_error
password_check_current(struct request *rq, const char *owner_id,
    const char *password, const char *email)
{
	struct password_strength strength;
	struct password current;

	if (password_find(rq, owner_id, &current) && current.requires_reset)
		return API_RESET_PASSWORD;
	password_strength(rq, password, email, &strength);
	if (strength.breached &&
	    settings_bool(rq, "breach_detection_on_authenticate"))
		return API_RESET_PASSWORD;
	if (!strength.valid &&
	    settings_bool(rq, "password_policy_on_authenticate"))
		return API_RESET_PASSWORD;
	return API_OK;
}
