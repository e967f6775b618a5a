/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "stytchd/proof.h"

#include <cjson/cJSON.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static char user_id[] = "user-test-a", member_id[] = "member-test-a",
	    organization_id[] = "organization-test-a";
static const struct person user = { .kind = PROJECT_CONSUMER,
	.identity = user_id };
static const struct person member = { .kind = PROJECT_B2B,
	.identity = member_id,
	.organization = organization_id };

/* A whole answer; each change of it is a case. */
#define TIMES \
	"'started_at':'2026-01-01T00:00:00Z'," \
	"'last_accessed_at':'2026-01-01T01:00:00.5Z'," \
	"'expires_at':'2026-01-01T02:00:00Z'"
#define FACTOR \
	"{'type':'otp','delivery_method':'email'," \
	"'last_authenticated_at':'2026-01-01T01:00:00Z'}"
#define SESSION(user, rest) \
	"'session_token':'t','session':{'session_id':'s','user_id':'" user \
	"'," TIMES "," rest "}"
#define USER(top, inner) "'user_id':'" top "','user':{'user_id':'" inner "'}"
#define MEMBER(id, organization) \
	"{'member_id':'" id "','organization_id':'" organization "'}"
#define B2B_SESSION \
	"'session_token':'t','member_session':{'member_session_id':'s'," \
	"'member_id':'member-test-a','organization_id':" \
	"'organization-test-a'," TIMES ",'authentication_factors':[" FACTOR \
	"]}"
#define B2B_OWED \
	"'member_id':'member-test-a','organization_id':" \
	"'organization-test-a','member':" MEMBER("member-test-a", \
	    "organization-test-a") ",'member_authenticated':false,'session_token':''," \
				   "'member_session':null,"

static const struct {
	const char *label;
	const struct person *person;
	enum proof_fault fault;
	bool is_complete;
	const char *json; /* ' for " */
} cases[] = {
	{ "a whole answer", &user, PROOF_GOOD, true,
	    "{" USER("user-test-a", "user-test-a") "," SESSION("user-test-a",
		"'authentication_factors':[" FACTOR "]") "}" },
	{ "nothing", &user, PROOF_MALFORMED, false, "{}" },
	{ "another user on top", &user, PROOF_STRANGER, false,
	    "{" USER("user-test-b", "user-test-a") "," SESSION("user-test-a",
		"'authentication_factors':[" FACTOR "]") "}" },
	{ "another user inside", &user, PROOF_STRANGER, false,
	    "{" USER("user-test-a", "user-test-b") "," SESSION("user-test-a",
		"'authentication_factors':[" FACTOR "]") "}" },
	{ "another user's session", &user, PROOF_STRANGER, false,
	    "{" USER("user-test-a", "user-test-a") "," SESSION("user-test-b",
		"'authentication_factors':[" FACTOR "]") "}" },
	{ "an id that begins alike", &user, PROOF_STRANGER, false,
	    "{" USER("user-test-aa", "user-test-a") "," SESSION("user-test-a",
		"'authentication_factors':[" FACTOR "]") "}" },
	{ "no id at all", &user, PROOF_MALFORMED, false,
	    "{" SESSION("user-test-a",
		"'authentication_factors':[" FACTOR "]") "}" },
	{ "an id that is no text", &user, PROOF_MALFORMED, false,
	    "{'user_id':5," SESSION("user-test-a",
		"'authentication_factors':[" FACTOR "]") "}" },
	{ "no session", &user, PROOF_MALFORMED, false,
	    "{" USER("user-test-a", "user-test-a") "}" },
	{ "a session that is null", &user, PROOF_MALFORMED, false,
	    "{" USER("user-test-a", "user-test-a") ",'session':null,"
						   "'session_token':'t'}" },
	{ "no token", &user, PROOF_MALFORMED, false,
	    "{" USER("user-test-a",
		"user-test-a") ",'session_token':'',"
			       "'session':{'session_id':'s','user_id':'user-test-a'," TIMES
			       ",'authentication_factors':[]}}" },
	{ "no list of factors", &user, PROOF_MALFORMED, false,
	    "{" USER("user-test-a", "user-test-a") "," SESSION("user-test-a",
		"'authentication_factors':null") "}" },
	{ "a factor that is no object", &user, PROOF_MALFORMED, false,
	    "{" USER("user-test-a", "user-test-a") "," SESSION("user-test-a",
		"'authentication_factors':['otp']") "}" },
	{ "impersonated", &user, PROOF_FOREIGN, false,
	    "{" USER("user-test-a", "user-test-a") "," SESSION("user-test-a",
		"'authentication_factors':[" FACTOR
		",{'type':'impersonated'}]") "}" },
	{ "imported", &user, PROOF_FOREIGN, false,
	    "{" USER("user-test-a", "user-test-a") "," SESSION("user-test-a",
		"'authentication_factors':[{'type':'imported'}]") "}" },
	{ "by a trusted token", &user, PROOF_FOREIGN, false,
	    "{" USER("user-test-a", "user-test-a") "," SESSION("user-test-a",
		"'authentication_factors':[{'type':'trusted_auth_token'}]") "}" },

	{ "a whole member", &member, PROOF_GOOD, true,
	    "{'member_id':'member-test-a','organization_id':"
	    "'organization-test-a','member_authenticated':true,'member':" MEMBER(
		"member-test-a", "organization-test-a") "," B2B_SESSION "}" },
	{ "a second step's answer, without the word", &member, PROOF_GOOD, true,
	    "{'member_id':'member-test-a','organization':{'organization_id':"
	    "'organization-test-a'},'member':" MEMBER("member-test-a",
		"organization-test-a") "," B2B_SESSION "}" },
	{ "another organization on top", &member, PROOF_STRANGER, false,
	    "{'member_id':'member-test-a','organization_id':"
	    "'organization-test-b','member':" MEMBER("member-test-a",
		"organization-test-a") "," B2B_SESSION "}" },
	{ "another organization's object", &member, PROOF_STRANGER, false,
	    "{'member_id':'member-test-a','organization':{'organization_id':"
	    "'organization-test-b'},'member':" MEMBER("member-test-a",
		"organization-test-a") "," B2B_SESSION "}" },
	{ "a member of another organization", &member, PROOF_STRANGER, false,
	    "{'member_id':'member-test-a','member':" MEMBER("member-test-a",
		"organization-test-b") "," B2B_SESSION "}" },
	{ "no member object", &member, PROOF_MALFORMED, false,
	    "{'member_id':'member-test-a'," B2B_SESSION "}" },
	{ "a session beside a member who is not authenticated", &member,
	    PROOF_MALFORMED, false,
	    "{'member_id':'member-test-a','member_authenticated':false,"
	    "'intermediate_session_token':'i','mfa_required':{},'member':" MEMBER(
		"member-test-a", "organization-test-a") "," B2B_SESSION "}" },
	{ "authenticated by a word that is no boolean", &member,
	    PROOF_MALFORMED, false,
	    "{'member_id':'member-test-a','member_authenticated':'true',"
	    "'member':" MEMBER("member-test-a",
		"organization-test-a") "," B2B_SESSION "}" },
	{ "a second step owed", &member, PROOF_GOOD, false,
	    "{" B2B_OWED "'intermediate_session_token':'i',"
	    "'mfa_required':{'member_options':{'totp_registration_id':'x'}}}" },
	{ "owed without an intermediate token", &member, PROOF_MALFORMED, false,
	    "{" B2B_OWED "'intermediate_session_token':'',"
	    "'mfa_required':{}}" },
	{ "nothing owed and nothing had", &member, PROOF_MALFORMED, false,
	    "{" B2B_OWED "'intermediate_session_token':'i'}" },
};

