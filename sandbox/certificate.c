/* SPDX-License-Identifier: BSD-2-Clause */
/* Certificates by OpenSSL. */
#include "config.h"

#include "sandbox/certificate.h"

#include <errno.h>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <string.h>
#include <time.h>

#define CERTIFICATE_DAYS 3650
#define CERTIFICATE_MAX 16384

static void
pkey_free(EVP_PKEY **key)
{
	EVP_PKEY_free(*key);
}

static void
x509_free(X509 **certificate)
{
	X509_free(*certificate);
}

static void
bio_free(BIO **bio)
{
	BIO_free(*bio);
}

int
certificate_self_sign(EVP_PKEY *key, const char *name, struct buf *out)
{
	CLEANUP(x509_free) X509 *certificate = X509_new();
	unsigned char *der = NULL;
	X509_NAME *subject;
	int len;

	if (certificate == NULL)
		return -ENOMEM;
	subject = X509_get_subject_name(certificate);
	if (X509_set_version(certificate, 2) != 1 ||
	    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1) != 1 ||
	    X509_gmtime_adj(X509_getm_notBefore(certificate), -86400) == NULL ||
	    X509_gmtime_adj(X509_getm_notAfter(certificate),
		CERTIFICATE_DAYS * 86400L) == NULL ||
	    X509_set_pubkey(certificate, key) != 1 ||
	    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
		(const unsigned char *)name, -1, -1, 0) != 1 ||
	    X509_set_issuer_name(certificate, subject) != 1 ||
	    X509_sign(certificate, key, EVP_sha256()) == 0)
		return -EIO;
	len = i2d_X509(certificate, &der);
	if (len <= 0)
		return -EIO;
	base64_add(out, der, (size_t)len);
	OPENSSL_free(der);
	return buf_error(out);
}

/* PEM, or the base64 that stands between its lines. */
static X509 *
read_certificate(const char *text)
{
	CLEANUP(bio_free) BIO *bio = NULL;
	uint8_t der[CERTIFICATE_MAX];
	const unsigned char *at = der;
	size_t len;

	if (strstr(text, "-----BEGIN") == NULL) {
		if (base64_read(text, der, sizeof(der), &len) != 0)
			return NULL;
		return d2i_X509(NULL, &at, (long)len);
	}
	bio = BIO_new_mem_buf(text, -1);
	return bio != NULL ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
}

/* What a memory BIO was written as a member of the object. */
static void
set_written(cJSON *object, const char *name, BIO *bio)
{
	CLEANUP(buf_clear) struct buf text = BUF_INIT(CERTIFICATE_MAX * 2);
	char *bytes = NULL;
	long len = BIO_get_mem_data(bio, &bytes);

	if (len > 0)
		buf_add(&text, bytes, (size_t)len);
	json_set_string(object, name, buf_text(&text));
}

static int64_t
time_us(const ASN1_TIME *time)
{
	CLEANUP(buf_clear) struct buf text = BUF_INIT(64);
	struct tm at;
	int64_t us = 0;

	if (ASN1_TIME_to_tm(time, &at) != 1)
		return 0;
	buf_addf(&text, "%04d-%02d-%02dT%02d:%02d:%02dZ", at.tm_year + 1900,
	    at.tm_mon + 1, at.tm_mday, at.tm_hour, at.tm_min, at.tm_sec);
	return time_parse(buf_text(&text), &us) == 0 ? us : 0;
}

cJSON *
certificate_json(struct request *rq, const char *text)
{
	CLEANUP(x509_free) X509 *certificate = read_certificate(text);
	CLEANUP(bio_free) BIO *pem = BIO_new(BIO_s_mem());
	CLEANUP(bio_free) BIO *issuer = BIO_new(BIO_s_mem());
	cJSON *shown;

	if (certificate == NULL || pem == NULL || issuer == NULL ||
	    PEM_write_bio_X509(pem, certificate) != 1 ||
	    X509_NAME_print_ex(issuer, X509_get_issuer_name(certificate), 0,
		XN_FLAG_RFC2253) < 0)
		return NULL;
	shown = json_object();
	set_written(shown, "certificate", pem);
	set_written(shown, "issuer", issuer);
	json_set_time(shown, "created_at", rq->now_us);
	json_set_time(shown, "updated_at", rq->now_us);
	json_set_time(shown, "expires_at",
	    time_us(X509_get0_notAfter(certificate)));
	return shown;
}

static EVP_PKEY *
read_rsa_key(const char *text)
{
	CLEANUP(bio_free) BIO *bio = BIO_new_mem_buf(text, -1);
	EVP_PKEY *key = bio != NULL
	    ? PEM_read_bio_PrivateKey(bio, NULL, NULL, (void *)(uintptr_t) "")
	    : NULL;

	if (key != NULL && EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA) {
		EVP_PKEY_free(key);
		return NULL;
	}
	return key;
}

bool
certificate_is_rsa_key(const char *text)
{
	CLEANUP(pkey_free) EVP_PKEY *key = read_rsa_key(text);

	return key != NULL;
}

cJSON *
certificate_of_key(struct request *rq, const char *key)
{
	CLEANUP(pkey_free) EVP_PKEY *pkey = read_rsa_key(key);
	CLEANUP(buf_clear) struct buf der = BUF_INIT(CERTIFICATE_MAX);

	if (pkey == NULL ||
	    certificate_self_sign(pkey, "stytch-sandbox", &der) != 0)
		return NULL;
	return certificate_json(rq, buf_text(&der));
}
