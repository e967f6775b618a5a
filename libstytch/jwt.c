/* SPDX-License-Identifier: BSD-2-Clause */
/* Session JWTs, verified by cjose behind guards; see jwt.h. */
#include "config.h"

#include "libstytch/jwt.h"

#include "libstytch/error.h"
#include "libstytch/json.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define TOKEN_MAX 16384
#define JWK_MAX 4096
#define KEY_BITS_MIN 2048
#define ALGORITHM "RS256"
#define BASE64URL \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

static enum stytch_class
reject(struct stytch_error *error, const char *message)
{
	return error_set(error, STYTCH_REJECTED, "session_jwt", message);
}

static const char *
text_of(const cJSON *json, const char *key)
{
	return cJSON_GetStringValue(
	    cJSON_GetObjectItemCaseSensitive(json, key));
}

/* Whether a member, if there, is this text. */
static bool
is_or_absent(const cJSON *json, const char *key, const char *wanted)
{
	const cJSON *value = cJSON_GetObjectItemCaseSensitive(json, key);
	const char *text = cJSON_GetStringValue(value);

	return value == NULL || (text != NULL && strcmp(text, wanted) == 0);
}

/*
 * Whether len bytes are base64url without padding, and of a length that such
 * a text can have.  On what is not, cjose fails an assertion.
 */
static bool
is_base64url(const char *text, size_t len)
{
	return len > 0 && strspn(text, BASE64URL) >= len && len % 4 != 1;
}

/* A JWK with nothing in it but what a public RSA key needs. */
static cjose_jwk_t *
import_key(const char *n, const char *e)
{
	CLEANUP(json_free) cJSON *json = cJSON_CreateObject();
	CLEANUP(secret_clear) struct secret text = SECRET_INIT;

	if (cJSON_AddStringToObject(json, "kty", "RSA") == NULL ||
	    cJSON_AddStringToObject(json, "n", n) == NULL ||
	    cJSON_AddStringToObject(json, "e", e) == NULL ||
	    json_print(json, JWK_MAX, &text) != 0)
		return NULL;
	return cjose_jwk_import(secret_reveal(&text), text.len, NULL);
}

/* Take one key of a JWKS, if it is one for us. */
static void
take_key(const cJSON *json, struct jwt_keys *keys)
{
	const char *kty = text_of(json, "kty");
	const char *kid = text_of(json, "kid");
	const char *n = text_of(json, "n");
	const char *e = text_of(json, "e");
	cjose_jwk_t *jwk;

	if (kty == NULL || strcmp(kty, "RSA") != 0 || kid == NULL ||
	    kid[0] == '\0' || strlen(kid) > JWT_KID_MAX ||
	    !is_or_absent(json, "alg", ALGORITHM) ||
	    !is_or_absent(json, "use", "sig") ||
	    jwt_keys_find(keys, kid) != NULL || n == NULL || e == NULL ||
	    !is_base64url(n, strlen(n)) || !is_base64url(e, strlen(e)))
		return;
	jwk = import_key(n, e);
	if (jwk == NULL)
		return;
	/* What cjose made of it decides what its verification does. */
	if (cjose_jwk_get_kty(jwk, NULL) != CJOSE_JWK_KTY_RSA ||
	    cjose_jwk_get_keysize(jwk, NULL) < KEY_BITS_MIN) {
		(void)cjose_jwk_release(jwk);
		return;
	}
	keys->key[keys->count].jwk = jwk;
	(void)snprintf(keys->key[keys->count].kid,
	    sizeof(keys->key[keys->count].kid), "%s", kid);
	keys->count++;
}

int
jwt_keys_parse(const cJSON *jwks, struct jwt_keys *out_keys)
{
	CLEANUP(jwt_keys_clear) struct jwt_keys keys = { .count = 0 };
	const cJSON *list = cJSON_GetObjectItemCaseSensitive(jwks, "keys");
	const cJSON *json;

	if (!cJSON_IsArray(list))
		return -EPROTO;
	cJSON_ArrayForEach (json, list) {
		if (keys.count == JWT_KEYS_MAX)
			break;
		take_key(json, &keys);
	}
	*out_keys = keys;
	keys.count = 0;
	return 0;
}

void
jwt_keys_clear(struct jwt_keys *keys)
{
	for (size_t i = 0; i < keys->count; i++)
		(void)cjose_jwk_release(keys->key[i].jwk);
	keys->count = 0;
}

const cjose_jwk_t *
jwt_keys_find(const struct jwt_keys *keys, const char *kid)
{
	for (size_t i = 0; i < keys->count; i++)
		if (strcmp(keys->key[i].kid, kid) == 0)
			return keys->key[i].jwk;
	return NULL;
}

/* Three parts of base64url, none empty. */
static bool
has_three_parts(const char *text)
{
	unsigned parts = 0;

	for (;;) {
		size_t len = strspn(text, BASE64URL);

		parts++;
		if (!is_base64url(text, len) || parts > 3)
			return false;
		text += len;
		if (*text == '\0')
			return parts == 3;
		if (*text != '.')
			return false;
		text++;
	}
}