/* The answer of a case, to be deleted. */
static cJSON *
parse(const char *json)
{
	char *text = strdup(json);
	cJSON *answer;

	for (char *c = text; *c != '\0'; c++)
		if (*c == '\'')
			*c = '"';
	answer = cJSON_Parse(text);
	free(text);
	assert_non_null(answer);
	return answer;
}

static void
only_whole_answers_about_the_person_are_good(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		cJSON *answer = parse(cases[i].json);
		struct proof proof = { .is_complete = false };
		enum proof_fault fault =
		    proof_read(answer, cases[i].person, &proof);

		if (fault != cases[i].fault ||
		    proof.is_complete != cases[i].is_complete)
			fail_msg("%s: %s", cases[i].label,
			    proof_fault_text(fault));
		cJSON_Delete(answer);
	}
}

static const struct {
	const char *label;
	const char *owed;
	method_set options;
	method_set primary;
	bool text_is_sent;
} owed[] = {
	{ "TOTP",
	    "'mfa_required':{'member_options':{'mfa_phone_number':'',"
	    "'totp_registration_id':'x'},'secondary_auth_initiated':null}",
	    METHOD_BIT(METHOD_TOTP) | METHOD_BIT(METHOD_RECOVERY_CODE), 0,
	    false },
	{ "a text message, on its way",
	    "'mfa_required':{'member_options':{'mfa_phone_number':'+1'},"
	    "'secondary_auth_initiated':'sms_otp'}",
	    METHOD_BIT(METHOD_OTP_SMS) | METHOD_BIT(METHOD_RECOVERY_CODE), 0,
	    true },
	{ "an enrolment", "'mfa_required':{'member_options':{}}", 0, 0, false },
	{ "an enrolment, without options", "'mfa_required':{}", 0, 0, false },
	{ "a first step before the second",
	    "'mfa_required':{'member_options':{'totp_registration_id':'x'}},"
	    "'primary_required':{'allowed_auth_methods':"
	    "['email_otp','sso','password',5,'EMAIL_OTP']}",
	    0, METHOD_BIT(METHOD_OTP_EMAIL) | METHOD_BIT(METHOD_PASSWORD),
	    false },
	{ "a first step of no kind we have",
	    "'primary_required':{'allowed_auth_methods':['sso']}", 0, 0,
	    false },
};

