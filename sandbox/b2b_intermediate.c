/* SPDX-License-Identifier: BSD-2-Clause */
/* Intermediate sessions: factors that are no session yet. */
#include "config.h"

#include "sandbox/b2b_login.h"

#include <string.h>

void
intermediate_clear(struct intermediate *intermediate)
{
	json_free(&intermediate->factors);
	memset(intermediate, 0, sizeof(*intermediate));
}

enum api_error
intermediate_find(struct request *rq, const char *token,
    struct intermediate *out)
{
	CLEANUP(query_close) struct query query = QUERY_INIT;

	intermediate_clear(out);
	if (!token_is_wellformed(token, TOKEN_INTERMEDIATE_LEN))
		return API_INVALID_SESSION_TOKEN;
	query_open(&query, rq->store,
	    "SELECT token, email_address, member_id, organization_id, "
	    "expires_at, factors, provider, tenant_id FROM "
	    "intermediate_sessions LEFT JOIN intermediate_tenants USING "
	    "(token) WHERE token = ? AND project_id = ? AND expires_at > ?",
	    "ssi", token, rq->project->id, rq->now_us);
	if (!query_next(&query))
		return API_INTERMEDIATE_SESSION_NOT_FOUND;
	query_copy(&query, 0, out->token, sizeof(out->token));
	query_copy(&query, 1, out->email, sizeof(out->email));
	query_copy(&query, 2, out->member_id, sizeof(out->member_id));
	query_copy(&query, 3, out->organization_id,
	    sizeof(out->organization_id));
	out->expires_at = query_int(&query, 4);
	out->factors = json_parse_stored(query_text(&query, 5), "[]");
	query_copy(&query, 6, out->tenant.provider,
	    sizeof(out->tenant.provider));
	query_copy(&query, 7, out->tenant.id, sizeof(out->tenant.id));
	return API_OK;
}

void
intermediate_save(struct request *rq, struct intermediate *intermediate)
{
	CLEANUP(string_free) char *factors = json_text(intermediate->factors);
	struct token token;

	token_make(TOKEN_INTERMEDIATE_LEN, &token);
	memcpy(intermediate->token, token.text, sizeof(intermediate->token));
	if (intermediate->expires_at == 0)
		intermediate->expires_at =
		    rq->now_us + INTERMEDIATE_MINUTES * MINUTE_US;
	store_run(rq->store,
	    "INSERT INTO intermediate_sessions VALUES (?, ?, ?, ?, ?, ?, ?)",
	    "sssssis", intermediate->token, rq->project->id,
	    intermediate->email, intermediate->member_id,
	    intermediate->organization_id, intermediate->expires_at, factors);
	if (intermediate->tenant.provider[0] != '\0')
		store_run(rq->store,
		    "INSERT INTO intermediate_tenants VALUES (?, ?, ?)", "sss",
		    intermediate->token, intermediate->tenant.provider,
		    intermediate->tenant.id);
}

void
intermediate_delete(struct request *rq, const char *token)
{
	store_run(rq->store,
	    "DELETE FROM intermediate_sessions WHERE token = ? OR expires_at "
	    "<= ?",
	    "si", token, rq->now_us);
}

void
intermediate_reply(struct request *rq, const struct intermediate *intermediate)
{
	json_set_string(rq->reply, "intermediate_session_token",
	    intermediate != NULL ? intermediate->token : "");
	json_set_time(rq->reply, "intermediate_session_token_expires_at",
	    intermediate != NULL ? intermediate->expires_at : 0);
}
