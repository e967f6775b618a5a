/* SPDX-License-Identifier: BSD-2-Clause */
/* Session tokens, and lists of keys: what begins with '{' is the latter. */
#include "config.h"

#include "libstytch/json.h"
#include "libstytch/jwt.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The key of the seeds that are signed; nobody has the private half. */
static const char seed_keys[] =
    "{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"k1\",\"e\":\"AQAB\",\"n\":"
    "\"ufz-c4VpaSSxq2eKm-JHZJPhKyi_s3_5lTZXg0u2_YHcPCwKD-Bex8bXxyCD"
    "tDOfYtUT6kXmOK1ZNMWkiRCLWMAKc_eG2O7YkpmSqtMeMH8da7_8IRswT8Z9"
    "84vTkjOE05FtalgeezX3AoqOcSWYEBKfRpqoXpcQboCSLyYPLLUIpwPCRkk6"
    "_IT_7BIE-qZdYGvfnzKF_68f82BMl2vZB9aVK-RaVWNEBKqqZTEvf2DffGfl"
    "DpCMxiywgRSjUpVwOqjlvk_CD8ego9-eDgwBmppidzQPcWsiQtAnZgDO_Nll"
    "FNybEfcssdYkHnTb42fOZG_v31ZWtZyOlPdd6uXxDQ\"}]}";

static const struct jwt_expected expected = {
	.project_id = "project-test-1",
	.base_url = "https://test.stytch.com",
	.now_s = 1700000000,
};

static void
load(const char *text, size_t len, struct jwt_keys *out_keys)
{
	cJSON *json = cJSON_ParseWithLength(text, len);

	if (jwt_keys_parse(json, out_keys) == 0 &&
	    out_keys->count > JWT_KEYS_MAX)
		abort();
	cJSON_Delete(json);
}

static void
verify(const char *text, const struct jwt_keys *keys)
{
	CLEANUP(jwt_clear) struct jwt jwt = JWT_INIT;
	CLEANUP(json_free) cJSON *claims = NULL;
	struct stytch_error error;
	const cjose_jwk_t *key;

	if (jwt_open(text, &jwt, &error) != STYTCH_OK)
		return;
	key = jwt_keys_find(keys, jwt.kid);
	if (key == NULL)
		return;
	if (jwt_verify(&jwt, key, &expected, &claims, &error) == STYTCH_OK &&
	    !cJSON_IsObject(claims))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct jwt_keys keys;
	CLEANUP(string_free)
	char *text = strndup(size == 0 ? "" : (const char *)data, size);

	if (keys.count == 0)
		load(seed_keys, sizeof(seed_keys) - 1, &keys);
	if (keys.count != 1)
		abort();
	if (text != NULL && text[0] == '{') {
		CLEANUP(jwt_keys_clear) struct jwt_keys others = { .count = 0 };

		load(text, strlen(text), &others);
	} else if (text != NULL) {
		verify(text, &keys);
	}
	return 0;
}