enum stytch_class
jwt_open(const char *text, struct jwt *out_jwt, struct stytch_error *error)
{
	CLEANUP(jwt_clear) struct jwt jwt = JWT_INIT;
	size_t len = strnlen(text, TOKEN_MAX + 1);
	CLEANUP(string_free) char *critical = NULL;
	cjose_header_t *header;
	const char *algorithm, *kid;

	if (len > TOKEN_MAX || !has_three_parts(text))
		return reject(error, "is not a JWT");
	jwt.jws = cjose_jws_import(text, len, NULL);
	header = jwt.jws == NULL ? NULL : cjose_jws_get_protected(jwt.jws);
	if (header == NULL)
		return reject(error, "is not a JWT");
	/*
	 * Before anything is verified: with another algorithm cjose would
	 * take an RSA key's structure for the bytes of a secret.
	 */
	algorithm = cjose_header_get(header, CJOSE_HDR_ALG, NULL);
	if (algorithm == NULL || strcmp(algorithm, ALGORITHM) != 0)
		return reject(error, "is not signed with " ALGORITHM);
	/* A header we would have to understand (RFC 7515 section 4.1.11). */
	critical = cjose_header_get_raw(header, "crit", NULL);
	if (critical != NULL)
		return reject(error, "has a critical header");
	kid = cjose_header_get(header, CJOSE_HDR_KID, NULL);
	if (kid == NULL || kid[0] == '\0' || strlen(kid) > JWT_KID_MAX)
		return reject(error, "names no key");
	(void)snprintf(jwt.kid, sizeof(jwt.kid), "%s", kid);
	*out_jwt = jwt;
	jwt.jws = NULL;
	return STYTCH_OK;
}

void
jwt_clear(struct jwt *jwt)
{
	if (jwt->jws != NULL)
		cjose_jws_release(jwt->jws);
	jwt->jws = NULL;
	jwt->kid[0] = '\0';
}

/* stytch.com/PROJECT, or the base URL of a project with its own host. */
static bool
is_issuer(const char *issuer, const struct jwt_expected *expected)
{
	static const char usual[] = "stytch.com/";
	size_t usual_len = sizeof(usual) - 1;
	size_t base_len = strlen(expected->base_url);

	if (issuer == NULL)
		return false;
	if (strncmp(issuer, usual, usual_len) == 0)
		return strcmp(issuer + usual_len, expected->project_id) == 0;
	return strncmp(issuer, expected->base_url, base_len) == 0 &&
	    (issuer[base_len] == '\0' || strcmp(issuer + base_len, "/") == 0);
}

static bool
has_audience(const cJSON *claims, const char *project_id)
{
	const cJSON *audience = cJSON_GetObjectItemCaseSensitive(claims, "aud");
	const cJSON *item;

	if (cJSON_IsString(audience))
		return strcmp(audience->valuestring, project_id) == 0;
	if (!cJSON_IsArray(audience))
		return false;
	cJSON_ArrayForEach (item, audience)
		if (cJSON_IsString(item) &&
		    strcmp(item->valuestring, project_id) == 0)
			return true;
	return false;
}

/* A time that may be absent must not lie ahead. */
static bool
is_past_or_absent(const cJSON *claims, const char *key, int64_t now_s)
{
	const cJSON *value = cJSON_GetObjectItemCaseSensitive(claims, key);

	return value == NULL ||
	    (json_is_integer(value) &&
		(int64_t)value->valuedouble <= now_s + JWT_LEEWAY_S);
}

static enum stytch_class
check_claims(const cJSON *claims, const struct jwt_expected *expected,
    struct stytch_error *error)
{
	const cJSON *expiry = cJSON_GetObjectItemCaseSensitive(claims, "exp");
	const char *subject = text_of(claims, "sub");

	if (!cJSON_IsObject(claims))
		return reject(error, "has no claims");
	if (!is_issuer(text_of(claims, "iss"), expected))
		return reject(error, "is of another issuer");
	if (!has_audience(claims, expected->project_id))
		return reject(error, "is for another project");
	if (subject == NULL || subject[0] == '\0')
		return reject(error, "has no subject");
	if (!json_is_integer(expiry))
		return reject(error, "has no end");
	if (!is_past_or_absent(claims, "nbf", expected->now_s) ||
	    !is_past_or_absent(claims, "iat", expected->now_s))
		return reject(error, "is not valid yet");
	if ((int64_t)expiry->valuedouble + JWT_LEEWAY_S <= expected->now_s)
		return error_set(error, STYTCH_EXPIRED, "session_jwt",
		    "is over");
	return STYTCH_OK;
}

enum stytch_class
jwt_verify(const struct jwt *jwt, const cjose_jwk_t *key,
    const struct jwt_expected *expected, cJSON **out_claims,
    struct stytch_error *error)
{
	CLEANUP(json_free) cJSON *claims = NULL;
	uint8_t *payload = NULL;
	size_t len = 0;
	enum stytch_class class_;

	if (!cjose_jws_verify(jwt->jws, key, NULL))
		return reject(error, "has a wrong signature");
	/* The payload stays the token's. */
	if (!cjose_jws_get_plaintext(jwt->jws, &payload, &len, NULL))
		return reject(error, "has no payload");
	claims = cJSON_ParseWithLength((const char *)payload, len);
	class_ = check_claims(claims, expected, error);
	if (class_ == STYTCH_OK)
		*out_claims = STEAL(claims);
	return class_;
}
