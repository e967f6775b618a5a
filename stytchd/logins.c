/* SPDX-License-Identifier: BSD-2-Clause */
/* Logins, from the verdict to the session's end; see logins.h. */
#include "config.h"

#include "stytchd/logins.h"

#include "common/log.h"
#include "common/wire_socket.h"
#include "stytchd/logins_rows.h"
#include "stytchd/process.h"

#include <errno.h>
#include <openssl/rand.h>
#include <pthread.h>
#include <string.h>
#include <time.h>

#define PENDING_MAX 4096
#define SWEEP_MS 30000
#define BATCH 16
#define TOKEN_MARGIN 60
#define FORGET_SECONDS (7 * 86400)

/* Granted, its session not open yet. */
struct pending {
	struct pending *next;
	struct login_row row;
	struct account *account;
	struct process_id parent;
	int64_t until_ms; /* of the monotonic clock */
};

struct logins {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct store *store;
	const struct keyring *keyring;
	struct stytch_client *client;
	enum project_kind kind;
	char boot[BOOT_SIZE];
	struct pending *pending;
	unsigned pending_count;
	bool has_work;
	bool stops;
};

static void
pending_free(struct pending **pending)
{
	if (*pending == NULL)
		return;
	account_free(&(*pending)->account);
	explicit_bzero(*pending, sizeof(**pending));
	free(*pending);
	*pending = NULL;
}

int
logins_open(struct store *store, const struct keyring *keyring,
    struct stytch_client *client, const struct configuration_stytch *project,
    struct logins **out_logins)
{
	struct logins *logins = calloc(1, sizeof(*logins));
	pthread_condattr_t clock;
	int error;

	if (logins == NULL)
		return -ENOMEM;
	(void)pthread_mutex_init(&logins->lock, NULL);
	(void)pthread_condattr_init(&clock);
	(void)pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&logins->changed, &clock);
	(void)pthread_condattr_destroy(&clock);
	logins->store = store;
	logins->keyring = keyring;
	logins->client = client;
	logins->kind = (enum project_kind)project->kind;
	error = process_boot_mark(project->runtime_dir, logins->boot);
	if (error == 0)
		error = logins_rows_close_boot(store, logins->boot);
	if (error != 0) {
		logins_close(&logins);
		return error;
	}
	*out_logins = logins;
	return 0;
}

static void
wake(struct logins *logins)
{
	(void)pthread_mutex_lock(&logins->lock);
	logins->has_work = true;
	(void)pthread_cond_broadcast(&logins->changed);
	(void)pthread_mutex_unlock(&logins->lock);
}

/* Keep a session that nobody will open or close as one to be revoked. */
static void
close_pending(struct logins *logins, struct pending *pending)
{
	pending->row.is_closing = true;
	pending->row.token.len = 0;
	if (pending->row.owns_session &&
	    logins_rows_put(logins->store, &pending->row) != 0)
		log_warning("a session of %s is not revoked: it ends by itself",
		    pending->row.identity);
	pending_free(&pending);
}

void
logins_close(struct logins **logins)
{
	struct logins *self = *logins;

	if (self == NULL)
		return;
	while (self->pending != NULL) {
		struct pending *pending = self->pending;

		self->pending = pending->next;
		close_pending(self, pending);
	}
	(void)pthread_cond_destroy(&self->changed);
	(void)pthread_mutex_destroy(&self->lock);
	free(self);
	*logins = NULL;
}

static int
make_id(char out_id[LOGIN_ID_SIZE])
{
	static const char digits[] = "0123456789abcdef";
	unsigned char bytes[WIRE_LOGIN_LEN / 2];

	if (RAND_bytes(bytes, sizeof(bytes)) != 1)
		return -EIO;
	for (size_t i = 0; i < sizeof(bytes); i++) {
		out_id[2 * i] = digits[bytes[i] >> 4];
		out_id[2 * i + 1] = digits[bytes[i] & 15];
	}
	out_id[WIRE_LOGIN_LEN] = '\0';
	return 0;
}

