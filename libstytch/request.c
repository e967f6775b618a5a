/* SPDX-License-Identifier: BSD-2-Clause */
/* A call's parameters become a target, a body and a header; see call.h. */
#include "config.h"

#include "libstytch/call.h"

#include "libstytch/check.h"
#include "libstytch/error.h"
#include "libstytch/json.h"

#include <errno.h>
#include <inttypes.h>
#include <stdint.h>
#include <string.h>

/* "/v1/users/{user_id}", each parameter encoded as one segment. */
static enum stytch_class
add_path(const struct stytch_call *call, struct buf *target,
    struct stytch_error *error)
{
	const struct endpoint_param *param = call->endpoint->params;
	const char *path = call->endpoint->path;

	while (*path != '\0') {
		size_t fixed = strcspn(path, "{");

		buf_add(target, path, fixed);
		path += fixed;
		if (*path == '\0')
			break;
		buf_add_segment(target,
		    cJSON_GetStringValue(
			cJSON_GetObjectItemCaseSensitive(call->values
							     [ENDPOINT_PATH],
			    param->name)));
		if (buf_error(target) == -EINVAL)
			return error_set(error, STYTCH_MISCONFIGURED,
			    param->name, "cannot stand in a path");
		path += strcspn(path, "}") + 1;
		param++;
	}
	return STYTCH_OK;
}

static void
add_query(const struct stytch_call *call, struct buf *target)
{
	const cJSON *value;
	char separator = '?';

	cJSON_ArrayForEach (value, call->values[ENDPOINT_QUERY]) {
		if (cJSON_IsString(value) && value->valuestring[0] == '\0')
			continue;
		buf_addc(target, separator);
		buf_add_encoded(target, value->string);
		buf_addc(target, '=');
		if (cJSON_IsString(value))
			buf_add_encoded(target, value->valuestring);
		else if (cJSON_IsNumber(value))
			buf_addf(target, "%" PRId64,
			    (int64_t)value->valuedouble);
		else
			buf_adds(target,
			    cJSON_IsTrue(value) ? "true" : "false");
		separator = '&';
	}
}

static int
make_body(const struct stytch_call *call, struct request *request)
{
	enum endpoint_method method = call->endpoint->method;

	request->has_body = method == ENDPOINT_POST || method == ENDPOINT_PUT;
	if (!request->has_body)
		return 0;
	return json_print(call->values[ENDPOINT_BODY], REQUEST_BODY_MAX,
	    &request->body);
}

static int
make_member_header(const struct stytch_call *call, struct request *request)
{
	CLEANUP(buf_clear) struct buf header = BUF_INIT(REQUEST_TARGET_MAX * 2);

	if (!secret_is_set(&call->member_session))
		return 0;
	buf_adds(&header,
	    call->member_session_is_jwt ? "X-Stytch-Member-SessionJWT: "
					: "X-Stytch-Member-Session: ");
	buf_adds(&header, secret_reveal(&call->member_session));
	if (buf_error(&header) != 0)
		return buf_error(&header);
	return secret_set(&request->member_header, buf_text(&header),
	    header.len);
}

/* The request of parameters that were checked. */
static enum stytch_class
build(const struct stytch_call *call, struct request *out_request,
    struct stytch_error *error)
{
	CLEANUP(request_clear) struct request request = REQUEST_INIT;
	enum stytch_class class_ = add_path(call, &request.target, error);
	int failure;

	if (class_ != STYTCH_OK)
		return class_;
	add_query(call, &request.target);
	failure = buf_error(&request.target);
	if (failure == 0)
		failure = make_body(call, &request);
	if (failure == 0)
		failure = make_member_header(call, &request);
	if (failure != 0)
		return failure == -E2BIG
		    ? error_set(error, STYTCH_MISCONFIGURED, "",
			  "the request is too long")
		    : error_set(error, STYTCH_UNAVAILABLE, "", "out of memory");
	*out_request = request;
	request = (struct request)REQUEST_INIT;
	return STYTCH_OK;
}

enum stytch_class
call_request(const struct stytch_call *call, struct request *out_request,
    struct stytch_error *error)
{
	struct check_values values = {
		.has_member_session = secret_is_set(&call->member_session),
	};
	enum stytch_class class_;

	if (call->fault.class_ != STYTCH_OK) {
		*error = call->fault;
		return error->class_;
	}
	for (size_t i = 0; i < ARRAY_LEN(values.in); i++)
		values.in[i] = call->values[i];
	class_ = check_values(call->endpoint, &values, error);
	if (class_ != STYTCH_OK)
		return class_;
	return build(call, out_request, error);
}

/* Put "***" in place of a text, or of each item's. */
static int
mask(cJSON *value)
{
	cJSON *item;

	if (cJSON_IsString(value)) {
		explicit_bzero(value->valuestring, strlen(value->valuestring));
		if (cJSON_SetValuestring(value, REQUEST_MASK) == NULL)
			return -ENOMEM;
	}
	cJSON_ArrayForEach (item, value) {
		if (mask(item) != 0)
			return -ENOMEM;
	}
	return 0;
}

/* Copy the call's values with every secret of the table masked. */
static int
copy_masked(const struct stytch_call *call, struct stytch_call *out_copy)
{
	const struct endpoint_param *param = call->endpoint->params;

	for (size_t i = 0; i < ARRAY_LEN(call->values); i++) {
		out_copy->values[i] = cJSON_Duplicate(call->values[i], true);
		if (out_copy->values[i] == NULL)
			return -ENOMEM;
	}
	for (; param->name != NULL; param++) {
		cJSON *value =
		    (cJSON *)(uintptr_t)json_at(out_copy->values[param->where],
			param->name);

		if ((param->flags & ENDPOINT_SECRET) != 0 && value != NULL &&
		    mask(value) != 0)
			return -ENOMEM;
	}
	if (!secret_is_set(&call->member_session))
		return 0;
	return secret_set(&out_copy->member_session, REQUEST_MASK,
	    strlen(REQUEST_MASK));
}

static void
masked_clear(struct stytch_call *copy)
{
	for (size_t i = 0; i < ARRAY_LEN(copy->values); i++)
		json_free(&copy->values[i]);
	secret_clear(&copy->member_session);
}

enum stytch_class
call_request_masked(const struct stytch_call *call, struct request *out_request,
    struct stytch_error *error)
{
	CLEANUP(request_clear) struct request real = REQUEST_INIT;
	CLEANUP(masked_clear)
	struct stytch_call copy = {
		.client = call->client,
		.endpoint = call->endpoint,
		.member_session_is_jwt = call->member_session_is_jwt,
	};
	enum stytch_class class_ = call_request(call, &real, error);

	if (class_ != STYTCH_OK)
		return class_;
	if (copy_masked(call, &copy) != 0)
		return error_set(error, STYTCH_UNAVAILABLE, "",
		    "out of memory");
	return build(&copy, out_request, error);
}

void
request_clear(struct request *request)
{
	buf_clear(&request->target);
	secret_clear(&request->body);
	secret_clear(&request->member_header);
}
