/* SPDX-License-Identifier: BSD-2-Clause */
/* The agent's own key and what is derived from it; see keyring.h. */
#include "config.h"

#include "stytchd/keyring.h"

#include "common/buf.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <string.h>
#include <sys/stat.h>

#define KEY_SIZE 32
#define NONCE_SIZE 12
#define TAG_SIZE 16

struct keyring {
	uint8_t keys[KEYRING_PURPOSE_COUNT][KEY_SIZE];
};

/* Changing one of these forgets what it keyed. */
static const char *const labels[] = {
	[KEYRING_SEAL] = "pam_stytch seal 1",
	[KEYRING_NAME] = "pam_stytch name 1",
	[KEYRING_DECOY] = "pam_stytch decoy 1",
	[KEYRING_BURN] = "pam_stytch burn 1",
	[KEYRING_PKCE] = "pam_stytch pkce 1",
};
_Static_assert(ARRAY_LEN(labels) == KEYRING_PURPOSE_COUNT, "one row a key");

static void
cipher_free(EVP_CIPHER_CTX **cipher)
{
	EVP_CIPHER_CTX_free(*cipher);
	*cipher = NULL;
}

static int
hmac(const uint8_t *key, const char *text, uint8_t *out)
{
	unsigned len = 0;

	if (HMAC(EVP_sha256(), key, KEY_SIZE, (const unsigned char *)text,
		strlen(text), out, &len) == NULL ||
	    len != KEYRING_DIGEST_SIZE)
		return -EIO;
	return 0;
}

