/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * crypto_wallets.*: a challenge for an address, and its signature.  A wallet
 * is a registration of its user, verified once it signed.
 */
#include "config.h"

#include "sandbox/lock.h"
#include "sandbox/magic.h"
#include "sandbox/session.h"
#include "sandbox/siwe.h"
#include "sandbox/user.h"
#include "sandbox/wallet.h"

#include <string.h>

#define CHALLENGE_MINUTES 5
#define NONCE_LEN 32

/* Whose wallet it is. */
struct claim {
	char wallet_id[96];
	struct id user_id;
	bool verified;
};

static enum api_error
wallet_from_params(const struct request *rq, struct wallet *out_wallet)
{
	return wallet_read(param_string(rq, "crypto_wallet_type"),
	    param_string(rq, "crypto_wallet_address"), out_wallet);
}

static bool
find_claim(struct request *rq, const struct wallet *wallet,
    struct claim *out_claim)
{
	CLEANUP(query_close) struct query query = QUERY_INIT;

	memset(out_claim, 0, sizeof(*out_claim));
	/* A seed may have an Ethereum address in small letters. */
	query_open(&query, rq->store,
	    "SELECT registration_id, owner_id, json_extract(details, "
	    "'$.verified') FROM registrations WHERE project_id = ?1 AND kind = "
	    "'crypto_wallet' AND json_extract(details, '$.crypto_wallet_type') "
	    "= ?2 AND (json_extract(details, '$.crypto_wallet_address') = ?3 "
	    "OR (?2 = 'ethereum' AND lower(json_extract(details, "
	    "'$.crypto_wallet_address')) = lower(?3)))",
	    "sss", rq->project->id, wallet->type_name, wallet->address);
	if (!query_next(&query))
		return false;
	query_copy(&query, 0, out_claim->wallet_id,
	    sizeof(out_claim->wallet_id));
	query_copy(&query, 1, out_claim->user_id.text,
	    sizeof(out_claim->user_id.text));
	out_claim->verified = query_int(&query, 2) != 0;
	return true;
}

/* The registration as the API shows it, in place of what was there. */
static void
save_claim(struct request *rq, const struct wallet *wallet,
    const struct claim *claim)
{
	CLEANUP(json_free) cJSON *details = json_object();
	CLEANUP(string_free) char *text = NULL;

	json_set_string(details, "crypto_wallet_id", claim->wallet_id);
	json_set_string(details, "crypto_wallet_address", wallet->address);
	json_set_string(details, "crypto_wallet_type", wallet->type_name);
	json_set_bool(details, "verified", claim->verified);
	text = json_text(details);
	store_run(rq->store,
	    "INSERT INTO registrations VALUES (?1, ?2, ?3, 'crypto_wallet', "
	    "?4, ?5) ON CONFLICT (owner_id, registration_id) DO UPDATE SET "
	    "details = ?4",
	    "ssssi", claim->wallet_id, rq->project->id, claim->user_id.text,
	    text, rq->now_us);
}

/* ---- Start. ---- */

/* The user that user_id or a session names; "" for none. */
static enum api_error
named_user(struct request *rq, struct id *out_user_id)
{
	CLEANUP(session_clear) struct session session = SESSION_INIT;
	const char *user_id = param_string(rq, "user_id");
	bool given;
	enum api_error error = session_from_params(rq, &session, &given);

	memset(out_user_id, 0, sizeof(*out_user_id));
	if (error == API_OK && user_id != NULL)
		error = user_find(rq, user_id, out_user_id);
	if (error != API_OK || !given)
		return error;
	if (user_id != NULL)
		return strcmp(out_user_id->text, session.owner_id) == 0
		    ? API_OK
		    : API_USER_ID_MISMATCH;
	memcpy(out_user_id->text, session.owner_id, sizeof(session.owner_id));
	return API_OK;
}

/*
 * Who is to own the wallet: the named user, else its owner, else a new user.
 * What another user only began to claim goes to the named one.
 */
static enum api_error
resolve_claim(struct request *rq, const struct wallet *wallet,
    struct claim *out_claim, bool *out_created)
{
	const struct user_wish wish = { .object = NULL };
	bool known = find_claim(rq, wallet, out_claim);
	struct id named, id;
	enum api_error error = named_user(rq, &named);

