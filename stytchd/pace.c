/* SPDX-License-Identifier: BSD-2-Clause */
/* What a decoy's call would be like; see pace.h. */
#include "config.h"

#include "stytchd/pace.h"

#include <errno.h>
#include <pthread.h>

#define SAMPLES 32
#define FIRST_MS 120 /* until something was measured */
#define LONGEST_MS 10000

struct pace {
	pthread_mutex_t lock;
	int64_t took_ms[SAMPLES];
	unsigned long noted;
	unsigned long imitated;
	enum stytch_class last;
};

int
pace_new(struct pace **out_pace)
{
	struct pace *pace = calloc(1, sizeof(*pace));

	if (pace == NULL)
		return -ENOMEM;
	(void)pthread_mutex_init(&pace->lock, NULL);
	pace->last = STYTCH_REJECTED;
	*out_pace = pace;
	return 0;
}

void
pace_free(struct pace **pace)
{
	if (*pace == NULL)
		return;
	(void)pthread_mutex_destroy(&(*pace)->lock);
	free(*pace);
	*pace = NULL;
}

static bool
tells_of_nobody(enum stytch_class class_)
{
	return class_ == STYTCH_UNAVAILABLE || class_ == STYTCH_MISCONFIGURED ||
	    class_ == STYTCH_PROTOCOL;
}

void
pace_note(struct pace *pace, enum stytch_class class_, int64_t took_ms)
{
	(void)pthread_mutex_lock(&pace->lock);
	pace->last = tells_of_nobody(class_) ? class_ : STYTCH_REJECTED;
	if (took_ms >= 0)
		pace->took_ms[pace->noted++ % SAMPLES] =
		    took_ms > LONGEST_MS ? LONGEST_MS : took_ms;
	(void)pthread_mutex_unlock(&pace->lock);
}

enum stytch_class
pace_imitate(struct pace *pace, int64_t *out_took_ms)
{
	enum stytch_class class_;
	unsigned long known;

	(void)pthread_mutex_lock(&pace->lock);
	known = pace->noted < SAMPLES ? pace->noted : SAMPLES;
	*out_took_ms =
	    known == 0 ? FIRST_MS : pace->took_ms[pace->imitated++ % known];
	class_ = pace->last;
	(void)pthread_mutex_unlock(&pace->lock);
	return class_;
}
