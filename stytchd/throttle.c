/* SPDX-License-Identifier: BSD-2-Clause */
/* Counts of failures and messages; see throttle.h. */
#include "config.h"

#include "stytchd/throttle.h"

#include "stytchd/throttle_rows.h"

#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define OWED_MAX 4096

/* An attempt whose result is not known, or a failure not in the state, yet. */
struct pending {
	struct pending *next;
	struct throttle_party party;
	int64_t since; /* of an owed one */
	bool is_owed;
};

struct throttle {
	pthread_mutex_t lock; /* of pending, and around read and decide */
	struct store *store;
	const struct keyring *keyring;
	struct pending *pending;
};

int
throttle_open(struct store *store, const struct keyring *keyring,
    struct throttle **out_throttle)
{
	struct throttle *throttle = calloc(1, sizeof(*throttle));

	if (throttle == NULL)
		return -ENOMEM;
	(void)pthread_mutex_init(&throttle->lock, NULL);
	throttle->store = store;
	throttle->keyring = keyring;
	*out_throttle = throttle;
	return 0;
}

void
throttle_close(struct throttle **throttle)
{
	if (*throttle == NULL)
		return;
	while ((*throttle)->pending != NULL) {
		struct pending *pending = (*throttle)->pending;

		(*throttle)->pending = pending->next;
		free(pending);
	}
	(void)pthread_mutex_destroy(&(*throttle)->lock);
	free(*throttle);
	*throttle = NULL;
}

/* One customer of an IPv6 provider has at least 64 bits of addresses. */
static void
set_source(const char *rhost, char *source, size_t size)
{
	struct in6_addr address;
	size_t len = strcspn(rhost, "%");
	char bare[INET6_ADDRSTRLEN];

	if (len < sizeof(bare)) {
		memcpy(bare, rhost, len);
		bare[len] = '\0';
		if (inet_pton(AF_INET6, bare, &address) == 1 &&
		    !IN6_IS_ADDR_V4MAPPED(&address)) {
			memset(address.s6_addr + 8, 0, 8);
			if (inet_ntop(AF_INET6, &address, bare, sizeof(bare)) !=
			    NULL)
				rhost = bare;
		}
	}
	len = strnlen(rhost, size - 1);
	memcpy(source, rhost, len);
	source[len] = '\0';
}

int
throttle_party(struct throttle *throttle, const char *identity,
    const char *name, const char *rhost, struct throttle_party *out_party)
{
	struct throttle_party party = { .is_known = identity != NULL };
	char digest[KEYRING_HEX_SIZE];
	int len;

	if (rhost != NULL && rhost[0] != '\0') {
		party.is_remote = true;
		set_source(rhost, party.source, sizeof(party.source));
	}
	if (identity == NULL) {
		if (keyring_digest_hex(throttle->keyring, KEYRING_NAME, name,
			digest) != 0)
			return -EIO;
		identity = digest;
	}
	len = snprintf(party.subject, sizeof(party.subject), "%s", identity);
	if (len < 0 || (size_t)len >= sizeof(party.subject))
		return -EIO;
	*out_party = party;
	return 0;
}

static enum throttle_kind
subject_kind(const struct throttle_party *party)
{
	return party->is_known ? THROTTLE_IDENTITY : THROTTLE_NAME;
}

static long
subject_limit(const struct configuration_stytch *limits,
    const struct throttle_party *party)
{
	return limits->lock_threshold -
	    (party->is_remote ? THROTTLE_RESERVE : 0);
}

struct counts {
	int64_t subject;
	int64_t source;
};

static void
count_pending(const struct throttle *throttle,
    const struct throttle_party *party, struct counts *counts)
{
	const struct pending *pending;

	for (pending = throttle->pending; pending != NULL;
	     pending = pending->next) {
		const struct throttle_party *other = &pending->party;

		counts->subject += strcmp(other->subject, party->subject) == 0;
		counts->source += party->is_remote && other->is_remote &&
		    strcmp(other->source, party->source) == 0;
	}
}

