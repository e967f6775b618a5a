/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Verify a session's JWT without asking the API, and whether its roles allow
 * an action.  The token is read from standard input: argv is for all to see.
 */
#include <stytch/stytch.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum stytch_class
verify(struct stytch_client *client, const char *jwt,
    const struct stytch_permission *permission, struct stytch_error *error)
{
	struct stytch_reply *claims = NULL;
	enum stytch_class class_ =
	    stytch_session_verify(client, false, jwt, &claims, error);

	if (class_ != STYTCH_OK)
		return class_;
	printf("%s\n", stytch_reply_string(claims, "sub"));
	if (permission->action != NULL)
		class_ = stytch_session_authorize(client, false, claims,
		    permission, error);
	stytch_reply_free(&claims);
	return class_;
}

int
main(int argc, char **argv)
{
	struct stytch_config config = {
		.size = sizeof(config),
		.project_id = getenv("STYTCH_PROJECT_ID"),
		.secret = getenv("STYTCH_SECRET"),
		.base_url = getenv("STYTCH_BASE_URL"),
		.allow_plain = true, /* for stytch-sandbox on this machine */
	};
	struct stytch_permission permission = {
		.resource_id = argc == 3 ? argv[1] : NULL,
		.action = argc == 3 ? argv[2] : NULL,
	};
	struct stytch_client *client = NULL;
	struct stytch_error error = { .class_ = STYTCH_OK };
	char jwt[8192];

	if ((argc != 1 && argc != 3) ||
	    fgets(jwt, sizeof(jwt), stdin) == NULL) {
		fprintf(stderr, "usage: %s [RESOURCE ACTION] <TOKEN\n",
		    argv[0]);
		return 2;
	}
	jwt[strcspn(jwt, "\n")] = '\0';
	if (stytch_client_new(&config, &client, &error) != STYTCH_OK ||
	    verify(client, jwt, &permission, &error) != STYTCH_OK) {
		fprintf(stderr, "%s: %s: %s %s %s\n", argv[0],
		    stytch_class_name(error.class_), error.error_type,
		    error.parameter, error.message);
		stytch_client_free(&client);
		return 1;
	}
	stytch_client_free(&client);
	return 0;
}
