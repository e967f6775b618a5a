/* SPDX-License-Identifier: BSD-2-Clause */
/* An agent without a network; see login_world.h. */
#include "config.h"

#include "tests/unit/login_world.h"

#include "common/buf.h"
#include "stytchd/process.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

struct world world;
struct world_people world_people;
_Thread_local volatile bool world_plays;

/* ---- the API ---- */

struct stytch_client {
	int unused;
};

struct stytch_call {
	enum stytch_endpoint endpoint;
	cJSON *parameters;
};

struct stytch_reply {
	cJSON *json;
};

static pthread_mutex_t api_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t api_changed = PTHREAD_COND_INITIALIZER;
static struct {
	enum stytch_class class_;
	char *text;
	unsigned calls;
	cJSON *parameters;
	bool is_held;
} api[STYTCH_ENDPOINT_COUNT];

void
world_answer(enum stytch_endpoint endpoint, enum stytch_class class_,
    const char *text)
{
	(void)pthread_mutex_lock(&api_lock);
	free(api[endpoint].text);
	api[endpoint].text = strdup(text);
	api[endpoint].class_ = class_;
	(void)pthread_mutex_unlock(&api_lock);
}

void
world_hold(enum stytch_endpoint endpoint)
{
	(void)pthread_mutex_lock(&api_lock);
	api[endpoint].is_held = true;
	(void)pthread_mutex_unlock(&api_lock);
}

void
world_release(void)
{
	(void)pthread_mutex_lock(&api_lock);
	for (size_t i = 0; i < ARRAY_LEN(api); i++)
		api[i].is_held = false;
	(void)pthread_cond_broadcast(&api_changed);
	(void)pthread_mutex_unlock(&api_lock);
}

unsigned
world_calls(enum stytch_endpoint endpoint)
{
	unsigned calls;

	(void)pthread_mutex_lock(&api_lock);
	calls = api[endpoint].calls;
	(void)pthread_mutex_unlock(&api_lock);
	return calls;
}

unsigned
world_all_calls(void)
{
	unsigned calls = 0;

	for (unsigned i = 0; i < STYTCH_ENDPOINT_COUNT; i++)
		if (i != STYTCH_DEBUG_WHOAMI)
			calls += world_calls((enum stytch_endpoint)i);
	return calls;
}

void
world_wait_for(enum stytch_endpoint endpoint, unsigned calls)
{
	struct timespec until;
	int error = 0;

	(void)clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += 20;
	(void)pthread_mutex_lock(&api_lock);
	while (api[endpoint].calls < calls && error == 0)
		error = pthread_cond_timedwait(&api_changed, &api_lock, &until);
	(void)pthread_mutex_unlock(&api_lock);
	assert_int_equal(error, 0);
}

const char *
world_parameter(enum stytch_endpoint endpoint, const char *name)
{
	static char text[512];
	const cJSON *value;

	(void)pthread_mutex_lock(&api_lock);
	value =
	    cJSON_GetObjectItemCaseSensitive(api[endpoint].parameters, name);
	text[0] = '\0';
	if (cJSON_IsString(value))
		(void)snprintf(text, sizeof(text), "%s", value->valuestring);
	else if (cJSON_IsNumber(value))
		(void)snprintf(text, sizeof(text), "%.0f", value->valuedouble);
	(void)pthread_mutex_unlock(&api_lock);
	return text;
}

static void
forget_api(void)
{
	for (size_t i = 0; i < ARRAY_LEN(api); i++) {
		free(api[i].text);
		cJSON_Delete(api[i].parameters);
		memset(&api[i], 0, sizeof(api[i]));
		api[i].class_ = STYTCH_UNAVAILABLE;
	}
}

const char *
stytch_class_name(enum stytch_class class_)
{
	return class_ == STYTCH_OK ? "ok" : "failed";
}

enum stytch_class
stytch_client_new(const struct stytch_config *config,
    struct stytch_client **out_client, struct stytch_error *error)
{
	(void)config;
	(void)error;
	*out_client = calloc(1, sizeof(**out_client));
	return STYTCH_OK;
}

void
stytch_client_free(struct stytch_client **client)
{
	free(*client);
	*client = NULL;
}