static void
what_is_owed_is_read_as_methods(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(owed); i++) {
		char json[1024];
		struct proof proof;
		cJSON *answer;

		(void)snprintf(json, sizeof(json),
		    "{" B2B_OWED "'intermediate_session_token':'i',%s}",
		    owed[i].owed);
		answer = parse(json);
		assert_int_equal(proof_read(answer, &member, &proof),
		    PROOF_GOOD);
		if (proof.mfa_options != owed[i].options ||
		    proof.primary_allowed != owed[i].primary ||
		    proof.text_is_sent != owed[i].text_is_sent)
			fail_msg("%s", owed[i].label);
		assert_true(proof.owes_mfa != proof.owes_primary);
		cJSON_Delete(answer);
	}
}

/* A factor of the session, and whether a mailed code is met by it. */
static const struct {
	const char *factor;
	int64_t max_age;
	bool is_met;
} factors[] = {
	{ FACTOR, 60, true },
	{ FACTOR, 0, true },
	{ "{'type':'email_otp','delivery_method':'email',"
	  "'last_authenticated_at':'2026-01-01T00:30:00Z'}",
	    1800, true },
	{ "{'type':'otp','delivery_method':'email',"
	  "'last_authenticated_at':'2026-01-01T00:29:59Z'}",
	    1800, false },
	{ "{'type':'otp','delivery_method':'sms',"
	  "'last_authenticated_at':'2026-01-01T01:00:00Z'}",
	    1800, false },
	{ "{'type':'otp','last_authenticated_at':'2026-01-01T01:00:00Z'}", 1800,
	    false },
	{ "{'type':'magic_link','delivery_method':'email',"
	  "'last_authenticated_at':'2026-01-01T01:00:00Z'}",
	    1800, false },
	{ "{'type':'otp','delivery_method':'email'}", 1800, false },
	{ "{'type':'otp','delivery_method':'email',"
	  "'last_authenticated_at':'yesterday'}",
	    1800, false },
	{ "{'delivery_method':'email',"
	  "'last_authenticated_at':'2026-01-01T01:00:00Z'}",
	    1800, false },
};

static void
a_factor_is_the_methods_own_and_fresh(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(factors); i++) {
		char json[1024];
		struct proof proof;
		cJSON *answer;

		(void)snprintf(json, sizeof(json),
		    "{" USER("user-test-a",
			"user-test-a") "," SESSION("user-test-a",
			"'authentication_factors':[%s]") "}",
		    factors[i].factor);
		answer = parse(json);
		assert_int_equal(proof_read(answer, &user, &proof), PROOF_GOOD);
		if (proof_has_factor(&proof, &method_otp_email,
			factors[i].max_age) != factors[i].is_met)
			fail_msg("row %zu", i);
		cJSON_Delete(answer);
	}
}

static const struct {
	const char *text;
	int64_t seconds;
} times[] = {
	{ "1970-01-01T00:00:00Z", 0 },
	{ "2026-01-02T03:04:05Z", 1767323045 },
	{ "2026-01-02T03:04:05.678901Z", 1767323045 },
	{ "2026-01-02T03:04:05+00:00", 1767323045 },
	{ "2024-02-29T23:59:59Z", 1709251199 },
	{ "2038-01-19T03:14:08Z", 2147483648 },
	{ "1969-12-31T23:59:59Z", -1 },
	{ "", -1 },
	{ "2026", -1 },
	{ "2026-01-02", -1 },
	{ "2026-01-02T03:04:05", -1 },
	{ "2026-01-02T03:04:05+01:00", -1 },
	{ "2026-01-02T03:04:05.Z", -1 },
	{ "2026-01-02T03:04:05Zx", -1 },
	{ "2026-13-02T03:04:05Z", -1 },
	{ "2026-00-02T03:04:05Z", -1 },
	{ "2026-01-32T03:04:05Z", -1 },
	{ "2026-01-02T24:04:05Z", -1 },
	{ "2026-01-02 03:04:05Z", -1 },
	{ "x026-01-02T03:04:05Z", -1 },
};

static void
times_are_rfc_3339_in_utc(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(times); i++)
		if (timestamp_read(times[i].text) != times[i].seconds)
			fail_msg("%s", times[i].text);
}

static void
every_fault_has_a_sentence_of_its_own(void **state)
{
	(void)state;
	for (int i = PROOF_GOOD; i <= PROOF_FOREIGN; i++) {
		const char *text = proof_fault_text((enum proof_fault)i);

		assert_non_null(text);
		for (int j = PROOF_GOOD; j < i; j++)
			assert_string_not_equal(text,
			    proof_fault_text((enum proof_fault)j));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_whole_answers_about_the_person_are_good),
		cmocka_unit_test(what_is_owed_is_read_as_methods),
		cmocka_unit_test(a_factor_is_the_methods_own_and_fresh),
		cmocka_unit_test(times_are_rfc_3339_in_utc),
		cmocka_unit_test(every_fault_has_a_sentence_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
