/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "stytchd/keyring.h"
#include "stytchd/pkce.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[64], private_dir[80], key_path[96];
static struct keyring *keyring;

static int
start(void **state)
{
	(void)state;
	(void)snprintf(folder, sizeof(folder), "/tmp/stytch-key-XXXXXX");
	assert_non_null(mkdtemp(folder));
	(void)snprintf(private_dir, sizeof(private_dir), "%s/private", folder);
	(void)snprintf(key_path, sizeof(key_path), "%s/seal.key", private_dir);
	assert_int_equal(mkdir(private_dir, 0700), 0);
	assert_int_equal(keyring_open(folder, &keyring), 0);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	keyring_close(&keyring);
	(void)unlink(key_path);
	(void)rmdir(private_dir);
	(void)rmdir(folder);
	return 0;
}

static void
what_is_sealed_opens_after_a_restart(void **state)
{
	struct secret secret = SECRET_INIT, opened = SECRET_INIT;
	struct sealed sealed;

	(void)state;
	assert_int_equal(secret_set(&secret, "token", 5), 0);
	assert_int_equal(keyring_seal(keyring, "login 1", &secret, &sealed), 0);
	assert_null(memmem(sealed.bytes, sealed.len, "token", 5));
	keyring_close(&keyring);
	assert_int_equal(keyring_open(folder, &keyring), 0);
	assert_int_equal(keyring_unseal(keyring, "login 1", sealed.bytes,
			     sealed.len, &opened),
	    0);
	assert_true(secret_equal(&secret, &opened));
	secret_clear(&secret);
	secret_clear(&opened);
}

static void
every_bit_and_the_context_are_guarded(void **state)
{
	struct secret secret = SECRET_INIT, opened = SECRET_INIT;
	struct sealed sealed;

	(void)state;
	assert_int_equal(secret_set(&secret, "token", 5), 0);
	assert_int_equal(keyring_seal(keyring, "login 1", &secret, &sealed), 0);
	for (size_t i = 0; i < sealed.len * 8; i++) {
		sealed.bytes[i / 8] ^= (uint8_t)(1U << i % 8);
		assert_int_equal(keyring_unseal(keyring, "login 1",
				     sealed.bytes, sealed.len, &opened),
		    -EBADMSG);
		sealed.bytes[i / 8] ^= (uint8_t)(1U << i % 8);
	}
	assert_int_equal(keyring_unseal(keyring, "login 2", sealed.bytes,
			     sealed.len, &opened),
	    -EBADMSG);
	for (size_t len = 0; len < sealed.len; len++)
		assert_int_equal(keyring_unseal(keyring, "login 1",
				     sealed.bytes, len, &opened),
		    -EBADMSG);
	assert_false(secret_is_set(&opened));
	secret_clear(&secret);
}

static void
sealing_twice_gives_two_things(void **state)
{
	struct secret secret = SECRET_INIT;
	struct sealed one, two;

	(void)state;
	assert_int_equal(secret_set(&secret, "token", 5), 0);
	assert_int_equal(keyring_seal(keyring, "x", &secret, &one), 0);
	assert_int_equal(keyring_seal(keyring, "x", &secret, &two), 0);
	assert_memory_not_equal(one.bytes, two.bytes, one.len);
	secret_clear(&secret);
}

static void
nothing_and_too_much_are_not_sealed(void **state)
{
	static char long_text[KEYRING_SECRET_MAX + 2];
	struct secret secret = SECRET_INIT, opened = SECRET_INIT;
	struct sealed sealed;

	(void)state;
	assert_int_equal(keyring_seal(keyring, "x", &secret, &sealed), -EINVAL);
	memset(long_text, 'a', sizeof(long_text));
	assert_int_equal(secret_set(&secret, long_text, KEYRING_SECRET_MAX), 0);
	assert_int_equal(keyring_seal(keyring, "x", &secret, &sealed), 0);
	assert_int_equal(keyring_unseal(keyring, "x", sealed.bytes, sealed.len,
			     &opened),
	    0);
	assert_true(secret_equal(&secret, &opened));
	assert_int_equal(secret_set(&secret, long_text, KEYRING_SECRET_MAX + 1),
	    0);
	assert_int_equal(keyring_seal(keyring, "x", &secret, &sealed), -EINVAL);
	secret_clear(&secret);
	secret_clear(&opened);
}

static void
another_hosts_key_opens_nothing(void **state)
{
	struct secret secret = SECRET_INIT, opened = SECRET_INIT;
	struct sealed sealed;

	(void)state;
	assert_int_equal(secret_set(&secret, "token", 5), 0);
	assert_int_equal(keyring_seal(keyring, "x", &secret, &sealed), 0);
	keyring_close(&keyring);
	assert_int_equal(unlink(key_path), 0);
	assert_int_equal(keyring_open(folder, &keyring), 0);
	assert_int_equal(keyring_unseal(keyring, "x", sealed.bytes, sealed.len,
			     &opened),
	    -EBADMSG);
	secret_clear(&secret);
}

