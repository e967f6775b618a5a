/* SPDX-License-Identifier: BSD-2-Clause */
/* The tokens that an authorization server gives out. */
#include "config.h"

#include "sandbox/claim_template.h"
#include "sandbox/key.h"
#include "sandbox/oauth2.h"
#include "sandbox/session.h"
#include "sandbox/settings.h"
#include "sandbox/user.h"

#include <string.h>

#define M2M_SECONDS 3600
#define CLAIMS_MAX 4096 /* bytes of a template's */

/* iss, sub, iat, exp: what every token has. */
static cJSON *
basic_claims(struct request *rq, const char *subject, int64_t seconds)
{
	CLEANUP(buf_clear) struct buf issuer = BUF_INIT(256);
	cJSON *claims = json_object();
	int64_t now = rq->now_us / SECOND_US;

	buf_addf(&issuer, "stytch.com/%s", rq->project->id);
	json_set_string(claims, "iss", buf_text(&issuer));
	json_set_string(claims, "sub", subject);
	json_set_int(claims, "iat", now);
	json_set_int(claims, "nbf", now);
	json_set_int(claims, "exp", now + seconds);
	return claims;
}

static void
reply_token(struct request *rq, const cJSON *claims, int64_t seconds)
{
	CLEANUP(string_free) char *jwt = key_sign(rq, claims);

	json_set_string(rq->reply, "access_token", jwt);
	json_set_string(rq->reply, "token_type", "bearer");
	json_set_int(rq->reply, "expires_in", seconds);
	json_set(rq->reply, "scope", json_copy(json_get(claims, "scope")));
}

void
token_reply_machine(struct request *rq, const struct client *client,
    const char *scope)
{
	CLEANUP(json_free)
	cJSON *claims = basic_claims(rq, client->id.text, M2M_SECONDS);
	cJSON *audience = json_array();

	json_push_string(audience, rq->project->id);
	json_set(claims, "aud", audience);
	json_set_string(claims, "scope", scope);
	reply_token(rq, claims, M2M_SECONDS);
}

/* ---- Persons. ---- */

static void
describe_user(const cJSON *user, const char *scope, cJSON *object)
{
	const cJSON *name = json_get(user, "name");
	const cJSON *email = cJSON_GetArrayItem(json_get(user, "emails"), 0);
	const cJSON *phone =
	    cJSON_GetArrayItem(json_get(user, "phone_numbers"), 0);

	if (scope_has(scope, "profile")) {
		json_set_string(object, "given_name",
		    json_string(name, "first_name"));
		json_set_string(object, "family_name",
		    json_string(name, "last_name"));
	}
	if (scope_has(scope, "email") && email != NULL) {
		json_set_string(object, "email", json_string(email, "email"));
		json_set_bool(object, "email_verified",
		    json_bool(email, "verified", false));
	}
	if (scope_has(scope, "phone") && phone != NULL) {
		json_set_string(object, "phone_number",
		    json_string(phone, "phone_number"));
		json_set_bool(object, "phone_number_verified",
		    json_bool(phone, "verified", false));
	}
}

static void
describe_member(const struct party *party, const char *scope, cJSON *object)
{
	const struct member *member = &party->member;

	if (scope_has(scope, "profile"))
		json_set_string(object, "name", member_text(member, "name"));
	if (scope_has(scope, "email")) {
		json_set_string(object, "email",
		    member_text(member, "email_address"));
		json_set_bool(object, "email_verified",
		    member_flag(member, "email_address_verified"));
	}
	if (scope_has(scope, "phone") && member->phone_id.text[0] != '\0')
		json_set_string(object, "phone_number",
		    member_text(member, "mfa_phone_number"));
}

void
token_describe_person(struct request *rq, const struct subject *subject,
    const char *scope, cJSON *object)
{
	CLEANUP(json_free) cJSON *user = NULL;

	if (rq->project->vertical == VERTICAL_B2B) {
		describe_member(&subject->party, scope, object);
		return;
	}
	user = user_json(rq, subject->id.text);
	describe_user(user, scope, object);
}

/* ---- Tokens of a grant. ---- */

static void
add_organization(cJSON *claims, const struct subject *subject)
{
	const struct organization *organization = &subject->party.organization;
	cJSON *claim = json_object();

	json_set_string(claim, "organization_id", organization->id.text);
	json_set_string(claim, "slug",
	    organization_text(organization, "organization_slug"));
	json_set(claims, "https://stytch.com/organization", claim);
}

/* What the person may do, by resource, as templates have it. */
static cJSON *
rbac_values(struct request *rq, const struct subject *subject)
{
	CLEANUP(json_free) cJSON *policy = project_policy(rq);
	cJSON *rbac = json_object();
	const cJSON *resource, *action;

	cJSON_ArrayForEach (resource, json_get(policy, "resources")) {
		const char *id = json_string(resource, "resource_id");
		cJSON *actions, *item;

		if (id == NULL)
			continue;
		actions = json_array();
		item = json_object();
		cJSON_ArrayForEach (action, json_get(resource, "actions")) {
			const char *name = cJSON_GetStringValue(action);

			if (name != NULL && subject_may(rq, subject, id, name))
				json_push_string(actions, name);
		}
		json_set(item, "actions", actions);
		json_set(rbac, id, item);
	}
	json_set(rbac, "roles", json_copy(subject->roles));
	return rbac;
}

