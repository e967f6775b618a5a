/* SPDX-License-Identifier: BSD-2-Clause */
/* From factors to a session, by the organization's policy. */
#include "config.h"

#include "sandbox/b2b_login.h"

#include "sandbox/b2b_join.h"
#include "sandbox/device.h"
#include "sandbox/lock.h"
#include "sandbox/otp.h"

#include <string.h>
#include <strings.h>

#define SMS_MINUTES 2

/* clang-format off */
static const struct {
	const char *type, *delivery;
	const char *method; /* in allowed_auth_methods; NULL: a second factor */
	bool proves_email;
} factor_kinds[] = {
	{ "magic_link", "email", "magic_link", true },
	{ "email_otp", "email", "email_otp", true },
	{ "password", "knowledge", "password", false },
	{ "sso", "sso_saml", "sso", false },
	{ "sso", "sso_oidc", "sso", false },
	{ "oauth", "oauth_google", "google_oauth", true },
	{ "oauth", "oauth_microsoft", "microsoft_oauth", true },
	{ "oauth", "oauth_slack", "slack_oauth", false },
	{ "oauth", "oauth_github", "github_oauth", false },
	{ "oauth", "oauth_hubspot", "hubspot_oauth", false },
	{ "otp", "sms", NULL, false },
	{ "totp", "authenticator_app", NULL, false },
	{ "recovery_codes", "recovery_code", NULL, false },
};
/* clang-format on */

/* The number of a factor's row, or that of all rows. */
static size_t
kind_of(const cJSON *factor)
{
	const char *type = json_string(factor, "type");
	const char *delivery = json_string(factor, "delivery_method");
	size_t i;

	for (i = 0; i < ARRAY_LEN(factor_kinds); i++) {
		if (type != NULL && delivery != NULL &&
		    strcmp(type, factor_kinds[i].type) == 0 &&
		    strcmp(delivery, factor_kinds[i].delivery) == 0)
			break;
	}
	return i;
}

const char *
factor_method(const cJSON *factor)
{
	size_t kind = kind_of(factor);

	return kind < ARRAY_LEN(factor_kinds) ? factor_kinds[kind].method
					      : NULL;
}

bool
factor_proves_email(const cJSON *factor)
{
	size_t kind = kind_of(factor);

	return kind < ARRAY_LEN(factor_kinds) &&
	    factor_kinds[kind].proves_email;
}

bool
factors_prove_email(const cJSON *factors)
{
	const cJSON *factor;

	cJSON_ArrayForEach (factor, factors) {
		if (factor_proves_email(factor))
			return true;
	}
	return false;
}

/*
 * Neither a password nor every OAuth provider says whose the address is: it
 * must have been proven before, or beside.
 */
static bool
is_of_own_address(const struct party *party, const cJSON *factor,
    const cJSON *factors)
{
	const char *type = json_string(factor, "type");

	return type == NULL || !endpoint_list_has("oauth|password", type) ||
	    factors_prove_email(factors) ||
	    member_flag(&party->member, "email_address_verified");
}

bool
login_has_primary(const struct party *party, const cJSON *factors)
{
	const cJSON *factor;

	cJSON_ArrayForEach (factor, factors) {
		const char *method = factor_method(factor);

		if (method != NULL &&
		    is_of_own_address(party, factor, factors) &&
		    policy_auth_allowed(&party->organization, &party->member,
			method))
			return true;
	}
	return false;
}

bool
login_has_second(const cJSON *factors)
{
	const cJSON *factor;

	cJSON_ArrayForEach (factor, factors) {
		size_t kind = kind_of(factor);

		if (kind < ARRAY_LEN(factor_kinds) &&
		    factor_kinds[kind].method == NULL)
			return true;
	}
	return false;
}

/* ---- What the request brings ---- */

void
login_clear(struct login *login)
{
	session_clear(&login->session);
	intermediate_clear(&login->intermediate);
	login->continued = false;
}

