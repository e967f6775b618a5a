/* SPDX-License-Identifier: BSD-2-Clause */
/* Organizations and members: made, found, changed, ended. */
#include "config.h"

#include "tests/unit/sandbox_b2b_drive.h"

#include <string.h>

#define PLAIN ORGANIZATIONS "/plain"

static void
a_new_organization_has_the_defaults_of_the_api(void **state)
{
	CLEANUP(json_free)
	cJSON *made = b2b(state, "POST", ORGANIZATIONS,
	    "{\"organization_name\":\"Acme & Sons\"}");

	assert_answer(made, API_OK);
	assert_true(id_is_kind(text_at(made, "organization.organization_id"),
	    "organization"));
	assert_string_equal(text_at(made, "organization.organization_slug"),
	    "acme-sons");
	assert_string_equal(text_at(made, "organization.email_invites"),
	    "ALL_ALLOWED");
	assert_string_equal(text_at(made, "organization.mfa_policy"),
	    "OPTIONAL");
	assert_string_equal(text_at(made, "organization.auth_methods"),
	    "ALL_ALLOWED");
	assert_string_equal(text_at(made,
				"organization.email_jit_provisioning"),
	    "NOT_ALLOWED");
}

static void
any_login_setting_closes_invites_unless_they_are_set(void **state)
{
	CLEANUP(json_free)
	cJSON *closed = b2b(state, "POST", ORGANIZATIONS,
	    "{\"organization_name\":\"A\",\"auth_methods\":\"ALL_ALLOWED\"}");
	CLEANUP(json_free)
	cJSON *open = b2b(state, "POST", ORGANIZATIONS,
	    "{\"organization_name\":\"B\",\"auth_methods\":\"ALL_ALLOWED\","
	    "\"email_invites\":\"ALL_ALLOWED\"}");

	assert_string_equal(text_at(closed, "organization.email_invites"),
	    "NOT_ALLOWED");
	assert_string_equal(text_at(open, "organization.email_invites"),
	    "ALL_ALLOWED");
}

static const struct {
	const char *label, *settings;
	enum api_error error;
} bad_settings[] = {
	{ "no name", "\"organization_slug\":\"xx\"", API_BAD_REQUEST },
	{ "slug too short",
	    "\"organization_name\":\"X\","
	    "\"organization_slug\":\"x\"",
	    API_INVALID_REQUEST_VALUE },
	{ "slug of another",
	    "\"organization_name\":\"X\","
	    "\"organization_slug\":\"plain\"",
	    API_ORGANIZATION_SLUG_ALREADY_USED },
	{ "slug of another in capitals",
	    "\"organization_name\":\"X\","
	    "\"organization_slug\":\"PLAIN\"",
	    API_ORGANIZATION_SLUG_ALREADY_USED },
	{ "external id of another",
	    "\"organization_name\":\"X\","
	    "\"organization_external_id\":\"ext-plain\"",
	    API_ORGANIZATION_EXTERNAL_ID_ALREADY_USED },
	{ "restricted without methods",
	    "\"organization_name\":\"X\","
	    "\"auth_methods\":\"RESTRICTED\"",
	    API_ALLOWED_AUTH_METHODS_REQUIRED_FOR_RESTRICTED },
	{ "unknown method",
	    "\"organization_name\":\"X\","
	    "\"allowed_auth_methods\":[\"telepathy\"]",
	    API_INVALID_ORGANIZATION_ALLOWED_AUTH_METHODS },
	{ "MFA restricted without methods",
	    "\"organization_name\":\"X\",\"mfa_methods\":\"RESTRICTED\"",
	    API_ALLOWED_MFA_METHODS_REQUIRED_FOR_RESTRICTED },
	{ "unknown MFA method",
	    "\"organization_name\":\"X\","
	    "\"allowed_mfa_methods\":[\"email\"]",
	    API_INVALID_ORGANIZATION_ALLOWED_MFA_METHODS },
	{ "JIT without domains",
	    "\"organization_name\":\"X\","
	    "\"email_jit_provisioning\":\"RESTRICTED\"",
	    API_INVALID_RESTRICTED_EMAIL_SETTING },
	{ "everybody's domain",
	    "\"organization_name\":\"X\","
	    "\"email_allowed_domains\":[\"GMail.com\"]",
	    API_ORGANIZATION_SETTINGS_DOMAIN_TOO_COMMON },
	{ "no domain",
	    "\"organization_name\":\"X\","
	    "\"email_allowed_domains\":[\"a b.com\"]",
	    API_ORGANIZATION_SETTINGS_INVALID_DOMAIN },
	{ "domain twice",
	    "\"organization_name\":\"X\","
	    "\"email_allowed_domains\":[\"a.com\",\"A.com\"]",
	    API_ORGANIZATION_SETTINGS_DUPLICATE_DOMAIN },
	{ "unknown MFA policy",
	    "\"organization_name\":\"X\",\"mfa_policy\":\"REQUIRED\"",
	    API_INVALID_ORGANIZATION_MFA_POLICY },
	{ "unknown setting of methods",
	    "\"organization_name\":\"X\",\"auth_methods\":\"SOME\"",
	    API_INVALID_ORGANIZATION_AUTH_METHOD_SETTINGS },
	{ "unknown setting of MFA methods",
	    "\"organization_name\":\"X\",\"mfa_methods\":\"SOME\"",
	    API_INVALID_ORGANIZATION_MFA_FACTOR_SETTING },
	{ "nobody can join",
	    "\"organization_name\":\"X\","
	    "\"sso_jit_provisioning\":\"NOT_ALLOWED\"",
	    API_INVALID_ORGANIZATION_AUTH_FACTOR_SETTING },
	{ "role that is none",
	    "\"organization_name\":\"X\","
	    "\"rbac_email_implicit_role_assignments\":[{\"domain\":"
	    "\"a.com\",\"role_id\":\"none\"}]",
	    API_INVALID_RBAC_ROLE_ID },
	{ "metadata of 21 keys",
	    "\"organization_name\":\"X\","
	    "\"trusted_metadata\":{\"a\":1,\"b\":1,\"c\":1,\"d\":1,"
	    "\"e\":1,\"f\":1,\"g\":1,\"h\":1,\"i\":1,\"j\":1,\"k\":1,"
	    "\"l\":1,\"m\":1,\"n\":1,\"o\":1,\"p\":1,\"q\":1,\"r\":1,"
	    "\"s\":1,\"t\":1,\"u\":1}",
	    API_METADATA_TOO_MANY_KEYS },
};

