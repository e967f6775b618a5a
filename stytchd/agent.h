/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The running agent: its parts, made once by main.c and borrowed by every
 * thread, and the configuration, which a reload replaces.
 */
#ifndef STYTCHD_AGENT_H
#define STYTCHD_AGENT_H

#include "stytchd/burnt.h"
#include "stytchd/conversation.h"
#include "stytchd/crew.h"
#include "stytchd/decoy.h"
#include "stytchd/directory.h"
#include "stytchd/keyring.h"
#include "stytchd/logins.h"
#include "stytchd/pace.h"
#include "stytchd/slots.h"
#include "stytchd/store.h"
#include "stytchd/throttle.h"

#include <pthread.h>

struct agent {
	pthread_mutex_t configuration_lock;
	struct configuration *configuration; /* use agent_configuration() */
	struct stytch_client *client;
	struct store *store;
	struct keyring *keyring;
	struct directory *directory;
	struct throttle *throttle;
	struct burnt *burnt;
	struct logins *logins;
	struct pace *pace;
	struct decoys *decoys;
	struct conversations *conversations;
	struct slots *slots;
	struct crew *crew;
	size_t sampled; /* accounts whose domains were noted */
};

/*
 * Make every part of configuration, which is referenced; secret is the
 * project's, copied.  Returns 0 or a negative errno, logged.
 */
int agent_start(struct agent *agent, struct configuration *configuration,
    const struct secret *secret) MUST_CHECK;

/* End what start made, or the part of it that it had made. */
void agent_clear(struct agent *agent);

/* The configuration of now, one reference, the caller's. */
struct configuration *agent_configuration(struct agent *agent);

/*
 * Use another configuration from now on.  What only a restart can change is
 * named in the log.
 */
void agent_reload(struct agent *agent, struct configuration *configuration);

/* A person is gone: end the conversations, revoke the sessions. */
void agent_remove_person(void *agent, const char *identity);

#endif
