/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * stytchctl api: every endpoint of the Stytch API as a command, made from the
 * endpoint table.  api.c runs it; the other files each do one step.
 */
#ifndef STYTCHCTL_API_H
#define STYTCHCTL_API_H

#include "common/attr.h"
#include "common/secret.h"
#include "libstytch/endpoint.h"
#include "stytchctl/command.h"

#include <stytch/stytch.h>

/* Bits of struct api_option. */
enum api_option_bit {
	API_HELP = 1,
	API_CONFIG = 2,
	API_PROJECT_ID = 4,
	API_SECRET_FILE = 8,
	API_BASE_URL = 16,
	API_CA_FILE = 32,
	API_BODY = 64,
	API_JSON = 128,
	API_TABLE = 256,
	API_ALL = 512,
	API_DRY_RUN = 1024,
	API_SESSION_TOKEN = 2048, /* of a member; a prompt, or from a file */
	API_SESSION_JWT = 4096,
};

/* The options beside an endpoint's own; ends with a NULL name. */
struct api_option {
	const char *name;  /* with its dashes */
	const char *value; /* what it takes, or NULL */
	enum api_option_bit bit;
	const char *help;
};

/* Where a secret comes from. */
#define API_ASK "\n" /* the source that is a prompt; no file has this name */

/* One option of the endpoint's own, as it stands in argv. */
struct api_value {
	const struct endpoint_param *param;
	const char *key;  /* of a map's member, or NULL */
	const char *text; /* the value; of a secret, its file or API_ASK */
};

#define API_VALUES_MAX 256

/* One call of stytchctl api; strings belong to argv. */
struct api {
	const struct endpoint *endpoint; /* NULL: help of a group */
	char prefix[128];                /* of the group: "otps.sms", or "" */
	unsigned options;                /* enum api_option_bit */
	const char *config;              /* NULL: not given */
	const char *project_id;
	const char *secret_file;
	const char *base_url;
	const char *ca_file;
	const char *body;
	const char *member_session; /* a file or API_ASK */
	struct api_value values[API_VALUES_MAX];
	size_t value_count;
	bool to_terminal; /* out is one */
	FILE *out, *err;
};

const struct api_option *api_option_table(void);

/* Whether the option is one that this endpoint takes. */
bool api_takes(const struct endpoint *endpoint,
    const struct api_option *option);

/* Whether a parameter is given by an option of its own: not "roles[].x". */
bool api_has_option(const struct endpoint_param *param);

/*
 * The name of a parameter's option without dashes before it: underscores as
 * dashes, and where it would be another option's, "body." or "path." before.
 */
#define API_NAME_SIZE 160
void api_option_name(const struct endpoint_param *param,
    char name[API_NAME_SIZE]);

/*
 * The parameter that an option's name (len bytes, no dashes before) means, or
 * NULL; *out_key is then the key of a map's member or NULL, *out_file whether
 * "-file" stood behind it.
 */
const struct endpoint_param *api_find_param(const struct endpoint *endpoint,
    const char *name, size_t len, const char **out_key, bool *out_file);

/*
 * Read argv[1..]: words, then options.  CTL_OK, or CTL_USAGE after saying on
 * api->err what is wrong.
 */
enum ctl_exit api_parse(int argc, char **argv, struct api *api) MUST_CHECK;

/* Print one line on api->err, made clean; returns CTL_USAGE. */
enum ctl_exit api_complain(const struct api *api, const char *format, ...)
    PRINTF_LIKE(2, 3);

/* Help of a group (what stands under api->prefix) or of api->endpoint. */
void api_help(const struct api *api, FILE *out);

/*
 * Each next word under a prefix ("" or "otps"): its name as it is typed, the
 * endpoint if the word ends one, and how many endpoints lie below it.
 */
struct api_word {
	char name[64];
	const struct endpoint *endpoint;
	unsigned below;
};
#define API_WORDS_MAX 64
size_t api_words(const char *prefix, struct api_word words[API_WORDS_MAX]);

/*
 * Make the client that api's options or the host's configuration describe.
 * CTL_OK with *out_client the caller's, or says on api->err what is wrong.
 */
enum ctl_exit api_connect(const struct api *api,
    struct stytch_client **out_client) MUST_CHECK;

/* Read a whole secret from a file, "-" or (API_ASK) the terminal. */
enum ctl_exit api_read_secret(const struct api *api, const char *name,
    const char *source, struct secret *out_secret) MUST_CHECK;

/* Put body, parameters and member session into call. */
enum ctl_exit api_set_values(const struct api *api, struct stytch_call *call)
    MUST_CHECK;

/* A reply for people: what is set, as "path: value" and tables. */
enum ctl_exit api_view(const struct stytch_reply *reply, FILE *out) MUST_CHECK;

struct cJSON;
/* An object as a row of a table for people: at most this many columns. */
#define API_COLUMNS_MAX 6
/* A new object with model's plain members as row has them; NULL: no memory. */
struct cJSON *api_view_row(const struct cJSON *model, const struct cJSON *row);

/*
 * JSON that may go to a terminal: what buf_add_clean() would not show is
 * written as \u escapes.  *out_text is the caller's.  0, -ENOMEM or -E2BIG.
 */
int api_json_text(const struct cJSON *json, bool pretty,
    struct secret *out_text) MUST_CHECK;

#endif
