/* SPDX-License-Identifier: BSD-2-Clause */
/* A disk that fails; see failing_state.h. */
#include "config.h"

#include "tests/unit/failing_state.h"

#include "common/attr.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* What a fault can strike. */
enum {
	ON_READ = 1,
	ON_WRITE = 2,
	ON_SYNC = 4,
	ON_OPEN = 8,
	ON_LOCK = 16,
	ON_MEMORY = 32, /* SQLite's */
	ON_CALL = 64,   /* libc's, of our own code */
	ON_CALL_WRITE = 128,
	ON_DISK = ON_READ | ON_WRITE | ON_SYNC | ON_OPEN,
	ON_CALLS = ON_CALL | ON_CALL_WRITE,
};

/* clang-format off */
const struct state_fault state_faults[] = {
	{ "an I/O error",            ON_DISK,            SQLITE_IOERR,   false, false, 1 },
	{ "a disk that is gone",     ON_DISK,            SQLITE_IOERR,   true,  false, 1 },
	{ "a page that is damaged",  ON_READ,            SQLITE_CORRUPT, false, false, 1 },
	{ "a moment without space",  ON_WRITE | ON_OPEN, SQLITE_FULL,    false, false, 1 },
	{ "a full disk",             ON_WRITE | ON_OPEN, SQLITE_FULL,    true,  false, 1 },
	{ "a lock that is taken",    ON_LOCK,            SQLITE_BUSY,    false, false, 1 },
	{ "a lock that stays taken", ON_LOCK,            SQLITE_BUSY,    true,  false, 1 },
	{ "a loss of power",         ON_DISK,            SQLITE_IOERR,   true,  true, 1 },
	{ "SQLite out of memory",    ON_MEMORY,          SQLITE_NOMEM,   false, false, 13 },
	{ "a call with EIO",         ON_CALLS,           EIO,            false, false, 1 },
	{ "calls with EIO",          ON_CALLS,           EIO,            true,  false, 1 },
	{ "calls with ENOSPC",       ON_CALL_WRITE,      ENOSPC,         true,  false, 1 },
	{ "a call with EMFILE",      ON_CALLS,           EMFILE,         false, false, 1 },
};
/* clang-format on */
const size_t state_fault_count = ARRAY_LEN(state_faults);

static _Atomic(const struct state_fault *) fault_now;
static atomic_uint calls_left; /* until it strikes */
static atomic_bool is_broken;

/* The code of a call that fails, or 0. */
static int
strike(unsigned kind)
{
	const struct state_fault *fault = fault_now;
	unsigned left = calls_left;

	if (fault == NULL || (fault->strikes & kind) == 0)
		return 0;
	while (left > 0)
		if (atomic_compare_exchange_weak(&calls_left, &left,
			left - 1)) {
			if (left > 1)
				return 0;
			is_broken = true;
			return fault->code;
		}
	return fault->stays ? fault->code : 0;
}

/* ---- what was synced ------------------------------------------------------ */

#define FILES_MAX 16

static pthread_mutex_t files_lock = PTHREAD_MUTEX_INITIALIZER;
static struct {
	char *path;
	void *synced;
	size_t len;
} files[FILES_MAX];
static size_t file_count;

void
state_forget_files(void)
{
	(void)pthread_mutex_lock(&files_lock);
	while (file_count > 0) {
		file_count--;
		free(files[file_count].path);
		free(files[file_count].synced);
	}
	(void)pthread_mutex_unlock(&files_lock);
}

/* Everything in a file; NULL with 0 where there is none. */
static void *
read_whole(const char *path, size_t *out_len)
{
	FILE *file = fopen(path, "re");
	char *data = NULL;
	size_t len = 0, size = 0;

	*out_len = 0;
	if (file == NULL)
		return NULL;
	for (;;) {
		size_t got;

		if (len == size) {
			size += 1 << 18;
			data = realloc(data, size);
			if (data == NULL)
				abort();
		}
		got = fread(data + len, 1, size - len, file);
		if (got == 0)
			break;
		len += got;
	}
	(void)fclose(file);
	*out_len = len;
	return data;
}

