/* SPDX-License-Identifier: BSD-2-Clause */
/* crypto_wallets.*, and what they are made of, by published vectors. */
#include "config.h"

#include "sandbox/keccak.h"
#include "sandbox/magic.h"
#include "sandbox/wallet.h"
#include "tests/unit/sandbox_drive.h"

#include <openssl/evp.h>
#include <secp256k1.h>
#include <secp256k1_recovery.h>
#include <stdio.h>
#include <string.h>

#define START "/v1/crypto_wallets/authenticate/start"
#define AUTHENTICATE "/v1/crypto_wallets/authenticate"

/* The key, address and signature of web3.js' manual. */
#define ADDRESS "0x2c7536E3605D9C16a7a3D7b1898e529396a65c23"
#define SIGNED_SOME_DATA \
	"0xb91467e570a6466aa9e9876cbcd013baba02900b8979d43fe208a4a4f339f5fd" \
	"6007e74cd82e037b800186422fc2da167c747ef045e5d18a5f5d4300f8e1a0291c"
static const uint8_t ethereum_key[32] = { 0x4c, 0x08, 0x83, 0xa6, 0x91, 0x02,
	0x93, 0x7d, 0x62, 0x31, 0x47, 0x1b, 0x5d, 0xbb, 0x62, 0x04, 0xfe, 0x51,
	0x29, 0x61, 0x70, 0x82, 0x79, 0x2a, 0xe4, 0x68, 0xd0, 0x1a, 0x3f, 0x36,
	0x23, 0x18 };
#define ETHEREUM \
	"\"crypto_wallet_type\":\"ethereum\",\"crypto_wallet_address\":" \
	"\"" ADDRESS "\""

/* RFC 8032 7.1, tests 1 (the secret key and its address) and 2. */
static const uint8_t solana_key[32] = { 0x9d, 0x61, 0xb1, 0x9d, 0xef, 0xfd,
	0x5a, 0x60, 0xba, 0x84, 0x4a, 0xf4, 0x92, 0xec, 0x2c, 0xc4, 0x44, 0x49,
	0xc5, 0x69, 0x7b, 0x32, 0x69, 0x19, 0x70, 0x3b, 0xac, 0x03, 0x1c, 0xae,
	0x7f, 0x60 };
#define SOLANA_ADDRESS "FVen3X669xLzsi6N2V91DoiyzHzg1uAgqiT8jZ9nS96Z"
#define SOLANA \
	"\"crypto_wallet_type\":\"solana\",\"crypto_wallet_address\":" \
	"\"" SOLANA_ADDRESS "\""
#define SOLANA_ADDRESS_2 "586Z7H2vpX9qNhN2T4e9Utugie3ogjbxzGaMtM3E6HR5"
#define SOLANA_SIGNED_R \
	"3w2b4gJH2VXfrwycUgMiE3TZJTztazKppFVojCQ9NDMDHq8PVTHxQdQovxMFxqeqeQ" \
	"f1xaADvhkj2nMuB1kzouA7"

struct signature_text {
	char text[200];
};

static void
write_hex(const uint8_t *bytes, size_t len, struct signature_text *out)
{
	for (size_t i = 0; i < len; i++)
		(void)snprintf(out->text + 2 * i, 3, "%02x", bytes[i]);
}

/* ---- The parts. ---- */

static void
keccak_is_that_of_ethereum(void **state)
{
	static const struct {
		const char *text, *hash;
	} cases[] = {
		{ "",
		    "c5d2460186f7233c927e7db2dcc703c0"
		    "e500b653ca82273b7bfad8045d85a470" },
		{ "abc",
		    "4e03657aea45a94fc7d47ba826c8d667"
		    "c0d1e6e33a64a036ec44f58fa12d6c45" },
		{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
		    "45d3b367a6904e6e8d502ee04999a7c2"
		    "7647f91fa845d456525fd352ae3d7371" },
		{ "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
		  "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
		    "f519747ed599024f3882238e5ab43960"
		    "132572b7345fbeb9a90769dafd21ad67" },
	};
	uint8_t hash[KECCAK256_LEN];
	struct signature_text hex;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		keccak256(cases[i].text, strlen(cases[i].text), hash);
		write_hex(hash, sizeof(hash), &hex);
		assert_string_equal(hex.text, cases[i].hash);
	}
}

