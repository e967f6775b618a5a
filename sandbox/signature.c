/* SPDX-License-Identifier: BSD-2-Clause */
/* Checking signatures. */
#include "config.h"

#include "sandbox/signature.h"

#include <errno.h>

static void
context_free(EVP_MD_CTX **context)
{
	EVP_MD_CTX_free(*context);
}

int
signature_check(EVP_PKEY *key, const EVP_MD *digest, struct bytes text,
    struct bytes signature)
{
	CLEANUP(context_free) EVP_MD_CTX *context = EVP_MD_CTX_new();

	if (context == NULL ||
	    EVP_DigestVerifyInit(context, NULL, digest, NULL, key) != 1)
		return -ENOMEM;
	return EVP_DigestVerify(context, signature.data, signature.len,
		   text.data, text.len) == 1
	    ? 0
	    : -EBADMSG;
}

void
signature_key_free(EVP_PKEY **key)
{
	EVP_PKEY_free(*key);
	*key = NULL;
}
