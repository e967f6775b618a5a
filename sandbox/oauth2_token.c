/* SPDX-License-Identifier: BSD-2-Clause */
/* The tokens that an authorization server gives out. */
#include "config.h"

#include "sandbox/key.h"
#include "sandbox/oauth2.h"
#include "sandbox/user.h"

#include <string.h>

#define M2M_SECONDS 3600

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
