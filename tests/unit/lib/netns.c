/* SPDX-License-Identifier: MIT */
#include "netns.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

bool ip(const char *format, ...)
{
	char command[256] = "ip ";
	va_list list;

	va_start(list, format);
	vsnprintf(command + 3, sizeof(command) - 3, format, list);
	va_end(list);
	return system(command) == 0;
}

void skip(const char *what)
{
	fprintf(stderr, "skipped: %s: %s\n", what, strerror(errno));
	exit(EXIT_SKIPPED);
}

static void become_root_of_a_user_namespace(void)
{
	char map[32];
	int n = snprintf(map, sizeof(map), "0 %u 1", (unsigned)geteuid());
	int fd;

	if (unshare(CLONE_NEWUSER) < 0)
		skip("no right to make a user namespace");
	fd = open("/proc/self/uid_map", O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, map, (size_t)n) != n)
		skip("no right to map user ids");
	close(fd);
}

void own_network(void)
{
	if (unshare(CLONE_NEWNET) < 0) {
		become_root_of_a_user_namespace();
		if (unshare(CLONE_NEWNET) < 0)
			skip("no right to make a network namespace");
	}
	if (!ip("link set lo up"))
		skip("cannot run 'ip link set lo up'");
}

bool drop_capability(int capability)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &header, data) < 0)
		return false;
	data[CAP_TO_INDEX(capability)].effective &= ~CAP_TO_MASK(capability);
	return syscall(SYS_capset, &header, data) == 0;
}