/* Keep the file as it is now. */
static void
note_synced(const char *path)
{
	size_t i = 0;

	if (path == NULL)
		return;
	(void)pthread_mutex_lock(&files_lock);
	while (i < file_count && strcmp(files[i].path, path) != 0)
		i++;
	if (i == FILES_MAX)
		abort();
	if (i == file_count) {
		files[file_count++].path = strdup(path);
	} else {
		free(files[i].synced);
	}
	files[i].synced = read_whole(path, &files[i].len);
	(void)pthread_mutex_unlock(&files_lock);
}

static bool
is_noted(const char *path)
{
	bool found = false;

	(void)pthread_mutex_lock(&files_lock);
	for (size_t i = 0; i < file_count && !found; i++)
		found = strcmp(files[i].path, path) == 0;
	(void)pthread_mutex_unlock(&files_lock);
	return found;
}

/* The power comes back. */
static void
restore_synced(void)
{
	char shared[4096];

	for (size_t i = 0; i < file_count; i++) {
		FILE *file = fopen(files[i].path, "we");

		if (file == NULL)
			abort();
		if (files[i].len > 0 &&
		    fwrite(files[i].synced, files[i].len, 1, file) != 1)
			abort();
		if (fclose(file) != 0)
			abort();
		(void)snprintf(shared, sizeof(shared), "%s-shm", files[i].path);
		(void)remove(shared);
	}
}

void
state_break(const struct state_fault *fault, unsigned nth)
{
	is_broken = false;
	calls_left = nth;
	fault_now = fault;
}

unsigned
state_stride(const struct state_fault *fault)
{
	return getenv("STATE_FAULTS_ALL") != NULL ? 1 : fault->stride;
}

bool
state_is_broken(void)
{
	return is_broken;
}

void
state_heal(void)
{
	const struct state_fault *fault = fault_now;

	fault_now = NULL;
	if (fault != NULL && fault->loses_power && is_broken)
		restore_synced();
}

/* ---- SQLite's files ------------------------------------------------------- */

/* The real file lies behind it. */
struct shim {
	sqlite3_file file;
	char *path; /* NULL: a temporary file */
};

static sqlite3_vfs *real_vfs;

static sqlite3_file *
real(sqlite3_file *file)
{
	return (sqlite3_file *)(void *)((struct shim *)(void *)file + 1);
}

#define PASS_ON(kind, call) \
	do { \
		int code_ = strike(kind); \
		return code_ != 0 ? code_ : (call); \
	} while (0)

static int
shim_close(sqlite3_file *file)
{
	struct shim *shim = (struct shim *)(void *)file;
	int code = real(file)->pMethods->xClose(real(file));

	free(shim->path);
	shim->path = NULL;
	return code;
}

static int
shim_read(sqlite3_file *file, void *data, int len, sqlite3_int64 at)
{
	PASS_ON(ON_READ,
	    real(file)->pMethods->xRead(real(file), data, len, at));
}

static int
shim_write(sqlite3_file *file, const void *data, int len, sqlite3_int64 at)
{
	PASS_ON(ON_WRITE,
	    real(file)->pMethods->xWrite(real(file), data, len, at));
}

static int
shim_truncate(sqlite3_file *file, sqlite3_int64 size)
{
	PASS_ON(ON_WRITE, real(file)->pMethods->xTruncate(real(file), size));
}

static int
shim_sync(sqlite3_file *file, int flags)
{
	int code = strike(ON_SYNC);

	(void)flags;
	if (code == 0)
		note_synced(((struct shim *)(void *)file)->path);
	return code;
}

static int
shim_size(sqlite3_file *file, sqlite3_int64 *size)
{
	PASS_ON(ON_READ, real(file)->pMethods->xFileSize(real(file), size));
}

static int
shim_lock(sqlite3_file *file, int level)
{
	PASS_ON(ON_LOCK, real(file)->pMethods->xLock(real(file), level));
}

static int
shim_unlock(sqlite3_file *file, int level)
{
	return real(file)->pMethods->xUnlock(real(file), level);
}

static int
shim_reserved(sqlite3_file *file, int *out)
{
	return real(file)->pMethods->xCheckReservedLock(real(file), out);
}

