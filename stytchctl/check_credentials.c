/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether Stytch takes the project's credentials. */
#include "config.h"

#include "stytchctl/check.h"

#include "common/buf.h"
#include "common/secret.h"
#include "stytchd/configuration.h"

#include <errno.h>
#include <string.h>
#include <stytch/stytch.h>
#include <unistd.h>

#define NAME "credentials"

static int
read_as_agent(uid_t agent_uid, const char *path, struct secret *secret)
{
	uid_t self = geteuid();
	bool change = self == 0 && agent_uid != 0;
	int result;

	if (change && seteuid(agent_uid) != 0)
		return -errno;
	result = secret_read_file(secret, path);
	if (change && seteuid(self) != 0)
		return -errno;
	return result;
}

int
check_read_secret(const char *etc, const char *secret_file, uid_t agent_uid,
    struct secret *secret)
{
	CLEANUP(buf_clear) struct buf path = BUF_INIT(4096);

	buf_addf(&path, "%s/credstore/stytch-secret", etc);
	if (secret_read_file(secret, buf_text(&path)) == 0)
		return 0;
	return read_as_agent(agent_uid, secret_file, secret);
}

/* Ask whoami; the class says what to change. */
static void
ask_whoami(struct check *check, struct stytch_client *client)
{
	struct stytch_call *call = stytch_call_new(client, STYTCH_DEBUG_WHOAMI);
	struct stytch_reply *reply = NULL;
	struct stytch_error error = { .http_status = 0 };
	enum stytch_class class_ = STYTCH_UNAVAILABLE;

	if (call != NULL)
		class_ = stytch_call_perform(call, &reply, &error);
	if (class_ == STYTCH_OK)
		check_add(check, FINDING_OK, NAME, NULL,
		    "Stytch takes the project's credentials");
	else if (class_ == STYTCH_UNAVAILABLE || class_ == STYTCH_THROTTLED)
		check_add(check, FINDING_FAIL, NAME,
		    "check the network, base_url, ca_file and proxy",
		    "Stytch cannot be asked: %s", error.message);
	else
		check_add(check, FINDING_FAIL, NAME,
		    "check project_id, the secret and base_url",
		    "Stytch says %s (%s, request %s)",
		    stytch_class_name(class_), error.error_type,
		    error.request_id);
	stytch_reply_free(&reply);
	stytch_call_free(&call);
}

void
check_credentials(struct check *check)
{
	CLEANUP(secret_clear) struct secret secret = SECRET_INIT;
	CLEANUP(stytch_client_free) struct stytch_client *client = NULL;
	const struct configuration_stytch *stytch;
	struct stytch_error error = { .http_status = 0 };
	struct stytch_config config = { .size = sizeof(config) };
	int result;

	if (check->configuration == NULL)
		return;
	result = check_read_secret(check->etc,
	    check->configuration->stytch.secret_file, check->agent_uid,
	    &secret);
	if (result != 0) {
		check_add(check, FINDING_FAIL, NAME,
		    "make the secret readable for the agent alone",
		    "the secret cannot be read: %s", strerror(-result));
		return;
	}
	stytch = &check->configuration->stytch;
	config.project_id = stytch->project_id;
	config.secret = secret_reveal(&secret);
	config.base_url = stytch->base_url;
	config.ca_file = stytch->ca_file;
	config.proxy = stytch->proxy;
	config.connect_timeout_ms = (unsigned)stytch->connect_timeout;
	config.total_timeout_ms = (unsigned)stytch->request_timeout;
	config.max_connections = 1;
	config.allow_plain = stytch->sandbox;
	if (stytch_client_new(&config, &client, &error) != STYTCH_OK)
		check_add(check, FINDING_FAIL, NAME,
		    "mend [stytch] of the configuration", "%s %s",
		    error.parameter, error.message);
	else
		ask_whoami(check, client);
}