static void
bad_settings_are_refused_with_their_own_errors(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(bad_settings); i++) {
		print_message("%s\n", bad_settings[i].label);
		assert_b2b(bad_settings[i].error, state, "POST", ORGANIZATIONS,
		    "{%s}", bad_settings[i].settings);
	}
}

static void
an_organization_is_found_by_id_slug_and_external_id(void **state)
{
	CLEANUP(json_free)
	cJSON *by_slug = b2b(state, "GET", ORGANIZATIONS "/plain", NULL);
	CLEANUP(json_free)
	cJSON *by_external =
	    b2b(state, "GET", ORGANIZATIONS "/ext-plain", NULL);
	const char *id = text_at(by_slug, "organization.organization_id");
	struct target target;
	CLEANUP(json_free) cJSON *by_id = NULL;

	target = target_of(ORGANIZATIONS "/%s", id);
	by_id = b2b(state, "GET", target.text, NULL);
	assert_string_equal(id,
	    text_at(by_external, "organization.organization_id"));
	assert_string_equal(id, text_at(by_id, "organization.organization_id"));
	assert_b2b(API_ORGANIZATION_NOT_FOUND, state, "GET",
	    ORGANIZATIONS "/none", NULL);
	assert_b2b(API_INVALID_ORGANIZATION_ID, state, "GET",
	    ORGANIZATIONS "/organization-test-1", NULL);
}

static void
an_update_merges_metadata_and_leaves_the_rest(void **state)
{
	CLEANUP(json_free) cJSON *updated = NULL;

	assert_b2b(API_OK, state, "PUT", PLAIN,
	    "{\"trusted_metadata\":{\"a\":1,\"b\":{\"c\":2}}}");
	updated = b2b(state, "PUT", PLAIN,
	    "{\"trusted_metadata\":{\"a\":null,\"b\":{\"d\":3}},"
	    "\"mfa_policy\":\"REQUIRED_FOR_ALL\"}");
	assert_answer(updated, API_OK);
	assert_null(json_at(updated, "organization.trusted_metadata.a"));
	assert_null(json_at(updated, "organization.trusted_metadata.b.c"));
	assert_int_equal(int_at(updated, "organization.trusted_metadata.b.d"),
	    3);
	assert_string_equal(text_at(updated, "organization.mfa_policy"),
	    "REQUIRED_FOR_ALL");
	assert_string_equal(text_at(updated,
				"organization.email_jit_provisioning"),
	    "RESTRICTED");
	assert_b2b(API_ORGANIZATION_SLUG_ALREADY_USED, state, "PUT", PLAIN,
	    "{\"organization_slug\":\"strict\"}");
}

