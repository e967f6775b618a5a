/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an authenticator or a browser sends; the first byte says what: an
 * attestation object, authenticator data, a COSE key, a credential's text.
 */
#include "config.h"

#include "sandbox/cose.h"
#include "sandbox/webauthn.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool holds)
{
	if (!holds)
		abort();
}

static bool
is_inside(struct bytes part, struct bytes whole)
{
	return part.data >= whole.data &&
	    part.len <= whole.len - (size_t)(part.data - whole.data);
}

/* What was measured, libcbor reads (but for text that is not UTF-8). */
static void
try_cbor(struct bytes bytes)
{
	CLEANUP(cbor_item_free) cbor_item_t *item = NULL;
	struct bytes whole = bytes;

	if (cbor_measure(bytes, &whole.len) != 0)
		return;
	require(whole.len <= bytes.len);
	require(cbor_read(whole, &item) != -ENOMEM);
}

static void
try_key(struct bytes bytes)
{
	static const uint8_t nothing[64];
	const struct bytes zeros = { nothing, sizeof(nothing) };
	CLEANUP(cose_key_clear) struct cose_key key = COSE_KEY_INIT;

	if (cose_key_read(bytes, &key) != 0)
		return;
	require(key.key != NULL);
	require(cose_check(COSE_ES256, key.key, bytes, zeros) == -EBADMSG);
	require(cose_check(COSE_RS256, key.key, bytes, zeros) == -EBADMSG);
	require(cose_check(-36, key.key, bytes, zeros) == -ENOTSUP);
}

static void
try_data(struct bytes bytes)
{
	struct authenticator_data data;

	if (authenticator_data_read(bytes, &data) != 0)
		return;
	require(bytes.len >= RP_ID_HASH_LEN + 5);
	if (data.aaguid == NULL)
		return;
	require(is_inside(data.credential_id, bytes));
	require(is_inside(data.public_key, bytes));
	try_key(data.public_key);
}

static void
try_attestation(struct bytes bytes)
{
	static const uint8_t hash[32];
	CLEANUP(attestation_clear)
	struct attestation attestation = ATTESTATION_INIT;
	int rc;

	if (attestation_read(bytes, &attestation) != 0)
		return;
	rc = attestation_check(&attestation,
	    (struct bytes){ hash, sizeof(hash) });
	require(rc == 0 || rc == -EBADMSG || rc == -ENOTSUP);
	try_data(attestation.bytes);
}

static void
try_credential(struct bytes bytes)
{
	const struct webauthn_kind *kinds[] = { &webauthn_create,
		&webauthn_get };
	CLEANUP(string_free) char *text = malloc(bytes.len + 1);

	if (text == NULL)
		return;
	memcpy(text, bytes.data, bytes.len);
	text[bytes.len] = '\0';
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		CLEANUP(webauthn_credential_clear)
		struct webauthn_credential credential =
		    WEBAUTHN_CREDENTIAL_INIT;

		if (webauthn_credential_read(text, kinds[i], &credential) !=
		    API_OK)
			continue;
		require(credential.used <= credential.size);
		require(credential.id.len > 0);
		if (!webauthn_origin_fits(json_string(credential.client,
					      "origin"),
			"example.com"))
			continue;
		if (kinds[i]->is_signed)
			try_data(credential.object);
		else
			try_attestation(credential.object);
	}
	json_reset();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const tries[])(struct bytes bytes) = { try_attestation,
		try_data, try_key, try_credential };
	struct bytes rest;

	if (size == 0)
		return 0;
	rest.data = data + 1;
	rest.len = size - 1;
	try_cbor(rest);
	tries[data[0] % ARRAY_LEN(tries)](rest);
	return 0;
}