struct stytch_call *
stytch_call_new(struct stytch_client *client, enum stytch_endpoint endpoint)
{
	struct stytch_call *call;

	(void)client;
	call = calloc(1, sizeof(*call));
	if (call == NULL)
		return NULL;
	call->endpoint = endpoint;
	call->parameters = cJSON_CreateObject();
	return call;
}

void
stytch_call_free(struct stytch_call **call)
{
	if (*call != NULL)
		cJSON_Delete((*call)->parameters);
	free(*call);
	*call = NULL;
}

void
stytch_call_set(struct stytch_call *call, const char *name, const char *value)
{
	if (value != NULL)
		(void)cJSON_AddStringToObject(call->parameters, name, value);
}

void
stytch_call_set_int(struct stytch_call *call, const char *name, int64_t value)
{
	(void)cJSON_AddNumberToObject(call->parameters, name, (double)value);
}

enum stytch_class
stytch_call_perform(struct stytch_call *call, struct stytch_reply **out_reply,
    struct stytch_error *error)
{
	enum stytch_class class_;
	enum stytch_endpoint id = call->endpoint;

	(void)pthread_mutex_lock(&api_lock);
	while (api[id].is_held)
		(void)pthread_cond_wait(&api_changed, &api_lock);
	api[id].calls++;
	(void)pthread_cond_broadcast(&api_changed);
	cJSON_Delete(api[id].parameters);
	api[id].parameters = cJSON_Duplicate(call->parameters, true);
	class_ = api[id].class_;
	if (class_ == STYTCH_OK) {
		world_plays = true;
		*out_reply = calloc(1, sizeof(**out_reply));
		world_plays = false;
		(*out_reply)->json = cJSON_Parse(api[id].text);
	} else if (error != NULL) {
		*error = (struct stytch_error){ .class_ = class_ };
		(void)snprintf(error->error_type, sizeof(error->error_type),
		    "%s", api[id].text == NULL ? "" : api[id].text);
	}
	(void)pthread_mutex_unlock(&api_lock);
	return class_;
}

void
stytch_reply_free(struct stytch_reply **reply)
{
	if (*reply != NULL)
		cJSON_Delete((*reply)->json);
	free(*reply);
	*reply = NULL;
}

const char *
stytch_reply_string(const struct stytch_reply *reply, const char *path)
{
	const cJSON *value =
	    cJSON_GetObjectItemCaseSensitive(reply->json, path);

	return cJSON_IsString(value) ? value->valuestring : NULL;
}

bool
stytch_reply_bool(const struct stytch_reply *reply, const char *path,
    bool fallback)
{
	const cJSON *verdict =
	    cJSON_GetObjectItemCaseSensitive(reply->json, "verdict");
	const cJSON *value;

	assert_string_equal(path, "verdict.authorized");
	value = cJSON_GetObjectItemCaseSensitive(verdict, "authorized");
	return cJSON_IsBool(value) ? cJSON_IsTrue(value) : fallback;
}

const struct cJSON *
stytch_reply_json(const struct stytch_reply *reply)
{
	return reply->json;
}

const char *
stytch_reply_request_id(const struct stytch_reply *reply)
{
	(void)reply;
	return "request-id-test";
}

#define SESSION_TIMES \
	"\"started_at\":\"2026-01-01T00:00:00Z\"," \
	"\"last_accessed_at\":\"2026-01-01T00:00:01Z\"," \
	"\"expires_at\":\"2099-01-01T00:00:00Z\""

const char *
world_user(const char *user, const char *factors)
{
	static char text[4096];

	(void)snprintf(text, sizeof(text),
	    "{\"user_id\":\"%s\",\"user\":{\"user_id\":\"%s\"},"
	    "\"session_token\":\"token-of-%s\",\"session\":{\"session_id\":"
	    "\"session-of-%s\",\"user_id\":\"%s\"," SESSION_TIMES ","
	    "\"authentication_factors\":[%s]}}",
	    user, user, user, user, user, factors);
	return text;
}