static void
keccak_pads_at_the_edge_of_a_block(void **state)
{
	uint8_t bytes[138], first[KECCAK256_LEN], second[KECCAK256_LEN];

	(void)state;
	memset(bytes, 'x', sizeof(bytes));
	for (size_t len = 135; len + 1 < sizeof(bytes); len++) {
		keccak256(bytes, len, first);
		keccak256(bytes, len + 1, second);
		assert_memory_not_equal(first, second, sizeof(first));
	}
}

static void
addresses_have_one_form(void **state)
{
	static const struct {
		const char *type, *address, *form; /* NULL: refused */
	} cases[] = {
		/* EIP-55's own examples. */
		{ "ethereum", "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
		    "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed" },
		{ "ethereum", "0xfb6916095ca1df60bb79ce92ce3ea74c37c5d359",
		    "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359" },
		{ "ethereum", "0xDBF03B407C01E7CD3CBEA99509D93F8DDDC8C6FB",
		    "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB" },
		{ "ethereum", "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
		    "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb" },
		{ "ethereum", "0xd1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
		    NULL },
		{ "ethereum", "D1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
		    NULL },
		{ "ethereum", "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aD",
		    NULL },
		{ "ethereum", "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDbb",
		    NULL },
		{ "ethereum", "0xg1220a0cf47c7b9be7a2e6ba89f429762e7b9adb",
		    NULL },
		{ "ethereum", "", NULL },
		{ "solana", SOLANA_ADDRESS, SOLANA_ADDRESS },
		{ "solana", "11111111111111111111111111111111",
		    "11111111111111111111111111111111" },
		{ "solana", "1111111111111111111111111111111", NULL },
		{ "solana", "111111111111111111111111111111111", NULL },
		{ "solana", "FVen3X669xLzsi6N2V91DoiyzHzg1uAgqiT8jZ9nS960",
		    NULL },
		{ "solana", ADDRESS, NULL },
		{ "solana", "", NULL },
		{ "bitcoin", SOLANA_ADDRESS, NULL },
	};
	struct wallet wallet;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		enum api_error error =
		    wallet_read(cases[i].type, cases[i].address, &wallet);

		print_message("%s %s\n", cases[i].type, cases[i].address);
		assert_int_equal(error == API_OK, cases[i].form != NULL);
		if (cases[i].form != NULL)
			assert_string_equal(wallet.address, cases[i].form);
	}
}

static void
base58_keeps_zeros_and_stays_in_its_place(void **state)
{
	static const uint8_t zeros[] = { 0, 0, 0x28, 0x7f, 0xb4, 0xcd };
	uint8_t bytes[16];
	char ones[200];
	size_t len;

	(void)state;
	/* Of the encoding's Internet draft. */
	assert_int_equal(base58_read("2NEpo7TZRRrLZSi2U", bytes, sizeof(bytes),
			     &len),
	    0);
	assert_int_equal(len, 12);
	assert_memory_equal(bytes, "Hello World!", 12);
	assert_int_equal(base58_read("11233QC4", bytes, sizeof(bytes), &len),
	    0);
	assert_int_equal(len, sizeof(zeros));
	assert_memory_equal(bytes, zeros, sizeof(zeros));
	assert_int_not_equal(base58_read("2NEpo7TZRRrLZSi2U", bytes, 11, &len),
	    0);
	assert_int_not_equal(base58_read("O", bytes, sizeof(bytes), &len), 0);
	memset(ones, 'z', sizeof(ones) - 1);
	ones[sizeof(ones) - 1] = '\0';
	assert_int_not_equal(base58_read(ones, bytes, sizeof(bytes), &len), 0);
	memset(ones, '1', sizeof(ones) - 1);
	assert_int_not_equal(base58_read(ones, bytes, sizeof(bytes), &len), 0);
}

