/* SPDX-License-Identifier: BSD-2-Clause */
/* Start URLs of SSO and OAuth, and the provider behind them. */
#include "config.h"

#include "sandbox/idp.h"

#include "sandbox/b2b.h"
#include "sandbox/b2b_connection.h"
#include "sandbox/contact.h"
#include "sandbox/form.h"
#include "sandbox/link.h"
#include "sandbox/page.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#define SSO_PATH "/v1/public/sso/start"
#define OAUTH_PREFIX "/v1/public/oauth/"
#define B2B_PREFIX "/v1/b2b/public/oauth/"

/* clang-format off */
static const struct idp_provider providers[] = {
	{ "amazon", "Amazon", "oauth_amazon", "amazon_oauth_factor", false },
	{ "apple", "Apple", "oauth_apple", "apple_oauth_factor", false },
	{ "bitbucket", "Bitbucket", "oauth_bitbucket", "bitbucket_oauth_factor", false },
	{ "coinbase", "Coinbase", "oauth_coinbase", "coinbase_oauth_factor", false },
	{ "discord", "Discord", "oauth_discord", "discord_oauth_factor", false },
	{ "facebook", "Facebook", "oauth_facebook", "facebook_oauth_factor", false },
	{ "figma", "Figma", "oauth_figma", "figma_oauth_factor", false },
	{ "github", "Github", "oauth_github", "github_oauth_factor", true },
	{ "gitlab", "GitLab", "oauth_gitlab", "git_lab_oauth_factor", false },
	{ "google", "Google", "oauth_google", "google_oauth_factor", true },
	{ "hubspot", "Hubspot", "oauth_hubspot", "hubspot_oauth_factor", true },
	{ "linkedin", "LinkedIn", "oauth_linkedin", "linked_in_oauth_factor", false },
	{ "microsoft", "Microsoft", "oauth_microsoft", "microsoft_oauth_factor", true },
	{ "salesforce", "Salesforce", "oauth_salesforce", "salesforce_oauth_factor", false },
	{ "slack", "Slack", "oauth_slack", "slack_oauth_factor", true },
	{ "snapchat", "Snapchat", "oauth_snapchat", "snapchat_oauth_factor", false },
	{ "tiktok", "TikTok", "oauth_tiktok", "tik_tok_oauth_factor", false },
	{ "twitch", "Twitch", "oauth_twitch", "twitch_oauth_factor", false },
	{ "twitter", "Twitter", "oauth_twitter", "twitter_oauth_factor", false },
	{ "yahoo", "Yahoo", "oauth_yahoo", "yahoo_oauth_factor", false },
};
/* clang-format on */

const struct idp_provider *
idp_provider(const char *name, enum vertical vertical)
{
	for (size_t i = 0; i < ARRAY_LEN(providers); i++) {
		/* HubSpot is for organizations alone. */
		bool served = vertical == VERTICAL_B2B
		    ? providers[i].b2b
		    : strcmp(providers[i].name, "hubspot") != 0;

		if (served && strcasecmp(providers[i].name, name) == 0)
			return &providers[i];
	}
	return NULL;
}

/* ---- Which start it is. ---- */

enum start_kind {
	START_NONE,
	START_SSO,
	START_OAUTH,
	START_B2B,
	START_DISCOVERY,
};

struct start {
	enum start_kind kind;
	char provider[32];
};

/* Read "PROVIDER" and what follows it; whether that is suffix. */
static bool
read_provider(const char *path, size_t len, const char *suffix,
    struct start *out)
{
	size_t name = strcspn(path, "/?#");

	if (name == 0 || name > len || name >= sizeof(out->provider) ||
	    len - name != strlen(suffix) ||
	    memcmp(path + name, suffix, len - name) != 0)
		return false;
	memcpy(out->provider, path, name);
	out->provider[name] = '\0';
	return true;
}

