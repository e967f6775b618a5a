/* SPDX-License-Identifier: BSD-2-Clause */
/* Links, and the page that a mailed one leads to. */
#include "config.h"

#include "sandbox/link.h"

#include "sandbox/control.h"
#include "sandbox/page.h"
#include "sandbox/settings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void
link_clear(struct link *link)
{
	free(link->details);
	memset(link, 0, sizeof(*link));
}

void
link_make(struct request *rq, const struct link_wish *wish,
    struct token *out_token, struct buf *url)
{
	const cJSON *attributes = param_json(rq, "attributes");

	token_make(TOKEN_LEN, out_token);
	store_run(rq->store,
	    "INSERT INTO links (token, project_id, kind, owner_id, "
	    "organization_id, email_id, email, token_type, redirect_url, "
	    "challenge, ip_address, user_agent, details, expires_at) VALUES "
	    "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	    "sssssssssssssi", out_token->text, rq->project->id, wish->kind,
	    wish->owner_id, wish->organization_id, wish->email_id, wish->email,
	    wish->token_type,
	    wish->redirect_url != NULL ? wish->redirect_url : "",
	    wish->challenge, json_string(attributes, "ip_address"),
	    json_string(attributes, "user_agent"), wish->details,
	    rq->now_us + wish->minutes * MINUTE_US);
	if (url == NULL)
		return;
	buf_addf(url, "%s%s?public_token=", rq->base_url, LINK_PATH);
	buf_add_encoded(url, rq->project->public_token);
	buf_addf(url, "&stytch_token_type=%s&token=%s", wish->token_type,
	    out_token->text);
	store_fail(rq->store, buf_error(url));
}

void
link_void(struct request *rq, const char *kind, const char *owner_id)
{
	store_run(rq->store,
	    "DELETE FROM links WHERE project_id = ? AND kind = ? AND "
	    "owner_id = ?",
	    "sss", rq->project->id, kind, owner_id);
}

enum link_state
link_find(struct request *rq, const char *token, const char *kinds,
    struct link *out_link)
{
	CLEANUP(query_close) struct query query = QUERY_INIT;

	memset(out_link, 0, sizeof(*out_link));
	query_open(&query, rq->store,
	    "SELECT kind, owner_id, organization_id, email_id, email, "
	    "challenge, ip_address, user_agent, details, expires_at, used_at "
	    "FROM links WHERE token = ? AND project_id = ?",
	    "ss", token, rq->project->id);
	if (!query_next(&query) ||
	    !endpoint_list_has(kinds, query_text(&query, 0)))
		return LINK_UNKNOWN;
	query_copy(&query, 0, out_link->kind, sizeof(out_link->kind));
	query_copy(&query, 1, out_link->owner_id, sizeof(out_link->owner_id));
	query_copy(&query, 2, out_link->organization_id,
	    sizeof(out_link->organization_id));
	query_copy(&query, 3, out_link->email_id, sizeof(out_link->email_id));
	query_copy(&query, 4, out_link->email, sizeof(out_link->email));
	query_copy(&query, 5, out_link->challenge, sizeof(out_link->challenge));
	query_copy(&query, 6, out_link->ip_address,
	    sizeof(out_link->ip_address));
	query_copy(&query, 7, out_link->user_agent,
	    sizeof(out_link->user_agent));
	if (!query_is_null(&query, 8)) {
		out_link->details = strdup(query_text(&query, 8));
		if (out_link->details == NULL)
			store_fail(rq->store, -ENOMEM);
	}
	return query_is_null(&query, 10) && query_int(&query, 9) > rq->now_us
	    ? LINK_GOOD
	    : LINK_SPENT;
}

void
link_use(struct request *rq, const char *token)
{
	store_run(rq->store, "UPDATE links SET used_at = ? WHERE token = ?",
	    "is", rq->now_us, token);
}

enum api_error
link_check_pkce(const struct link *link, const char *verifier)
{
	struct token challenge;

	if (link->challenge[0] == '\0')
		return verifier == NULL ? API_OK
					: API_PKCE_DID_NOT_EXPECT_CODE_VERIFIER;
	if (verifier == NULL)
		return API_PKCE_EXPECTED_CODE_VERIFIER;
	pkce_challenge(verifier, &challenge);
	return text_equal(challenge.text, link->challenge) ? API_OK
							   : API_PKCE_MISMATCH;
}