/* What the tags of a template stand for. */
static cJSON *
template_values(struct request *rq, const struct subject *subject)
{
	const struct party *party = &subject->party;
	cJSON *values = json_object();
	cJSON *person;

	if (rq->project->vertical == VERTICAL_CONSUMER) {
		person = user_json(rq, subject->id.text);
	} else {
		person = member_json(rq, &party->organization, &party->member);
		json_set(values, "organization",
		    json_copy(party->organization.body));
	}
	json_set(person, "rbac", rbac_values(rq, subject));
	json_set(values,
	    rq->project->vertical == VERTICAL_CONSUMER ? "user" : "member",
	    person);
	return values;
}

/*
 * Add the claims of an app's template to a token's own, which stay; more than
 * sessions may have are none.
 */
static void
add_template(struct request *rq, const char *template,
    const struct subject *subject, cJSON *claims)
{
	CLEANUP(json_free) cJSON *values = NULL;
	CLEANUP(json_free) cJSON *made = NULL;
	CLEANUP(string_free) char *text = NULL;
	const cJSON *claim;

	if (template[0] == '\0')
		return;
	values = template_values(rq, subject);
	made = claim_template_render(template, values);
	text = json_text(made);
	if (text == NULL || strlen(text) > CLAIMS_MAX)
		return;
	cJSON_ArrayForEach (claim, made) {
		if (!claim_is_registered(claim->string) &&
		    strncmp(claim->string, "https://stytch.com/", 19) != 0 &&
		    json_get(claims, claim->string) == NULL)
			json_set(claims, claim->string, json_copy(claim));
	}
}

static void
reply_access_token(struct request *rq, const struct client *client,
    const struct subject *subject, const struct grant *grant, const char *scope)
{
	const char *custom =
	    client_text(client, "access_token_custom_audience");
	int64_t seconds =
	    60 * json_int(client->details, "access_token_expiry_minutes", 60);
	CLEANUP(json_free)
	cJSON *claims = basic_claims(rq, subject->id.text, seconds);
	cJSON *audience = json_array();
	struct id id;

	json_push_string(audience, rq->project->id);
	if (custom[0] != '\0')
		json_push_string(audience, custom);
	json_set(claims, "aud", audience);
	json_set_string(claims, "scope", scope);
	json_set_string(claims, "client_id", client->id.text);
	request_id_make(rq, "access-token", &id);
	json_set_string(claims, "jti", id.text);
	grant_access_note(rq, grant, id.text, seconds);
	if (rq->project->vertical == VERTICAL_B2B)
		add_organization(claims, subject);
	add_template(rq, client_text(client, "access_token_template_content"),
	    subject, claims);
	reply_token(rq, claims, seconds);
}

static void
reply_id_token(struct request *rq, const struct client *client,
    const struct subject *subject, const struct grant *grant, const char *scope)
{
	CLEANUP(json_free)
	cJSON *claims = basic_claims(rq, subject->id.text, M2M_SECONDS);
	CLEANUP(string_free) char *jwt = NULL;
	cJSON *audience = json_array();

	json_push_string(audience, client->id.text);
	json_set(claims, "aud", audience);
	if (grant->nonce[0] != '\0')
		json_set_string(claims, "nonce", grant->nonce);
	token_describe_person(rq, subject, scope, claims);
	add_template(rq, client_text(client, "id_token_template_content"),
	    subject, claims);
	jwt = key_sign(rq, claims);
	json_set_string(rq->reply, "id_token", jwt);
}

void
token_reply_grant(struct request *rq, const struct client *client,
    const struct subject *subject, const struct grant *grant, const char *scope)
{
	struct token refresh;

	reply_access_token(rq, client, subject, grant, scope);
	if (scope_has(scope, "openid"))
		reply_id_token(rq, client, subject, grant, scope);
	if (!scope_has(grant->scope, "offline_access"))
		return;
	grant_refresh_make(rq, grant, &refresh);
	json_set_string(rq->reply, "refresh_token", refresh.text);
}

cJSON *
token_verify(struct request *rq, const char *token)
{
	CLEANUP(json_free) cJSON *claims = key_verify(rq, token);
	const char *client = json_string(claims, "client_id");
	const char *owner = json_string(claims, "sub");

	if (client == NULL || owner == NULL ||
	    json_string(claims, "jti") == NULL ||
	    json_int(claims, "exp", 0) <= rq->now_us / SECOND_US ||
	    !grant_is_consented(rq, client, owner) ||
	    !grant_access_is_good(rq, json_string(claims, "jti")))
		return NULL;
	return STEAL(claims);
}