static struct start
start_of(const char *path, size_t len)
{
	struct start start = { START_NONE, "" };
	size_t b2b = strlen(B2B_PREFIX), oauth = strlen(OAUTH_PREFIX);

	if (len == strlen(SSO_PATH) && memcmp(path, SSO_PATH, len) == 0)
		start.kind = START_SSO;
	else if (len > oauth && memcmp(path, OAUTH_PREFIX, oauth) == 0 &&
	    read_provider(path + oauth, len - oauth, "/start", &start))
		start.kind = START_OAUTH;
	else if (len > b2b && memcmp(path, B2B_PREFIX, b2b) == 0 &&
	    read_provider(path + b2b, len - b2b, "/start", &start))
		start.kind = START_B2B;
	else if (len > b2b && memcmp(path, B2B_PREFIX, b2b) == 0 &&
	    read_provider(path + b2b, len - b2b, "/discovery/start", &start))
		start.kind = START_DISCOVERY;
	return start;
}

bool
idp_serves(const char *path, size_t len)
{
	return start_of(path, len).kind != START_NONE;
}

/* ---- What it is about. ---- */

/* The organization's connection, if it is clear which. */
static enum api_error
connection_of(struct request *rq, const struct organization *organization,
    struct connection *out)
{
	const cJSON *active =
	    json_get(organization->body, "sso_active_connections");
	const char *id =
	    organization_text(organization, "sso_default_connection_id");

	if (*id == '\0' && cJSON_GetArraySize(active) == 0)
		return API_NO_SSO_CONNECTION_EXISTS_FOR_ORGANIZATION;
	if (*id == '\0' && cJSON_GetArraySize(active) > 1)
		return API_INDETERMINATE_SSO_CONNECTION_FOR_ORGANIZATION;
	if (*id == '\0')
		id =
		    json_string(cJSON_GetArrayItem(active, 0), "connection_id");
	return id != NULL && connection_find(rq, id, out) &&
		connection_is_active(out)
	    ? API_OK
	    : API_SSO_CONNECTION_NOT_FOUND;
}

static enum api_error
find_connection(struct request *rq, struct connection *out)
{
	CLEANUP(organization_clear)
	struct organization organization = ORGANIZATION_INIT;
	const char *id = param_string(rq, "connection_id");
	enum api_error error;

	if (id != NULL && param_has(rq, "organization_id"))
		return API_TOO_MANY_SSO_CONNECTION_LOCATORS;
	if (id == NULL && !param_has(rq, "organization_id"))
		return API_MISSING_SSO_CONNECTION_LOCATOR;
	if (id != NULL)
		return connection_find(rq, id, out) && connection_is_active(out)
		    ? API_OK
		    : API_SSO_CONNECTION_NOT_FOUND;
	error = organization_param(rq, &organization);
	return error != API_OK ? error : connection_of(rq, &organization, out);
}

/* The organization of a B2B login. */
static enum api_error
find_organization(struct request *rq, struct organization *out)
{
	const char *id = param_string(rq, "organization_id");
	const char *slug = param_string(rq, "slug");

	if (id != NULL && slug != NULL)
		return API_TOO_MANY_OAUTH_ORGANIZATION_LOCATORS;
	if (id == NULL && slug == NULL)
		return API_MISSING_OAUTH_ORGANIZATION_LOCATOR;
	return organization_find(rq, id != NULL ? id : slug, out);
}

/* The user of oauth_attach_token, which is good once. */
static enum api_error
find_attached(struct request *rq, const char *provider, char *out_user_id,
    size_t size)
{
	CLEANUP(link_clear) struct link link = { .kind = "" };
	const char *token = param_string(rq, "oauth_attach_token");

	if (token == NULL)
		return API_OK;
	if (link_find(rq, token, "oauth_attach", &link) != LINK_GOOD ||
	    strcasecmp(link.email, provider) != 0)
		return API_OAUTH_TOKEN_NOT_FOUND;
	memcpy(out_user_id, link.owner_id, size);
	link_use(rq, token);
	return API_OK;
}

/* ---- Going on. ---- */

/* One start on its way; clear with flow_clear(). */
struct flow {
	struct start start;
	const struct idp_provider *provider; /* NULL: SSO */
	struct connection connection;
	struct organization organization;
	char user_id[96];    /* attached to, or "" */
	struct buf redirect; /* where it ends */
};

static void
flow_clear(struct flow *flow)
{
	connection_clear(&flow->connection);
	organization_clear(&flow->organization);
	buf_clear(&flow->redirect);
}

static bool
is_b2b(enum start_kind kind)
{
	return kind != START_OAUTH;
}

