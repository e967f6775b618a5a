/* SPDX-License-Identifier: BSD-2-Clause */
/* CBOR, first measured token by token, then read whole. */
#include "config.h"

#include "sandbox/cbor_read.h"

#include <errno.h>
#include <string.h>

#define DEPTH_MAX 5

/* How many items are still to come, in each container that is open. */
struct measure {
	uint64_t left[DEPTH_MAX];
	unsigned depth;
	size_t size; /* no container has more items than there are bytes */
	bool bad;
};

/* ---- Measuring. ---- */

static void
see_item(struct measure *measure)
{
	measure->left[measure->depth]--;
}

static void
open_container(struct measure *measure, uint64_t items)
{
	see_item(measure);
	if (items == 0)
		return;
	if (measure->depth + 1 == DEPTH_MAX || items > measure->size)
		measure->bad = true;
	else
		measure->left[++measure->depth] = items;
}

static void
see_int8(void *context, uint8_t value)
{
	(void)value;
	see_item(context);
}

static void
see_int16(void *context, uint16_t value)
{
	(void)value;
	see_item(context);
}

static void
see_int32(void *context, uint32_t value)
{
	(void)value;
	see_item(context);
}

static void
see_int64(void *context, uint64_t value)
{
	(void)value;
	see_item(context);
}

static void
see_string(void *context, cbor_data data, uint64_t len)
{
	(void)data;
	(void)len;
	see_item(context);
}

static void
see_bool(void *context, bool value)
{
	(void)value;
	see_item(context);
}

static void
see_null(void *context)
{
	see_item(context);
}

static void
see_array(void *context, uint64_t count)
{
	open_container(context, count);
}

static void
see_map(void *context, uint64_t count)
{
	open_container(context, count > UINT64_MAX / 2 ? count : 2 * count);
}

static void
refuse(void *context)
{
	((struct measure *)context)->bad = true;
}

static void
refuse_tag(void *context, uint64_t tag)
{
	(void)tag;
	refuse(context);
}

static void
refuse_float(void *context, float value)
{
	(void)value;
	refuse(context);
}

static void
refuse_double(void *context, double value)
{
	(void)value;
	refuse(context);
}

static const struct cbor_callbacks callbacks = {
	.uint8 = see_int8,
	.uint16 = see_int16,
	.uint32 = see_int32,
	.uint64 = see_int64,
	.negint8 = see_int8,
	.negint16 = see_int16,
	.negint32 = see_int32,
	.negint64 = see_int64,
	.byte_string_start = refuse,
	.byte_string = see_string,
	.string = see_string,
	.string_start = refuse,
	.indef_array_start = refuse,
	.array_start = see_array,
	.indef_map_start = refuse,
	.map_start = see_map,
	.tag = refuse_tag,
	.float2 = refuse_float,
	.float4 = refuse_float,
	.float8 = refuse_double,
	.undefined = refuse,
	.null = see_null,
	.boolean = see_bool,
	.indef_break = refuse,
};

int
cbor_measure(struct bytes bytes, size_t *out_len)
{
	struct measure measure = { .left = { 1 }, .size = bytes.len };
	size_t len = 0;

	while (measure.left[0] > 0 || measure.depth > 0) {
		struct cbor_decoder_result token =
		    cbor_stream_decode(bytes.data + len, bytes.len - len,
			&callbacks, &measure);

		if (token.status != CBOR_DECODER_FINISHED || measure.bad)
			return -EBADMSG;
		len += token.read;
		while (measure.depth > 0 && measure.left[measure.depth] == 0)
			measure.depth--;
	}
	*out_len = len;
	return 0;
}

/* ---- Reading. ---- */

int
cbor_read(struct bytes bytes, cbor_item_t **out_item)
{
	struct cbor_load_result result;
	cbor_item_t *item;
	size_t len;
	int rc = cbor_measure(bytes, &len);

	if (rc != 0)
		return rc;
	if (len != bytes.len)
		return -EBADMSG;
	item = cbor_load(bytes.data, bytes.len, &result);
	if (item == NULL)
		return result.error.code == CBOR_ERR_MEMERROR ? -ENOMEM
							      : -EBADMSG;
	*out_item = item;
	return 0;
}

void
cbor_item_free(cbor_item_t **item)
{
	if (*item != NULL)
		cbor_decref(item);
	*item = NULL;
}

bool
cbor_take_int(const cbor_item_t *item, int64_t *out_value)
{
	uint64_t value;

	if (item == NULL || !cbor_is_int(item))
		return false;
	value = cbor_get_int(item);
	if (value > INT64_MAX)
		return false;
	*out_value =
	    cbor_isa_negint(item) ? -1 - (int64_t)value : (int64_t)value;
	return true;
}

bool
cbor_take_bytes(const cbor_item_t *item, struct bytes *out_bytes)
{
	if (item == NULL || !cbor_isa_bytestring(item))
		return false;
	out_bytes->data = cbor_bytestring_handle(item);
	out_bytes->len = cbor_bytestring_length(item);
	return true;
}

bool
cbor_is_text(const cbor_item_t *item, const char *text)
{
	return item != NULL && cbor_isa_string(item) &&
	    cbor_string_length(item) == strlen(text) &&
	    memcmp(cbor_string_handle(item), text, strlen(text)) == 0;
}

/* The value of the one key that is text or, without it, number. */
static cbor_item_t *
find(const cbor_item_t *item, const char *text, int64_t number)
{
	const struct cbor_pair *pairs;
	cbor_item_t *found = NULL;

	if (item == NULL || !cbor_isa_map(item))
		return NULL;
	pairs = cbor_map_handle(item);
	for (size_t i = 0; i < cbor_map_size(item); i++) {
		int64_t value;
		bool is_it = text != NULL
		    ? cbor_is_text(pairs[i].key, text)
		    : cbor_take_int(pairs[i].key, &value) && value == number;

		if (is_it && found != NULL)
			return NULL;
		if (is_it)
			found = pairs[i].value;
	}
	return found;
}

cbor_item_t *
cbor_at(const cbor_item_t *item, const char *key)
{
	return find(item, key, 0);
}

cbor_item_t *
cbor_at_int(const cbor_item_t *item, int64_t key)
{
	return find(item, NULL, key);
}