static void
signatures_are_of_one_key_and_one_text(void **state)
{
	static const struct {
		const char *label, *type, *address, *message, *signature;
		enum api_error error;
	} cases[] = {
		{ "web3.js", "ethereum", ADDRESS, "Some data", SIGNED_SOME_DATA,
		    API_OK },
		{ "web3.js, another text", "ethereum", ADDRESS, "Some datA",
		    SIGNED_SOME_DATA,
		    API_UNABLE_TO_AUTHENTICATE_CRYPTO_WALLET },
		{ "web3.js, another address", "ethereum",
		    "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "Some data",
		    SIGNED_SOME_DATA,
		    API_UNABLE_TO_AUTHENTICATE_CRYPTO_WALLET },
		{ "one digit less", "ethereum", ADDRESS, "Some data",
		    "0xb91467", API_INVALID_SIGNATURE },
		{ "none", "ethereum", ADDRESS, "Some data", "",
		    API_INVALID_SIGNATURE },
		{ "all ones: r is no scalar", "ethereum", ADDRESS, "Some data",
		    "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
		    "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
		    "ffffffffffff1b",
		    API_INVALID_SIGNATURE },
		{ "recovery id of no meaning", "ethereum", ADDRESS, "Some data",
		    "b91467e570a6466aa9e9876cbcd013baba02900b8979d43fe208a4a4f3"
		    "39f5fd6007e74cd82e037b800186422fc2da167c747ef045e5d18a5f5d"
		    "4300f8e1a0291d",
		    API_INVALID_SIGNATURE },
		{ "all zero", "ethereum", ADDRESS, "Some data",
		    "0000000000000000000000000000000000000000000000000000000000"
		    "0000000000000000000000000000000000000000000000000000000000"
		    "0000000000001b",
		    API_UNABLE_TO_AUTHENTICATE_CRYPTO_WALLET },
		{ "RFC 8032", "solana", SOLANA_ADDRESS_2, "r", SOLANA_SIGNED_R,
		    API_OK },
		{ "RFC 8032, another text", "solana", SOLANA_ADDRESS_2, "s",
		    SOLANA_SIGNED_R, API_UNABLE_TO_AUTHENTICATE_CRYPTO_WALLET },
		{ "RFC 8032, another key", "solana", SOLANA_ADDRESS, "r",
		    SOLANA_SIGNED_R, API_UNABLE_TO_AUTHENTICATE_CRYPTO_WALLET },
		{ "an address for a signature", "solana", SOLANA_ADDRESS, "r",
		    SOLANA_ADDRESS, API_INVALID_SIGNATURE },
		{ "no base58", "solana", SOLANA_ADDRESS, "r", "0OIl",
		    API_INVALID_SIGNATURE },
	};
	struct wallet wallet;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		print_message("%s\n", cases[i].label);
		assert_int_equal(wallet_read(cases[i].type, cases[i].address,
				     &wallet),
		    API_OK);
		assert_int_equal(wallet_check(&wallet, cases[i].message,
				     cases[i].signature),
		    cases[i].error);
	}
}

/* ---- The endpoints. ---- */

static void
sign_ethereum(const char *message, struct signature_text *out)
{
	secp256k1_context *context =
	    secp256k1_context_create(SECP256K1_CONTEXT_SIGN);
	secp256k1_ecdsa_recoverable_signature signature;
	uint8_t hash[KECCAK256_LEN], bytes[65];
	char text[8192];
	int recovery;
	int len = snprintf(text, sizeof(text),
	    "\x19"
	    "Ethereum Signed Message:\n%zu%s",
	    strlen(message), message);

	assert_in_range(len, 1, sizeof(text) - 1);
	keccak256(text, (size_t)len, hash);
	assert_int_equal(secp256k1_ecdsa_sign_recoverable(context, &signature,
			     hash, ethereum_key, NULL, NULL),
	    1);
	assert_int_equal(
	    secp256k1_ecdsa_recoverable_signature_serialize_compact(context,
		bytes, &recovery, &signature),
	    1);
	bytes[64] = (uint8_t)(27 + recovery);
	write_hex(bytes, sizeof(bytes), out);
	secp256k1_context_destroy(context);
}

