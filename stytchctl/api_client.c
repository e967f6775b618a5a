/* SPDX-License-Identifier: BSD-2-Clause */
/* Whose project stytchctl api acts for: the host's, or the one named. */
#include "config.h"

#include "stytchctl/api.h"

#include "stytchctl/check.h"
#include "stytchd/configuration.h"

#include <errno.h>
#include <string.h>

/* A dry run sends nothing; the client wants some secret all the same. */
#define NO_SECRET "not-read"

static enum ctl_exit
make_client(const struct api *api, const struct stytch_config *config,
    struct stytch_client **out_client)
{
	struct stytch_error error;

	if (stytch_client_new(config, out_client, &error) == STYTCH_OK)
		return CTL_OK;
	return api_complain(api, "%s %s", error.parameter, error.message);
}

/* The project that --project-id names. */
static enum ctl_exit
connect_named(const struct api *api, struct stytch_client **out_client)
{
	CLEANUP(secret_clear) struct secret secret = SECRET_INIT;
	struct stytch_config config = {
		.size = sizeof(config),
		.project_id = api->project_id,
		.base_url = api->base_url,
		.ca_file = api->ca_file,
		.max_connections = 1,
		/* To this machine alone, and never the host's secret. */
		.allow_plain = true,
	};

	if ((api->options & API_DRY_RUN) != 0) {
		config.secret = NO_SECRET;
		return make_client(api, &config, out_client);
	}
	if (api->secret_file != NULL && strcmp(api->secret_file, "-") != 0) {
		int failure = secret_read_file(&secret, api->secret_file);

		if (failure != 0)
			return api_complain(api, "--secret-file: %s: %s",
			    api->secret_file,
			    failure == -EPERM
				? "must be yours or root's, mode 0600"
				: strerror(-failure));
	} else {
		enum ctl_exit result = api_read_secret(api, "secret",
		    api->secret_file == NULL ? API_ASK : "-", &secret);

		if (result != CTL_OK)
			return result;
	}
	config.secret = secret_reveal(&secret);
	return make_client(api, &config, out_client);
}

/* The host's own project; its secret is readable for root or the agent. */
static enum ctl_exit
connect_host(const struct api *api, struct stytch_client **out_client)
{
	CLEANUP(secret_clear) struct secret secret = SECRET_INIT;
	CLEANUP(configuration_unref)
	struct configuration *configuration = NULL;
	struct configuration_error why;
	struct stytch_config config = { .size = sizeof(config) };
	const struct configuration_stytch *stytch;
	int failure =
	    configuration_load(api->config != NULL ? api->config
						   : CONFIGURATION_PATH,
		&configuration, &why);

	if (failure != 0)
		return api_complain(api,
		    "%s (or name a project by "
		    "--project-id)",
		    why.text);
	stytch = &configuration->stytch;
	if ((api->options & API_DRY_RUN) == 0) {
		failure = check_read_secret(SYSCONFDIR, stytch->secret_file,
		    check_find_agent(SYSCONFDIR), &secret);
		/* Before the agent's user exists, root's own will do. */
		if (failure != 0)
			failure =
			    secret_read_file(&secret, stytch->secret_file);
		if (failure != 0)
			return api_complain(api,
			    "the host's secret cannot be read: %s",
			    strerror(-failure));
	}
	config.project_id = stytch->project_id;
	config.secret = failure == 0 && secret_is_set(&secret)
	    ? secret_reveal(&secret)
	    : NO_SECRET;
	config.base_url = stytch->base_url;
	config.ca_file = stytch->ca_file;
	config.proxy = stytch->proxy;
	config.connect_timeout_ms = (unsigned)stytch->connect_timeout;
	config.total_timeout_ms = (unsigned)stytch->request_timeout;
	config.max_connections = 1;
	config.allow_plain = stytch->sandbox;
	return make_client(api, &config, out_client);
}

enum ctl_exit
api_connect(const struct api *api, struct stytch_client **out_client)
{
	return (api->options & API_PROJECT_ID) != 0
	    ? connect_named(api, out_client)
	    : connect_host(api, out_client);
}
