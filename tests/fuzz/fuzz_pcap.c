/* SPDX-License-Identifier: MIT */
/* libFuzzer entry: a hostile capture file, read and answered through the replay link. */
#include "link/replay.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

volatile uint8_t fuzz_sink; /* the ends of each frame are read, for the sanitizers to see */

/* Replay opens files by name: the input lives in memory under one. */
static const char *in_memory(const uint8_t *data, size_t size)
{
	static char name[32];
	static int fd = -1;

	if (fd < 0) {
		fd = memfd_create("capture", MFD_CLOEXEC);
		snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	}
	if (fd < 0 || ftruncate(fd, 0) < 0 || pwrite(fd, data, size, 0) != (ssize_t)size)
		abort();
	return name;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *error = NULL;
	struct frame f;
	struct link *l = replay_open(in_memory(data, size), "/dev/null", &error);

	free(error);
	if (!l)
		return 0;
	while (l->ops->receive(l, &f) > 0) {
		fuzz_sink = f.packet[0] ^ f.packet[f.len - 1];
		l->ops->send(l, &f.path, f.packet, f.len, f.when);
	}
	l->ops->close(l);
	return 0;
}
