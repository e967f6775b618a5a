/* SPDX-License-Identifier: BSD-2-Clause */
/* Places and quotas; see slots.h. */
#include "config.h"

#include "stytchd/slots.h"

#include "common/wire_socket.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

/* Connections whose packet has not come, look-ups and administration. */
#define DOOR_MAX 256
/* Of these, from others than root, so that they cannot shut root out. */
#define DOOR_PUBLIC_MAX 64

struct slots {
	pthread_mutex_t lock;
	struct slot **held; /* count of them, in no order */
	size_t count;
	size_t size;
	int64_t logged_ms;
};

const char *
slots_answer_text(enum slots_answer answer)
{
	static const char *const texts[] = {
		[SLOTS_TAKEN] = "taken",
		[SLOTS_FULL] = "all places are taken",
		[SLOTS_UID_FULL] = "too many of one uid",
		[SLOTS_RHOST_FULL] = "too many from one remote host",
	};

	return texts[answer];
}

int
slots_new(struct slots **out_slots)
{
	struct slots *slots = calloc(1, sizeof(*slots));

	if (slots == NULL)
		return -ENOMEM;
	(void)pthread_mutex_init(&slots->lock, NULL);
	*out_slots = slots;
	return 0;
}

void
slots_free(struct slots **slots)
{
	if (*slots == NULL)
		return;
	(void)pthread_mutex_destroy(&(*slots)->lock);
	free((*slots)->held);
	free(*slots);
	*slots = NULL;
}

/* What is held, counted in one pass: there are at most a few thousand. */
struct census {
	size_t door, door_public, of_uid;
	size_t conversations, without_tty, of_rhost;
};

static struct census
take_census(const struct slots *slots, uid_t uid, const char *rhost)
{
	struct census census = { 0 };

	for (size_t i = 0; i < slots->count; i++) {
		const struct slot *held = slots->held[i];

		census.of_uid += held->uid == uid;
		if (!held->is_conversation) {
			census.door++;
			census.door_public += held->uid != 0;
			continue;
		}
		census.conversations++;
		census.without_tty += !held->has_tty;
		census.of_rhost +=
		    rhost[0] != '\0' && strcmp(held->rhost, rhost) == 0;
	}
	return census;
}

static int
slots_grow(struct slots *slots)
{
	size_t size = slots->size == 0 ? 64 : 2 * slots->size;
	struct slot **held;

	if (slots->count < slots->size)
		return 0;
	held = reallocarray(slots->held, size, sizeof(struct slot *));
	if (held == NULL)
		return -ENOMEM;
	slots->held = held;
	slots->size = size;
	return 0;
}

static enum slots_answer
enter_locked(struct slots *slots, const struct configuration_stytch *limits,
    struct slot *slot)
{
	struct census census = take_census(slots, slot->uid, "");

	if (census.door >= DOOR_MAX ||
	    (slot->uid != 0 && census.door_public >= DOOR_PUBLIC_MAX))
		return SLOTS_FULL;
	if (slot->uid != 0 &&
	    census.of_uid >= (size_t)limits->conversations_per_uid)
		return SLOTS_UID_FULL;
	if (slots_grow(slots) != 0)
		return SLOTS_FULL;
	slots->held[slots->count++] = slot;
	slot->slots = slots;
	return SLOTS_TAKEN;
}

enum slots_answer
slots_enter(struct slots *slots, const struct configuration_stytch *limits,
    uid_t uid, struct slot *slot)
{
	enum slots_answer answer;

	*slot = (struct slot){ .uid = uid };
	(void)pthread_mutex_lock(&slots->lock);
	answer = enter_locked(slots, limits, slot);
	(void)pthread_mutex_unlock(&slots->lock);
	return answer;
}

static enum slots_answer
begin_locked(struct slot *slot, const struct configuration_stytch *limits,
    const char *rhost, bool has_tty)
{
	size_t all = (size_t)limits->max_conversations;
	struct census census = take_census(slot->slots, slot->uid, rhost);

	if (census.conversations >= all ||
	    (!has_tty && census.without_tty >= all - all / 4))
		return SLOTS_FULL;
	if (census.of_rhost >= (size_t)limits->conversations_per_rhost)
		return SLOTS_RHOST_FULL;
	memcpy(slot->rhost, rhost, strlen(rhost) + 1);
	slot->has_tty = has_tty;
	slot->is_conversation = true;
	return SLOTS_TAKEN;
}

enum slots_answer
slots_begin(struct slot *slot, const struct configuration_stytch *limits,
    const char *rhost, bool has_tty)
{
	char name[sizeof(slot->rhost)] = "";
	enum slots_answer answer;

	/* Two hosts that agree so far share a quota: that only refuses more. */
	if (rhost != NULL)
		memcpy(name, rhost, strnlen(rhost, sizeof(name) - 1));
	(void)pthread_mutex_lock(&slot->slots->lock);
	answer = begin_locked(slot, limits, name, has_tty);
	(void)pthread_mutex_unlock(&slot->slots->lock);
	return answer;
}

void
slots_leave(struct slot *slot)
{
	struct slots *slots = slot->slots;

	if (slots == NULL)
		return;
	(void)pthread_mutex_lock(&slots->lock);
	for (size_t i = 0; i < slots->count; i++) {
		if (slots->held[i] != slot)
			continue;
		slots->held[i] = slots->held[--slots->count];
		break;
	}
	(void)pthread_mutex_unlock(&slots->lock);
	*slot = (struct slot){ 0 };
}

unsigned
slots_conversations(struct slots *slots)
{
	struct census census;

	(void)pthread_mutex_lock(&slots->lock);
	census = take_census(slots, 0, "");
	(void)pthread_mutex_unlock(&slots->lock);
	return (unsigned)census.conversations;
}

bool
slots_may_log(struct slots *slots)
{
	int64_t now_ms = wire_now_ms();
	bool may;

	(void)pthread_mutex_lock(&slots->lock);
	may = now_ms - slots->logged_ms >= 1000 || slots->logged_ms == 0;
	if (may)
		slots->logged_ms = now_ms;
	(void)pthread_mutex_unlock(&slots->lock);
	return may;
}
