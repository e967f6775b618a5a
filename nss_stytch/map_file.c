/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading a map while it is replaced; see map_file.h. */
#include "config.h"

#include "nss_stytch/map_file.h"

#include "nss_stytch/no_cancel.h"

#include <errno.h>
#include <pthread.h>
#include <time.h>

/* Longest wait of a first reader for another one that is mapping the file. */
#define FIRST_WAIT_MS 250

/* How often a map is mapped again that was replaced in that moment. */
#define LOADS_MAX 4

/* A test build lets the map be replaced where it hurts most. */
#ifndef MAP_FILE_MEANWHILE
#define MAP_FILE_MEANWHILE() ((void)0)
#endif

static _Atomic(struct map_file *) all_files;
static atomic_bool fork_is_handled;

/* In the child: who held a lock is not here. */
static void
after_fork(void)
{
	struct map_file *file = atomic_load(&all_files);

	for (; file != NULL; file = file->next)
		atomic_store(&file->busy, false);
}

/* Before the first mapping.  Threads may both register: it does no harm. */
static int
handle_fork(struct map_file *file)
{
	if (!atomic_load(&fork_is_handled)) {
		if (pthread_atfork(NULL, NULL, after_fork) != 0)
			return -ENOMEM;
		atomic_store(&fork_is_handled, true);
	}
	if (!file->listed) {
		file->listed = true;
		file->next = atomic_load(&all_files);
		while (!atomic_compare_exchange_weak(&all_files, &file->next,
		    file))
			;
	}
	return 0;
}