static enum api_error
check_intermediate(const struct party *party,
    const struct intermediate *intermediate)
{
	if (intermediate->organization_id[0] != '\0' &&
	    strcmp(intermediate->organization_id,
		party->organization.id.text) != 0)
		return API_INVALID_INTERMEDIATE_SESSION_TOKEN_FOR_ORGANIZATION;
	if (intermediate->member_id[0] != '\0'
		? strcmp(intermediate->member_id, party->member.id.text) != 0
		: strcasecmp(intermediate->email,
		      member_text(&party->member, "email_address")) != 0)
		return API_MEMBER_SESSION_MEMBER_ID_MISMATCH;
	return API_OK;
}

static enum api_error
take_intermediate(struct request *rq, const struct party *party,
    struct login *login)
{
	const char *token = param_string(rq, "intermediate_session_token");
	const cJSON *factor;
	enum api_error error;

	if (token == NULL)
		return API_OK;
	error = intermediate_find(rq, token, &login->intermediate);
	if (error == API_OK)
		error = check_intermediate(party, &login->intermediate);
	if (error != API_OK)
		return error;
	cJSON_ArrayForEach (factor, login->intermediate.factors) {
		session_add_factor(rq, &login->session, json_copy(factor));
	}
	return API_OK;
}

enum api_error
login_begin(struct request *rq, const struct party *party, struct login *login)
{
	enum api_error error =
	    session_from_params(rq, &login->session, &login->continued);

	if (error != API_OK)
		return error;
	if (!login->continued)
		session_begin(rq, party->member.id.text,
		    party->organization.id.text, &login->session);
	else if (strcmp(login->session.owner_id, party->member.id.text) != 0)
		return API_MEMBER_SESSION_MEMBER_ID_MISMATCH;
	return take_intermediate(rq, party, login);
}

enum api_error
login_begin_second(struct request *rq, const struct party *party,
    struct login *login)
{
	int given = param_has(rq, "session_token") +
	    param_has(rq, "session_jwt") +
	    param_has(rq, "intermediate_session_token");
	enum api_error error;

	if (given == 0)
		return API_NO_SESSION_ARGUMENTS;
	if (given > 1)
		return API_TOO_MANY_SESSION_ARGUMENTS;
	error = login_begin(rq, party, login);
	if (error == API_OK && !login->continued &&
	    (login->intermediate.member_id[0] == '\0' ||
		!login_has_primary(party, login->session.factors)))
		error =
		    API_ACTION_AVAILABLE_ONLY_ONCE_PRIMARY_AUTHENTICATION_IS_MET;
	return error;
}

enum api_error
login_check_enrolment(struct request *rq, const struct party *party,
    bool enrols)
{
	CLEANUP(login_clear) struct login login = LOGIN_INIT;
	bool given = param_has(rq, "session_token") ||
	    param_has(rq, "session_jwt") ||
	    param_has(rq, "intermediate_session_token");

	if (given) {
		enum api_error error = login_begin_second(rq, party, &login);

		if (error != API_OK)
			return error;
	}
	if (!enrols || !member_has_second(rq, &party->member))
		return API_OK;
	return given && login_has_second(login.session.factors)
	    ? API_OK
	    : API_INSUFFICIENT_FACTORS;
}

/* What says nothing about the credential itself. */
static bool
is_no_guess(enum api_error error)
{
	static const enum api_error errors[] = { API_INVALID_CODE,
		API_INVALID_TOTP_CODE, API_INVALID_RECOVERY_CODE,
		API_EXPIRED_TOTP, API_RECOVERY_CODE_USED_AS_TOTP_CODE,
		API_TOTP_CODE_USED_AS_RECOVERY_CODE };

	for (size_t i = 0; i < ARRAY_LEN(errors); i++) {
		if (errors[i] == error)
			return true;
	}
	return false;
}