/* A value that does not fit is a fault of the API's; it is not cut. */
static int
set_text(char *out, size_t size, const char *text)
{
	size_t len = text == NULL ? 0 : strlen(text);

	if (len >= size)
		return -EIO;
	if (len > 0)
		memcpy(out, text, len);
	out[len] = '\0';
	return 0;
}

static int
fill_row(struct logins *logins, const struct login_grant *grant,
    const struct account *account, struct login_row *row)
{
	int error = make_id(row->id);

	if (error == 0)
		error = set_text(row->identity, sizeof(row->identity),
		    account->person->identity);
	if (error == 0)
		error = set_text(row->service, sizeof(row->service),
		    grant->service);
	if (error == 0)
		error = set_text(row->session_id, sizeof(row->session_id),
		    grant->session_id);
	if (error == 0 && grant->owns_session)
		error = keyring_seal(logins->keyring, row->id,
		    grant->session_token, &row->token);
	memcpy(row->boot, logins->boot, sizeof(row->boot));
	row->owns_session = grant->owns_session;
	row->expires_at = grant->expires_at;
	row->process = grant->process;
	return error;
}

int
logins_grant(struct logins *logins, const struct login_grant *grant,
    struct account **account, char out_id[LOGIN_ID_SIZE])
{
	CLEANUP(pending_free)
	struct pending *pending = calloc(1, sizeof(*pending));
	int error = 0;

	if (pending == NULL)
		return -ENOMEM;
	error = fill_row(logins, grant, *account, &pending->row);
	if (error != 0)
		return error;
	pending->parent = grant->parent;
	pending->until_ms = wire_now_ms() + LOGIN_SECONDS * 1000;
	(void)pthread_mutex_lock(&logins->lock);
	if (logins->pending_count >= PENDING_MAX) {
		error = -EBUSY;
	} else {
		memcpy(out_id, pending->row.id, LOGIN_ID_SIZE);
		pending->account = STEAL(*account);
		pending->next = logins->pending;
		logins->pending = STEAL(pending);
		logins->pending_count++;
	}
	(void)pthread_mutex_unlock(&logins->lock);
	return error;
}

static struct pending *
unlink_pending(struct logins *logins, struct pending **at)
{
	struct pending *pending = *at;

	*at = pending->next;
	pending->next = NULL;
	logins->pending_count--;
	return pending;
}

void
logins_withdraw(struct logins *logins, const char *id)
{
	struct pending *pending = NULL;
	struct pending **at;

	(void)pthread_mutex_lock(&logins->lock);
	for (at = &logins->pending; *at != NULL; at = &(*at)->next)
		if (strcmp((*at)->row.id, id) == 0) {
			pending = unlink_pending(logins, at);
			break;
		}
	(void)pthread_mutex_unlock(&logins->lock);
	if (pending == NULL)
		return;
	close_pending(logins, pending);
	wake(logins);
}

static bool
is_same_process(const struct process_id *a, const struct process_id *b)
{
	return a->pid != 0 && a->pid == b->pid && a->start == b->start;
}

/* With an id the process or its parent may ask; without, only the process. */
static bool
is_asked_for(const struct pending *pending, const struct login_asker *asker)
{
	bool is_own = is_same_process(&pending->row.process, &asker->process);

	if (pending->until_ms < wire_now_ms() ||
	    strcmp(pending->account->name, asker->user) != 0 ||
	    strcmp(pending->row.service, asker->service) != 0)
		return false;
	if (asker->id == NULL)
		return is_own && asker->process.start != 0;
	return strcmp(pending->row.id, asker->id) == 0 &&
	    (is_own || is_same_process(&pending->parent, &asker->process));
}

/* With the lock held: the link to what is asked for, or to NULL. */
static struct pending **
find_pending(struct logins *logins, const struct login_asker *asker)
{
	struct pending **at = &logins->pending;

	while (*at != NULL && !is_asked_for(*at, asker))
		at = &(*at)->next;
	return at;
}

enum login_standing
logins_standing(struct logins *logins, const struct login_asker *asker,
    bool (*is_allowed)(const void *policy, const struct account *account),
    const void *policy)
{
	enum login_standing standing = LOGIN_NONE;
	const struct pending *pending;

	(void)pthread_mutex_lock(&logins->lock);
	pending = *find_pending(logins, asker);
	if (pending != NULL)
		standing = is_allowed(policy, pending->account) ? LOGIN_ALLOWED
								: LOGIN_REFUSED;
	(void)pthread_mutex_unlock(&logins->lock);
	return standing;
}