static enum api_error
check_token(struct request *rq)
{
	CLEANUP(json_free) cJSON *attributes = idp_attributes(rq);
	const char *token = param_string(rq, "public_token");

	if (attributes == NULL)
		return request_refuse(rq, API_BAD_REQUEST,
		    "attributes is a JSON object.");

	if (token == NULL)
		return API_PUBLIC_TOKEN_REQUIRED;
	return strcmp(token, rq->project->public_token) == 0
	    ? API_OK
	    : API_PUBLIC_TOKEN_NOT_FOUND;
}

/* Whether the person is there already: then the login URL, else sign-up. */
static bool
is_known(struct request *rq, const struct flow *flow, const char *address)
{
	CLEANUP(member_clear) struct member member = MEMBER_INIT;
	const struct organization *organization = flow->start.kind == START_SSO
	    ? &flow->connection.organization
	    : &flow->organization;
	struct contact contact;

	if (flow->start.kind == START_OAUTH)
		return flow->user_id[0] != '\0' ||
		    contact_find(rq, CONTACT_EMAIL, address, &contact);
	return member_by_email(rq, organization, address, &member);
}

static enum api_error
find_redirect(struct request *rq, struct flow *flow, bool known)
{
	const char *type = known ? "LOGIN" : "SIGNUP";
	const char *name = known ? "login_redirect_url" : "signup_redirect_url";
	enum api_error error;

	if (flow->start.kind == START_DISCOVERY) {
		type = "DISCOVERY";
		name = "discovery_redirect_url";
	}
	error = link_redirect_url(rq, type, param_string(rq, name),
	    &flow->redirect);
	if (error != API_NO_MATCH_FOR_PROVIDED_MAGIC_LINK_URL)
		return error;
	return flow->start.kind == START_SSO
	    ? API_NO_MATCH_FOR_PROVIDED_SSO_URL
	    : API_NO_MATCH_FOR_PROVIDED_OAUTH_URL;
}

static enum api_error
flow_begin(struct request *rq, struct flow *flow)
{
	const char *challenge = param_string(rq,
	    is_b2b(flow->start.kind) ? "pkce_code_challenge"
				     : "code_challenge");
	enum api_error error = check_token(rq);

	if (error != API_OK)
		return error;
	if (challenge != NULL &&
	    !form_holds(ENDPOINT_FORMAT_BASE64URL_SHA256, challenge))
		return API_INVALID_PKCE_CODE_CHALLENGE;
	if (flow->start.kind == START_SSO)
		return find_connection(rq, &flow->connection);
	flow->provider =
	    idp_provider(flow->start.provider, rq->project->vertical);
	if (flow->provider == NULL)
		return API_OAUTH_CONFIG_NOT_FOUND;
	if (flow->start.kind == START_B2B)
		return find_organization(rq, &flow->organization);
	if (flow->start.kind == START_OAUTH)
		return find_attached(rq, flow->provider->name, flow->user_id,
		    sizeof(flow->user_id));
	return API_OK;
}

/* Make the token, and the address that it goes to. */
static void
flow_finish(struct request *rq, struct flow *flow, const char *address,
    struct buf *location)
{
	static const struct {
		const char *kind, *token_type;
	} rows[] = {
		[START_NONE] = { "", "" },
		[START_SSO] = { "sso", "sso" },
		[START_OAUTH] = { "oauth", "oauth" },
		[START_B2B] = { "oauth", "oauth" },
		[START_DISCOVERY] = { "oauth_discovery", "discovery_oauth" },
	};
	enum start_kind kind = flow->start.kind;
	const char *url = buf_text(&flow->redirect);
	CLEANUP(json_free)
	cJSON *claims = idp_make_claims(rq,
	    kind == START_SSO ? flow->connection.id.text : flow->provider->name,
	    address);
	CLEANUP(string_free) char *details = json_text(claims);
	const struct link_wish wish = {
		.kind = rows[kind].kind,
		.token_type = rows[kind].token_type,
		.owner_id = flow->user_id,
		.organization_id = flow->organization.id.text,
		.email = address,
		.challenge = param_string(rq,
		    is_b2b(kind) ? "pkce_code_challenge" : "code_challenge"),
		.details = details,
		.minutes = IDP_TOKEN_MINUTES,
	};
	struct token token;