static void
sign_solana(const char *message, struct signature_text *out)
{
	EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL,
	    solana_key, sizeof(solana_key));
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	uint8_t bytes[64];
	size_t len = sizeof(bytes);

	assert_int_equal(EVP_DigestSignInit(context, NULL, NULL, NULL, key), 1);
	assert_int_equal(EVP_DigestSign(context, bytes, &len,
			     (const uint8_t *)message, strlen(message)),
	    1);
	write_hex(bytes, len, out);
	EVP_MD_CTX_free(context);
	EVP_PKEY_free(key);
}

static void
a_new_wallet_makes_a_user_and_logs_in_once(void **state)
{
	CLEANUP(json_free)
	cJSON *begun = consumer(*state, "POST", START, "{" ETHEREUM "}");
	CLEANUP(json_free) cJSON *done = NULL;
	CLEANUP(json_free) cJSON *again = NULL;
	struct signature_text signature;
	char target[256];

	assert_answer(begun, API_OK);
	assert_true(bool_at(begun, "user_created"));
	sign_ethereum(text_at(begun, "challenge"), &signature);
	done = consumer(*state, "POST", AUTHENTICATE,
	    "{" ETHEREUM ",\"signature\":\"%s\",\"session_duration_minutes\":"
	    "60}",
	    signature.text);
	assert_answer(done, API_OK);
	assert_user(json_at(done, "user"));
	assert_string_equal(text_at(done, "user_id"),
	    text_at(begun, "user_id"));
	assert_true(bool_at(done, "user.crypto_wallets.0.verified"));
	assert_string_equal(text_at(done,
				"user.crypto_wallets.0.crypto_wallet_address"),
	    ADDRESS);
	assert_string_equal(text_at(done,
				"session.authentication_factors.0.type"),
	    "crypto");
	assert_string_equal(
	    text_at(done,
		"session.authentication_factors.0.crypto_wallet_factor."
		"crypto_wallet_address"),
	    ADDRESS);
	assert_true(cJSON_IsNull(json_at(done, "siwe_params")));
	/* A challenge is good once. */
	refused(API_UNABLE_TO_AUTHENTICATE_CRYPTO_WALLET, *state, "POST",
	    AUTHENTICATE, "{" ETHEREUM ",\"signature\":\"%s\"}",
	    signature.text);
	again = consumer(*state, "POST", START, "{" ETHEREUM "}");
	assert_false(bool_at(again, "user_created"));
	assert_string_equal(text_at(again, "user_id"),
	    text_at(begun, "user_id"));
	(void)snprintf(target, sizeof(target), "/v1/users/crypto_wallets/%s",
	    text_at(done, "user.crypto_wallets.0.crypto_wallet_id"));
	assert_call(API_OK, *state, VERTICAL_CONSUMER, "DELETE", target, NULL);
	refused(API_CRYPTO_WALLET_NOT_FOUND, *state, "POST", AUTHENTICATE,
	    "{" ETHEREUM ",\"signature\":\"%s\"}", signature.text);
}

static void
solana_logs_in_too(void **state)
{
	CLEANUP(json_free)
	cJSON *begun = consumer(*state, "POST", START, "{" SOLANA "}");
	struct signature_text signature, other;

	assert_answer(begun, API_OK);
	sign_solana("another text", &other);
	refused(API_UNABLE_TO_AUTHENTICATE_CRYPTO_WALLET, *state, "POST",
	    AUTHENTICATE, "{" SOLANA ",\"signature\":\"%s\"}", other.text);
	sign_solana(text_at(begun, "challenge"), &signature);
	assert_call(API_OK, *state, VERTICAL_CONSUMER, "POST", AUTHENTICATE,
	    "{" SOLANA ",\"signature\":\"%s\"}", signature.text);
	refused(API_CRYPTO_WALLET_TYPE_INCOMPATIBLE_WITH_SIWE, *state, "POST",
	    START,
	    "{" SOLANA ",\"siwe_params\":{\"domain\":\"example.com\",\"uri\":"
	    "\"https://example.com\",\"resources\":[]}}");
}

