/* SPDX-License-Identifier: BSD-2-Clause */
/* stytchctl api: one call of one endpoint, printed. */
#include "config.h"

#include "stytchctl/api.h"

#include "common/buf.h"
#include "libstytch/call.h"
#include "libstytch/client.h"
#include "libstytch/json.h"
#include "stytchctl/table.h"

#include <cjson/cJSON.h>
#include <string.h>
#include <unistd.h>

#define PAGE_WAIT_MS 600000

/* Whether the output is JSON: if asked for, or nobody looks. */
static bool
wants_json(const struct api *api)
{
	if ((api->options & (API_JSON | API_TABLE)) != 0)
		return (api->options & API_JSON) != 0;
	return !api->to_terminal;
}

/* Say what went wrong; the exit code is its kind. */
static enum ctl_exit
report(const struct api *api, const struct stytch_error *error)
{
	const struct endpoint_param *param =
	    endpoint_param(api->endpoint, error->parameter);
	char typed[API_NAME_SIZE] = "";

	if (param != NULL && api_has_option(param))
		api_option_name(param, typed);
	if (error->http_status == 0 && error->class_ != STYTCH_UNAVAILABLE &&
	    error->class_ != STYTCH_PROTOCOL)
		return api_complain(api, "%s%s%s%s",
		    typed[0] != '\0' ? "--" : "",
		    typed[0] != '\0' ? typed : error->parameter,
		    error->parameter[0] != '\0' ? " " : "", error->message);
	if (error->http_status == 0)
		(void)api_complain(api, "%s: %s",
		    stytch_class_name(error->class_), error->message);
	else
		(void)api_complain(api, "%s: %s (status %d, request %s): %s",
		    stytch_class_name(error->class_), error->error_type,
		    error->http_status, error->request_id, error->message);
	return error->class_ == STYTCH_UNAVAILABLE ||
		error->class_ == STYTCH_PROTOCOL
	    ? CTL_UNREACHABLE
	    : CTL_REFUSED;
}

static enum ctl_exit
print_json(const struct api *api, const cJSON *json)
{
	CLEANUP(secret_clear) struct secret text = SECRET_INIT;

	if (api_json_text(json, api->to_terminal, &text) != 0) {
		(void)api_complain(api, "out of memory");
		return CTL_REFUSED;
	}
	(void)fprintf(api->out, "%s\n", secret_reveal(&text));
	return CTL_OK;
}

/* ---- one request, not sent ---------------------------------------------- */

static enum ctl_exit
dry_run(const struct api *api, const struct stytch_call *call)
{
	CLEANUP(request_clear) struct request request = REQUEST_INIT;
	const struct stytch_client *client = call->client;
	const struct origin *origin = api->endpoint->host == ENDPOINT_FRAUD
	    ? &client->fraud
	    : &client->api;
	struct stytch_error error;

	if (call_request_masked(call, &request, &error) != STYTCH_OK)
		return report(api, &error);
	(void)fprintf(api->out, "%s %s%s\n",
	    endpoint_method_name(api->endpoint->method), origin->prefix,
	    buf_text(&request.target));
	if (api->endpoint->auth == ENDPOINT_BASIC)
		(void)fprintf(api->out, "Authorization: Basic %s:%s\n",
		    client->project_id, REQUEST_MASK);
	if (secret_is_set(&request.member_header))
		(void)fprintf(api->out, "%s\n",
		    secret_reveal(&request.member_header));
	if (request.has_body) {
		CLEANUP(json_free)
		cJSON *body = cJSON_Parse(secret_reveal(&request.body));

		(void)fputs("Content-Type: application/json\n\n", api->out);
		return print_json(api, body);
	}
	return CTL_OK;
}

/* ---- every page ---------------------------------------------------------- */

struct paging {
	const struct api *api;
	struct table table;
	cJSON *model; /* whose columns the table has */
	size_t count;
	bool shows_progress;
	bool failed;
};

static void
show_progress(const struct paging *paging, const struct stytch_reply *reply)
{
	int64_t total = stytch_reply_int(reply, "results_metadata.total", -1);

	if (!paging->shows_progress)
		return;
	(void)fprintf(paging->api->err, "\r%zu read", paging->count);
	if (total >= 0)
		(void)fprintf(paging->api->err, " of %lld", (long long)total);
	(void)fflush(paging->api->err);
}