int
logins_redeem(struct logins *logins, const struct login_asker *asker)
{
	CLEANUP(pending_free) struct pending *pending = NULL;
	struct pending **at;

	if (asker->id == NULL)
		return -ENOENT;
	(void)pthread_mutex_lock(&logins->lock);
	at = find_pending(logins, asker);
	if (*at != NULL)
		pending = unlink_pending(logins, at);
	(void)pthread_mutex_unlock(&logins->lock);
	if (pending == NULL)
		return -ENOENT;
	/* It is the process with the session whose end is the session's. */
	pending->row.process = asker->process;
	if (logins_rows_put(logins->store, &pending->row) != 0)
		log_warning("the session of %s is open, but not in the state",
		    pending->account->name);
	return 0;
}

void
logins_end(struct logins *logins, const char *id)
{
	logins_rows_close(logins->store, id);
	wake(logins);
}

int
logins_count(struct logins *logins)
{
	return logins_rows_number(logins->store);
}

void
logins_remove(struct logins *logins, const char *identity)
{
	struct pending **at;
	struct pending *gone = NULL;

	(void)pthread_mutex_lock(&logins->lock);
	for (at = &logins->pending; *at != NULL;) {
		if (strcmp((*at)->row.identity, identity) != 0) {
			at = &(*at)->next;
			continue;
		}
		struct pending *pending = unlink_pending(logins, at);

		pending->next = gone;
		gone = pending;
	}
	(void)pthread_mutex_unlock(&logins->lock);
	while (gone != NULL) {
		struct pending *pending = gone;

		gone = pending->next;
		close_pending(logins, pending);
	}
	logins_rows_close_identity(logins->store, identity);
	wake(logins);
}

void
logins_discard(struct logins *logins, const struct person *person,
    const char *session_id)
{
	struct login_row row = { .is_closing = true, .owns_session = true };

	if (make_id(row.id) != 0 ||
	    set_text(row.identity, sizeof(row.identity), person->identity) !=
		0 ||
	    set_text(row.session_id, sizeof(row.session_id), session_id) != 0)
		return;
	memcpy(row.boot, logins->boot, sizeof(row.boot));
	/* It has an hour or so to be revoked in; then it ends by itself. */
	row.expires_at = store_now() + 3600;
	if (logins_rows_put(logins->store, &row) == 0)
		wake(logins);
}

int
logins_session(struct logins *logins, const char *identity,
    struct secret *out_token, char out_session_id[SESSION_ID_SIZE])
{
	struct login_row row;
	int error;

	/* The session may have been opened a moment ago. */
	store_flush(logins->store);
	error = logins_rows_find(logins->store, identity,
	    store_now() + TOKEN_MARGIN, &row);
	if (error != 0)
		return error;
	if (process_is_gone(&row.process))
		return -ENOENT;
	error = keyring_unseal(logins->keyring, row.id, row.token.bytes,
	    row.token.len, out_token);
	if (error != 0)
		return -ENOENT;
	memcpy(out_session_id, row.session_id, SESSION_ID_SIZE);
	return 0;
}

/* ---- the thread ---- */

/* Whether the session is over, so that its row can go. */
static bool
revoke_session(struct logins *logins, const struct login_row *row)
{
	struct stytch_call *call;
	struct stytch_reply *reply = NULL;
	struct stytch_error error = { .class_ = STYTCH_UNAVAILABLE };
	enum stytch_class class_ = STYTCH_UNAVAILABLE;

	if (!row->owns_session || row->session_id[0] == '\0' ||
	    row->expires_at <= store_now())
		return true;
	call = stytch_call_new(logins->client,
	    logins->kind == PROJECT_B2B ? STYTCH_B2B_SESSIONS_REVOKE
					: STYTCH_SESSIONS_REVOKE);
	if (call == NULL)
		return false;
	stytch_call_set(call,
	    logins->kind == PROJECT_B2B ? "member_session_id" : "session_id",
	    row->session_id);
	class_ = stytch_call_perform(call, &reply, &error);
	stytch_call_free(&call);
	stytch_reply_free(&reply);
	if (class_ == STYTCH_OK || class_ == STYTCH_NOT_FOUND ||
	    class_ == STYTCH_EXPIRED)
		return true;
	log_warning("session %s is not revoked yet: %s %s (request %s)",
	    row->session_id, stytch_class_name(class_), error.error_type,
	    error.request_id);
	return false;
}

