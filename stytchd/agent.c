/* SPDX-License-Identifier: BSD-2-Clause */
/* The agent's parts together; see agent.h. */
#include "config.h"

#include "stytchd/agent.h"

#include "common/log.h"

#include <errno.h>
#include <string.h>

#define DECOY_SAMPLE 512

static bool
note_domain(void *context, const struct account *account)
{
	struct agent *agent = context;
	const struct person *person = account->person;

	for (size_t i = 0; person != NULL && i < person->email_count; i++)
		decoys_note_domain(agent->decoys, person->emails[i].value);
	return ++agent->sampled < DECOY_SAMPLE;
}

static int
make_client(struct agent *agent, const struct configuration_stytch *project,
    const struct secret *secret)
{
	struct stytch_error error = { .class_ = STYTCH_OK };
	const struct stytch_config config = {
		.size = sizeof(config),
		.project_id = project->project_id,
		.secret = secret_reveal(secret),
		.base_url = project->base_url,
		.ca_file = project->ca_file,
		.proxy = project->proxy,
		.connect_timeout_ms = (unsigned)project->connect_timeout,
		.total_timeout_ms = (unsigned)project->request_timeout,
		.max_connections = (unsigned)project->max_connections,
		.allow_plain = project->sandbox,
	};

	if (stytch_client_new(&config, &agent->client, &error) == STYTCH_OK)
		return 0;
	log_error("the client of Stytch cannot be made: %s %s", error.parameter,
	    error.message);
	return -EINVAL;
}

/* Say what failed, once. */
static int
report(int error, const char *what)
{
	if (error != 0)
		log_error("%s: %s", what, strerror(-error));
	return error;
}

/* The same of what the state is needed for: with what to do about it. */
static int
report_state(int error, const char *what)
{
	if (error != 0)
		log_error("%s: %s", what, store_strerror(error));
	return error;
}

static int
make_memory(struct agent *agent)
{
	int error = pace_new(&agent->pace);

	if (error == 0)
		error = conversations_new(&agent->conversations);
	if (error == 0)
		error = slots_new(&agent->slots);
	if (error == 0)
		error = crew_new(&agent->crew);
	return report(error, "start");
}

static int
make_state(struct agent *agent, const struct configuration_stytch *project)
{
	int error = report_state(store_open(project->state_dir, &agent->store),
	    "state_dir cannot be used");

	if (error == 0)
		error = report_state(keyring_open(project->state_dir,
					 &agent->keyring),
		    "private/seal.key cannot be used");
	if (error == 0)
		error = report(decoys_new(agent->keyring, &agent->decoys),
		    "decoys");
	if (error == 0)
		error = report(throttle_open(agent->store, agent->keyring,
				   &agent->throttle),
		    "throttle");
	if (error == 0)
		error = report(burnt_open(agent->store, agent->keyring,
				   &agent->burnt),
		    "used codes");
	return error;
}

/* Once, in a thread: wrong credentials are told before the first login. */
static void
greet(void *argument)
{
	struct agent *agent = argument;
	CLEANUP(stytch_call_free)
	struct stytch_call *call =
	    stytch_call_new(agent->client, STYTCH_DEBUG_WHOAMI);
	CLEANUP(stytch_reply_free) struct stytch_reply *reply = NULL;
	struct stytch_error error = { .class_ = STYTCH_UNAVAILABLE };
	enum stytch_class class_ = call == NULL
	    ? STYTCH_UNAVAILABLE
	    : stytch_call_perform(call, &reply, &error);

	if (class_ == STYTCH_OK)
		log_info("Stytch takes the credentials of this project");
	else if (class_ == STYTCH_MISCONFIGURED)
		log_error("Stytch refuses the credentials: %s (request %s)."
			  " Nobody of Stytch can log in until project_id and"
			  " secret are right and the agent is restarted",
		    error.error_type, error.request_id);
	else
		log_warning("Stytch cannot be reached: %s %s",
		    stytch_class_name(class_), error.message);
}