/* Write a new key beside, then link it in: a half-written one is never seen. */
static int
make_key(int folder)
{
	CLEANUP(fd_close) int fd = -1;
	uint8_t key[KEY_SIZE];
	int error = 0;

	if (RAND_bytes(key, sizeof(key)) != 1)
		return -EIO;
	(void)unlinkat(folder, "seal.key.new", 0);
	fd = openat(folder, "seal.key.new",
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		error = -errno;
	else if (write(fd, key, sizeof(key)) != (ssize_t)sizeof(key) ||
	    fsync(fd) != 0)
		error = -EIO;
	else if (renameat(folder, "seal.key.new", folder, "seal.key") != 0 ||
	    fsync(folder) != 0)
		error = -errno;
	explicit_bzero(key, sizeof(key));
	return error;
}

static int
read_key(int folder, uint8_t *key)
{
	CLEANUP(fd_close)
	int fd = openat(folder, "seal.key",
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat status;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &status) != 0)
		return -errno;
	if (!S_ISREG(status.st_mode) || status.st_size != KEY_SIZE)
		return -EINVAL;
	if (status.st_uid != geteuid() ||
	    (status.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		return -EPERM;
	return read(fd, key, KEY_SIZE) == KEY_SIZE ? 0 : -EIO;
}

static int
open_key(const char *state_dir, uint8_t *key)
{
	CLEANUP(buf_clear) struct buf path = BUF_INIT(4096);
	CLEANUP(fd_close) int folder = -1;
	int error;

	buf_addf(&path, "%s/private", state_dir);
	if (buf_error(&path) != 0)
		return buf_error(&path);
	folder = open(buf_text(&path),
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (folder < 0)
		return -errno;
	error = read_key(folder, key);
	if (error == -ENOENT)
		error = make_key(folder);
	else
		return error;
	return error == 0 ? read_key(folder, key) : error;
}

int
keyring_open(const char *state_dir, struct keyring **out_keyring)
{
	CLEANUP(keyring_close) struct keyring *keyring = NULL;
	uint8_t key[KEY_SIZE];
	int error;

	keyring = calloc(1, sizeof(*keyring));
	if (keyring == NULL)
		return -ENOMEM;
	error = open_key(state_dir, key);
	for (size_t i = 0; error == 0 && i < ARRAY_LEN(labels); i++)
		error = hmac(key, labels[i], keyring->keys[i]);
	explicit_bzero(key, sizeof(key));
	if (error == 0)
		*out_keyring = STEAL(keyring);
	return error;
}

void
keyring_close(struct keyring **keyring)
{
	if (*keyring != NULL)
		explicit_bzero(*keyring, sizeof(**keyring));
	free(*keyring);
	*keyring = NULL;
}

int
keyring_seal(const struct keyring *keyring, const char *context,
    const struct secret *secret, struct sealed *out_sealed)
{
	CLEANUP(cipher_free)
	EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
	uint8_t *nonce = out_sealed->bytes;
	uint8_t *body = nonce + NONCE_SIZE;
	int len = 0, last = 0, extra = 0;

	if (!secret_is_set(secret) || secret->len > KEYRING_SECRET_MAX)
		return -EINVAL;
	if (cipher == NULL || RAND_bytes(nonce, NONCE_SIZE) != 1 ||
	    EVP_EncryptInit_ex(cipher, EVP_aes_256_gcm(), NULL,
		keyring->keys[KEYRING_SEAL], nonce) != 1 ||
	    EVP_EncryptUpdate(cipher, NULL, &extra,
		(const unsigned char *)context, (int)strlen(context)) != 1 ||
	    EVP_EncryptUpdate(cipher, body, &len,
		(const unsigned char *)secret_reveal(secret),
		(int)secret->len) != 1 ||
	    EVP_EncryptFinal_ex(cipher, body + len, &last) != 1 ||
	    EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_GCM_GET_TAG, TAG_SIZE,
		body + len + last) != 1)
		return -EIO;
	out_sealed->len = NONCE_SIZE + (size_t)(len + last) + TAG_SIZE;
	return 0;
}

int
keyring_unseal(const struct keyring *keyring, const char *context,
    const void *sealed, size_t len, struct secret *secret)
{
	CLEANUP(cipher_free)
	EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
	const uint8_t *nonce = sealed;
	uint8_t tag[TAG_SIZE], plain[KEYRING_SECRET_MAX + TAG_SIZE];
	int body, got = 0, last = 0, extra = 0, error = -EBADMSG;

	if (cipher == NULL)
		return -ENOMEM;
	if (len < NONCE_SIZE + TAG_SIZE || len > KEYRING_SEALED_MAX)
		return -EBADMSG;
	body = (int)(len - NONCE_SIZE - TAG_SIZE);
	memcpy(tag, nonce + NONCE_SIZE + body, TAG_SIZE);
	if (EVP_DecryptInit_ex(cipher, EVP_aes_256_gcm(), NULL,
		keyring->keys[KEYRING_SEAL], nonce) == 1 &&
	    EVP_DecryptUpdate(cipher, NULL, &extra,
		(const unsigned char *)context, (int)strlen(context)) == 1 &&
	    EVP_DecryptUpdate(cipher, plain, &got, nonce + NONCE_SIZE, body) ==
		1 &&
	    EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_GCM_SET_TAG, TAG_SIZE, tag) ==
		1 &&
	    EVP_DecryptFinal_ex(cipher, plain + got, &last) == 1)
		error = secret_set(secret, (char *)plain,
		    (size_t)got + (size_t)last);
	explicit_bzero(plain, sizeof(plain));
	return error;
}

int
keyring_digest(const struct keyring *keyring, enum keyring_purpose purpose,
    const char *text, uint8_t out_digest[KEYRING_DIGEST_SIZE])
{
	return hmac(keyring->keys[purpose], text, out_digest);
}

int
keyring_digest_hex(const struct keyring *keyring, enum keyring_purpose purpose,
    const char *text, char out_hex[KEYRING_HEX_SIZE])
{
	static const char digits[] = "0123456789abcdef";
	uint8_t digest[KEYRING_DIGEST_SIZE];
	int error = keyring_digest(keyring, purpose, text, digest);

	for (size_t i = 0; error == 0 && i < sizeof(digest); i++) {
		out_hex[2 * i] = digits[digest[i] >> 4];
		out_hex[2 * i + 1] = digits[digest[i] & 15];
	}
	if (error == 0)
		out_hex[KEYRING_HEX_SIZE - 1] = '\0';
	return error;
}