static bool
must_stop(struct logins *logins)
{
	bool stops;

	(void)pthread_mutex_lock(&logins->lock);
	stops = logins->stops;
	(void)pthread_mutex_unlock(&logins->lock);
	return stops;
}

static void
visit(struct logins *logins, bool closing,
    void (*each)(struct logins *logins, const struct login_row *row))
{
	struct login_row *rows = calloc(BATCH, sizeof(*rows));
	char after[LOGIN_ID_SIZE] = "";
	int count = BATCH;

	while (rows != NULL && count == BATCH && !must_stop(logins)) {
		count = logins_rows_list(logins->store, closing, after, rows,
		    BATCH);
		for (int i = 0; i < count && !must_stop(logins); i++)
			each(logins, &rows[i]);
		if (count > 0)
			memcpy(after, rows[count - 1].id, sizeof(after));
	}
	free(rows);
}

static void
visit_closing(struct logins *logins, const struct login_row *row)
{
	if (revoke_session(logins, row))
		logins_rows_drop(logins->store, row->id);
}

/*
 * A session whose process has died was never closed by anybody.  Where
 * processes are hidden, one whose Stytch session ended long ago is let go.
 */
static void
visit_open(struct logins *logins, const struct login_row *row)
{
	if (process_is_gone(&row->process))
		logins_rows_close(logins->store, row->id);
	else if (row->expires_at + FORGET_SECONDS < store_now())
		logins_rows_drop(logins->store, row->id);
}

/* Whoever should have told of a person's end may have failed to. */
static void
close_gone(struct logins *logins)
{
	int error = logins_rows_close_gone(logins->store);

	if (error != 0)
		log_warning("sessions of people who are gone are not looked"
			    " for: %s",
		    store_strerror(error));
}

static void
expire_pending(struct logins *logins)
{
	struct pending **at;
	struct pending *pending;

	do {
		pending = NULL;
		(void)pthread_mutex_lock(&logins->lock);
		for (at = &logins->pending; *at != NULL; at = &(*at)->next)
			if ((*at)->until_ms < wire_now_ms()) {
				pending = unlink_pending(logins, at);
				break;
			}
		(void)pthread_mutex_unlock(&logins->lock);
		if (pending != NULL)
			close_pending(logins, pending);
	} while (pending != NULL);
}

/* Wait for work or for the next round; false: stop. */
static bool
wait_for_work(struct logins *logins)
{
	int64_t until_ms = wire_now_ms() + SWEEP_MS;
	struct timespec until = { .tv_sec = (time_t)(until_ms / 1000) };
	bool stops;

	(void)pthread_mutex_lock(&logins->lock);
	while (!logins->has_work && !logins->stops)
		if (pthread_cond_timedwait(&logins->changed, &logins->lock,
			&until) == ETIMEDOUT)
			break;
	logins->has_work = false;
	stops = logins->stops;
	(void)pthread_mutex_unlock(&logins->lock);
	return !stops;
}

static void
logins_main(void *argument)
{
	struct logins *logins = argument;

	do {
		expire_pending(logins);
		visit(logins, false, visit_open);
		close_gone(logins);
		store_flush(logins->store);
		visit(logins, true, visit_closing);
	} while (wait_for_work(logins));
}

int
logins_start(struct logins *logins, struct crew *crew)
{
	return crew_start(crew, logins_main, logins);
}

void
logins_stop(struct logins *logins)
{
	(void)pthread_mutex_lock(&logins->lock);
	logins->stops = true;
	(void)pthread_cond_broadcast(&logins->changed);
	(void)pthread_mutex_unlock(&logins->lock);
}