const char *
world_member(const char *member, const char *factors)
{
	static char text[4096];

	(void)snprintf(text, sizeof(text),
	    "{\"member_id\":\"%s\",\"organization_id\":\"" ACME "\","
	    "\"member\":{\"member_id\":\"%s\",\"organization_id\":\"" ACME
	    "\"},\"member_authenticated\":true,"
	    "\"session_token\":\"token-of-%s\",\"member_session\":{"
	    "\"member_session_id\":\"session-of-%s\",\"member_id\":\"%s\","
	    "\"organization_id\":\"" ACME "\"," SESSION_TIMES ","
	    "\"authentication_factors\":[%s]}}",
	    member, member, member, member, member, factors);
	return text;
}

const char *
world_owed(const char *member, const char *owed)
{
	static char text[4096];

	(void)snprintf(text, sizeof(text),
	    "{\"member_id\":\"%s\",\"organization_id\":\"" ACME "\","
	    "\"member\":{\"member_id\":\"%s\",\"organization_id\":\"" ACME
	    "\"},\"member_authenticated\":false,\"session_token\":\"\","
	    "\"member_session\":null,"
	    "\"intermediate_session_token\":\"ist-of-%s\",%s}",
	    member, member, member, owed);
	return text;
}

/* ---- the directory ---- */

struct directory {
	int unused;
};

static struct contact *
make_contact(const char *id, const char *value)
{
	struct contact *contact = calloc(1, sizeof(*contact));

	contact->id = strdup(id);
	contact->value = strdup(value);
	contact->verified = true;
	return contact;
}

static struct account *
make_account(const char *name, const char *identity, uint32_t uid)
{
	struct account *account = calloc(1, sizeof(*account));
	struct person *person = calloc(1, sizeof(*person));
	bool is_b2b = strncmp(identity, "member", 6) == 0;

	account->name = strdup(name);
	account->uid = account->gid = uid;
	account->gecos = strdup("");
	account->home = strdup("/home/somebody");
	account->shell = strdup("/bin/sh");
	account->person = person;
	person->kind = is_b2b ? PROJECT_B2B : PROJECT_CONSUMER;
	person->identity = strdup(identity);
	person->organization = is_b2b ? strdup(ACME) : NULL;
	person->full_name = strdup(name);
	person->status =
	    world_people.is_active ? PERSON_ACTIVE : PERSON_PENDING;
	person->locked = world_people.is_locked || strcmp(name, "lou") == 0;
	return account;
}

static void
add_email(struct account *account)
{
	char address[128];

	(void)snprintf(address, sizeof(address), "%s@example.com",
	    account->name);
	account->person->emails = make_contact("email-test-1", address);
	account->person->email_count = 1;
}

static struct account *
find_person(const char *name)
{
	struct account *account = NULL;

	if (strcmp(name, "alice") == 0) {
		account = make_account(name, ALICE, ALICE_UID);
		add_email(account);
		account->person->phones =
		    make_contact("phone-number-test-1", "+12025550142");
		account->person->phone_count = 1;
		account->person->totp_id = strdup("totp-test-1");
		account->person->has_password = true;
		account->person->has_recovery_codes = true;
	} else if (strcmp(name, "bob") == 0 || strcmp(name, "lou") == 0) {
		account = make_account(name,
		    name[0] == 'b' ? BOB : "user-test-lou", BOB_UID);
		add_email(account);
	} else if (strcmp(name, "nora") == 0) {
		account = make_account(name, "user-test-nora", 1879050004);
	} else if (strcmp(name, "carol") == 0) {
		account = make_account(name, CAROL, 1879050005);
		add_email(account);
		account->person->totp_id = strdup("member-totp-test-1");
	}
	return account;
}

int
directory_open(struct configuration *configuration,
    struct stytch_client *client, struct store *store,
    struct directory **out_directory)
{
	(void)configuration;
	(void)client;
	(void)store;
	*out_directory = calloc(1, sizeof(**out_directory));
	return 0;
}

void
directory_close(struct directory **directory)
{
	free(*directory);
	*directory = NULL;
}

void
directory_configure(struct directory *directory,
    struct configuration *configuration)
{
	(void)directory;
	(void)configuration;
}

enum directory_answer
directory_known(struct directory *directory, const char *name,
    struct account **out_account)
{
	struct account *account;

