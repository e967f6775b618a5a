/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Asking the agent about a name that no map has: a person's first visit.  For
 * root alone, and only by name.
 */
#ifndef NSS_STYTCH_NSS_ASK_H
#define NSS_STYTCH_NSS_ASK_H

#include "common/wire.h"
#include "nss_stytch/nss_search.h"

struct nss_record {
	struct limits limits;
	struct map_account account; /* its texts lie in packet */
	struct wire_message message;
	struct wire_writer question;
	uint8_t packet[WIRE_PACKET_MAX];
};

/*
 * Whether this process may ask: root's, and not pid 1, which must not wait for
 * what it starts itself.  For the others the maps alone say who exists.
 */
bool nss_may_ask(void);

/*
 * Ask about name, which is in the grammar.  ABSENT: there is no such person, or
 * the agent asks itself (the server is this very process).  UNAVAILABLE: no
 * agent is serving (no file ready, nobody listens), the limits are missing,
 * or the answer is wrong: another name, no account in the grammar.  BUSY: the
 * agent cannot tell now, or did not answer in time.  OUTSIDE: the answer is
 * beyond the limits.  FOUND: *out_record is the caller's.
 *
 * Never ABSENT, then, for a name that Stytch may know: who is turned away for
 * good because the agent is restarting has no way to find out.
 */
enum nss_answer nss_ask(const char *name, struct nss_record **out_record);

/* Free and set to NULL; *record may be NULL. */
void nss_record_free(struct nss_record **record);

#endif
