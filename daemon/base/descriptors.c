/* SPDX-License-Identifier: MIT */
#include "base/descriptors.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/resource.h>
#include <unistd.h>

void descriptors_raise(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

unsigned descriptors_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur > INT_MAX)
		return INT_MAX;
	return (unsigned)limit.rlim_cur;
}

unsigned descriptors_kept(void)
{
	unsigned quarter = descriptors_limit() / 4;

	return quarter < DESCRIPTORS_KEPT_MAX ? quarter : DESCRIPTORS_KEPT_MAX;
}

static unsigned first_kept(void)
{
	return descriptors_limit() - descriptors_kept();
}

int descriptor_not_kept(int fd)
{
	if (fd < 0 || (unsigned)fd < first_kept())
		return fd;
	close(fd);
	errno = EMFILE;
	return -1;
}

unsigned descriptors_left(void)
{
	int lowest = open("/dev/null", O_RDONLY | O_CLOEXEC);

	if (lowest < 0)
		return 0;
	close(lowest);
	return (unsigned)lowest < first_kept() ? first_kept() - (unsigned)lowest : 0;
}

bool descriptors_for_a_change(void)
{
	int fd[DESCRIPTORS_A_CHANGE];
	unsigned count = 0;

	while (count < DESCRIPTORS_A_CHANGE &&
	       (fd[count] = open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0)
		count++;
	for (unsigned i = 0; i < count; i++)
		close(fd[i]);
	return count == DESCRIPTORS_A_CHANGE;
}