	(void)directory;
	world_plays = true;
	account = find_person(name);
	world_plays = false;
	if (account == NULL)
		return DIRECTORY_ABSENT;
	*out_account = account;
	return DIRECTORY_FOUND;
}

enum directory_answer
directory_find(struct directory *directory, const char *name,
    struct account **out_account)
{
	enum directory_answer answer =
	    directory_known(directory, name, out_account);

	return answer == DIRECTORY_FOUND ? answer
					 : world_people.find_answer_of_unknown;
}

enum stytch_class
directory_refresh(struct directory *directory, struct account **account)
{
	(void)directory;
	(void)account;
	return world_people.refresh;
}

int
directory_admit(struct directory *directory, const struct cJSON *object,
    struct account **account)
{
	(void)directory;
	(void)object;
	(void)account;
	return world_people.admits ? 0 : -EINVAL;
}

bool
directory_name_is_given(struct directory *directory, const char *name)
{
	(void)directory;
	return strcmp(name, "gone") == 0;
}

int
directory_each(struct directory *directory,
    bool (*row)(void *context, const struct account *account), void *context)
{
	(void)directory;
	(void)row;
	(void)context;
	return 0;
}

bool
directory_name_is_local(const char *name)
{
	return strcmp(name, "root") == 0;
}

enum wire_status
admin_run(struct admin *admin, const char *verb, const char *arguments,
    const struct admin_answer *answer)
{
	cJSON *row = cJSON_CreateObject();
	int error;

	(void)admin;
	(void)arguments;
	(void)snprintf(answer->text, answer->text_size, "%s", verb);
	(void)cJSON_AddStringToObject(row, "verb", verb);
	error = answer->emit(answer->context, row);
	cJSON_Delete(row);
	return error == 0 ? WIRE_STATUS_OK : WIRE_STATUS_REFUSED;
}

/* ---- the agent ---- */

static void
start_agent(void)
{
	CLEANUP(secret_clear) struct secret secret = SECRET_INIT;

	assert_int_equal(secret_set(&secret, "secret-test-x", 13), 0);
	assert_int_equal(agent_start(&world.agent, world.configuration,
			     &secret),
	    0);
	world.is_up = true;
}

static void
stop_agent(void)
{
	logins_stop(world.agent.logins);
	assert_int_equal(crew_wait(world.agent.crew, wire_now_ms() + 20000), 0);
	agent_clear(&world.agent);
	world.is_up = false;
}

void
world_start(const char *kind, const char *lines)
{
	CLEANUP(buf_clear) struct buf text = BUF_INIT(8192);
	struct configuration_error error = { "" };

	forget_api();
	world_people = (struct world_people){ DIRECTORY_ABSENT, STYTCH_OK, true,
		false, true };
	(void)snprintf(world.folder, sizeof(world.folder),
	    "/tmp/stytch-login-XXXXXX");
	assert_non_null(mkdtemp(world.folder));
	buf_addf(&text,
	    "[stytch]\nkind = %s\nproject_id = project-test-x\n"
	    "runtime_dir = %s\nstate_dir = %s\n%s%s\n",
	    kind, world.folder, world.folder,
	    kind[0] == 'b' ? "organizations = " ACME "\n" : "", lines);
	if (configuration_parse("test", buf_text(&text), text.len,
		&world.configuration, &error) != 0)
		fail_msg("%s", error.text);
	start_agent();
}

void
world_restart(void)
{
	stop_agent();
	start_agent();
}

static int
remove_entry(const char *path, const struct stat *status, int type,
    struct FTW *ftw)
{
	(void)status;
	(void)type;
	(void)ftw;
	return remove(path);
}

