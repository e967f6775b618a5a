/* SPDX-License-Identifier: BSD-2-Clause */
/* Asking the agent about a name; see nss_ask.h. */
#include "config.h"

#include "nss_stytch/nss_ask.h"

#include "common/wire_socket.h"
#include "nss_stytch/no_cancel.h"
#include "nss_stytch/nss_paths.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>

static _Atomic int64_t paused_until_ms;

void
nss_record_free(struct nss_record **record)
{
	if (*record != NULL)
		limits_clear(&(*record)->limits);
	free(*record);
	*record = NULL;
}

bool
nss_may_ask(void)
{
	return geteuid() == 0 && getpid() != 1;
}

static bool
is_own_process(int fd)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
	    peer.pid == getpid();
}

/* What a failed exchange means, and whether to stop asking for a while. */
static enum nss_answer
give_up(int error)
{
	if (error != -ETIMEDOUT)
		return NSS_UNAVAILABLE;
	atomic_store(&paused_until_ms, wire_now_ms() + NSS_ASK_PAUSE_MS);
	return NSS_BUSY;
}

/* One LOOKUP, one RECORD. */
static enum nss_answer
exchange(const char *name, struct nss_record *record)
{
	int64_t deadline_ms = wire_now_ms() + NSS_ASK_MAX_MS;
	CLEANUP(fd_close) int fd = -1;
	int error =
	    wire_connect(NSS_RUNTIME_DIR, "root.sock", deadline_ms, &fd);

	if (error != 0)
		return give_up(error);
	if (is_own_process(fd))
		return NSS_ABSENT;
	wire_start(&record->question, WIRE_LOOKUP);
	wire_add_text(&record->question, WIRE_NAME, name);
	error = wire_send(fd, &record->question, deadline_ms);
	if (error == 0)
		error = wire_receive(fd, record->packet, sizeof(record->packet),
		    deadline_ms, &record->message);
	if (error != 0)
		return give_up(error);
	if (record->message.type != WIRE_RECORD)
		return NSS_UNAVAILABLE;
	switch (wire_u32(&record->message, WIRE_RECORD_KIND, 0)) {
	case WIRE_RECORD_FOUND:
		return NSS_FOUND;
	case WIRE_RECORD_ABSENT:
		return NSS_ABSENT;
	case WIRE_RECORD_UNAVAILABLE:
		return NSS_BUSY;
	}
	return NSS_UNAVAILABLE;
}

/* The answer against the question, the grammar and the limits. */
static enum nss_answer
check(const char *name, struct nss_record *record)
{
	const struct wire_message *message = &record->message;
	struct map_account *account = &record->account;

	account->name = wire_text(message, WIRE_NAME);
	account->uid = wire_u32(message, WIRE_UID, 0);
	account->gid = wire_u32(message, WIRE_GID, 0);
	account->gecos = wire_text(message, WIRE_GECOS);
	account->home = wire_text(message, WIRE_HOME);
	account->shell = wire_text(message, WIRE_SHELL);
	if (account->gecos == NULL)
		account->gecos = "";
	if (!map_account_is_valid(account) || strcmp(account->name, name) != 0)
		return NSS_UNAVAILABLE;
	return limits_allow_account(&record->limits, account->uid, account->gid)
	    ? NSS_FOUND
	    : NSS_OUTSIDE;
}

enum nss_answer
nss_ask(const char *name, struct nss_record **out_record)
{
	CLEANUP(cancel_restore) int cancel = PTHREAD_CANCEL_ENABLE;
	CLEANUP(nss_record_free) struct nss_record *record = NULL;
	enum nss_answer answer;

	cancel_disable(&cancel);
	if (access(NSS_READY_PATH, F_OK) != 0)
		return NSS_UNAVAILABLE;
	if (wire_now_ms() < atomic_load(&paused_until_ms))
		return NSS_BUSY;
	record = calloc(1, sizeof(*record));
	if (record == NULL)
		return NSS_BUSY;
	if (nss_limits_load(&record->limits) != 0)
		return NSS_UNAVAILABLE;
	answer = exchange(name, record);
	if (answer == NSS_FOUND)
		answer = check(name, record);
	if (answer == NSS_FOUND)
		*out_record = STEAL(record);
	return answer;
}
