/* SPDX-License-Identifier: BSD-2-Clause */
/* systemd; see service_manager.h. */
#include "config.h"

#include "stytchd/service_manager.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#ifdef HAVE_SYSTEMD
#include <systemd/sd-daemon.h>

void
service_manager_tell(const char *state)
{
	(void)sd_notify(0, state);
}

static void
free_names(char **names)
{
	for (size_t i = 0; names != NULL && names[i] != NULL; i++)
		free(names[i]);
	free(names);
}

static int
assign(const char *name, int fd, int *root, int *public)
{
	int *place = strcmp(name, "root") == 0 ? root
	    : strcmp(name, "public") == 0      ? public
					       : NULL;

	if (place == NULL || *place != -1 ||
	    sd_is_socket_unix(fd, SOCK_SEQPACKET, 1, NULL, 0) <= 0)
		return -EINVAL;
	*place = fd;
	return 0;
}

int
service_manager_sockets(int *out_root, int *out_public)
{
	char **names = NULL;
	int root = -1, public = -1, error = 0;
	int count = sd_listen_fds_with_names(1, &names);

	for (int i = 0; i < count && error == 0; i++)
		error =
		    assign(names[i], SD_LISTEN_FDS_START + i, &root, &public);
	free_names(names);
	if (count < 0 || error != 0)
		return -EINVAL;
	*out_root = root;
	*out_public = public;
	return count;
}

int64_t
service_manager_watchdog_ms(void)
{
	uint64_t usec = 0;

	if (sd_watchdog_enabled(0, &usec) <= 0)
		return 0;
	return (int64_t)(usec / 2000);
}
#else
void
service_manager_tell(const char *state)
{
	(void)state;
}

int
service_manager_sockets(int *out_root, int *out_public)
{
	*out_root = -1;
	*out_public = -1;
	return 0;
}

int64_t
service_manager_watchdog_ms(void)
{
	return 0;
}
#endif