static void
a_challenge_ends_and_the_next_voids_it(void **state)
{
	CLEANUP(json_free)
	cJSON *first = consumer(*state, "POST", START, "{" SOLANA "}");
	CLEANUP(json_free)
	cJSON *second = consumer(*state, "POST", START, "{" SOLANA "}");
	struct signature_text signature;

	sign_solana(text_at(first, "challenge"), &signature);
	refused(API_UNABLE_TO_AUTHENTICATE_CRYPTO_WALLET, *state, "POST",
	    AUTHENTICATE, "{" SOLANA ",\"signature\":\"%s\"}", signature.text);
	sign_solana(text_at(second, "challenge"), &signature);
	advance(*state, 301);
	refused(API_UNABLE_TO_AUTHENTICATE_CRYPTO_WALLET, *state, "POST",
	    AUTHENTICATE, "{" SOLANA ",\"signature\":\"%s\"}", signature.text);
}

static void
wrong_signatures_lock_and_malformed_ones_do_not(void **state)
{
	CLEANUP(json_free)
	cJSON *begun = consumer(*state, "POST", START, "{" SOLANA "}");
	struct signature_text signature;

	assert_answer(begun, API_OK);
	sign_solana("another text", &signature);
	for (int i = 0; i < 20; i++)
		refused(API_INVALID_SIGNATURE, *state, "POST", AUTHENTICATE,
		    "{" SOLANA ",\"signature\":\"abc\"}");
	for (int i = 0; i < 10; i++)
		refused(API_UNABLE_TO_AUTHENTICATE_CRYPTO_WALLET, *state,
		    "POST", AUTHENTICATE, "{" SOLANA ",\"signature\":\"%s\"}",
		    signature.text);
	sign_solana(text_at(begun, "challenge"), &signature);
	refused(API_USER_LOCK_LIMIT_REACHED, *state, "POST", AUTHENTICATE,
	    "{" SOLANA ",\"signature\":\"%s\"}", signature.text);
}

static void
a_wallet_belongs_to_one_user(void **state)
{
	CLEANUP(json_free)
	cJSON *ann = make_user(*state, "ann@example.com", "ann");
	CLEANUP(json_free)
	cJSON *tom = make_user(*state, "tom@example.com", "tom");
	CLEANUP(json_free) cJSON *begun = NULL;
	struct signature_text signature;

	/* Who only begins does not keep others from their own wallet. */
	assert_call(API_OK, *state, VERTICAL_CONSUMER, "POST", START,
	    "{" SOLANA ",\"user_id\":\"tom\"}");
	begun =
	    consumer(*state, "POST", START, "{" SOLANA ",\"user_id\":\"ann\"}");
	assert_answer(begun, API_OK);
	assert_false(bool_at(begun, "user_created"));
	assert_string_equal(text_at(begun, "user_id"), text_at(ann, "user_id"));
	sign_solana(text_at(begun, "challenge"), &signature);
	assert_call(API_OK, *state, VERTICAL_CONSUMER, "POST", AUTHENTICATE,
	    "{" SOLANA ",\"signature\":\"%s\"}", signature.text);
	refused(API_DUPLICATE_WALLET_ADDRESS, *state, "POST", START,
	    "{" SOLANA ",\"user_id\":\"tom\"}");
	refused(API_USER_NOT_FOUND, *state, "POST", START,
	    "{" SOLANA ",\"user_id\":\"nobody\"}");
	assert_non_null(json_at(tom, "user_id"));
}

