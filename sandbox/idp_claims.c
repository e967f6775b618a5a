/* SPDX-License-Identifier: BSD-2-Clause */
/* What the played provider says of a person, and the tokens it gives out. */
#include "config.h"

#include "sandbox/idp.h"

#include "sandbox/b2b_connection.h"
#include "sandbox/key.h"

#include <string.h>

/* The same person is the same subject, at one provider. */
static void
set_subject(cJSON *claims, const char *provider, const char *address)
{
	CLEANUP(buf_clear) struct buf who = BUF_INIT(1024);
	struct token subject;

	buf_addf(&who, "%s:%s", provider, address);
	pkce_challenge(buf_text(&who), &subject);
	subject.text[21] = '\0';
	json_set_string(claims, "subject", subject.text);
}

/* "a,b" as an array. */
static cJSON *
split_groups(const char *text)
{
	cJSON *groups = json_array();

	while (text != NULL && *text != '\0') {
		CLEANUP(buf_clear) struct buf group = BUF_INIT(1024);
		size_t len = strcspn(text, ",");

		buf_add(&group, text, len);
		if (len > 0)
			json_push_string(groups, buf_text(&group));
		text += len + (text[len] == ',');
	}
	return groups;
}

cJSON *
idp_attributes(const struct request *rq)
{
	const char *text = param_string(rq, "attributes");
	CLEANUP(json_free)
	cJSON *object =
	    text != NULL ? json_parse(text, strlen(text)) : json_object();

	return cJSON_IsObject(object) ? STEAL(object) : NULL;
}

cJSON *
idp_make_claims(struct request *rq, const char *provider, const char *address)
{
	const char *name = param_string(rq, "name");
	const char *tenant = param_string(rq, "tenant_id");
	const char *scopes = param_string(rq, "custom_scopes");
	cJSON *claims = json_object();

	set_subject(claims, provider, address);
	json_set_string(claims, "provider", provider);
	json_set_string(claims, "email", address);
	json_set_string(claims, "name", name != NULL ? name : "");
	json_set_string(claims, "tenant_id",
	    tenant != NULL ? tenant : address_domain(address));
	json_set_string(claims, "custom_scopes", scopes);
	json_set(claims, "groups", split_groups(param_string(rq, "groups")));
	json_set(claims, "attributes", idp_attributes(rq));
	return claims;
}

cJSON *
idp_claims(const char *details)
{
	return json_parse_stored(details, "{}");
}

static cJSON *
scopes_of(const cJSON *claims)
{
	const char *more = json_string(claims, "custom_scopes");
	cJSON *scopes = json_array();

	json_push_string(scopes, "openid");
	json_push_string(scopes, "email");
	json_push_string(scopes, "profile");
	while (more != NULL && *more != '\0') {
		CLEANUP(buf_clear) struct buf scope = BUF_INIT(1024);
		size_t len = strcspn(more, " ");

		buf_add(&scope, more, len);
		if (len > 0 && !json_has_string(scopes, buf_text(&scope)))
			json_push_string(scopes, buf_text(&scope));
		more += len + (more[len] == ' ');
	}
	return scopes;
}

/* The provider's own id token, signed by the project's key. */
static void
set_id_token(struct request *rq, const cJSON *claims, cJSON *values)
{
	static const char *const names[] = { "email", "name", "groups" };
	CLEANUP(json_free) cJSON *payload = json_object();
	CLEANUP(buf_clear) struct buf issuer = BUF_INIT(1024);
	CLEANUP(string_free) char *jwt = NULL;
	int64_t now_s = rq->now_us / SECOND_US;

	buf_addf(&issuer, "%s%s", rq->base_url, IDP_PATH);
	json_set_string(payload, "iss", buf_text(&issuer));
	json_set_string(payload, "aud", rq->project->id);
	json_set_string(payload, "sub", json_string(claims, "subject"));
	json_set_int(payload, "iat", now_s);
	json_set_int(payload, "exp", now_s + IDP_ACCESS_MINUTES * 60);
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		json_set(payload, names[i],
		    json_copy(json_get(claims, names[i])));
	jwt = key_sign(rq, payload);
	json_set_string(values, "id_token", jwt);
}

cJSON *
idp_values(struct request *rq, const cJSON *claims)
{
	cJSON *values = json_object();
	struct token access, refresh;

	token_make(TOKEN_LEN, &access);
	token_make(TOKEN_LEN, &refresh);
	json_set_string(values, "access_token", access.text);
	json_set_string(values, "refresh_token", refresh.text);
	set_id_token(rq, claims, values);
	json_set(values, "scopes", scopes_of(claims));
	json_set_time(values, "expires_at",
	    rq->now_us + IDP_ACCESS_MINUTES * MINUTE_US);
	return values;
}
