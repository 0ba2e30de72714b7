/* SPDX-License-Identifier: MIT */
/* fuzz_pcap: libFuzzer target. Reads the input as a capture file through the replay link, and
 * answers its frames. */
#include "link/replay.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

volatile uint8_t fuzz_sink; /* receives the first and last octet of each frame, for sanitizers to
			       detect invalid reads */

/* Returns the path of a file in memory with the input, because replay opens files by name. */
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