static void
a_claimed_domain_is_closed_to_other_organizations(void **state)
{
	assert_b2b(API_OK, state, "PUT", ORGANIZATIONS "/strict",
	    "{\"claimed_email_domains\":[\"claimed.com\"]}");
	assert_b2b(API_ACTION_NOT_ALLOWED_EMAIL_DOMAIN_IS_CLAIMED, state,
	    "POST", PLAIN "/members", "{\"email_address\":\"x@Claimed.com\"}");
	assert_b2b(API_ORGANIZATION_SETTINGS_DUPLICATE_CLAIMED_DOMAIN, state,
	    "PUT", PLAIN, "{\"claimed_email_domains\":[\"claimed.com\"]}");
	assert_b2b(API_OK, state, "POST", ORGANIZATIONS "/strict/members",
	    "{\"email_address\":\"x@claimed.com\"}");
}

static void
a_deleted_organization_takes_its_members_and_sessions_along(void **state)
{
	CLEANUP(json_free)
	cJSON *login = b2b_email_login(state, "plain", "ann@example.com");
	const char *member = text_at(login, "member_id");
	struct target target;

	assert_answer(login, API_OK);
	assert_b2b(API_OK, state, "DELETE", PLAIN, NULL);
	assert_b2b(API_ORGANIZATION_NOT_FOUND, state, "GET", PLAIN, NULL);
	target = target_of(ORGANIZATIONS
	    "/members/dangerously_get/%s?include_deleted=true",
	    member);
	assert_b2b(API_MEMBER_NOT_FOUND, state, "GET", target.text, NULL);
	assert_b2b(API_SESSION_NOT_FOUND, state, "POST",
	    "/v1/b2b/sessions/authenticate", "{\"session_token\":\"%s\"}",
	    text_at(login, "session_token"));
}

static void
metrics_count_members_that_are_not_deleted(void **state)
{
	CLEANUP(json_free)
	cJSON *plain = b2b(state, "GET", PLAIN, NULL);
	struct target target = target_of(ORGANIZATIONS "/%s/metrics",
	    text_at(plain, "organization.organization_id"));
	CLEANUP(json_free)
	cJSON *metrics = b2b(state, "GET", target.text, NULL);

	assert_int_equal(int_at(metrics, "member_count"), 3);
}

static void
a_member_is_found_by_id_external_id_and_address(void **state)
{
	CLEANUP(json_free)
	cJSON *external =
	    b2b(state, "GET", PLAIN "/member?member_id=ann", NULL);
	CLEANUP(json_free)
	cJSON *address = b2b(state, "GET",
	    PLAIN "/member?email_address=ANN%40example.com", NULL);
	const char *id = text_at(external, "member_id");
	struct target target;

	assert_true(id_is_kind(id, "member"));
	assert_string_equal(id, text_at(address, "member.member_id"));
	assert_int_equal(int_at(external, "member.trusted_metadata.unix.uid"),
	    7);
	assert_string_equal(text_at(external, "member.roles.0.role_id"),
	    "stytch_member");
	assert_string_equal(text_at(external, "member.roles.1.role_id"), "ops");
	assert_string_equal(text_at(external, "member.roles.1.sources.0.type"),
	    "direct_assignment");
	assert_string_equal(text_at(external, "member.mfa_phone_number"), "");
	assert_string_equal(text_at(external, "member.totp_registration_id"),
	    "");
	assert_string_equal(text_at(external, "organization.organization_slug"),
	    "plain");
	assert_b2b(API_INVALID_MEMBER_GET_FIELDS, state, "GET", PLAIN "/member",
	    NULL);
	assert_b2b(API_MEMBER_NOT_FOUND, state, "GET",
	    PLAIN "/member?member_id=nobody", NULL);
	assert_b2b(API_MEMBER_NOT_FOUND, state, "GET",
	    PLAIN "/member?member_id=ann&email_address=bob%40example.org",
	    NULL);
	assert_b2b(API_MEMBER_NOT_FOUND, state, "GET",
	    PLAIN "/member?email_address=gone%40example.com", NULL);
	target = target_of(ORGANIZATIONS "/strict/member?member_id=%s", id);
	assert_b2b(API_MEMBER_NOT_FOUND, state, "GET", target.text, NULL);
}

