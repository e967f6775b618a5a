/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Parameters of a call: a line with an endpoint's name, then lines of
 * name=JSON.  A request that is made is read back by the router.
 */
#include "config.h"

#include "libstytch/call.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The request must lead to the endpoint it was made for. */
static void
check_request(const struct stytch_call *call, const struct request *request)
{
	CLEANUP(string_free) char *path = strdup(buf_text(&request->target));
	struct endpoint_match match;

	if (path == NULL)
		return;
	path[strcspn(path, "?")] = '\0';
	for (const char *c = buf_text(&request->target); *c != '\0'; c++)
		if (*c <= ' ' || *c > '~')
			abort();
	if (endpoint_route(endpoint_method_name(call->endpoint->method), path,
		&match) != 0)
		abort();
	/* Another one with the same method may stand first: users/search. */
	if (match.endpoint != call->endpoint && match.count == 0 &&
	    strchr(call->endpoint->path, '{') == NULL)
		abort();
	if (request->has_body) {
		cJSON *body = cJSON_Parse(secret_reveal(&request->body));

		if (!cJSON_IsObject(body))
			abort();
		cJSON_Delete(body);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(stytch_call_free) struct stytch_call *call = NULL;
	CLEANUP(request_clear) struct request request = REQUEST_INIT;
	CLEANUP(string_free)
	char *text = strndup(size == 0 ? "" : (const char *)data, size);
	struct stytch_error error;
	enum stytch_endpoint endpoint = STYTCH_USERS_CREATE;
	char *rest = text, *line;

	line = strsep(&rest, "\n");
	(void)stytch_endpoint_find(line, &endpoint);
	call = stytch_call_new(NULL, endpoint);
	while ((line = strsep(&rest, "\n")) != NULL) {
		char *value = line;
		char *name = strsep(&value, "=");

		if (value == NULL)
			stytch_call_set_member_session(call, name, NULL);
		else if (value[0] == '+')
			stytch_call_add(call, name, value + 1);
		else if (value[0] == '\'')
			stytch_call_set(call, name, value + 1);
		else
			stytch_call_set_json(call, name, value);
	}
	if (call_request(call, &request, &error) == STYTCH_OK)
		check_request(call, &request);
	return 0;
}