	*out_created = false;
	if (error != API_OK)
		return error;
	if (known && named.text[0] != '\0' &&
	    strcmp(named.text, out_claim->user_id.text) != 0) {
		if (out_claim->verified)
			return API_DUPLICATE_WALLET_ADDRESS;
		store_run(rq->store,
		    "DELETE FROM registrations WHERE registration_id = ? AND "
		    "owner_id = ?",
		    "ss", out_claim->wallet_id, out_claim->user_id.text);
		known = false;
	}
	if (known)
		return API_OK;
	out_claim->verified = false;
	*out_created = named.text[0] == '\0';
	if (*out_created)
		error = user_add(rq, &wish, &named);
	if (error != API_OK)
		return error;
	out_claim->user_id = named;
	request_id_make(rq, "crypto-wallet", &id);
	memcpy(out_claim->wallet_id, id.text, sizeof(id.text));
	save_claim(rq, wallet, out_claim);
	return API_OK;
}

/* The text to sign; *out_siwe: what a SIWE message says, or NULL. */
static enum api_error
write_challenge(const struct request *rq, const struct wallet *wallet,
    struct buf *out, cJSON **out_siwe)
{
	const cJSON *params = param_json(rq, "siwe_params");
	char nonce[NONCE_LEN + 1];
	enum api_error error;

	random_alphanumeric(nonce, NONCE_LEN);
	if (params == NULL) {
		buf_addf(out, "Signing in with Project: %s\n\n%s",
		    rq->project->id, nonce);
		return API_OK;
	}
	if (wallet->type != WALLET_ETHEREUM)
		return API_CRYPTO_WALLET_TYPE_INCOMPATIBLE_WITH_SIWE;
	error = siwe_read(rq, params, out_siwe);
	if (error == API_OK)
		siwe_write(*out_siwe, wallet->address, nonce, out);
	return error;
}

/* Keep it, in place of the one that the address had. */
static void
keep_challenge(struct request *rq, const struct wallet *wallet,
    const char *user_id, const char *challenge, const cJSON *siwe)
{
	CLEANUP(string_free) char *text = siwe != NULL ? json_text(siwe) : NULL;

	store_run(rq->store,
	    "DELETE FROM challenges WHERE project_id = ? AND kind = ? AND "
	    "subject = ?",
	    "sss", rq->project->id, wallet->type_name, wallet->address);
	store_run(rq->store,
	    "INSERT INTO challenges VALUES (?, ?, ?, ?, ?, ?, ?)", "ssssssi",
	    challenge, rq->project->id, wallet->type_name, user_id,
	    wallet->address, text, rq->now_us + CHALLENGE_MINUTES * MINUTE_US);
}

enum api_error
crypto_wallets_authenticate_start(struct request *rq)
{
	CLEANUP(buf_clear) struct buf challenge = BUF_INIT(65536);
	CLEANUP(json_free) cJSON *siwe = NULL;
	struct wallet wallet;
	struct claim claim;
	bool created = false;
	enum api_error error = wallet_from_params(rq, &wallet);

	if (error == API_OK)
		error = write_challenge(rq, &wallet, &challenge, &siwe);
	if (error == API_OK)
		error = resolve_claim(rq, &wallet, &claim, &created);
	if (error != API_OK)
		return error;
	store_fail(rq->store, buf_error(&challenge));
	keep_challenge(rq, &wallet, claim.user_id.text, buf_text(&challenge),
	    siwe);
	json_set_string(rq->reply, "user_id", claim.user_id.text);
	json_set_string(rq->reply, "challenge", buf_text(&challenge));
	json_set_bool(rq->reply, "user_created", created);
	return API_OK;
}

/* ---- Authenticate. ---- */

/* The live challenge of the address; *out_siwe is NULL for a plain one. */
static bool
find_challenge(struct request *rq, const struct wallet *wallet,
    const char *user_id, struct buf *out_challenge, cJSON **out_siwe)
{
	CLEANUP(query_close) struct query query = QUERY_INIT;

	query_open(&query, rq->store,
	    "SELECT challenge, details FROM challenges WHERE project_id = ? "
	    "AND kind = ? AND subject = ? AND owner_id = ? AND expires_at > ?",
	    "ssssi", rq->project->id, wallet->type_name, wallet->address,
	    user_id, rq->now_us);
	if (!query_next(&query))
		return false;
	buf_adds(out_challenge, query_text(&query, 0));
	store_fail(rq->store, buf_error(out_challenge));
	if (!query_is_null(&query, 1))
		*out_siwe = json_parse_stored(query_text(&query, 1), "{}");
	return true;
}

