/* SPDX-License-Identifier: BSD-2-Clause */
/* Session JWTs verified by keys that are fetched and kept; see stytch.h. */
#include "config.h"

#include "libstytch/session.h"

#include "libstytch/client.h"
#include "libstytch/error.h"
#include "libstytch/json.h"
#include "libstytch/reply.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#define KEYS_MAX_AGE_MS (5 * 60 * 1000)
/* However many unknown keys are named, the API is asked this often. */
#define REFETCH_AFTER_MS 10000

int
session_keys_init(struct session_keys *keys)
{
	keys->keys.count = 0;
	keys->fetched_ms = 0;
	return pthread_mutex_init(&keys->lock, NULL) == 0 ? 0 : -ENOMEM;
}

void
session_keys_clear(struct session_keys *keys)
{
	jwt_keys_clear(&keys->keys);
	(void)pthread_mutex_destroy(&keys->lock);
}

/* Fetch the published keys and put them in place of the kept ones. */
static enum stytch_class
fetch_keys(struct stytch_client *client, bool is_b2b,
    struct stytch_error *error)
{
	struct session_keys *kept = &client->session_keys[is_b2b];
	CLEANUP(stytch_call_free)
	struct stytch_call *call = stytch_call_new(client,
	    is_b2b ? STYTCH_B2B_SESSIONS_JWKS_GET : STYTCH_SESSIONS_JWKS_GET);
	CLEANUP(stytch_reply_free) struct stytch_reply *reply = NULL;
	struct jwt_keys keys, old;
	enum stytch_class class_;

	stytch_call_set(call, "project_id", client->project_id);
	class_ = stytch_call_perform(call, &reply, error);
	if (class_ != STYTCH_OK)
		return class_;
	if (jwt_keys_parse(stytch_reply_json(reply), &keys) != 0)
		return error_set(error, STYTCH_PROTOCOL, "keys",
		    "is not a list of keys");
	(void)pthread_mutex_lock(&kept->lock);
	old = kept->keys;
	kept->keys = keys;
	kept->fetched_ms = transport_now_ms();
	(void)pthread_mutex_unlock(&kept->lock);
	jwt_keys_clear(&old);
	return STYTCH_OK;
}

/* Whether the kept keys must be fetched before kid is looked for. */
static bool
must_fetch(struct session_keys *kept, const char *kid)
{
	int64_t age_ms;
	bool is_known, was_fetched;

	(void)pthread_mutex_lock(&kept->lock);
	was_fetched = kept->fetched_ms != 0;
	age_ms = transport_now_ms() - kept->fetched_ms;
	is_known = jwt_keys_find(&kept->keys, kid) != NULL;
	(void)pthread_mutex_unlock(&kept->lock);
	if (!was_fetched || age_ms >= KEYS_MAX_AGE_MS)
		return true;
	return !is_known && age_ms >= REFETCH_AFTER_MS;
}

/* Verify under the lock: the key's counts of references are not atomic. */
static enum stytch_class
verify_locked(struct stytch_client *client, bool is_b2b, const struct jwt *jwt,
    cJSON **out_claims, struct stytch_error *error)
{
	struct session_keys *kept = &client->session_keys[is_b2b];
	struct jwt_expected expected = {
		.project_id = client->project_id,
		.base_url = client->api.prefix,
		.now_s = (int64_t)time(NULL),
	};
	const cjose_jwk_t *key;
	enum stytch_class class_;

	(void)pthread_mutex_lock(&kept->lock);
	key = jwt_keys_find(&kept->keys, jwt->kid);
	class_ = key == NULL
	    ? error_set(error, STYTCH_REJECTED, "session_jwt",
		  "is signed by an unknown key")
	    : jwt_verify(jwt, key, &expected, out_claims, error);
	(void)pthread_mutex_unlock(&kept->lock);
	return class_;
}

enum stytch_class
session_token_claims(struct stytch_client *client, bool is_b2b,
    const char *token, cJSON **out_claims, struct stytch_error *error)
{
	CLEANUP(jwt_clear) struct jwt jwt = JWT_INIT;
	enum stytch_class class_ = jwt_open(token, &jwt, error);

	if (class_ != STYTCH_OK)
		return class_;
	if (must_fetch(&client->session_keys[is_b2b], jwt.kid)) {
		class_ = fetch_keys(client, is_b2b, error);
		if (class_ != STYTCH_OK)
			return class_;
	}
	return verify_locked(client, is_b2b, &jwt, out_claims, error);
}

static enum stytch_class
verify(struct stytch_client *client, bool is_b2b, const char *session_jwt,
    struct stytch_reply **out_claims, struct stytch_error *error)
{
	CLEANUP(json_free) cJSON *claims = NULL;
	enum stytch_class class_;

	if (client == NULL || session_jwt == NULL || out_claims == NULL)
		return error_set(error, STYTCH_MISCONFIGURED, "session_jwt",
		    "is missing, or the client is");
	class_ =
	    session_token_claims(client, is_b2b, session_jwt, &claims, error);
	if (class_ != STYTCH_OK)
		return class_;
	/* Access tokens have the same keys, issuer and audience. */
	if (!cJSON_IsObject(
		cJSON_GetObjectItemCaseSensitive(claims, SESSION_CLAIM)))
		return error_set(error, STYTCH_REJECTED, "session_jwt",
		    "is not a session's");
	if (reply_new(&claims, out_claims) != 0)
		return error_set(error, STYTCH_UNAVAILABLE, "",
		    "out of memory");
	return STYTCH_OK;
}

enum stytch_class
stytch_session_verify(struct stytch_client *client, bool is_b2b,
    const char *session_jwt, struct stytch_reply **out_claims,
    struct stytch_error *error)
{
	struct stytch_error failure;
	enum stytch_class class_ =
	    verify(client, is_b2b, session_jwt, out_claims, &failure);

	if (class_ != STYTCH_OK && error != NULL)
		*error = failure;
	return class_;
}