enum api_error
login_settle(struct request *rq, const struct member *member,
    enum api_error error)
{
	if (error == API_OK)
		lock_forget(rq, member->id.text);
	else if (!is_no_guess(error))
		return lock_fail(rq, member->id.text, error);
	return error;
}

void
login_prove_email(struct request *rq, struct party *party)
{
	struct member *member = &party->member;

	if (member_is(member, "active") &&
	    member_flag(member, "email_address_verified"))
		return;
	json_set_bool(member->body, "email_address_verified", true);
	json_set_string(member->body, "status", "active");
	member_save(rq, member);
}

/* ---- What is owed ---- */

cJSON *
login_primary_required(const struct party *party)
{
	cJSON *required = json_object();
	cJSON *methods = json_array();

	for (size_t i = 0; i < ARRAY_LEN(factor_kinds); i++) {
		const char *method = factor_kinds[i].method;

		if (method != NULL && !json_has_string(methods, method) &&
		    policy_auth_allowed(&party->organization, &party->member,
			method))
			json_push_string(methods, method);
	}
	json_set(required, "allowed_auth_methods", methods);
	return required;
}

/* The member's phone if it may be asked for codes, or "". */
static const char *
sms_option(const struct party *party)
{
	return policy_mfa_allowed(&party->organization, &party->member,
		   "sms_otp")
	    ? member_text(&party->member, "mfa_phone_number")
	    : "";
}

cJSON *
login_mfa_required(struct request *rq, const struct party *party,
    bool sms_initiated)
{
	CLEANUP(json_free)
	cJSON *member = member_json(rq, &party->organization, &party->member);
	cJSON *required = json_object();
	cJSON *options = json_object();
	bool totp =
	    policy_mfa_allowed(&party->organization, &party->member, "totp");

	json_set_string(options, "mfa_phone_number", sms_option(party));
	json_set_string(options, "totp_registration_id",
	    totp ? json_string(member, "totp_registration_id") : "");
	json_set(required, "member_options", options);
	if (sms_initiated)
		json_set_string(required, "secondary_auth_initiated",
		    "sms_otp");
	else
		json_set_null(required, "secondary_auth_initiated");
	return required;
}

enum api_error
login_send_sms(struct request *rq, const struct member *member)
{
	const struct otp_wish wish = {
		.method_id = member->phone_id.text,
		.owner_id = member->id.text,
		.channel = "sms",
		.to = member_text(member, "mfa_phone_number"),
		.minutes = SMS_MINUTES,
	};

	return otp_send(rq, &wish);
}

/* Send the code at once where SMS is what this member is asked for. */
static bool
initiate_sms(struct request *rq, const struct party *party)
{
	const char *method = member_text(&party->member, "default_mfa_method");

	return *sms_option(party) != '\0' && strcmp(method, "totp") != 0 &&
	    login_send_sms(rq, &party->member) == API_OK;
}

/* ---- Answers ---- */

void
login_session_reply(struct request *rq, const struct party *party,
    const struct session *session)
{
	CLEANUP(json_free)
	cJSON *roles = member_role_ids(rq, &party->organization, &party->member,
	    session != NULL ? session->factors : NULL);
	struct session_view view = {
		.roles = roles,
		.organization_slug = organization_text(&party->organization,
		    "organization_slug"),
	};

	session_reply(rq, session, &view, "member_session");
}

static void
reply_common(struct request *rq, const struct party *party)
{
	party_reply(rq, party);
	device_reply(rq, party->member.id.text, "member_device");
}