/* Whether the message is not for later. */
static bool
is_due(const struct request *rq, const cJSON *siwe)
{
	const char *text = json_string(siwe, "not_before");
	int64_t when;

	return text == NULL ||
	    (time_parse(text, &when) == 0 && when <= rq->now_us);
}

static void
reply_siwe(struct request *rq, const cJSON *siwe)
{
	static const char *const names[] = { "domain", "uri", "chain_id",
		"issued_at", "message_request_id" };
	const cJSON *resources = json_get(siwe, "resources");
	cJSON *object;

	if (siwe == NULL) {
		json_set_null(rq->reply, "siwe_params");
		return;
	}
	object = json_object();
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		json_set_string(object, names[i], json_string(siwe, names[i]));
	json_set(object, "resources",
	    resources != NULL ? json_copy(resources) : json_array());
	json_set_int(object, "status_code", rq->status);
	json_set(rq->reply, "siwe_params", object);
}

static cJSON *
wallet_factor(struct request *rq, const struct wallet *wallet,
    const struct claim *claim)
{
	cJSON *factor = factor_make(rq, "crypto", "crypto_wallet");
	cJSON *details = json_object();

	json_set_string(details, "crypto_wallet_id", claim->wallet_id);
	json_set_string(details, "crypto_wallet_address", wallet->address);
	json_set_string(details, "crypto_wallet_type", wallet->type_name);
	json_set(factor, "crypto_wallet_factor", details);
	return factor;
}

/* The signature is right: the challenge is spent, the wallet is theirs. */
static enum api_error
finish(struct request *rq, const struct wallet *wallet, struct claim *claim,
    const cJSON *siwe)
{
	store_run(rq->store,
	    "DELETE FROM challenges WHERE project_id = ? AND kind = ? AND "
	    "subject = ?",
	    "sss", rq->project->id, wallet->type_name, wallet->address);
	claim->verified = true;
	save_claim(rq, wallet, claim);
	reply_siwe(rq, siwe);
	return user_login(rq, claim->user_id.text,
	    wallet_factor(rq, wallet, claim));
}

/* The wallet of every test project, whose signature is no signature. */
static enum api_error
authenticate_magic(struct request *rq, const struct wallet *wallet)
{
	const struct claim claim = { .wallet_id = MAGIC_WALLET_ID };

	reply_siwe(rq, NULL);
	return user_login(rq, MAGIC_USER, wallet_factor(rq, wallet, &claim));
}

enum api_error
crypto_wallets_authenticate(struct request *rq)
{
	CLEANUP(buf_clear) struct buf challenge = BUF_INIT(65536);
	CLEANUP(json_free) cJSON *siwe = NULL;
	const char *signature = param_string(rq, "signature");
	struct wallet wallet;
	struct claim claim;
	enum api_error error = wallet_from_params(rq, &wallet);

	if (error != API_OK)
		return error;
	if (magic_is(rq, wallet.address, MAGIC_WALLET) &&
	    magic_is(rq, signature, MAGIC_SIGNATURE))
		return authenticate_magic(rq, &wallet);
	if (!find_claim(rq, &wallet, &claim))
		return API_CRYPTO_WALLET_NOT_FOUND;
	error = lock_check(rq, claim.user_id.text);
	if (error != API_OK)
		return error;
	if (!find_challenge(rq, &wallet, claim.user_id.text, &challenge, &siwe))
		return API_UNABLE_TO_AUTHENTICATE_CRYPTO_WALLET;
	error = wallet_check(&wallet, buf_text(&challenge), signature);
	if (error == API_UNABLE_TO_AUTHENTICATE_CRYPTO_WALLET)
		return lock_fail(rq, claim.user_id.text, error);
	if (error == API_OK && !is_due(rq, siwe))
		error = API_UNABLE_TO_AUTHENTICATE_CRYPTO_WALLET;
	return error == API_OK ? finish(rq, &wallet, &claim, siwe) : error;
}
