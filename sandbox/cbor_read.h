/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * CBOR (RFC 8949) as authenticators write it (CTAP 2.1, 8): definite lengths,
 * no tags, no floating point, not deeply nested.  libcbor reads it, once it
 * is known to be that; so a few bytes cannot ask for much memory.
 */
#ifndef SANDBOX_CBOR_READ_H
#define SANDBOX_CBOR_READ_H

#include "sandbox/signature.h"

#include <cbor.h>
#include <stdbool.h>

/*
 * The length of the one item that bytes begin with.  0, or -EBADMSG where
 * they are cut short or anything else than that.
 */
int cbor_measure(struct bytes bytes, size_t *out_len) MUST_CHECK;

/*
 * Read bytes, which are one item and nothing else.  0, -EBADMSG, or -ENOMEM;
 * the item is freed with cbor_item_free().
 */
int cbor_read(struct bytes bytes, cbor_item_t **out_item) MUST_CHECK;
/* Free and set to NULL. */
void cbor_item_free(cbor_item_t **item);

/*
 * The value of a key in a map; NULL where item is none, has no such key or
 * has it twice.  Only until the map is freed.
 */
cbor_item_t *cbor_at(const cbor_item_t *item, const char *key);
cbor_item_t *cbor_at_int(const cbor_item_t *item, int64_t key);

/* Whether item (may be NULL) is an integer, a byte string, that text. */
bool cbor_take_int(const cbor_item_t *item, int64_t *out_value);
bool cbor_take_bytes(const cbor_item_t *item, struct bytes *out_bytes);
bool cbor_is_text(const cbor_item_t *item, const char *text);

#endif