static int
shim_control(sqlite3_file *file, int what, void *argument)
{
	return real(file)->pMethods->xFileControl(real(file), what, argument);
}

static int
shim_sector(sqlite3_file *file)
{
	return real(file)->pMethods->xSectorSize(real(file));
}

static int
shim_traits(sqlite3_file *file)
{
	return real(file)->pMethods->xDeviceCharacteristics(real(file));
}

static int
shim_shm_map(sqlite3_file *file, int page, int size, int extend,
    void volatile **out)
{
	PASS_ON(ON_WRITE,
	    real(file)->pMethods->xShmMap(real(file), page, size, extend, out));
}

static int
shim_shm_lock(sqlite3_file *file, int offset, int n, int flags)
{
	int code = (flags & SQLITE_SHM_UNLOCK) != 0 ? 0 : strike(ON_LOCK);

	return code != 0
	    ? code
	    : real(file)->pMethods->xShmLock(real(file), offset, n, flags);
}

static void
shim_shm_barrier(sqlite3_file *file)
{
	real(file)->pMethods->xShmBarrier(real(file));
}

static int
shim_shm_unmap(sqlite3_file *file, int remove_it)
{
	return real(file)->pMethods->xShmUnmap(real(file), remove_it);
}

static const sqlite3_io_methods shim_methods = {
	.iVersion = 2,
	.xClose = shim_close,
	.xRead = shim_read,
	.xWrite = shim_write,
	.xTruncate = shim_truncate,
	.xSync = shim_sync,
	.xFileSize = shim_size,
	.xLock = shim_lock,
	.xUnlock = shim_unlock,
	.xCheckReservedLock = shim_reserved,
	.xFileControl = shim_control,
	.xSectorSize = shim_sector,
	.xDeviceCharacteristics = shim_traits,
	.xShmMap = shim_shm_map,
	.xShmLock = shim_shm_lock,
	.xShmBarrier = shim_shm_barrier,
	.xShmUnmap = shim_shm_unmap,
};

static int
shim_open(sqlite3_vfs *vfs, const char *path, sqlite3_file *file, int flags,
    int *out_flags)
{
	struct shim *shim = (struct shim *)(void *)file;
	int code = strike(ON_OPEN);

	(void)vfs;
	memset(shim, 0, sizeof(*shim));
	/* What was there before was synced long ago. */
	if (code == 0 && path != NULL && !is_noted(path))
		note_synced(path);
	if (code == 0)
		code = real_vfs->xOpen(real_vfs, path, real(file), flags,
		    out_flags);
	if (code != 0)
		return code == SQLITE_FULL ? SQLITE_CANTOPEN : code;
	shim->path = path == NULL ? NULL : strdup(path);
	shim->file.pMethods = &shim_methods;
	return SQLITE_OK;
}

static int
shim_delete(sqlite3_vfs *vfs, const char *path, int sync_folder)
{
	int code = strike(ON_WRITE);

	(void)vfs;
	if (code == 0)
		code = real_vfs->xDelete(real_vfs, path, sync_folder);
	if (code == 0 && is_noted(path))
		note_synced(path);
	return code;
}

static int
shim_access(sqlite3_vfs *vfs, const char *path, int flags, int *out)
{
	(void)vfs;
	PASS_ON(ON_READ, real_vfs->xAccess(real_vfs, path, flags, out));
}

static int
shim_full_path(sqlite3_vfs *vfs, const char *path, int size, char *out)
{
	(void)vfs;
	return real_vfs->xFullPathname(real_vfs, path, size, out);
}

/* Nobody waits for a lock in a test. */
static int
shim_sleep(sqlite3_vfs *vfs, int us)
{
	(void)vfs;
	return us;
}

static sqlite3_vfs shim_vfs;

/* ---- SQLite's memory ------------------------------------------------------ */

static sqlite3_mem_methods real_memory;

static void *
shim_malloc(int size)
{
	return strike(ON_MEMORY) != 0 ? NULL : real_memory.xMalloc(size);
}

static void *
shim_realloc(void *block, int size)
{
	return strike(ON_MEMORY) != 0 ? NULL
				      : real_memory.xRealloc(block, size);
}