static void
what_a_new_member_may_not_have_is_refused(void **state)
{
	static const struct {
		const char *label, *fields;
		enum api_error error;
	} cases[] = {
		{ "no address", "\"name\":\"X\"", API_INVALID_EMAIL },
		{ "no such address", "\"email_address\":\"x@y\"",
		    API_INVALID_EMAIL },
		{ "address of another", "\"email_address\":\"Ann@Example.com\"",
		    API_DUPLICATE_MEMBER_EMAIL },
		{ "address of a deleted member",
		    "\"email_address\":\"gone@example.com\"",
		    API_DUPLICATE_MEMBER_EMAIL },
		{ "external id of another",
		    "\"email_address\":\"x@y.com\",\"external_id\":\"ann\"",
		    API_DUPLICATE_MEMBER_EXTERNAL_ID },
		{ "phone of another",
		    "\"email_address\":\"x@y.com\","
		    "\"mfa_phone_number\":\"+12025550162\"",
		    API_DUPLICATE_MEMBER_PHONE_NUMBER },
		{ "no such phone",
		    "\"email_address\":\"x@y.com\","
		    "\"mfa_phone_number\":\"12025550162\"",
		    API_INVALID_PHONE_NUMBER },
		{ "role of everybody",
		    "\"email_address\":\"x@y.com\","
		    "\"roles\":[\"stytch_member\"]",
		    API_CANNOT_ASSIGN_DEFAULT_RBAC_ROLE_ID },
		{ "no such role",
		    "\"email_address\":\"x@y.com\",\"roles\":"
		    "[\"none\"]",
		    API_INVALID_RBAC_ROLE_ASSIGNMENT },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		print_message("%s\n", cases[i].label);
		assert_b2b(cases[i].error, state, "POST", PLAIN "/members",
		    "{%s}", cases[i].fields);
	}
	assert_b2b(API_MEMBER_NOT_FOUND, state, "GET",
	    PLAIN "/member?email_address=x%40y.com", NULL);
}

static void
roles_are_replaced_as_a_whole_and_admin_is_one(void **state)
{
	CLEANUP(json_free)
	cJSON *updated = b2b(state, "PUT", PLAIN "/members/ann",
	    "{\"roles\":[\"stytch_admin\"]}");

	assert_answer(updated, API_OK);
	assert_true(bool_at(updated, "member.is_admin"));
	assert_int_equal(cJSON_GetArraySize(json_at(updated, "member.roles")),
	    2);
	assert_string_equal(text_at(updated, "member.roles.1.role_id"),
	    "stytch_admin");
}

static void
the_domain_of_a_verified_address_gives_roles(void **state)
{
	CLEANUP(json_free) cJSON *member = NULL;

	assert_b2b(API_OK, state, "PUT", PLAIN,
	    "{\"rbac_email_implicit_role_assignments\":[{\"domain\":"
	    "\"Example.com\",\"role_id\":\"ops\"}]}");
	member = b2b(state, "GET", PLAIN "/member?member_id=ann", NULL);
	assert_string_equal(text_at(member, "member.roles.1.role_id"), "ops");
	assert_string_equal(text_at(member, "member.roles.1.sources.1.type"),
	    "email_assignment");
	json_free(&member);
	member = b2b(state, "GET", PLAIN "/member?member_id=bob", NULL);
	assert_null(json_at(member, "member.roles.1"));
}

static void
a_second_phone_needs_the_first_one_deleted(void **state)
{
	assert_b2b(API_DUPLICATE_MEMBER_PHONE_NUMBER_FOR_MEMBER, state, "PUT",
	    PLAIN "/members/bob", "{\"mfa_phone_number\":\"+12025550163\"}");
	assert_b2b(API_OK, state, "DELETE",
	    PLAIN "/members/mfa_phone_numbers/bob", NULL);
	assert_b2b(API_MEMBER_PHONE_NUMBER_NOT_FOUND, state, "DELETE",
	    PLAIN "/members/mfa_phone_numbers/bob", NULL);
	assert_b2b(API_OK, state, "PUT", PLAIN "/members/bob",
	    "{\"mfa_phone_number\":\"+12025550163\"}");
}