static int
count_failure(struct throttle *throttle, const struct throttle_party *party,
    int64_t since)
{
	return throttle_rows_fail(throttle->store, subject_kind(party),
	    party->subject, party->is_remote ? party->source : NULL, since);
}

static void
drop_pending(struct pending **at)
{
	struct pending *pending = *at;

	*at = pending->next;
	free(pending);
}

/*
 * With the lock held: write what is owed, as far as the state lets us.  Until
 * then each one counts here; more than OWED_MAX let nobody try.
 */
static int
pay_all(struct throttle *throttle)
{
	struct pending **at = &throttle->pending;
	unsigned owed = 0;
	int error = 0;

	while (*at != NULL) {
		if ((*at)->is_owed && error == 0)
			error = count_failure(throttle, &(*at)->party,
			    (*at)->since);
		if ((*at)->is_owed && error == 0) {
			drop_pending(at);
			continue;
		}
		owed += (*at)->is_owed;
		at = &(*at)->next;
	}
	return owed > OWED_MAX ? -EIO : 0;
}

/* With the lock held. */
static int
check_locked(struct throttle *throttle,
    const struct configuration_stytch *limits,
    const struct throttle_party *party)
{
	struct counts counts = { 0, 0 };
	int64_t since = store_now() - limits->lock_window / 1000;
	int error = throttle_rows_count(throttle->store, subject_kind(party),
	    party->subject, since, &counts.subject);

	if (error == 0 && party->is_remote)
		error = throttle_rows_count(throttle->store, THROTTLE_RHOST,
		    party->source, since, &counts.source);
	if (error != 0)
		return error == -EAGAIN ? -EIO : error;
	count_pending(throttle, party, &counts);
	if (counts.subject >= subject_limit(limits, party) ||
	    (party->is_remote && counts.source >= limits->failures_per_rhost))
		return -EAGAIN;
	return 0;
}

int
throttle_check(struct throttle *throttle,
    const struct configuration_stytch *limits,
    const struct throttle_party *party)
{
	int error;

	(void)pthread_mutex_lock(&throttle->lock);
	error = check_locked(throttle, limits, party);
	(void)pthread_mutex_unlock(&throttle->lock);
	return error;
}

int
throttle_reserve(struct throttle *throttle,
    const struct configuration_stytch *limits,
    const struct throttle_party *party)
{
	struct pending *pending = malloc(sizeof(*pending));
	int error;

	if (pending == NULL)
		return -ENOMEM;
	*pending = (struct pending){ .party = *party };
	(void)pthread_mutex_lock(&throttle->lock);
	error = pay_all(throttle);
	if (error == 0)
		error = check_locked(throttle, limits, party);
	if (error == 0) {
		pending->next = throttle->pending;
		throttle->pending = STEAL(pending);
	}
	(void)pthread_mutex_unlock(&throttle->lock);
	free(pending);
	return error;
}

/* With the lock held: the link to an attempt of party that is under way. */
static struct pending **
find_pending(struct throttle *throttle, const struct throttle_party *party)
{
	struct pending **at = &throttle->pending;

	while (*at != NULL &&
	    ((*at)->is_owed ||
		memcmp(&(*at)->party, party, sizeof(*party)) != 0))
		at = &(*at)->next;
	return at;
}

int
throttle_settle(struct throttle *throttle,
    const struct configuration_stytch *limits,
    const struct throttle_party *party, bool is_wrong)
{
	int64_t since = store_now() - limits->lock_window / 1000;
	struct pending **at;
	int error = 0;

	/* The attempt counts until its failure does: no moment lacks both. */
	if (is_wrong)
		error = count_failure(throttle, party, since);
	(void)pthread_mutex_lock(&throttle->lock);
	at = find_pending(throttle, party);
	if (*at != NULL && error != 0) {
		(*at)->is_owed = true;
		(*at)->since = since;
	} else if (*at != NULL) {
		drop_pending(at);
	}
	(void)pthread_mutex_unlock(&throttle->lock);
	return error;
}