void
state_faults_install(void)
{
	sqlite3_mem_methods memory;

	if (sqlite3_config(SQLITE_CONFIG_GETMALLOC, &real_memory) != 0)
		abort();
	memory = real_memory;
	memory.xMalloc = shim_malloc;
	memory.xRealloc = shim_realloc;
	if (sqlite3_config(SQLITE_CONFIG_MALLOC, &memory) != 0)
		abort();
	real_vfs = sqlite3_vfs_find(NULL);
	if (real_vfs == NULL)
		abort();
	shim_vfs = *real_vfs;
	shim_vfs.pNext = NULL;
	shim_vfs.zName = "failing";
	shim_vfs.szOsFile = (int)sizeof(struct shim) + real_vfs->szOsFile;
	shim_vfs.xOpen = shim_open;
	shim_vfs.xDelete = shim_delete;
	shim_vfs.xAccess = shim_access;
	shim_vfs.xFullPathname = shim_full_path;
	shim_vfs.xSleep = shim_sleep;
	if (sqlite3_vfs_register(&shim_vfs, 1) != 0)
		abort();
}

/* ---- libc's calls --------------------------------------------------------- */

#define WRAP(type, failed, kind, name, parameters, arguments) \
	type __real_##name parameters; \
	type __wrap_##name parameters; \
	type __wrap_##name parameters \
	{ \
		int code = strike(kind); \
\
		if (code == 0) \
			return __real_##name arguments; \
		errno = code; \
		return failed; \
	}

WRAP(ssize_t, -1, ON_CALL, read, (int fd, void *data, size_t size),
    (fd, data, size))
WRAP(ssize_t, -1, ON_CALL, pread,
    (int fd, void *data, size_t size, off_t offset), (fd, data, size, offset))
WRAP(ssize_t, -1, ON_CALL_WRITE, write, (int fd, const void *data, size_t size),
    (fd, data, size))
WRAP(ssize_t, -1, ON_CALL_WRITE, pwrite,
    (int fd, const void *data, size_t size, off_t offset),
    (fd, data, size, offset))
WRAP(int, -1, ON_CALL, fstat, (int fd, struct stat *status), (fd, status))
WRAP(int, -1, ON_CALL, fchmod, (int fd, mode_t mode), (fd, mode))
WRAP(int, -1, ON_CALL_WRITE, mkdirat, (int fd, const char *path, mode_t mode),
    (fd, path, mode))
WRAP(int, -1, ON_CALL, flock, (int fd, int operation), (fd, operation))
WRAP(int, -1, ON_CALL_WRITE, rename, (const char *old, const char *new),
    (old, new))
WRAP(int, -1, ON_CALL_WRITE, renameat,
    (int old_fd, const char *old, int new_fd, const char *new),
    (old_fd, old, new_fd, new))

int __wrap_fsync(int fd);
int
__wrap_fsync(int fd)
{
	(void)fd;
	errno = strike(ON_CALL_WRITE);
	return errno == 0 ? 0 : -1;
}

/* Where an open makes a file, a full disk strikes it. */
static unsigned
open_kind(int flags)
{
	return (flags & O_CREAT) != 0 ? ON_CALL_WRITE : ON_CALL;
}

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int
__wrap_open(const char *path, int flags, ...)
{
	va_list list;
	mode_t mode = 0;

	errno = strike(open_kind(flags));
	if (errno != 0)
		return -1;
	va_start(list, flags);
	if ((flags & O_CREAT) != 0)
		mode = va_arg(list, mode_t);
	va_end(list);
	return __real_open(path, flags, mode);
}

int __real_openat(int fd, const char *path, int flags, ...);
int __wrap_openat(int fd, const char *path, int flags, ...);
int
__wrap_openat(int fd, const char *path, int flags, ...)
{
	va_list list;
	mode_t mode = 0;

	errno = strike(open_kind(flags));
	if (errno != 0)
		return -1;
	va_start(list, flags);
	if ((flags & O_CREAT) != 0)
		mode = va_arg(list, mode_t);
	va_end(list);
	return __real_openat(fd, path, flags, mode);
}