enum api_error
login_direct(struct request *rq, struct party *party, struct login *login)
{
	int64_t minutes = param_int(rq, "session_duration_minutes",
	    login->continued ? 0 : SESSION_MINUTES);
	enum api_error error = session_merge_claims(rq, &login->session);

	if (error == API_OK && minutes != 0)
		error = session_extend(rq, &login->session, minutes);
	if (error != API_OK)
		return error;
	login->session.last_accessed_at = rq->now_us;
	if (!party_is_magic(party))
		session_save(rq, &login->session);
	if (login->intermediate.token[0] != '\0')
		intermediate_delete(rq, login->intermediate.token);
	reply_common(rq, party);
	login_session_reply(rq, party, &login->session);
	return API_OK;
}

/* Keep the factors in an intermediate session, and answer its token. */
static void
postpone(struct request *rq, const struct party *party, struct login *login)
{
	CLEANUP(intermediate_clear)
	struct intermediate next = INTERMEDIATE_INIT;
	const char *email = member_text(&party->member, "email_address");

	/* Ten minutes in all, however many steps they are. */
	next.expires_at = login->intermediate.expires_at;
	next.factors = json_copy(login->session.factors);
	memcpy(next.email, email, strnlen(email, sizeof(next.email) - 1));
	memcpy(next.member_id, party->member.id.text, sizeof(next.member_id));
	memcpy(next.organization_id, party->organization.id.text,
	    sizeof(next.organization_id));
	if (login->intermediate.token[0] != '\0')
		intermediate_delete(rq, login->intermediate.token);
	intermediate_save(rq, &next);
	reply_common(rq, party);
	login_session_reply(rq, party, NULL);
	intermediate_reply(rq, &next);
}

enum api_error
login_primary(struct request *rq, struct party *party, struct login *login,
    cJSON *factor)
{
	const cJSON *factors;
	bool primary, second;

	if (factor != NULL) {
		session_add_factor(rq, &login->session, factor);
		json_set_string(rq->reply, "organization_id",
		    party->organization.id.text);
	}
	factors = login->session.factors;
	primary = login_has_primary(party, factors);
	second = login->continued || login_has_second(factors) ||
	    !policy_mfa_required(&party->organization, &party->member);
	json_set_bool(rq->reply, "member_authenticated", primary && second);
	json_set_null(rq->reply, "primary_required");
	json_set_null(rq->reply, "mfa_required");
	if (primary && second) {
		intermediate_reply(rq, NULL);
		return login_direct(rq, party, login);
	}
	if (!primary)
		json_set(rq->reply, "primary_required",
		    login_primary_required(party));
	else
		json_set(rq->reply, "mfa_required",
		    login_mfa_required(rq, party, initiate_sms(rq, party)));
	postpone(rq, party, login);
	return API_OK;
}

/* Enrolment and the method asked first, as the second step says. */
static void
settle_mfa(struct request *rq, struct party *party, const char *method)
{
	struct member *member = &party->member;
	const char *enrollment = param_string(rq, "set_mfa_enrollment");
	bool for_all =
	    strcmp(organization_text(&party->organization, "mfa_policy"),
		"REQUIRED_FOR_ALL") == 0;

	if (for_all)
		json_set_bool(member->body, "mfa_enrolled", true);
	else if (enrollment != NULL)
		json_set_bool(member->body, "mfa_enrolled",
		    strcmp(enrollment, "unenroll") != 0);
	if (method != NULL &&
	    (param_bool(rq, "set_default_mfa", false) ||
		*member_text(member, "default_mfa_method") == '\0'))
		json_set_string(member->body, "default_mfa_method", method);
	member_save(rq, member);
}

enum api_error
login_second(struct request *rq, struct party *party, struct login *login,
    const char *method, cJSON *factor)
{
	const char *enrollment = param_string(rq, "set_mfa_enrollment");

	session_add_factor(rq, &login->session, factor);
	if (enrollment != NULL &&
	    !endpoint_list_has("enroll|unenroll", enrollment))
		return request_refuse(rq, API_INVALID_REQUEST_VALUE,
		    "set_mfa_enrollment is enroll or unenroll.");
	settle_mfa(rq, party, method);
	return login_direct(rq, party, login);
}