void
world_end(void)
{
	world_release();
	if (world.is_up)
		stop_agent();
	configuration_unref(&world.configuration);
	(void)nftw(world.folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
	forget_api();
}

/* ---- a client ---- */

static void *
serve(void *argument)
{
	struct talk *talk = argument;

	server_serve(&world.agent, &world.admin, &talk->peer, &talk->slot);
	(void)shutdown(talk->served, SHUT_RDWR);
	return NULL;
}

static int64_t
soon(void)
{
	return wire_now_ms() + 20000;
}

/* When this process began, so that its sessions are found alive. */
static uint64_t
own_start(void)
{
	char text[1024];
	FILE *file = fopen("/proc/self/stat", "re");
	size_t len;

	assert_non_null(file);
	len = fread(text, 1, sizeof(text), file);
	(void)fclose(file);
	return process_stat_start(text, len);
}

static void
add_begin(struct wire_writer *out, const struct saying *saying)
{
	wire_start(out, WIRE_BEGIN);
	wire_add_u32(out, WIRE_OPERATION,
	    saying->operation == 0 ? WIRE_AUTHENTICATE : saying->operation);
	wire_add_text(out, WIRE_SERVICE,
	    saying->service == NULL ? "sshd" : saying->service);
	wire_add_text(out, WIRE_USER, saying->user);
	wire_add_text(out, WIRE_RHOST, saying->rhost);
	wire_add_text(out, WIRE_RUSER, saying->ruser);
	wire_add_text(out, WIRE_LOGIN, saying->login);
	wire_add_u64(out, WIRE_PROCESS_START,
	    saying->start == 0 ? own_start() : saying->start);
	wire_add_u32(out, WIRE_PARENT_PID, (uint32_t)saying->parent);
	wire_add_u64(out, WIRE_PARENT_START, saying->parent_start);
	if (saying->flags != 0)
		wire_add_u32(out, WIRE_FLAGS, saying->flags);
}

void
talk_begin(struct talk *talk, const struct saying *saying)
{
	struct wire_writer out;
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX,
			     SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0,
			     pair),
	    0);
	talk->fd = pair[0];
	talk->served = pair[1];
	talk->peer = (struct peer){ .fd = pair[1],
		.uid = saying->uid,
		.pid = saying->pid == 0 ? getpid() : saying->pid,
		.is_public = saying->is_public };
	assert_int_equal(slots_enter(world.agent.slots,
			     &world.configuration->stytch, saying->uid,
			     &talk->slot),
	    SLOTS_TAKEN);
	add_begin(&out, saying);
	assert_int_equal(wire_send(talk->fd, &out, soon()), 0);
	assert_int_equal(pthread_create(&talk->thread, NULL, serve, talk), 0);
}

unsigned
talk_next(struct talk *talk)
{
	int error = wire_receive(talk->fd, talk->packet, sizeof(talk->packet),
	    soon(), &talk->message);

	if (error == -EPIPE)
		return 0;
	assert_int_equal(error, 0);
	return talk->message.type;
}

void
talk_answer(struct talk *talk, const char *answer)
{
	struct wire_writer out;

	wire_start(&out, WIRE_ANSWER);
	wire_add_secret(&out, WIRE_ANSWER_TEXT, answer, strlen(answer));
	assert_int_equal(wire_send(talk->fd, &out, soon()), 0);
}

void
talk_cancel(struct talk *talk)
{
	struct wire_writer out;

	wire_start(&out, WIRE_CANCEL);
	assert_int_equal(wire_send(talk->fd, &out, soon()), 0);
}

void
talk_end(struct talk *talk)
{
	(void)close(talk->fd);
	assert_int_equal(pthread_join(talk->thread, NULL), 0);
	slots_leave(&talk->slot);
	(void)close(talk->served);
}

void
talk_expect(struct talk *talk, const char *text, const char *answer)
{
	assert_int_equal(talk_next(talk), WIRE_PROMPT);
	if (strstr(wire_text(&talk->message, WIRE_TEXT), text) == NULL)
		fail_msg("asked '%s', not '%s'",
		    wire_text(&talk->message, WIRE_TEXT), text);
	talk_answer(talk, answer);
}

uint32_t
talk_done(struct talk *talk, char *out_id)
{
	const char *id;

	assert_int_equal(talk_next(talk), WIRE_DONE);
	id = wire_text(&talk->message, WIRE_LOGIN);
	if (out_id != NULL)
		(void)snprintf(out_id, LOGIN_ID_SIZE, "%s",
		    id == NULL ? "" : id);
	return wire_u32(&talk->message, WIRE_CODE, 1000);
}

uint32_t
talk_once(const struct saying *saying, char *out_id)
{
	struct talk talk;
	uint32_t code;

	talk_begin(&talk, saying);
	code = talk_done(&talk, out_id);
	talk_end(&talk);
	return code;
}
