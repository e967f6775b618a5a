/* SPDX-License-Identifier: BSD-2-Clause */
/* One question a name, so many a minute; see flights.h. */
#include "config.h"

#include "stytchd/flights.h"

#include "stytchd/grammar.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <xxhash.h>

#define WAYS 4
#define BUCKETS 1024 /* WAYS absent names in each */
#define WAIT_S 120

/* A name being asked for; on the leader's list until nobody needs it. */
struct flight {
	char name[GRAMMAR_NAME_MAX + 1];
	bool landed;
	enum directory_answer answer;
	unsigned waiting;
	struct flight *next;
};

struct absent {
	char name[GRAMMAR_NAME_MAX + 1];
	int64_t until_ms; /* 0: free */
};

struct flights {
	pthread_mutex_t lock;
	pthread_cond_t landed;
	struct flight *first;
	uint64_t seed; /* so that nobody can choose names of one bucket */
	struct absent absent[BUCKETS][WAYS];

	/* Questions left, in thousandths; filled up as time goes by. */
	int64_t tokens;
	int64_t filled_ms;
	bool is_filled;
};

int
flights_open(struct flights **out_flights)
{
	struct flights *flights = calloc(1, sizeof(*flights));
	pthread_condattr_t attributes;

	if (flights == NULL)
		return -ENOMEM;
	if (getrandom(&flights->seed, sizeof(flights->seed), 0) !=
	    (ssize_t)sizeof(flights->seed)) {
		free(flights);
		return -EIO;
	}
	(void)pthread_condattr_init(&attributes);
	(void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	(void)pthread_mutex_init(&flights->lock, NULL);
	(void)pthread_cond_init(&flights->landed, &attributes);
	(void)pthread_condattr_destroy(&attributes);
	*out_flights = flights;
	return 0;
}

void
flights_close(struct flights **flights)
{
	struct flights *closed = *flights;

	*flights = NULL;
	if (closed == NULL)
		return;
	(void)pthread_cond_destroy(&closed->landed);
	(void)pthread_mutex_destroy(&closed->lock);
	free(closed);
}

static struct absent *
bucket_of(struct flights *flights, const char *name)
{
	uint64_t hash = XXH3_64bits_withSeed(name, strlen(name), flights->seed);

	return flights->absent[hash % BUCKETS];
}

static bool
is_absent(struct flights *flights, const char *name, int64_t now_ms)
{
	const struct absent *bucket = bucket_of(flights, name);

	for (size_t i = 0; i < WAYS; i++)
		if (bucket[i].until_ms > now_ms &&
		    strcmp(bucket[i].name, name) == 0)
			return true;
	return false;
}

/* Remember a name in the place that would be forgotten first. */
static void
remember(struct flights *flights, const char *name, int64_t until_ms)
{
	struct absent *bucket = bucket_of(flights, name);
	struct absent *place = &bucket[0];

	for (size_t i = 0; i < WAYS; i++) {
		if (strcmp(bucket[i].name, name) == 0) {
			place = &bucket[i];
			break;
		}
		if (bucket[i].until_ms < place->until_ms)
			place = &bucket[i];
	}
	memcpy(place->name, name, strlen(name) + 1);
	place->until_ms = until_ms;
}

static bool
take_token(struct flights *flights, int64_t now_ms, long per_minute)
{
	int64_t full = per_minute * INT64_C(1000);
	int64_t passed = now_ms - flights->filled_ms;

	if (!flights->is_filled || passed < 0 || passed >= 60000)
		flights->tokens = full;
	else
		flights->tokens += passed * full / 60000;
	/* What is less than a thousandth is not lost: the clock stays. */
	if (!flights->is_filled || passed * full / 60000 != 0 || passed < 0)
		flights->filled_ms = now_ms;
	flights->is_filled = true;
	if (flights->tokens > full)
		flights->tokens = full;
	if (flights->tokens < 1000)
		return false;
	flights->tokens -= 1000;
	return true;
}

static struct flight **
find_flight(struct flights *flights, const char *name)
{
	struct flight **flight = &flights->first;

	while (*flight != NULL &&
	    ((*flight)->landed || strcmp((*flight)->name, name) != 0))
		flight = &(*flight)->next;
	return flight;
}

static void
unlink_flight(struct flights *flights, struct flight *gone)
{
	struct flight **flight = &flights->first;

	while (*flight != gone)
		flight = &(*flight)->next;
	*flight = gone->next;
	free(gone);
}

/* Wait for the flight to land; the last one to leave clears up. */
static enum flights_turn
wait_for(struct flights *flights, struct flight *flight,
    enum directory_answer *out_answer)
{
	enum flights_turn turn = FLIGHTS_BUSY;
	struct timespec until;
	int error = 0;

	(void)clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += WAIT_S;
	flight->waiting++;
	while (!flight->landed && error == 0)
		error = pthread_cond_timedwait(&flights->landed, &flights->lock,
		    &until);
	if (flight->landed) {
		*out_answer = flight->answer;
		turn = FLIGHTS_ANSWERED;
	}
	flight->waiting--;
	if (flight->landed && flight->waiting == 0)
		unlink_flight(flights, flight);
	return turn;
}

static enum flights_turn
start(struct flights *flights, const char *name, int64_t now_ms,
    long per_minute)
{
	struct flight *flight;

	if (is_absent(flights, name, now_ms))
		return FLIGHTS_ABSENT;
	if (!take_token(flights, now_ms, per_minute))
		return FLIGHTS_BUSY;
	flight = calloc(1, sizeof(*flight));
	if (flight == NULL)
		return FLIGHTS_BUSY;
	memcpy(flight->name, name, strlen(name) + 1);
	flight->next = flights->first;
	flights->first = flight;
	return FLIGHTS_ASK;
}

enum flights_turn
flights_enter(struct flights *flights, const char *name, int64_t now_ms,
    long per_minute, enum directory_answer *out_answer)
{
	struct flight *flight;
	enum flights_turn turn;

	if (strlen(name) > GRAMMAR_NAME_MAX)
		return FLIGHTS_ABSENT;
	(void)pthread_mutex_lock(&flights->lock);
	flight = *find_flight(flights, name);
	turn = flight != NULL ? wait_for(flights, flight, out_answer)
			      : start(flights, name, now_ms, per_minute);
	(void)pthread_mutex_unlock(&flights->lock);
	return turn;
}

void
flights_leave(struct flights *flights, const char *name,
    enum directory_answer answer, int64_t now_ms, int64_t negative_ttl_ms)
{
	struct flight *flight;

	(void)pthread_mutex_lock(&flights->lock);
	if (answer == DIRECTORY_ABSENT)
		remember(flights, name, now_ms + negative_ttl_ms);
	flight = *find_flight(flights, name);
	if (flight != NULL) {
		flight->landed = true;
		flight->answer = answer;
		if (flight->waiting == 0)
			unlink_flight(flights, flight);
		else
			(void)pthread_cond_broadcast(&flights->landed);
	}
	(void)pthread_mutex_unlock(&flights->lock);
}

unsigned
flights_waiting(struct flights *flights)
{
	unsigned waiting = 0;

	(void)pthread_mutex_lock(&flights->lock);
	for (const struct flight *flight = flights->first; flight != NULL;
	     flight = flight->next)
		waiting += flight->waiting;
	(void)pthread_mutex_unlock(&flights->lock);
	return waiting;
}

void
flights_forget(struct flights *flights)
{
	(void)pthread_mutex_lock(&flights->lock);
	memset(flights->absent, 0, sizeof(flights->absent));
	(void)pthread_mutex_unlock(&flights->lock);
}