static void
a_default_method_must_be_one_that_the_member_has(void **state)
{
	assert_b2b(API_DEFAULT_MFA_MEMBER_MISSING_FACTOR, state, "PUT",
	    PLAIN "/members/ann", "{\"default_mfa_method\":\"sms_otp\"}");
	assert_b2b(API_INVALID_MFA_DEFAULT_METHOD, state, "PUT",
	    PLAIN "/members/bob", "{\"default_mfa_method\":\"voice\"}");
	assert_b2b(API_DEFAULT_MFA_MEMBER_MISSING_FACTOR, state, "PUT",
	    PLAIN "/members/bob", "{\"default_mfa_method\":\"totp\"}");
	assert_b2b(API_OK, state, "PUT", PLAIN "/members/bob",
	    "{\"default_mfa_method\":\"sms_otp\"}");
}

static void
an_old_address_is_retired_until_it_is_unlinked(void **state)
{
	CLEANUP(json_free)
	cJSON *moved = b2b(state, "PUT", PLAIN "/members/ann",
	    "{\"email_address\":\"anna@example.com\"}");

	assert_answer(moved, API_OK);
	assert_false(bool_at(moved, "member.email_address_verified"));
	assert_string_equal(
	    text_at(moved, "member.retired_email_addresses.0.email_address"),
	    "ann@example.com");
	assert_b2b(API_DUPLICATE_MEMBER_EMAIL, state, "POST", PLAIN "/members",
	    "{\"email_address\":\"ann@example.com\"}");
	assert_b2b(API_RETIRED_EMAIL_MISSING_EMAIL_IDENTIFIERS, state, "POST",
	    PLAIN "/members/ann/unlink_retired_email", "{}");
	assert_b2b(API_EMAIL_NOT_FOUND, state, "POST",
	    PLAIN "/members/ann/unlink_retired_email",
	    "{\"email_address\":\"bob@example.org\"}");
	assert_b2b(API_OK, state, "POST",
	    PLAIN "/members/ann/unlink_retired_email",
	    "{\"email_address\":\"ann@example.com\"}");
	assert_b2b(API_OK, state, "POST", PLAIN "/members",
	    "{\"email_address\":\"ann@example.com\"}");
}

static void
a_member_may_return_to_a_retired_address(void **state)
{
	CLEANUP(json_free) cJSON *back = NULL;

	assert_b2b(API_DUPLICATE_MEMBER_EMAIL, state, "PUT",
	    PLAIN "/members/ann", "{\"email_address\":\"bob@example.org\"}");
	assert_b2b(API_OK, state, "PUT", PLAIN "/members/ann",
	    "{\"email_address\":\"anna@example.com\"}");
	back = b2b(state, "PUT", PLAIN "/members/ann",
	    "{\"email_address\":\"ann@example.com\",\"unlink_email\":true}");
	assert_answer(back, API_OK);
	assert_null(json_at(back, "member.retired_email_addresses.0"));
}

static void
a_deleted_member_is_gone_but_for_the_dangerous_get(void **state)
{
	CLEANUP(json_free)
	cJSON *login = b2b_email_login(state, "plain", "ann@example.com");
	CLEANUP(json_free) cJSON *gone = NULL;
	struct target target, reactivate, with_deleted;

	target = target_of(ORGANIZATIONS "/members/dangerously_get/%s",
	    text_at(login, "member_id"));
	reactivate = target_of(PLAIN "/members/%s/reactivate",
	    text_at(login, "member_id"));
	assert_b2b(API_NO_DELETED_MEMBER_FOUND_FOR_REACTIVATION, state, "PUT",
	    reactivate.text, "{}");
	assert_b2b(API_OK, state, "DELETE", PLAIN "/members/ann", NULL);
	assert_b2b(API_MEMBER_NOT_FOUND, state, "GET",
	    PLAIN "/member?member_id=ann", NULL);
	assert_b2b(API_MEMBER_NOT_FOUND, state, "DELETE", PLAIN "/members/ann",
	    NULL);
	assert_b2b(API_MEMBER_NOT_FOUND, state, "GET", target.text, NULL);
	assert_b2b(API_SESSION_NOT_FOUND, state, "POST",
	    "/v1/b2b/sessions/authenticate", "{\"session_token\":\"%s\"}",
	    text_at(login, "session_token"));
	assert_b2b(API_MEMBER_NOT_FOUND, state, "POST",
	    "/v1/b2b/otps/email/login_or_signup",
	    "{\"organization_id\":\"plain\",\"email_address\":"
	    "\"ann@example.com\"}");
	with_deleted = target_of("%s?include_deleted=true", target.text);
	gone = b2b(state, "GET", with_deleted.text, NULL);
	assert_string_equal(text_at(gone, "member.status"), "deleted");
	assert_b2b(API_OK, state, "PUT", reactivate.text, "{}");
	assert_b2b(API_OK, state, "GET", PLAIN "/member?member_id=ann", NULL);
}

