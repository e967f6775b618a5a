/* SPDX-License-Identifier: BSD-2-Clause */
/* Codes used once; see burnt.h. */
#include "config.h"

#include "stytchd/burnt.h"

#include "common/buf.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

/* A code is good for at most three steps of 30 s; clocks differ. */
#define KEPT_SECONDS 600

struct taken {
	struct taken *next;
	char digest[KEYRING_HEX_SIZE];
};

struct burnt {
	pthread_mutex_t lock;
	struct store *store;
	const struct keyring *keyring;
	struct taken *taken; /* being tried now */
};

int
burnt_open(struct store *store, const struct keyring *keyring,
    struct burnt **out_burnt)
{
	struct burnt *burnt = calloc(1, sizeof(*burnt));

	if (burnt == NULL)
		return -ENOMEM;
	(void)pthread_mutex_init(&burnt->lock, NULL);
	burnt->store = store;
	burnt->keyring = keyring;
	*out_burnt = burnt;
	return 0;
}

void
burnt_close(struct burnt **burnt)
{
	if (*burnt == NULL)
		return;
	while ((*burnt)->taken != NULL) {
		struct taken *taken = (*burnt)->taken;

		(*burnt)->taken = taken->next;
		free(taken);
	}
	(void)pthread_mutex_destroy(&(*burnt)->lock);
	free(*burnt);
	*burnt = NULL;
}

static int
make_digest(const struct burnt *burnt, const char *identity,
    const struct secret *code, char *digest)
{
	CLEANUP(buf_clear) struct buf text = BUF_INIT(2048);

	buf_addf(&text, "%s %s", identity, secret_reveal(code));
	if (buf_error(&text) != 0)
		return buf_error(&text);
	return keyring_digest_hex(burnt->keyring, KEYRING_BURN, buf_text(&text),
	    digest);
}

/* 0: not burnt; -EALREADY. */
static int
look_up(struct sqlite3 *database, void *context)
{
	CLEANUP(store_done) struct sqlite3_stmt *select = NULL;
	int result = store_prepare(database,
	    "SELECT 1 FROM burnt WHERE digest = ? AND until >= ?", &select);

	if (result != 0)
		return result;
	store_bind_text(select, 1, context);
	store_bind_int(select, 2, store_now());
	result = store_step(select);
	return result == 1 ? -EALREADY : result;
}

static int
take_locked(struct burnt *burnt, struct taken **taken)
{
	const struct taken *at;
	int result;

	for (at = burnt->taken; at != NULL; at = at->next)
		if (strcmp(at->digest, (*taken)->digest) == 0)
			return -EALREADY;
	result = store_read(burnt->store, look_up, (*taken)->digest);
	if (result != 0)
		return result;
	(*taken)->next = burnt->taken;
	burnt->taken = STEAL(*taken);
	return 0;
}

int
burnt_take(struct burnt *burnt, const char *identity, const struct secret *code,
    char out_ticket[KEYRING_HEX_SIZE])
{
	struct taken *taken = calloc(1, sizeof(*taken));
	int result;

	if (taken == NULL)
		return -ENOMEM;
	result = make_digest(burnt, identity, code, taken->digest);
	if (result == 0) {
		memcpy(out_ticket, taken->digest, KEYRING_HEX_SIZE);
		(void)pthread_mutex_lock(&burnt->lock);
		result = take_locked(burnt, &taken);
		(void)pthread_mutex_unlock(&burnt->lock);
	}
	free(taken);
	return result;
}

static int
burn(struct sqlite3 *database, void *context)
{
	CLEANUP(store_done) struct sqlite3_stmt *insert = NULL;
	CLEANUP(store_done) struct sqlite3_stmt *drop = NULL;
	int result = store_prepare(database,
	    "INSERT OR REPLACE INTO burnt (digest, until) VALUES (?, ?)",
	    &insert);

	if (result == 0)
		result = store_prepare(database,
		    "DELETE FROM burnt WHERE until < ?", &drop);
	if (result != 0)
		return result;
	store_bind_text(insert, 1, context);
	store_bind_int(insert, 2, store_now() + KEPT_SECONDS);
	store_bind_int(drop, 1, store_now());
	result = store_run(insert);
	return result == 0 ? store_run(drop) : result;
}

static void
forget(struct burnt *burnt, const char *digest)
{
	struct taken **at;

	(void)pthread_mutex_lock(&burnt->lock);
	for (at = &burnt->taken; *at != NULL; at = &(*at)->next) {
		struct taken *taken = *at;

		if (strcmp(taken->digest, digest) != 0)
			continue;
		*at = taken->next;
		free(taken);
		break;
	}
	(void)pthread_mutex_unlock(&burnt->lock);
}

/*
 * The disk is not waited for: a killed agent has it, and after a loss of power
 * Stytch still refuses the code.
 */
int
burnt_settle(struct burnt *burnt, const char *ticket, bool is_accepted)
{
	char digest[KEYRING_HEX_SIZE];
	int error = 0;

	memcpy(digest, ticket, sizeof(digest));
	if (is_accepted)
		error = store_write_unflushed(burnt->store, burn, digest);
	if (error == 0)
		forget(burnt, digest);
	return error;
}
