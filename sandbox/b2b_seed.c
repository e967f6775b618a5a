/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Organizations and members of the seed.  What the API's own create takes is
 * checked and set as there; beside it stands what only comes to be by use:
 * ids, status, verified addresses, authenticator app, locks.
 */
#include "config.h"

#include "sandbox/b2b.h"
#include "sandbox/b2b_password.h"
#include "sandbox/b2b_rbac.h"
#include "sandbox/lock.h"
#include "sandbox/seed.h"
#include "sandbox/totp.h"
#include "sandbox/validate.h"

#include <stdio.h>
#include <string.h>

/* The members of a seed's object that the endpoint does not take. */
static const char organization_extras[] = "organization_id|members";
static const char member_extras[] =
    "member_id|status|email_address_verified|mfa_phone_number_verified|"
    "default_mfa_method|locked|totp|totp_secret|password|password_hash";

/* Name what a refusal is about, in front of what is wrong with it. */
static enum api_error
refuse(struct request *rq, enum api_error error, const char *who)
{
	char what[160];
	size_t len;

	if (error == API_OK)
		return API_OK;
	len =
	    strnlen(rq->detail[0] != '\0' ? rq->detail : error_row(error)->text,
		sizeof(what) - 1);
	memcpy(what,
	    rq->detail[0] != '\0' ? rq->detail : error_row(error)->text, len);
	what[len] = '\0';
	return request_refuse(rq, error, "%.80s: %s", who, what);
}

/*
 * The part of a seed's object that the endpoint takes, checked; rq->params
 * becomes it.  Names that neither knows are refused: a misspelt one would be
 * lost.
 */
static enum api_error
take_params(struct request *rq, enum stytch_endpoint endpoint,
    const cJSON *object, const char *extras, cJSON **out_params)
{
	CLEANUP(json_free) cJSON *params = json_object();
	const cJSON *value;
	enum api_error error;

	rq->endpoint = endpoint_get(endpoint);
	if (!cJSON_IsObject(object))
		return request_refuse(rq, API_BAD_REQUEST, "It is no object.");
	cJSON_ArrayForEach (value, object) {
		if (endpoint_list_has(extras, value->string))
			continue;
		if (endpoint_param(rq->endpoint, value->string) == NULL)
			return request_refuse(rq, API_BAD_REQUEST,
			    "There is no member %.64s.", value->string);
		json_set(params, value->string, json_copy(value));
	}
	if (endpoint_param(rq->endpoint, "organization_id") != NULL)
		json_set_string(params, "organization_id", "seed");
	error = validate_params(rq, params);
	if (error != API_OK)
		return error;
	rq->params = params;
	*out_params = STEAL(params);
	return API_OK;
}

/* A fixed id, if the object gives one and it is of that kind. */
static enum api_error
take_id(struct request *rq, const cJSON *object, const char *name,
    const char *kind, struct id *id)
{
	const char *text = json_string(object, name);

	if (json_get(object, name) == NULL)
		return API_OK;
	if (text == NULL || !id_is_kind(text, kind))
		return request_refuse(rq, API_INVALID_ID, "%s is malformed.",
		    name);
	memcpy(id->text, text, strlen(text) + 1);
	return API_OK;
}

/* ---- Members ---- */

/* Roles of a seed need no policy: what is unknown is added, without rights. */
static void
add_roles(struct request *rq, const struct organization *organization,
    const cJSON *roles)
{
	const cJSON *role;

	cJSON_ArrayForEach (role, roles) {
		if (!rbac_has_role(rq, organization, role->valuestring))
			rbac_add_role(rq, role->valuestring);
	}
}

static enum api_error
take_flag(struct request *rq, const cJSON *object, const char *name,
    bool fallback, cJSON *body)
{
	const cJSON *value = json_get(object, name);

	if (value != NULL && !cJSON_IsBool(value))
		return request_refuse(rq, API_BAD_REQUEST,
		    "%s is true or false.", name);
	json_set_bool(body, name, json_bool(object, name, fallback));
	return API_OK;
}

static enum api_error
take_choice(struct request *rq, const cJSON *object, const char *name,
    const char *choices, cJSON *body)
{
	const cJSON *value = json_get(object, name);

	if (value == NULL)
		return API_OK;
	if (!cJSON_IsString(value) ||
	    !endpoint_list_has(choices, value->valuestring))
		return request_refuse(rq, API_BAD_REQUEST, "%s is one of %s.",
		    name, choices);
	json_set_string(body, name, value->valuestring);
	return API_OK;
}

static enum api_error
take_extras(struct request *rq, const cJSON *object, struct member *member)
{
	cJSON *body = member->body;
	enum api_error error = take_choice(rq, object, "status",
	    "active|pending|invited|deleted", body);

	if (error == API_OK)
		error = take_choice(rq, object, "default_mfa_method",
		    "sms_otp|totp", body);
	if (error == API_OK)
		error = take_flag(rq, object, "email_address_verified",
		    member_is(member, "active"), body);
	if (error == API_OK)
		error = take_flag(rq, object, "mfa_phone_number_verified",
		    member->phone_id.text[0] != '\0', body);
	return error;
}

static enum api_error
take_totp(struct request *rq, const cJSON *object, const struct member *member)
{
	const cJSON *given = json_get(object, "totp");
	const char *secret = json_string(object, "totp_secret");
	struct totp_wish wish = {
		.kind = "member-totp",
		.owner_id = member->id.text,
		.secret =
		    secret != NULL ? secret : json_string(given, "secret"),
		.recovery_codes = json_get(given, "recovery_codes"),
		.totp_id = json_string(given, "totp_registration_id"),
		.minutes = 60,
		.verified = json_bool(given, "verified", true),
	};
	struct totp totp;

	if (given == NULL && json_get(object, "totp_secret") == NULL)
		return API_OK;
	if (wish.secret == NULL ||
	    (wish.recovery_codes != NULL &&
		!cJSON_IsArray(wish.recovery_codes)))
		return request_refuse(rq, API_BAD_REQUEST,
		    "totp has a secret, a text, and maybe recovery_codes, an "
		    "array; totp_secret is a text.");
	if (wish.totp_id != NULL && !id_is_kind(wish.totp_id, "member-totp"))
		return API_INVALID_TOTP_ID;
	return totp_create(rq, &wish, &totp);
}

