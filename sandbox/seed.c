/* SPDX-License-Identifier: BSD-2-Clause */
/* The seed: its table of readers, and its file. */
#include "config.h"

#include "sandbox/seed.h"

#include "sandbox/settings.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>

#define SEED_MAX (256 * 1024 * 1024)

/* clang-format off */
static const struct {
	const char *name;
	enum vertical vertical;
	seed_reader read;
} readers[] = {
	{ "settings",      VERTICAL_CONSUMER, settings_apply },
	{ "b2b_settings",  VERTICAL_B2B,      settings_apply },
	{ "users",         VERTICAL_CONSUMER, seed_users },
	{ "organizations", VERTICAL_B2B,      seed_organizations },
};
/* clang-format on */

static void
describe(char *out_detail, size_t size, const char *name, const char *detail)
{
	int n = snprintf(out_detail, size, "seed: %.64s: %.160s", name, detail);

	if (n < 0)
		out_detail[0] = '\0';
}

static bool
is_known(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(readers); i++) {
		if (strcmp(readers[i].name, name) == 0)
			return true;
	}
	return false;
}

static enum api_error
check_members(const cJSON *seed, char *out_detail, size_t size)
{
	const cJSON *member;

	if (!cJSON_IsObject(seed)) {
		describe(out_detail, size, "file", "It is no JSON object.");
		return API_BAD_REQUEST;
	}
	cJSON_ArrayForEach (member, seed) {
		if (!is_known(member->string)) {
			describe(out_detail, size, member->string,
			    "There is no such member.");
			return API_BAD_REQUEST;
		}
	}
	return API_OK;
}

enum api_error
seed_apply(struct sandbox *sandbox, const cJSON *seed, char *out_detail,
    size_t size)
{
	enum api_error error = check_members(seed, out_detail, size);

	for (size_t i = 0; i < ARRAY_LEN(readers) && error == API_OK; i++) {
		const cJSON *member = json_get(seed, readers[i].name);
		struct request rq;

		if (member == NULL)
			continue;
		sandbox_request(sandbox, readers[i].vertical, &rq);
		error = readers[i].read(&rq, member);
		if (error == API_OK && store_error(rq.store) != 0)
			error = API_INTERNAL_SERVER_ERROR;
		if (error != API_OK)
			describe(out_detail, size, readers[i].name,
			    rq.detail[0] != '\0' ? rq.detail
						 : error_row(error)->text);
	}
	return error;
}

static int
read_file(const char *path, struct buf *text)
{
	CLEANUP(fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	buf_add_file(text, fd);
	return buf_error(text);
}

int
seed_load(struct sandbox *sandbox, const char *path, char *out_detail,
    size_t size)
{
	CLEANUP(buf_clear) struct buf text = BUF_INIT(SEED_MAX);
	struct store *store = sandbox_store(sandbox);
	enum api_error error;
	int rc = read_file(path, &text);

	if (rc != 0) {
		describe(out_detail, size, "file", "It cannot be read.");
		return rc;
	}
	if (text.len == 0) {
		describe(out_detail, size, "file", "It is empty.");
		return -EINVAL;
	}
	sandbox_keep_seed(sandbox, &text);
	store_begin(store);
	error = seed_again(sandbox, out_detail, size);
	rc = store_end(store, error == API_OK);
	/* The parsed seed was many times what stays of it. */
	(void)malloc_trim(0);
	return error != API_OK ? -EINVAL : rc;
}

enum api_error
seed_again(struct sandbox *sandbox, char *out_detail, size_t size)
{
	const struct buf *text = sandbox_kept_seed(sandbox);
	CLEANUP(json_free) cJSON *seed = NULL;

	if (text->len == 0)
		return API_OK;
	seed = json_parse(buf_text(text), text->len);
	if (seed == NULL) {
		describe(out_detail, size, "file", "It is not JSON.");
		return API_BAD_REQUEST;
	}
	return seed_apply(sandbox, seed, out_detail, size);
}