static void
a_siwe_message_is_that_of_eip_4361(void **state)
{
	CLEANUP(json_free)
	cJSON *begun = consumer(*state, "POST", START,
	    "{" ETHEREUM ",\"siwe_params\":{\"domain\":\"service.org\",\"uri\":"
	    "\"https://service.org/login\",\"resources\":[\"ipfs://bafy/\","
	    "\"https://example.com/my.json\"],\"statement\":\"I accept.\","
	    "\"issued_at\":\"2021-09-30T16:25:24Z\",\"not_before\":"
	    "\"2021-09-30T16:25:24Z\",\"message_request_id\":\"r1\"}}");
	CLEANUP(json_free) cJSON *done = NULL;
	struct signature_text signature;
	const char *text, *nonce;

	assert_answer(begun, API_OK);
	text = text_at(begun, "challenge");
	nonce = strstr(text, "\nNonce: ");
	assert_non_null(nonce);
	assert_int_equal(strncmp(text,
			     "service.org wants you to sign in with your "
			     "Ethereum account:\n" ADDRESS
			     "\n\nI accept.\n\nURI: "
			     "https://service.org/login\nVersion: 1\nChain ID: "
			     "1\nNonce: ",
			     (size_t)(nonce - text) + 8),
	    0);
	nonce += 8;
	assert_true(strcspn(nonce, "\n") >= 8);
	assert_string_equal(nonce + strcspn(nonce, "\n"),
	    "\nIssued At: 2021-09-30T16:25:24Z\nNot Before: "
	    "2021-09-30T16:25:24Z\nRequest ID: r1\nResources:\n- "
	    "ipfs://bafy/\n- https://example.com/my.json");
	sign_ethereum(text, &signature);
	done = consumer(*state, "POST", AUTHENTICATE,
	    "{" ETHEREUM ",\"signature\":\"0x%s\"}", signature.text);
	assert_answer(done, API_OK);
	assert_string_equal(text_at(done, "siwe_params.domain"), "service.org");
	assert_string_equal(text_at(done, "siwe_params.chain_id"), "1");
	assert_string_equal(text_at(done, "siwe_params.resources.0"),
	    "ipfs://bafy/");
	assert_int_equal(int_at(done, "siwe_params.status_code"), 200);
}

static void
a_siwe_message_may_be_for_later(void **state)
{
	CLEANUP(json_free)
	cJSON *begun = consumer(*state, "POST", START,
	    "{" ETHEREUM ",\"siwe_params\":{\"domain\":\"a.org\",\"uri\":"
	    "\"https://a.org\",\"resources\":[],\"not_before\":"
	    "\"2999-01-01T00:00:00Z\"}}");
	struct signature_text signature;

	assert_answer(begun, API_OK);
	sign_ethereum(text_at(begun, "challenge"), &signature);
	refused(API_UNABLE_TO_AUTHENTICATE_CRYPTO_WALLET, *state, "POST",
	    AUTHENTICATE, "{" ETHEREUM ",\"signature\":\"%s\"}",
	    signature.text);
}

static void
siwe_params_that_say_another_thing_are_refused(void **state)
{
	static const struct {
		const char *params;
		enum api_error error;
	} cases[] = {
		{ "\"domain\":\"a.org/x\",\"uri\":\"https://a.org\"",
		    API_INVALID_SIWE_DOMAIN },
		{ "\"domain\":\"a.org b\",\"uri\":\"https://a.org\"",
		    API_INVALID_SIWE_DOMAIN },
		{ "\"domain\":\"a.org\\nb\",\"uri\":\"https://a.org\"",
		    API_INVALID_SIWE_DOMAIN },
		{ "\"domain\":\"a.org\",\"uri\":\"a.org\"",
		    API_INVALID_SIWE_URI },
		{ "\"domain\":\"a.org\",\"uri\":\"/a:b\"",
		    API_INVALID_SIWE_URI },
		{ "\"domain\":\"a.org\",\"uri\":\"https://a.org\\nx\"",
		    API_INVALID_SIWE_URI },
		{ "\"domain\":\"a.org\",\"uri\":\"x:y\",\"chain_id\":\"0\"",
		    API_INVALID_SIWE_CHAIN_ID },
		{ "\"domain\":\"a.org\",\"uri\":\"x:y\",\"chain_id\":\"0x1\"",
		    API_INVALID_SIWE_CHAIN_ID },
		{ "\"domain\":\"a.org\",\"uri\":\"x:y\",\"chain_id\":"
		  "\"9223372036854775772\"",
		    API_INVALID_SIWE_CHAIN_ID },
		{ "\"domain\":\"a.org\",\"uri\":\"x:y\",\"statement\":"
		  "\"I\\nURI: z\"",
		    API_INVALID_SIWE_STATEMENT },
		{ "\"domain\":\"a.org\",\"uri\":\"x:y\","
		  "\"message_request_id\":\"a b\"",
		    API_INVALID_SIWE_MESSAGE_REQUEST_ID },
		{ "\"domain\":\"a.org\",\"uri\":\"x:y\",\"resources\":["
		  "\"x:y\",\"none\"]",
		    API_INVALID_SIWE_RESOURCE },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		print_message("%s\n", cases[i].params);
		refused(cases[i].error, *state, "POST", START,
		    "{" ETHEREUM ",\"siwe_params\":{%s%s}}", cases[i].params,
		    strstr(cases[i].params, "resources") != NULL
			? ""
			: ",\"resources\":[]");
	}
}

