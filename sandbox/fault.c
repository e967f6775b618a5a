/* SPDX-License-Identifier: BSD-2-Clause */
/* Faults: a list, first come first served. */
#include "config.h"

#include "sandbox/fault.h"

#include "sandbox/sandbox.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define FAULTS_MAX 256
#define LATENCY_MAX_MS 600000

struct faults {
	pthread_mutex_t mutex;
	size_t count;
	struct fault list[FAULTS_MAX];
};

int
faults_new(struct faults **out_faults)
{
	struct faults *faults = calloc(1, sizeof(*faults));

	if (faults == NULL)
		return -ENOMEM;
	if (pthread_mutex_init(&faults->mutex, NULL) != 0) {
		free(faults);
		return -ENOMEM;
	}
	*out_faults = faults;
	return 0;
}

void
fault_clear(struct fault *fault)
{
	free(fault->path);
	free(fault->error_type);
	free(fault->body);
	free(fault->content_type);
	memset(fault, 0, sizeof(*fault));
}

void
faults_clear(struct faults *faults)
{
	pthread_mutex_lock(&faults->mutex);
	for (size_t i = 0; i < faults->count; i++)
		fault_clear(&faults->list[i]);
	faults->count = 0;
	pthread_mutex_unlock(&faults->mutex);
}

void
faults_free(struct faults **faults)
{
	if (*faults == NULL)
		return;
	faults_clear(*faults);
	pthread_mutex_destroy(&(*faults)->mutex);
	free(STEAL(*faults));
}

static int
read_text(const cJSON *value, char **out_text)
{
	char *text;

	if (!cJSON_IsString(value))
		return -EINVAL;
	text = strdup(value->valuestring);
	if (text == NULL)
		return -ENOMEM;
	free(*out_text);
	*out_text = text;
	return 0;
}

static int
read_number(const cJSON *value, int64_t min, int64_t max, int64_t *out_number)
{
	if (!json_is_int(value) || value->valuedouble < (double)min ||
	    value->valuedouble > (double)max)
		return -EINVAL;
	*out_number = (int64_t)value->valuedouble;
	return 0;
}

static int
read_bool(const cJSON *value, bool *out_bool)
{
	if (!cJSON_IsBool(value))
		return -EINVAL;
	*out_bool = cJSON_IsTrue(value) != 0;
	return 0;
}

static int
read_member(const cJSON *value, struct fault *fault)
{
	const char *name = value->string;
	int64_t number = 0;
	int rc;

	if (strcmp(name, "path") == 0)
		return read_text(value, &fault->path);
	if (strcmp(name, "error_type") == 0)
		return read_text(value, &fault->error_type);
	if (strcmp(name, "body") == 0)
		return read_text(value, &fault->body);
	if (strcmp(name, "content_type") == 0)
		return read_text(value, &fault->content_type);
	if (strcmp(name, "hang") == 0)
		return read_bool(value, &fault->hang);
	if (strcmp(name, "drop") == 0)
		return read_bool(value, &fault->drop);
	if (strcmp(name, "truncate") == 0)
		return read_bool(value, &fault->truncate);
	if (strcmp(name, "endless") == 0)
		return read_bool(value, &fault->endless);
	if (strcmp(name, "status") == 0) {
		rc = read_number(value, 200, 599, &number);
		fault->status = (int)number;
		return rc;
	}
	if (strcmp(name, "latency_ms") == 0) {
		rc = read_number(value, 0, LATENCY_MAX_MS, &number);
		fault->latency_ms = (unsigned)number;
		return rc;
	}
	if (strcmp(name, "retry_after") == 0) {
		rc = read_number(value, 1, 86400, &number);
		fault->retry_after = (unsigned)number;
		return rc;
	}
	if (strcmp(name, "count") == 0)
		return read_number(value, 1, 1000000, &fault->count);
	return -EINVAL;
}

int
faults_add(struct faults *faults, const cJSON *object, const char **out_what)
{
	CLEANUP(fault_clear) struct fault fault = { .count = -1 };
	const cJSON *value;
	int rc = 0;

	*out_what = "body";
	if (!cJSON_IsObject(object) || object->child == NULL)
		return -EINVAL;
	cJSON_ArrayForEach (value, object) {
		*out_what = value->string;
		rc = read_member(value, &fault);
		if (rc != 0)
			return rc;
	}
	pthread_mutex_lock(&faults->mutex);
	if (faults->count < FAULTS_MAX) {
		faults->list[faults->count++] = fault;
		memset(&fault, 0, sizeof(fault));
	} else {
		rc = -ENOMEM;
	}
	pthread_mutex_unlock(&faults->mutex);
	return rc;
}

