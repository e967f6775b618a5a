/* SPDX-License-Identifier: BSD-2-Clause */
/* Log a consumer user in by a code that is mailed to them. */
#include <stytch/stytch.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum stytch_class
send_code(struct stytch_client *client, const char *email,
    struct stytch_reply **out_sent, struct stytch_error *error)
{
	struct stytch_call *call =
	    stytch_call_new(client, STYTCH_OTPS_EMAIL_SEND);
	enum stytch_class class_;

	stytch_call_set(call, "email", email);
	stytch_call_set_int(call, "expiration_minutes", 5);
	class_ = stytch_call_perform(call, out_sent, error);
	stytch_call_free(&call);
	return class_;
}

static enum stytch_class
check_code(struct stytch_client *client, const char *method_id,
    const char *code, struct stytch_reply **out_login,
    struct stytch_error *error)
{
	struct stytch_call *call =
	    stytch_call_new(client, STYTCH_OTPS_AUTHENTICATE);
	enum stytch_class class_;

	stytch_call_set(call, "method_id", method_id);
	stytch_call_set(call, "code", code);
	stytch_call_set_int(call, "session_duration_minutes", 60);
	class_ = stytch_call_perform(call, out_login, error);
	stytch_call_free(&call);
	return class_;
}

/* Ask for codes until one is right, or the code is over. */
static enum stytch_class
log_in(struct stytch_client *client, const char *email,
    struct stytch_error *error)
{
	struct stytch_reply *sent = NULL, *login = NULL;
	enum stytch_class class_ = send_code(client, email, &sent, error);
	char code[16];

	if (class_ == STYTCH_OK)
		class_ = STYTCH_REJECTED;
	while (class_ == STYTCH_REJECTED) {
		printf("Code: ");
		if (fgets(code, sizeof(code), stdin) == NULL)
			break;
		code[strcspn(code, "\n")] = '\0';
		class_ = check_code(client,
		    stytch_reply_string(sent, "email_id"), code, &login, error);
	}
	if (class_ == STYTCH_OK)
		printf("Welcome, %s\n", stytch_reply_string(login, "user_id"));
	stytch_reply_free(&sent);
	stytch_reply_free(&login);
	return class_;
}

int
main(int argc, char **argv)
{
	struct stytch_config config = {
		.size = sizeof(config),
		.project_id = getenv("STYTCH_PROJECT_ID"),
		.secret = getenv("STYTCH_SECRET"),
	};
	struct stytch_client *client = NULL;
	struct stytch_error error = { .class_ = STYTCH_OK };

	if (argc != 2) {
		fprintf(stderr, "usage: %s EMAIL\n", argv[0]);
		return 2;
	}
	if (stytch_client_new(&config, &client, &error) != STYTCH_OK ||
	    log_in(client, argv[1], &error) != STYTCH_OK) {
		fprintf(stderr, "%s: %s: %s %s %s\n", argv[0],
		    stytch_class_name(error.class_), error.error_type,
		    error.parameter, error.message);
		stytch_client_free(&client);
		return 1;
	}
	stytch_client_free(&client);
	return 0;
}