/* "password" is the word itself, weak or not; "password_hash" what migrate
 * takes. */
static enum api_error
take_password(struct request *rq, const cJSON *object,
    const struct member *member)
{
	const cJSON *password = json_get(object, "password");
	const cJSON *hash = json_get(object, "password_hash");
	const struct password_owner owner = password_owner_of(rq, member);

	if (password != NULL && !cJSON_IsString(password))
		return request_refuse(rq, API_BAD_REQUEST,
		    "password is a text.");
	if (password != NULL)
		password_set(rq, MEMBER_PASSWORD, owner.id,
		    password->valuestring);
	return hash != NULL
	    ? password_import(rq, MEMBER_PASSWORD, owner.id, hash)
	    : API_OK;
}

/* Whether the member is there from an earlier run. */
static bool
is_there(struct request *rq, const struct organization *organization,
    const cJSON *object)
{
	CLEANUP(member_clear) struct member member = MEMBER_INIT;
	const char *id = json_string(object, "member_id");

	return (id != NULL && member_by_id(rq, id, &member)) ||
	    member_by_email(rq, organization, param_string(rq, "email_address"),
		&member);
}

static enum api_error
seed_member(struct request *rq, const struct organization *organization,
    const cJSON *object)
{
	CLEANUP(member_clear) struct member member = MEMBER_INIT;
	CLEANUP(json_free) cJSON *params = NULL;
	enum api_error error =
	    take_params(rq, STYTCH_B2B_ORGANIZATIONS_MEMBERS_CREATE, object,
		member_extras, &params);

	if (error != API_OK || is_there(rq, organization, object))
		return error;
	member_init(rq, organization, param_string(rq, "email_address"),
	    "active", &member);
	error = take_id(rq, object, "member_id", "member", &member.id);
	json_set_string(member.body, "member_id", member.id.text);
	add_roles(rq, organization, param_json(rq, "roles"));
	if (error == API_OK)
		error = member_take_fields(rq, organization, &member);
	if (error == API_OK)
		error = member_take_external_id(rq, &member);
	if (error == API_OK)
		error = take_extras(rq, object, &member);
	if (error != API_OK)
		return error;
	member_save(rq, &member);
	if (json_bool(object, "locked", false))
		lock_set(rq, member.id.text, true);
	error = take_password(rq, object, &member);
	return error != API_OK ? error : take_totp(rq, object, &member);
}

static enum api_error
seed_members(struct request *rq, const struct organization *organization,
    const cJSON *list)
{
	const cJSON *object;

	if (list != NULL && !cJSON_IsArray(list))
		return request_refuse(rq, API_BAD_REQUEST,
		    "members is an array.");
	cJSON_ArrayForEach (object, list) {
		enum api_error error = seed_member(rq, organization, object);
		const char *who = json_string(object, "email_address");

		rq->params = NULL;
		if (error != API_OK)
			return refuse(rq, error,
			    who != NULL ? who : "a member");
	}
	return API_OK;
}

/* ---- Organizations ---- */

static void
add_email_roles(struct request *rq, const cJSON *rows)
{
	const cJSON *row;

	cJSON_ArrayForEach (row, rows) {
		const char *role = json_string(row, "role_id");

		if (role != NULL)
			rbac_add_role(rq, role);
	}
}

/* Make it, if it is not there from an earlier run. */
static enum api_error
make_organization(struct request *rq, const cJSON *object,
    struct organization *out)
{
	const char *slug = param_string(rq, "organization_slug");
	const char *id = json_string(object, "organization_id");
	enum api_error error;

	if ((id != NULL && organization_find(rq, id, out) == API_OK) ||
	    (slug != NULL && organization_find(rq, slug, out) == API_OK))
		return API_OK;
	organization_init(rq, param_string(rq, "organization_name"), out);
	error =
	    take_id(rq, object, "organization_id", "organization", &out->id);
	json_set_string(out->body, "organization_id", out->id.text);
	add_email_roles(rq,
	    param_json(rq, "rbac_email_implicit_role_assignments"));
	return error != API_OK ? error
			       : organization_apply(rq, out, rq->params, true);
}

static enum api_error
seed_organization(struct request *rq, const cJSON *object)
{
	CLEANUP(organization_clear)
	struct organization organization = ORGANIZATION_INIT;
	CLEANUP(json_free) cJSON *params = NULL;
	enum api_error error = take_params(rq, STYTCH_B2B_ORGANIZATIONS_CREATE,
	    object, organization_extras, &params);

	if (error == API_OK)
		error = make_organization(rq, object, &organization);
	rq->params = NULL;
	return error != API_OK
	    ? error
	    : seed_members(rq, &organization, json_get(object, "members"));
}

enum api_error
seed_organizations(struct request *rq, const cJSON *list)
{
	const cJSON *object;

	if (!cJSON_IsArray(list))
		return request_refuse(rq, API_BAD_REQUEST, "It is no array.");
	cJSON_ArrayForEach (object, list) {
		enum api_error error = seed_organization(rq, object);
		const char *who = json_string(object, "organization_name");

		if (error != API_OK)
			return refuse(rq, error,
			    who != NULL ? who : "an organization");
	}
	return API_OK;
}