/* One item of a page: as it is for JSON, as a row of few columns else. */
static bool
add_item(struct paging *paging, const cJSON *item)
{
	CLEANUP(secret_clear) struct secret text = SECRET_INIT;
	CLEANUP(json_free) cJSON *row = NULL;

	paging->count++;
	if (paging->table.json)
		return api_json_text(item, false, &text) == 0 &&
		    table_add_row(&paging->table, item, secret_reveal(&text));
	if (paging->model == NULL)
		paging->model = cJSON_Duplicate(item, true);
	row = api_view_row(paging->model, item);
	return row != NULL && table_add_row(&paging->table, row, "");
}

/* The page's items are its first array. */
static bool
add_page(const struct stytch_reply *reply, void *context)
{
	struct paging *paging = context;
	const cJSON *list = stytch_reply_json(reply)->child;
	const cJSON *item;

	while (list != NULL && !cJSON_IsArray(list))
		list = list->next;
	cJSON_ArrayForEach (item, list) {
		if (!add_item(paging, item)) {
			paging->failed = true;
			return false;
		}
	}
	show_progress(paging, reply);
	return true;
}

static enum ctl_exit
run_all(const struct api *api, struct stytch_call *call)
{
	struct paging paging = {
		.api = api,
		.table = TABLE_INIT(api->out, wants_json(api), false),
		.shows_progress = isatty(fileno(api->err)) == 1,
	};
	struct stytch_pages pages = {
		.max_wait_ms = PAGE_WAIT_MS,
		.take = add_page,
		.context = &paging,
	};
	struct stytch_error error;
	enum stytch_class class_ = stytch_call_each_page(call, &pages, &error);

	if (paging.shows_progress)
		(void)fputc('\n', api->err);
	if (table_end(&paging.table) != 0)
		paging.failed = true;
	table_clear(&paging.table);
	json_free(&paging.model);
	if (class_ != STYTCH_OK)
		return report(api, &error);
	return paging.failed ? CTL_REFUSED : CTL_OK;
}

/* ---- the whole ----------------------------------------------------------- */

static enum ctl_exit
run_once(const struct api *api, struct stytch_call *call)
{
	CLEANUP(stytch_reply_free) struct stytch_reply *reply = NULL;
	struct stytch_error error;

	if (stytch_call_perform(call, &reply, &error) != STYTCH_OK)
		return report(api, &error);
	return wants_json(api) ? print_json(api, stytch_reply_json(reply))
			       : api_view(reply, api->out);
}

/* A path's project_id that was not given is the client's own. */
static void
set_project(const struct api *api, const struct stytch_client *client,
    struct stytch_call *call)
{
	const struct endpoint_param *param =
	    endpoint_param(api->endpoint, "project_id");

	if (param != NULL && param->where == ENDPOINT_PATH)
		stytch_call_set(call, "project_id", client->project_id);
}

static enum ctl_exit
run(const struct api *api)
{
	CLEANUP(stytch_client_free) struct stytch_client *client = NULL;
	CLEANUP(stytch_call_free) struct stytch_call *call = NULL;
	enum ctl_exit result = api_connect(api, &client);

	if (result != CTL_OK)
		return result;
	call = stytch_call_new(client, api->endpoint->id);
	if (call == NULL) {
		(void)api_complain(api, "out of memory");
		return CTL_UNREACHABLE;
	}
	set_project(api, client, call);
	result = api_set_values(api, call);
	if (result != CTL_OK)
		return result;
	if ((api->options & API_DRY_RUN) != 0)
		return dry_run(api, call);
	if ((api->options & API_ALL) != 0)
		return run_all(api, call);
	return run_once(api, call);
}

enum ctl_exit
api_main(int argc, char **argv, FILE *out, FILE *err)
{
	struct api api = { .out = out, .err = err };
	enum ctl_exit result;

	api.to_terminal = fileno(out) >= 0 && isatty(fileno(out)) == 1;
	result = api_parse(argc, argv, &api);
	if (result != CTL_OK)
		return result;
	if ((api.options & API_HELP) != 0) {
		api_help(&api, out);
		return CTL_OK;
	}
	if (api.endpoint == NULL) {
		api_help(&api, err);
		return CTL_USAGE;
	}
	return run(&api);
}

enum ctl_exit
api_misplaced(const struct ctl *ctl)
{
	(void)fputs("stytchctl: api stands first: stytchctl api WORD... "
		    "[OPTIONS]\n",
	    ctl->err);
	return CTL_USAGE;
}
