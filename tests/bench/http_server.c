/* SPDX-License-Identifier: MIT */
/* http_server: a server on the kernel's TCP with one thread and epoll. It sends the same reply to
 * each request, and closes the connection. */
#include "sockets.h"
#include "words.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define EVENTS 256

static char reply[65536];
static size_t reply_len;

static void read_reply(const char *path)
{
	FILE *f = fopen(path, "re");

	if (!f)
		die(path);
	reply_len = fread(reply, 1, sizeof(reply), f);
	fclose(f);
}

static void watch(int epoll, int fd)
{
	struct epoll_event e = {.events = EPOLLIN, .data.fd = fd};

	if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e) < 0)
		die("epoll");
}

static void accept_all(int epoll, int listener)
{
	int fd;

	while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0)
		watch(epoll, fd);
	if (errno != EAGAIN && errno != ECONNABORTED)
		die("accept");
}

/* Requests fit into a segment. */
static void serve(int fd)
{
	char request[4096];

	if (recv(fd, request, sizeof(request), 0) > 0)
		(void)send(fd, reply, reply_len, MSG_NOSIGNAL);
	close(fd);
}

int main(int argc, char **argv)
{
	struct word words[] = {{"address", NULL}, {"port", "7000"}, {"reply", NULL}, {NULL, NULL}};
	struct epoll_event event[EVENTS];
	int epoll, listener;

	words_read(argc, argv, words);
	raise_descriptors();
	read_reply(word_text("reply"));
	listener = listen_at();
	epoll = epoll_create1(0);
	watch(epoll, listener);
	puts("ready");
	fflush(stdout);
	for (;;) {
		int count = epoll_wait(epoll, event, EVENTS, -1);

		for (int i = 0; i < count; i++) {
			if (event[i].data.fd == listener)
				accept_all(epoll, listener);
			else
				serve(event[i].data.fd);
		}
	}
}
