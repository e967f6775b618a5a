/* SPDX-License-Identifier: BSD-2-Clause */
/* JWTs for tests; see token.h. */
#include "config.h"

#include "tests/unit/token.h"

#include "common/attr.h"

#include <openssl/core_names.h>
#include <openssl/hmac.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define TEXT_SIZE 8192

static void
must(bool condition)
{
	if (!condition)
		abort();
}

/* Append base64url of data to text of TEXT_SIZE. */
static void
add_base64url(char *text, const void *data, size_t len)
{
	char block[TEXT_SIZE];
	int coded_len = EVP_EncodeBlock((unsigned char *)block, data, (int)len);
	size_t at = strlen(text);

	must(coded_len >= 0 && at + (size_t)coded_len < TEXT_SIZE);
	for (int i = 0; i < coded_len && block[i] != '='; i++)
		text[at++] = block[i] == '+' ? '-'
		    : block[i] == '/'        ? '_'
					     : block[i];
	text[at] = '\0';
}

static void
add_number(char *text, EVP_PKEY *key, const char *name)
{
	unsigned char bytes[1024];
	BIGNUM *number = NULL;
	int len;

	must(EVP_PKEY_get_bn_param(key, name, &number) == 1);
	len = BN_bn2bin(number, bytes);
	must(len > 0);
	add_base64url(text, bytes, (size_t)len);
	BN_free(number);
}

char *
token_jwk(EVP_PKEY *key, const char *kid, const char *extra)
{
	char n[TEXT_SIZE] = "", e[TEXT_SIZE] = "";
	char *text = NULL;

	add_number(n, key, OSSL_PKEY_PARAM_RSA_N);
	add_number(e, key, OSSL_PKEY_PARAM_RSA_E);
	must(asprintf(&text,
		 "{\"kty\":\"RSA\",\"kid\":\"%s\",\"n\":\"%s\",\"e\":\"%s\"%s}",
		 kid, n, e, extra) > 0);
	return text;
}

/* A dot, and the next part. */
static void
add_part(char *text, const void *signature, size_t len)
{
	size_t at = strlen(text);

	text[at] = '.';
	text[at + 1] = '\0';
	add_base64url(text, signature, len);
}

static char *
start(const char *header, const char *payload)
{
	char *text = calloc(1, TEXT_SIZE);

	must(text != NULL);
	add_base64url(text, header, strlen(header));
	add_part(text, payload, strlen(payload));
	return text;
}

char *
token_sign(EVP_PKEY *key, const char *header, const char *payload)
{
	char *text = start(header, payload);
	unsigned char signature[1024];
	size_t len = sizeof(signature);
	EVP_MD_CTX *context = EVP_MD_CTX_new();

	must(context != NULL &&
	    EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key) == 1 &&
	    EVP_DigestSign(context, signature, &len,
		(const unsigned char *)text, strlen(text)) == 1);
	EVP_MD_CTX_free(context);
	add_part(text, signature, len);
	return text;
}

char *
token_hmac(const void *secret, size_t len, const char *header,
    const char *payload)
{
	char *text = start(header, payload);
	unsigned char signature[EVP_MAX_MD_SIZE];
	unsigned signature_len = 0;

	must(HMAC(EVP_sha256(), secret, (int)len, (const unsigned char *)text,
		 strlen(text), signature, &signature_len) != NULL);
	add_part(text, signature, signature_len);
	return text;
}

char *
token_unsigned(const char *header, const char *payload)
{
	char *text = start(header, payload);

	add_part(text, "", 0);
	return text;
}