void
throttle_succeeded(struct throttle *throttle,
    const struct throttle_party *party)
{
	throttle_rows_forget_later(throttle->store, subject_kind(party),
	    party->subject);
}

static int
sent_key(const char *identity, const char *method, char *key, size_t size)
{
	int len = snprintf(key, size, "%s %s", identity, method);

	return len < 0 || (size_t)len >= size ? -E2BIG : 0;
}

enum throttle_sending
throttle_send(struct throttle *throttle,
    const struct configuration_stytch *limits, const struct throttle_code *code,
    int64_t *out_sent_at)
{
	struct throttle_message message = {
		.now = store_now(),
		.resend_after = (limits->resend_after + 999) / 1000,
		.texts_identity = code->is_text ? code->identity : NULL,
		.texts_max = limits->sms_per_day,
	};
	int error = sent_key(code->identity, code->method, message.key,
	    sizeof(message.key));

	/* A code spent a moment ago may still be in the queue. */
	store_flush(throttle->store);
	/* One write transaction at a time: two conversations never both send. */
	if (error == 0)
		error = throttle_rows_send(throttle->store, &message);
	if (error != 0)
		return THROTTLE_HELD;
	*out_sent_at = message.sent_at;
	return message.sending;
}

void
throttle_sent(struct throttle *throttle, const char *identity,
    const char *method)
{
	char key[THROTTLE_KEY_SIZE];

	if (sent_key(identity, method, key, sizeof(key)) == 0)
		throttle_rows_sent_later(throttle->store, key);
}

void
throttle_spent(struct throttle *throttle, const char *identity,
    const char *method)
{
	char key[THROTTLE_KEY_SIZE];

	if (sent_key(identity, method, key, sizeof(key)) == 0)
		throttle_rows_forget_later(throttle->store, THROTTLE_SENT, key);
}

struct each {
	const struct configuration_stytch *limits;
	bool (*row)(void *context, const struct throttle_row *row);
	void *context;
};

static bool
each_row(void *context, enum throttle_kind kind, const char *subject,
    const struct throttle_count *count)
{
	struct each *each = context;
	const struct configuration_stytch *limits = each->limits;
	long limit = kind == THROTTLE_RHOST
	    ? limits->failures_per_rhost
	    : limits->lock_threshold - THROTTLE_RESERVE;
	struct throttle_row row = {
		.subject = subject,
		.kind = throttle_kind_name(kind),
		.failures = count->count,
		.last_at = count->last_at,
		.is_held = count->count >= limit,
	};

	return each->row(each->context, &row);
}

int
throttle_each(struct throttle *throttle,
    const struct configuration_stytch *limits,
    bool (*row)(void *context, const struct throttle_row *row), void *context)
{
	struct each each = { limits, row, context };

	return throttle_rows_each(throttle->store,
	    store_now() - limits->lock_window / 1000, each_row, &each);
}

/* Nothing is owed any more of subject or of that digest; of all for NULL. */
static void
forget_owed(struct throttle *throttle, const char *subject, const char *digest)
{
	struct pending **at = &throttle->pending;

	(void)pthread_mutex_lock(&throttle->lock);
	while (*at != NULL) {
		const struct throttle_party *party = &(*at)->party;

		if ((*at)->is_owed &&
		    (subject == NULL || strcmp(party->subject, subject) == 0 ||
			strcmp(party->subject, digest) == 0 ||
			strcmp(party->source, subject) == 0))
			drop_pending(at);
		else
			at = &(*at)->next;
	}
	(void)pthread_mutex_unlock(&throttle->lock);
}

int
throttle_clear(struct throttle *throttle, const char *subject)
{
	char digest[KEYRING_HEX_SIZE] = "";
	int result;

	if (subject != NULL &&
	    keyring_digest_hex(throttle->keyring, KEYRING_NAME, subject,
		digest) != 0)
		return -EIO;
	result = throttle_rows_clear(throttle->store, subject, digest);
	if (result >= 0)
		forget_owed(throttle, subject, digest);
	return result;
}