static void
a_key_file_that_others_may_touch_is_refused(void **state)
{
	static const mode_t modes[] = { 0640, 0604, 0660, 0602, 0644 };
	struct keyring *other = NULL;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(modes); i++) {
		assert_int_equal(chmod(key_path, modes[i]), 0);
		assert_int_equal(keyring_open(folder, &other), -EPERM);
		assert_null(other);
	}
	assert_int_equal(chmod(key_path, 0400), 0);
	assert_int_equal(keyring_open(folder, &other), 0);
	keyring_close(&other);
}

static void
a_key_file_of_another_shape_is_refused(void **state)
{
	struct keyring *other = NULL;
	char beside[128];

	(void)state;
	assert_int_equal(truncate(key_path, 31), 0);
	assert_int_equal(keyring_open(folder, &other), -EINVAL);
	assert_int_equal(truncate(key_path, 33), 0);
	assert_int_equal(keyring_open(folder, &other), -EINVAL);
	assert_int_equal(unlink(key_path), 0);
	(void)snprintf(beside, sizeof(beside), "%s/real", folder);
	assert_int_equal(symlink(beside, key_path), 0);
	assert_int_equal(keyring_open(folder, &other), -ELOOP);
	assert_int_equal(unlink(key_path), 0);
	assert_int_equal(mkfifo(key_path, 0600), 0);
	assert_int_equal(keyring_open(folder, &other), -EINVAL);
	assert_null(other);
}

static void
the_key_is_made_for_its_owner_alone(void **state)
{
	struct stat status;

	(void)state;
	assert_int_equal(stat(key_path, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0600);
	assert_int_equal(status.st_size, 32);
}

static void
digests_differ_by_purpose_and_text(void **state)
{
	char one[KEYRING_HEX_SIZE], two[KEYRING_HEX_SIZE];

	(void)state;
	assert_int_equal(keyring_digest_hex(keyring, KEYRING_NAME, "alice",
			     one),
	    0);
	assert_int_equal(keyring_digest_hex(keyring, KEYRING_BURN, "alice",
			     two),
	    0);
	assert_string_not_equal(one, two);
	assert_int_equal(keyring_digest_hex(keyring, KEYRING_NAME, "alicf",
			     two),
	    0);
	assert_string_not_equal(one, two);
	assert_int_equal(keyring_digest_hex(keyring, KEYRING_NAME, "alice",
			     two),
	    0);
	assert_string_equal(one, two);
	assert_int_equal(strspn(one, "0123456789abcdef"), 64);
}

/* The example of RFC 7636, appendix B. */
static void
a_challenge_is_the_rfcs(void **state)
{
	static const char verifier[] =
	    "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
	struct secret secret = SECRET_INIT;
	char challenge[PKCE_CHALLENGE_SIZE];

	(void)state;
	assert_int_equal(secret_set(&secret, verifier, strlen(verifier)), 0);
	assert_int_equal(pkce_challenge(&secret, challenge), 0);
	assert_string_equal(challenge,
	    "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
	secret_clear(&secret);
}

static void
a_verifier_is_its_identitys_and_its_times(void **state)
{
	struct secret one = SECRET_INIT, two = SECRET_INIT;

	(void)state;
	assert_int_equal(pkce_verifier(keyring, "a", 100, &one), 0);
	assert_int_equal(one.len, 64);
	assert_int_equal(pkce_verifier(keyring, "a", 100, &two), 0);
	assert_true(secret_equal(&one, &two));
	assert_int_equal(pkce_verifier(keyring, "a", 101, &two), 0);
	assert_false(secret_equal(&one, &two));
	assert_int_equal(pkce_verifier(keyring, "b", 100, &two), 0);
	assert_false(secret_equal(&one, &two));
	secret_clear(&one);
	secret_clear(&two);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_sealed_opens_after_a_restart),
		TEST(every_bit_and_the_context_are_guarded),
		TEST(sealing_twice_gives_two_things),
		TEST(nothing_and_too_much_are_not_sealed),
		TEST(another_hosts_key_opens_nothing),
		TEST(a_key_file_that_others_may_touch_is_refused),
		TEST(a_key_file_of_another_shape_is_refused),
		TEST(the_key_is_made_for_its_owner_alone),
		TEST(digests_differ_by_purpose_and_text),
		TEST(a_challenge_is_the_rfcs),
		TEST(a_verifier_is_its_identitys_and_its_times),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
