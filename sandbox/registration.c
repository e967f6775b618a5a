/* SPDX-License-Identifier: BSD-2-Clause */
/* Tokens of providers, kept. */
#include "config.h"

#include "sandbox/registration.h"

#include <string.h>

void
registration_keep(struct request *rq, const char *owner_id, const char *kind,
    const char *id, const cJSON *details)
{
	CLEANUP(string_free) char *text = json_text(details);

	store_run(rq->store,
	    "INSERT INTO registrations (registration_id, project_id, "
	    "owner_id, kind, details, created_at) VALUES (?, ?, ?, ?, ?, ?) ON "
	    "CONFLICT (owner_id, registration_id) DO UPDATE SET kind = "
	    "excluded.kind, details = excluded.details",
	    "sssssi", id, rq->project->id, owner_id, kind, text, rq->now_us);
}

/* As it is stored, to as it is shown. */
static void
show(struct request *rq, cJSON *tokens)
{
	const char *end = json_string(tokens, "expires_at");
	int64_t end_us = rq->now_us;

	if (end == NULL || time_parse(end, &end_us) != 0 || end_us < rq->now_us)
		end_us = rq->now_us;
	json_set_int(tokens, "access_token_expires_in",
	    (end_us - rq->now_us) / SECOND_US);
	cJSON_DeleteItemFromObjectCaseSensitive(tokens, "expires_at");
	if (!param_bool(rq, "include_refresh_token", false))
		cJSON_DeleteItemFromObjectCaseSensitive(tokens,
		    "refresh_token");
}

cJSON *
registration_tokens(struct request *rq, const char *owner_id, const char *kind,
    const char *provider)
{
	CLEANUP(query_close) struct query query = QUERY_INIT;
	cJSON *list = json_array();

	query_open(&query, rq->store,
	    "SELECT details FROM registrations WHERE owner_id = ? AND kind = "
	    "? ORDER BY created_at, registration_id",
	    "ss", owner_id, kind);
	while (query_next(&query)) {
		cJSON *tokens = json_parse_stored(query_text(&query, 0), "{}");
		const char *of = json_string(tokens, "provider_type");

		if (provider != NULL &&
		    (of == NULL || strcmp(of, provider) != 0)) {
			json_free(&tokens);
			continue;
		}
		show(rq, tokens);
		json_push(list, tokens);
	}
	return list;
}
