/* SPDX-License-Identifier: MIT */
/* A network of one's own for a test program: as root, or as anybody where user namespaces are
 * allowed. */
#ifndef SYNACKD_TESTS_NETNS_H
#define SYNACKD_TESTS_NETNS_H

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define EXIT_SKIPPED 77 /* as CTest's SKIP_RETURN_CODE has it */

/* Run a command line of `ip`; false when it failed. */
__attribute__((format(printf, 1, 2))) static inline bool ip(const char *format, ...)
{
	char command[256] = "ip ";
	va_list list;

	va_start(list, format);
	vsnprintf(command + 3, sizeof(command) - 3, format, list);
	va_end(list);
	return system(command) == 0;
}

static inline void skip(const char *what)
{
	fprintf(stderr, "skipped: %s: %s\n", what, strerror(errno));
	exit(EXIT_SKIPPED);
}

static inline void become_root_of_a_user_namespace(void)
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

/* Enter a new network namespace, with `lo` up and nothing else in it. */
static inline void own_network(void)
{
	if (unshare(CLONE_NEWNET) < 0) {
		become_root_of_a_user_namespace();
		if (unshare(CLONE_NEWNET) < 0)
			skip("no right to make a network namespace");
	}
	if (!ip("link set lo up"))
		skip("no `ip` to configure it with");
}

/* Give up one effective capability, for the rest of this process. */
static inline bool drop_capability(int capability)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &header, data) < 0)
		return false;
	data[CAP_TO_INDEX(capability)].effective &= ~CAP_TO_MASK(capability);
	return syscall(SYS_capset, &header, data) == 0;
}

#endif
