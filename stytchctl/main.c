/* SPDX-License-Identifier: BSD-2-Clause */
/* stytchctl(8): the administrator's tool. */
#include "config.h"

#include "stytchctl/command.h"

int
main(int argc, char **argv)
{
	return (int)command_main(argc, argv, stdout, stderr);
}