/* Whether what is given now is what was given then; none then is none now. */
static bool
attribute_holds(const cJSON *attributes, const char *name, const char *then)
{
	const char *now = json_string(attributes, name);

	return now != NULL && then[0] != '\0' && strcmp(now, then) == 0;
}

enum api_error
attributes_check(struct request *rq, const char *ip_address,
    const char *user_agent)
{
	const cJSON *options = param_json(rq, "options");
	const cJSON *attributes = param_json(rq, "attributes");

	if (json_bool(options, "ip_match_required", false) &&
	    !attribute_holds(attributes, "ip_address", ip_address))
		return API_ATTRIBUTE_MISMATCH;
	if (json_bool(options, "user_agent_match_required", false) &&
	    !attribute_holds(attributes, "user_agent", user_agent))
		return API_ATTRIBUTE_MISMATCH;
	return API_OK;
}

static enum api_error
no_default(const char *type)
{
	if (strcmp(type, "SIGNUP") == 0)
		return API_NO_DEFAULT_SIGNUP_REDIRECT_URL_SET;
	if (strcmp(type, "INVITE") == 0)
		return API_NO_DEFAULT_INVITE_REDIRECT_URL_SET;
	if (strcmp(type, "DISCOVERY") == 0)
		return API_NO_DEFAULT_DISCOVERY_REDIRECT_URL_SET;
	if (strcmp(type, "RESET_PASSWORD") == 0)
		return API_NO_PASSWORD_RESET_REDIRECT_URL;
	return API_NO_DEFAULT_LOGIN_REDIRECT_URL_SET;
}

/* Whether both URLs are the same up to a query. */
static bool
same_page(const char *registered, const char *wanted)
{
	size_t len = http_path_len(wanted);

	return strlen(registered) == len &&
	    memcmp(registered, wanted, len) == 0;
}

enum api_error
link_redirect_url(struct request *rq, const char *type, const char *wanted,
    struct buf *out)
{
	CLEANUP(json_free) cJSON *urls = settings_json(rq, "redirect_urls");
	const cJSON *entry;

	cJSON_ArrayForEach (entry, urls) {
		const char *url = json_string(entry, "url");

		if (!json_has_string(json_get(entry, "types"), type) ||
		    (wanted == NULL && !json_bool(entry, "default", false)) ||
		    (wanted != NULL && !same_page(url, wanted)))
			continue;
		buf_adds(out, wanted != NULL ? wanted : url);
		return API_OK;
	}
	if (wanted == NULL && cJSON_IsArray(urls))
		return no_default(type);
	buf_addf(out, "%s%s", rq->base_url, CONTROL_LANDING);
	if (wanted == NULL || same_page(buf_text(out), wanted)) {
		if (wanted != NULL) {
			buf_reset(out);
			buf_adds(out, wanted);
		}
		return API_OK;
	}
	return API_NO_MATCH_FOR_PROVIDED_MAGIC_LINK_URL;
}

/* Where the token of a mailed link leads; false for one that was not. */
static bool
find_target(struct store *store, const char *token, struct buf *out)
{
	CLEANUP(query_close) struct query query = QUERY_INIT;
	const char *url;

	query_open(&query, store,
	    "SELECT redirect_url, token_type FROM links WHERE token = ? AND "
	    "redirect_url <> ''",
	    "s", token);
	if (!query_next(&query))
		return false;
	url = query_text(&query, 0);
	buf_addf(out, "%s%cstytch_token_type=", url,
	    strchr(url, '?') != NULL ? '&' : '?');
	buf_add_encoded(out, query_text(&query, 1));
	buf_adds(out, "&token=");
	buf_add_encoded(out, token);
	return buf_error(out) == 0;
}

void
link_handle(struct sandbox *sandbox, const struct http_request *http,
    struct http_reply *reply)
{
	struct store *store = sandbox_store(sandbox);
	CLEANUP(buf_clear) struct buf token = BUF_INIT(1024);
	bool found;
	int rc;

	reply->route = LINK_PATH;
	if (strcmp(http->method, "GET") != 0 &&
	    strcmp(http->method, "HEAD") != 0) {
		page_notice(reply, 405, "A link is followed by GET.");
		return;
	}
	if (!http_query_get(http->target, "token", &token))
		buf_reset(&token);
	store_begin(store);
	found = find_target(store, buf_text(&token), &reply->location);
	rc = store_end(store, true);
	if (rc != 0 || !found) {
		buf_reset(&reply->location);
		page_notice(reply, 404, "There is no such link.");
		return;
	}
	page_notice(reply, 302, "Going on to the application.");
}
