/* SPDX-License-Identifier: BSD-2-Clause */
/* stytchctl(8): the administrator's tool. */
#include "config.h"

#include "libstytch/environment.h"
#include "stytchctl/command.h"

int
main(int argc, char **argv)
{
	/* libcurl and OpenSSL would obey it. */
	if (environment_clear() != 0)
		return CTL_UNREACHABLE;
	return (int)command_main(argc, argv, stdout, stderr);
}
