/* SPDX-License-Identifier: MIT */
/* bulk_server: sends data to each client of the kernel's TCP as fast as it takes it
 * (`mode=source`), or reads and discards it (`mode=sink`). It serves one client at a time. */
#include "sockets.h"
#include "words.h"

#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#define PIECE (256 * 1024)

int main(int argc, char **argv)
{
	struct word words[] = {{"address", NULL}, {"port", "7000"}, {"mode", NULL}, {NULL, NULL}};
	static char piece[PIECE];
	int listener, source;

	words_read(argc, argv, words);
	source = word_text("mode")[1] == 'o';
	listener = listen_at();
	puts("ready");
	fflush(stdout);
	for (;;) {
		int fd;

		poll(&(struct pollfd){.fd = listener, .events = POLLIN}, 1, -1);
		fd = accept(listener, NULL, NULL);
		if (fd < 0)
			continue;
		if (source)
			while (send(fd, piece, sizeof(piece), MSG_NOSIGNAL) > 0)
				;
		else
			while (recv(fd, piece, sizeof(piece), 0) > 0)
				;
		close(fd);
	}
}