static cJSON *
describe(const struct fault *fault)
{
	cJSON *object = json_object();

	if (fault->path != NULL)
		json_set_string(object, "path", fault->path);
	if (fault->error_type != NULL)
		json_set_string(object, "error_type", fault->error_type);
	if (fault->body != NULL)
		json_set_string(object, "body", fault->body);
	if (fault->content_type != NULL)
		json_set_string(object, "content_type", fault->content_type);
	if (fault->status != 0)
		json_set_int(object, "status", fault->status);
	if (fault->latency_ms != 0)
		json_set_int(object, "latency_ms", fault->latency_ms);
	if (fault->retry_after != 0)
		json_set_int(object, "retry_after", fault->retry_after);
	if (fault->count >= 0)
		json_set_int(object, "count", fault->count);
	json_set_bool(object, "hang", fault->hang);
	json_set_bool(object, "drop", fault->drop);
	json_set_bool(object, "truncate", fault->truncate);
	json_set_bool(object, "endless", fault->endless);
	return object;
}

cJSON *
faults_list(struct faults *faults)
{
	cJSON *list = json_array();

	pthread_mutex_lock(&faults->mutex);
	for (size_t i = 0; i < faults->count; i++)
		json_push(list, describe(&faults->list[i]));
	pthread_mutex_unlock(&faults->mutex);
	return list;
}

static bool
matches(const struct fault *fault, const char *target)
{
	size_t len = http_path_len(target);
	size_t want;

	if (fault->path == NULL)
		return true;
	want = strlen(fault->path);
	if (want > 0 && fault->path[want - 1] == '*')
		return len >= want - 1 &&
		    memcmp(target, fault->path, want - 1) == 0;
	return len == want && memcmp(target, fault->path, want) == 0;
}

static char *
copy_or_null(const char *text, bool *failed)
{
	char *copy = text != NULL ? strdup(text) : NULL;

	if (text != NULL && copy == NULL)
		*failed = true;
	return copy;
}

/* A copy of the fault; one that cannot be copied is still not forgotten. */
static void
copy(const struct fault *from, struct fault *out)
{
	bool failed = false;

	*out = *from;
	out->path = copy_or_null(from->path, &failed);
	out->error_type = copy_or_null(from->error_type, &failed);
	out->body = copy_or_null(from->body, &failed);
	out->content_type = copy_or_null(from->content_type, &failed);
	if (failed && out->status == 0)
		out->status = 500;
}

bool
faults_take(struct faults *faults, const char *target, struct fault *out_fault)
{
	bool found = false;

	if (strncmp(target, "/v1/", 4) != 0)
		return false;
	pthread_mutex_lock(&faults->mutex);
	for (size_t i = 0; i < faults->count && !found; i++) {
		struct fault *fault = &faults->list[i];

		if (!matches(fault, target))
			continue;
		found = true;
		copy(fault, out_fault);
		if (fault->count < 0 || --fault->count > 0)
			continue;
		fault_clear(fault);
		memmove(fault, fault + 1,
		    (faults->count - i - 1) * sizeof(*fault));
		faults->count--;
	}
	pthread_mutex_unlock(&faults->mutex);
	return found;
}

const char *
fault_name(const struct fault *fault)
{
	if (fault->hang)
		return "hang";
	if (fault->drop)
		return "drop";
	if (fault->endless)
		return "endless";
	if (fault->truncate)
		return "truncate";
	if (fault->body != NULL)
		return "body";
	if (fault->status != 0 || fault->error_type != NULL)
		return "status";
	return "latency";
}

bool
fault_replaces(const struct fault *fault)
{
	return fault->status != 0 || fault->error_type != NULL ||
	    fault->body != NULL || fault->endless;
}

static enum api_error
error_of_status(int status)
{
	switch (status) {
	case 400:
		return API_BAD_REQUEST;
	case 401:
		return API_UNAUTHORIZED_CREDENTIALS;
	case 404:
		return API_ROUTE_NOT_FOUND;
	case 408:
		return API_SEARCH_TIMEOUT;
	case 429:
		return API_TOO_MANY_REQUESTS;
	case 499:
		return API_CLIENT_CLOSED_REQUEST;
	case 503:
		return API_SERVER_UNAVAILABLE;
	default:
		return API_INTERNAL_SERVER_ERROR;
	}
}

void
fault_answer(const struct sandbox *sandbox, const struct fault *fault,
    const char *target, struct http_reply *reply)
{
	enum vertical vertical = strncmp(target, "/v1/b2b/", 8) == 0
	    ? VERTICAL_B2B
	    : VERTICAL_CONSUMER;
	enum api_error error = API_OK;

	if (fault->body != NULL || fault->endless) {
		reply->status = fault->status != 0 ? fault->status : 200;
		reply->content_type = "application/json";
		buf_adds(&reply->body, fault->body != NULL ? fault->body : "");
		return;
	}
	if (fault->error_type != NULL)
		error = error_by_type(fault->error_type);
	if (error == API_OK)
		error = error_of_status(fault->status);
	sandbox_error_as(sandbox_project(sandbox, vertical), error,
	    fault->error_type, fault->status, reply);
}