/* To a few milliseconds, for which it costs a quarter of the exact clock. */
static int64_t
now_ms(void)
{
	struct timespec now = { 0 };

	(void)clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool
try_lock(struct map_file *file)
{
	return !atomic_exchange(&file->busy, true);
}

static void
unlock(struct map_file *file)
{
	atomic_store(&file->busy, false);
}

/* This thread's stripe.  Thread ids are addresses, far apart. */
static unsigned
own_stripe(void)
{
	uint64_t id = (uint64_t)(uintptr_t)pthread_self();

	return (unsigned)(id * UINT64_C(0x9e3779b97f4a7c15) >> 58);
}
_Static_assert(MAP_STRIPES == 64, "58 = 64 - 6 bits");

/* Pin the current map without looking further.  false: there is none. */
static bool
take_current(struct map_file *file, struct map_pin *out_pin)
{
	unsigned stripe = own_stripe();

	for (;;) {
		struct map_slot *slot = atomic_load(&file->current);

		if (slot == NULL)
			return false;
		MAP_FILE_MEANWHILE();
		atomic_fetch_add(&slot->stripe[stripe].users, 1);
		if (atomic_load(&file->current) == slot) {
			out_pin->map = &slot->mapping.map;
			out_pin->limits = &slot->limits;
			out_pin->file = file;
			out_pin->slot = slot;
			out_pin->stripe = stripe;
			out_pin->word = map_retired_word(out_pin->map);
			return true;
		}
		atomic_fetch_sub(&slot->stripe[stripe].users, 1);
	}
}

/* Under the lock: unmap what is neither current nor in use. */
static void
sweep(struct map_file *file)
{
	for (size_t i = 0; i < MAP_SLOTS; i++) {
		struct map_slot *slot = &file->slots[i];
		unsigned users = 0;

		if (!slot->used || slot == atomic_load(&file->current))
			continue;
		for (size_t k = 0; k < MAP_STRIPES; k++)
			users |= atomic_load(&slot->stripe[k].users);
		if (users != 0)
			continue;
		map_unload(&slot->mapping);
		limits_clear(&slot->limits);
		slot->used = false;
	}
}

static struct map_slot *
free_slot(struct map_file *file)
{
	sweep(file);
	for (size_t i = 0; i < MAP_SLOTS; i++)
		if (!file->slots[i].used)
			return &file->slots[i];
	return NULL;
}

/*
 * Map what is at the path.  A map that is retired when it is mapped was replaced
 * just then, and its word will not change again: go to the path once more.
 */
static int
load_newest(const char *path, struct map_mapping *out_mapping)
{
	int error = map_load(path, out_mapping);

	for (unsigned i = 0; i < LOADS_MAX && error == 0 &&
	     map_retired_word(&out_mapping->map) == MAP_RETIRED;
	     i++) {
		map_unload(out_mapping);
		error = map_load(path, out_mapping);
	}
	return error;
}

static int
fill_slot(const struct map_file *file, struct map_slot *slot)
{
	CLEANUP(limits_clear) struct limits limits = LIMITS_INIT;
	unsigned line;
	int error =
	    limits_load(file->limits_path, file->limits_owner, &limits, &line);

	if (error == -ENOENT || error == -EINVAL || error == -E2BIG)
		return -EACCES;
	if (error == 0)
		error = load_newest(file->path, &slot->mapping);
	if (error != 0)
		return error;
	slot->limits = limits;
	limits = (struct limits)LIMITS_INIT;
	atomic_store(&slot->followed, map_retired_word(&slot->mapping.map));
	slot->used = true;
	return 0;
}

/* Whether an error is the caller's process's own and will pass. */
static bool
is_shortage(int error)
{
	return error == -EMFILE || error == -ENFILE || error == -ENOMEM ||
	    error == -EAGAIN || error == -EBUSY;
}

/*
 * Under the lock: map what is at the path now.  A file that is missing or bad ends
 * the old map's use too, and so do bad limits: closed, not stale.
 */
static void
replace_current(struct map_file *file)
{
	struct map_slot *slot = NULL;
	int error = handle_fork(file);

	if (error == 0) {
		slot = free_slot(file);
		error = slot == NULL ? -EBUSY : fill_slot(file, slot);
	}
	atomic_store(&file->error, error);
	if (error == 0)
		atomic_store(&file->current, slot);
	else if (!is_shortage(error))
		atomic_store(&file->current, NULL);
	sweep(file);
	atomic_store(&file->next_look_ms, now_ms() + MAP_LOOK_AGAIN_MS);
}

/*
 * Whether to look at the path: at once when the pinned map's word has turned to
 * RETIRED or REREAD, but once only for each; else by the clock, so that a map that
 * stays so costs no more than a look a second.
 */
static bool
is_time_to_look(struct map_file *file, const struct map_pin *pin)
{
	if (pin->map != NULL && pin->word >= MAP_RETIRED &&
	    pin->word != atomic_load(&pin->slot->followed))
		return true;
	return now_ms() >= atomic_load(&file->next_look_ms);
}

/*
 * The lock, for who has a map if it is free.  Who has none waits a little: another
 * first reader may just be mapping the file.
 */
static bool
lock_to_look(struct map_file *file, const struct map_pin *pin)
{
	const struct timespec pause = { .tv_nsec = 100000 };
	int64_t deadline_ms = now_ms() + FIRST_WAIT_MS;

	while (!try_lock(file)) {
		if (pin->map != NULL || now_ms() >= deadline_ms)
			return false;
		(void)nanosleep(&pause, NULL);
	}
	return true;
}

/* Map what is new, where that is for this thread to do. */
static void
look_again(struct map_file *file, const struct map_pin *pin)
{
	CLEANUP(cancel_restore) int cancel = PTHREAD_CANCEL_ENABLE;
	struct map_slot *seen = pin->map == NULL ? NULL : pin->slot;

	cancel_disable(&cancel);
	if (!is_time_to_look(file, pin) || !lock_to_look(file, pin))
		return;
	/* Another thread may have been here since. */
	if (atomic_load(&file->current) == seen && is_time_to_look(file, pin)) {
		if (seen != NULL)
			atomic_store(&seen->followed, pin->word);
		replace_current(file);
	}
	unlock(file);
}

/* The path was looked at, perhaps; now take what there is. */
static int
pin_again(struct map_file *file, struct map_pin *pin)
{
	int error;

	look_again(file, pin);
	map_pin_release(pin);
	if (take_current(file, pin))
		return 0;
	error = atomic_load(&file->error);
	return error == 0 ? -EAGAIN : error;
}

int
map_file_pin(struct map_file *file, struct map_pin *out_pin)
{
	out_pin->map = NULL;
	if (take_current(file, out_pin) && out_pin->word == MAP_CURRENT)
		return 0;
	return pin_again(file, out_pin);
}

bool
map_pin_is_old(const struct map_pin *pin)
{
	return atomic_load(&pin->file->current) != pin->slot ||
	    map_retired_word(pin->map) != pin->word;
}

void
map_pin_release(struct map_pin *pin)
{
	struct map_file *file = pin->file;
	struct map_slot *slot = pin->slot;

	if (pin->map == NULL)
		return;
	pin->map = NULL;
	atomic_fetch_sub(&slot->stripe[pin->stripe].users, 1);
	/* munmap() is no cancellation point. */
	if (atomic_load(&file->current) != slot && try_lock(file)) {
		sweep(file);
		unlock(file);
	}
}

unsigned
map_file_mappings(struct map_file *file)
{
	unsigned count = 0;

	if (!try_lock(file))
		return 0;
	for (size_t i = 0; i < MAP_SLOTS; i++)
		count += file->slots[i].used;
	unlock(file);
	return count;
}