int
agent_start(struct agent *agent, struct configuration *configuration,
    const struct secret *secret)
{
	const struct configuration_stytch *project = &configuration->stytch;
	int error;

	memset(agent, 0, sizeof(*agent));
	(void)pthread_mutex_init(&agent->configuration_lock, NULL);
	agent->configuration = configuration_ref(configuration);
	error = make_memory(agent);
	if (error == 0)
		error = make_state(agent, project);
	if (error == 0)
		error = make_client(agent, project, secret);
	if (error == 0)
		error =
		    report_state(directory_open(configuration, agent->client,
				     agent->store, &agent->directory),
			"directory");
	if (error == 0)
		error =
		    report_state(logins_open(agent->store, agent->keyring,
				     agent->client, project, &agent->logins),
			"sessions");
	if (error == 0)
		error = report_state(directory_each(agent->directory,
					 note_domain, agent),
		    "accounts");
	if (error == 0)
		error =
		    report(logins_start(agent->logins, agent->crew), "thread");
	if (error == 0)
		error = report(crew_start(agent->crew, greet, agent), "thread");
	return error;
}

void
agent_clear(struct agent *agent)
{
	logins_close(&agent->logins);
	directory_close(&agent->directory);
	stytch_client_free(&agent->client);
	burnt_close(&agent->burnt);
	throttle_close(&agent->throttle);
	store_close(&agent->store);
	keyring_close(&agent->keyring);
	crew_free(&agent->crew);
	slots_free(&agent->slots);
	conversations_free(&agent->conversations);
	decoys_free(&agent->decoys);
	pace_free(&agent->pace);
	configuration_unref(&agent->configuration);
	(void)pthread_mutex_destroy(&agent->configuration_lock);
}

struct configuration *
agent_configuration(struct agent *agent)
{
	struct configuration *configuration;

	(void)pthread_mutex_lock(&agent->configuration_lock);
	configuration = configuration_ref(agent->configuration);
	(void)pthread_mutex_unlock(&agent->configuration_lock);
	return configuration;
}

static void
need_restart(const char *key, const char *old, const char *new)
{
	if (strcmp(old == NULL ? "" : old, new == NULL ? "" : new) != 0)
		log_warning("%s has changed: restart the agent for it", key);
}

static void
need_restart_number(const char *key, int64_t old, int64_t new)
{
	if (old != new)
		log_warning("%s has changed: restart the agent for it", key);
}

static void
compare(const struct configuration_stytch *old,
    const struct configuration_stytch *new)
{
	need_restart_number("kind", old->kind, new->kind);
	need_restart("project_id", old->project_id, new->project_id);
	need_restart("secret_file", old->secret_file, new->secret_file);
	need_restart("base_url", old->base_url, new->base_url);
	need_restart("ca_file", old->ca_file, new->ca_file);
	need_restart("proxy", old->proxy, new->proxy);
	need_restart("runtime_dir", old->runtime_dir, new->runtime_dir);
	need_restart("state_dir", old->state_dir, new->state_dir);
	need_restart_number("sandbox", old->sandbox, new->sandbox);
	need_restart_number("connect_timeout", old->connect_timeout,
	    new->connect_timeout);
	need_restart_number("request_timeout", old->request_timeout,
	    new->request_timeout);
	need_restart_number("max_connections", old->max_connections,
	    new->max_connections);
}

void
agent_reload(struct agent *agent, struct configuration *configuration)
{
	struct configuration *old;

	(void)pthread_mutex_lock(&agent->configuration_lock);
	old = agent->configuration;
	agent->configuration = configuration_ref(configuration);
	(void)pthread_mutex_unlock(&agent->configuration_lock);
	compare(&old->stytch, &configuration->stytch);
	configuration_unref(&old);
	directory_configure(agent->directory, configuration);
}

void
agent_remove_person(void *context, const char *identity)
{
	struct agent *agent = context;

	conversations_end(agent->conversations, identity, CONVERSATION_REMOVED);
	logins_remove(agent->logins, identity);
}