	link_make(rq, &wish, &token, NULL);
	buf_addf(location, "%s%cstytch_token_type=%s&token=%s", url,
	    strchr(url, '?') != NULL ? '&' : '?', wish.token_type, token.text);
	store_fail(rq->store, buf_error(location));
}

/* ---- The page, and the request. ---- */

static void
consent_page(const struct request *rq, const struct flow *flow,
    const struct http_request *http, struct http_reply *reply)
{
	const cJSON *param;

	page_form_begin(reply,
	    flow->provider != NULL
		? flow->provider->shown
		: connection_text(&flow->connection, "display_name"),
	    http->target);
	cJSON_ArrayForEach (param, rq->params) {
		page_form_hidden(reply, param->string, param->valuestring);
	}
	page_form_field(reply, "login_hint", "Email address");
	page_form_field(reply, "name", "Name");
	if (flow->provider == NULL)
		page_form_field(reply, "groups", "Groups, with commas");
	if (flow->provider == NULL)
		page_form_field(reply, "attributes",
		    "Other attributes, a JSON object");
	page_form_end(reply);
}

/* Every name=value of the query, without the empty ones. */
static cJSON *
read_query(const char *target)
{
	CLEANUP(buf_clear) struct buf name = BUF_INIT(256);
	CLEANUP(buf_clear) struct buf value = BUF_INIT(8192);
	const char *query = target + http_path_len(target);
	cJSON *params = json_object();
	int rc = 0;

	if (*query++ != '?')
		return params;
	while ((rc = http_query_next(&query, &name, &value)) > 0) {
		if (buf_text(&value)[0] != '\0')
			json_set_string(params, buf_text(&name),
			    buf_text(&value));
	}
	if (rc != 0)
		json_free(&params);
	return params;
}

static enum api_error
answer(struct request *rq, struct flow *flow, const struct http_request *http,
    struct http_reply *reply)
{
	const char *address = param_string(rq, "login_hint");
	enum api_error error = flow_begin(rq, flow);

	if (error == API_OK && address != NULL && !is_email(address))
		error = API_INVALID_EMAIL;
	if (error == API_OK)
		error = find_redirect(rq, flow,
		    address == NULL || is_known(rq, flow, address));
	if (error != API_OK)
		return error;
	if (address == NULL) {
		/* Nothing was done yet: an attach token stays good. */
		store_undo(rq->store);
		consent_page(rq, flow, http, reply);
		return API_OK;
	}
	flow_finish(rq, flow, address, &reply->location);
	page_notice(reply, 302, "Going on to the application.");
	return API_OK;
}

/* The template for the log of calls. */
static const char *
route_of(enum start_kind kind)
{
	switch (kind) {
	case START_SSO:
		return SSO_PATH;
	case START_OAUTH:
		return OAUTH_PREFIX "{provider}/start";
	case START_B2B:
		return B2B_PREFIX "{provider}/start";
	case START_DISCOVERY:
		return B2B_PREFIX "{provider}/discovery/start";
	case START_NONE:
		break;
	}
	return NULL;
}

void
idp_handle(struct sandbox *sandbox, const struct http_request *http,
    struct http_reply *reply)
{
	CLEANUP(flow_clear)
	struct flow flow = {
		.start = start_of(http->target, http_path_len(http->target)),
		.connection = CONNECTION_INIT,
		.organization = ORGANIZATION_INIT,
		.redirect = BUF_INIT(4096),
	};
	CLEANUP(json_free) cJSON *params = read_query(http->target);
	enum vertical vertical =
	    is_b2b(flow.start.kind) ? VERTICAL_B2B : VERTICAL_CONSUMER;
	enum api_error error = API_BAD_REQUEST;
	struct store *store = sandbox_store(sandbox);
	struct request rq;

	reply->route = route_of(flow.start.kind);
	store_begin(store);
	sandbox_request(sandbox, vertical, &rq);
	rq.params = params;
	if (strcmp(http->method, "GET") != 0)
		error = API_METHOD_NOT_ALLOWED;
	else if (params != NULL)
		error = answer(&rq, &flow, http, reply);
	if (error == API_OK && json_failed())
		store_fail(store, -ENOMEM);
	if (store_end(store, error == API_OK) != 0)
		error = API_INTERNAL_SERVER_ERROR;
	if (error == API_OK)
		return;
	buf_reset(&reply->location);
	json_reset();
	sandbox_error(rq.project, error, reply);
}