static void
reactivation_needs_the_id_and_a_verified_address(void **state)
{
	CLEANUP(json_free)
	cJSON *made = b2b(state, "POST", PLAIN "/members",
	    "{\"email_address\":\"x@y.com\",\"external_id\":\"x\"}");
	struct target target;

	assert_b2b(API_OK, state, "DELETE", PLAIN "/members/x", NULL);
	target = target_of(PLAIN "/members/%s/reactivate",
	    text_at(made, "member_id"));
	assert_b2b(API_EMAIL_UNVERIFIED_FOR_REACTIVATION, state, "PUT",
	    target.text, "{}");
	assert_b2b(API_INVALID_ID, state, "PUT", PLAIN "/members/x/reactivate",
	    "{}");
}

static void
external_ids_are_freed_by_their_delete(void **state)
{
	CLEANUP(json_free)
	cJSON *ann = b2b(state, "GET", PLAIN "/member?member_id=ann", NULL);
	const char *id = text_at(ann, "member.organization_id");
	struct target target =
	    target_of(ORGANIZATIONS "/%s/members/%s/external_id", id,
		text_at(ann, "member_id"));

	assert_b2b(API_OK, state, "DELETE", target.text, NULL);
	assert_b2b(API_MEMBER_NOT_FOUND, state, "GET",
	    PLAIN "/member?member_id=ann", NULL);
	assert_b2b(API_OK, state, "PUT", PLAIN "/members/bob",
	    "{\"external_id\":\"ann\"}");
	target = target_of(ORGANIZATIONS "/%s/external_id", id);
	assert_b2b(API_OK, state, "DELETE", target.text, NULL);
	assert_b2b(API_ORGANIZATION_NOT_FOUND, state, "GET",
	    ORGANIZATIONS "/ext-plain", NULL);
}

static void
members_without_registrations_have_empty_lists(void **state)
{
	CLEANUP(json_free)
	cJSON *slack =
	    b2b(state, "GET", PLAIN "/members/ann/oauth_providers/slack", NULL);
	CLEANUP(json_free)
	cJSON *apps = b2b(state, "GET", PLAIN "/connected_apps", NULL);

	assert_answer(slack, API_OK);
	assert_true(cJSON_IsArray(json_at(slack, "registrations")));
	assert_true(cJSON_IsArray(json_at(apps, "connected_apps")));
	assert_b2b(API_OAUTH_USER_REGISTRATION_NOT_FOUND, state, "GET",
	    PLAIN "/members/ann/oauth_providers/google", NULL);
	assert_b2b(API_MEMBER_NOT_FOUND, state, "GET",
	    PLAIN "/members/none/oauth_providers/google", NULL);
	assert_b2b(API_CONNECTED_APP_NOT_FOUND, state, "POST",
	    PLAIN "/members/ann/connected_apps/"
		  "connected-app-test-11111111-1111-4111-8111-111111111111/"
		  "revoke",
	    "{}");
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, b2b_setup, drive_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_new_organization_has_the_defaults_of_the_api),
		TEST(any_login_setting_closes_invites_unless_they_are_set),
		TEST(bad_settings_are_refused_with_their_own_errors),
		TEST(an_organization_is_found_by_id_slug_and_external_id),
		TEST(an_update_merges_metadata_and_leaves_the_rest),
		TEST(a_claimed_domain_is_closed_to_other_organizations),
		TEST(
		    a_deleted_organization_takes_its_members_and_sessions_along),
		TEST(metrics_count_members_that_are_not_deleted),
		TEST(a_member_is_found_by_id_external_id_and_address),
		TEST(what_a_new_member_may_not_have_is_refused),
		TEST(roles_are_replaced_as_a_whole_and_admin_is_one),
		TEST(the_domain_of_a_verified_address_gives_roles),
		TEST(a_second_phone_needs_the_first_one_deleted),
		TEST(a_default_method_must_be_one_that_the_member_has),
		TEST(an_old_address_is_retired_until_it_is_unlinked),
		TEST(a_member_may_return_to_a_retired_address),
		TEST(a_deleted_member_is_gone_but_for_the_dangerous_get),
		TEST(reactivation_needs_the_id_and_a_verified_address),
		TEST(external_ids_are_freed_by_their_delete),
		TEST(members_without_registrations_have_empty_lists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
