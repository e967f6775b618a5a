/* SPDX-License-Identifier: BSD-2-Clause */
/* Authenticator data and attestation objects, read. */
#include "config.h"

#include "sandbox/authenticator.h"

#include <errno.h>
#include <string.h>

/* The first len bytes of rest; false where it has less. */
static bool
cut(struct bytes *rest, size_t len, struct bytes *out)
{
	if (rest->len < len)
		return false;
	out->data = rest->data;
	out->len = len;
	rest->data += len;
	rest->len -= len;
	return true;
}

static bool
cut_cbor(struct bytes *rest, struct bytes *out)
{
	size_t len;

	return cbor_measure(*rest, &len) == 0 && cut(rest, len, out);
}

static bool
cut_credential(struct bytes *rest, struct authenticator_data *out)
{
	struct bytes aaguid, len;

	if (!cut(rest, AAGUID_LEN, &aaguid) || !cut(rest, 2, &len))
		return false;
	out->aaguid = aaguid.data;
	return cut(rest, (size_t)len.data[0] << 8 | len.data[1],
		   &out->credential_id) &&
	    out->credential_id.len > 0 &&
	    out->credential_id.len <= CREDENTIAL_ID_MAX &&
	    cut_cbor(rest, &out->public_key);
}

int
authenticator_data_read(struct bytes bytes, struct authenticator_data *out_data)
{
	struct authenticator_data data = { .flags = 0 };
	struct bytes hash, flags, counter, extensions;

	if (!cut(&bytes, RP_ID_HASH_LEN, &hash) || !cut(&bytes, 1, &flags) ||
	    !cut(&bytes, 4, &counter))
		return -EBADMSG;
	data.rp_id_hash = hash.data;
	data.flags = flags.data[0];
	for (size_t i = 0; i < counter.len; i++)
		data.counter = data.counter << 8 | counter.data[i];
	if ((data.flags & FLAG_BACKED_UP) != 0 &&
	    (data.flags & FLAG_BACKUP_ELIGIBLE) == 0)
		return -EBADMSG;
	if ((data.flags & FLAG_ATTESTED) != 0 && !cut_credential(&bytes, &data))
		return -EBADMSG;
	if ((data.flags & FLAG_EXTENSIONS) != 0 &&
	    (!cut_cbor(&bytes, &extensions) || extensions.data[0] >> 5 != 5))
		return -EBADMSG; /* not a map */
	if (bytes.len > 0)
		return -EBADMSG;
	*out_data = data;
	return 0;
}

void
attestation_clear(struct attestation *attestation)
{
	cbor_item_free(&attestation->object);
	memset(attestation, 0, sizeof(*attestation));
}

int
attestation_read(struct bytes bytes, struct attestation *out_attestation)
{
	CLEANUP(attestation_clear)
	struct attestation attestation = ATTESTATION_INIT;
	int rc = cbor_read(bytes, &attestation.object);

	if (rc != 0)
		return rc;
	attestation.statement = cbor_at(attestation.object, "attStmt");
	if (attestation.statement == NULL ||
	    !cbor_isa_map(attestation.statement) ||
	    !cbor_take_bytes(cbor_at(attestation.object, "authData"),
		&attestation.bytes))
		return -EBADMSG;
	rc = authenticator_data_read(attestation.bytes, &attestation.data);
	if (rc != 0)
		return rc;
	if (attestation.data.aaguid == NULL)
		return -EBADMSG;
	attestation_clear(out_attestation);
	*out_attestation = attestation;
	attestation.object = NULL;
	return 0;
}