static void
addresses_that_are_none_are_refused_by_name(void **state)
{
	refused(API_INVALID_ETHEREUM_ADDRESS, *state, "POST", START,
	    "{\"crypto_wallet_type\":\"ethereum\",\"crypto_wallet_address\":"
	    "\"" SOLANA_ADDRESS "\"}");
	refused(API_INVALID_SOLANA_ADDRESS, *state, "POST", START,
	    "{\"crypto_wallet_type\":\"solana\",\"crypto_wallet_address\":"
	    "\"" ADDRESS "\"}");
	refused(API_INVALID_REQUEST_VALUE, *state, "POST", START,
	    "{\"crypto_wallet_type\":\"bitcoin\",\"crypto_wallet_address\":"
	    "\"" ADDRESS "\"}");
	refused(API_CRYPTO_WALLET_NOT_FOUND, *state, "POST", AUTHENTICATE,
	    "{" ETHEREUM ",\"signature\":\"" SIGNED_SOME_DATA "\"}");
	refused(API_BAD_REQUEST, *state, "POST", START,
	    "{\"crypto_wallet_type\":\"solana\"}");
}

static void
the_magic_wallet_needs_its_signature(void **state)
{
	static const char wallet[] =
	    "{\"crypto_wallet_type\":\"ethereum\",\"crypto_wallet_address\":"
	    "\"" MAGIC_WALLET "\",\"signature\":\"%s\"}";
	CLEANUP(json_free)
	cJSON *done =
	    consumer(*state, "POST", AUTHENTICATE, wallet, MAGIC_SIGNATURE);

	assert_answer(done, API_OK);
	assert_string_equal(text_at(done, "user_id"), MAGIC_USER);
	refused(API_CRYPTO_WALLET_NOT_FOUND, *state, "POST", AUTHENTICATE,
	    wallet, SIGNED_SOME_DATA);
	refused(API_CRYPTO_WALLET_NOT_FOUND, *state, "POST", AUTHENTICATE,
	    "{" ETHEREUM ",\"signature\":\"" MAGIC_SIGNATURE "\"}");
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, drive_setup, drive_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keccak_is_that_of_ethereum),
		cmocka_unit_test(keccak_pads_at_the_edge_of_a_block),
		cmocka_unit_test(addresses_have_one_form),
		cmocka_unit_test(base58_keeps_zeros_and_stays_in_its_place),
		cmocka_unit_test(signatures_are_of_one_key_and_one_text),
		TEST(a_new_wallet_makes_a_user_and_logs_in_once),
		TEST(solana_logs_in_too),
		TEST(a_challenge_ends_and_the_next_voids_it),
		TEST(wrong_signatures_lock_and_malformed_ones_do_not),
		TEST(a_wallet_belongs_to_one_user),
		TEST(a_siwe_message_is_that_of_eip_4361),
		TEST(a_siwe_message_may_be_for_later),
		TEST(siwe_params_that_say_another_thing_are_refused),
		TEST(addresses_that_are_none_are_refused_by_name),
		TEST(the_magic_wallet_needs_its_signature),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
