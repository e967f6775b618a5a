/* SPDX-License-Identifier: BSD-2-Clause */
/* List every member of an organization, however many pages they are. */
#include <stytch/stytch.h>

#include <stdio.h>
#include <stdlib.h>

static bool
print_page(const struct stytch_reply *reply, void *context)
{
	size_t *total = context;
	size_t count = stytch_reply_count(reply, "members");

	for (size_t i = 0; i < count; i++) {
		char path[64];
		const char *email = NULL;
		int len = snprintf(path, sizeof(path),
		    "members[%zu].email_address", i);

		if (len > 0 && (size_t)len < sizeof(path))
			email = stytch_reply_string(reply, path);
		printf("%s\n", email == NULL ? "(none)" : email);
	}
	*total += count;
	return true;
}

static enum stytch_class
list(struct stytch_client *client, const char *organization_id, size_t *total,
    struct stytch_error *error)
{
	struct stytch_pages pages = {
		.size = 2, /* few, to see it page; up to 1000 is quicker */
		.max_wait_ms = 60000,
		.take = print_page,
		.context = total,
	};
	struct stytch_call *call =
	    stytch_call_new(client, STYTCH_B2B_ORGANIZATIONS_MEMBERS_SEARCH);
	enum stytch_class class_;

	stytch_call_add(call, "organization_ids", organization_id);
	class_ = stytch_call_each_page(call, &pages, error);
	stytch_call_free(&call);
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
	struct stytch_client *client = NULL;
	struct stytch_error error = { .class_ = STYTCH_OK };
	size_t total = 0;

	if (argc != 2) {
		fprintf(stderr, "usage: %s ORGANIZATION_ID\n", argv[0]);
		return 2;
	}
	if (stytch_client_new(&config, &client, &error) != STYTCH_OK ||
	    list(client, argv[1], &total, &error) != STYTCH_OK) {
		fprintf(stderr, "%s: %s: %s %s %s\n", argv[0],
		    stytch_class_name(error.class_), error.error_type,
		    error.parameter, error.message);
		stytch_client_free(&client);
		return 1;
	}
	printf("%zu members\n", total);
	stytch_client_free(&client);
	return 0;
}
