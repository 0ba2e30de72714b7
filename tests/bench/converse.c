/* SPDX-License-Identifier: MIT */
/* converse: holds conversations with an HTTP server over the kernel's TCP, many at once: open, send
 * a request, read until the server closes, close.
 *
 * A conversation counts if the reply has the expected number of octets. With `request=no`, the
 * connections stay open and idle until standard input ends. */
#include "clock.h"
#include "sockets.h"
#include "words.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define EVENTS   256
#define PATIENCE 5000 /* ms without an event */
#define REQUEST  "GET / HTTP/1.1\r\nHost: bench\r\n\r\n"

struct conversation {
	int fd;
	uint64_t octets;
	int asked;
};

struct run {
	int epoll;
	union address from, to;
	socklen_t len;
	uint32_t clients;
	uint64_t started, limit, done, failed, expected;
	int64_t end;
	int idle; /* open connections stay open */
	unsigned open;
};

/* Returns false if no conversation may start. */
static int start(struct run *r, struct conversation *c)
{
	union address from = r->from;
	struct epoll_event e = {.events = EPOLLIN | EPOLLOUT, .data.ptr = c};
	int on = 1;

	if (r->started >= r->limit || clock_now() >= r->end)
		return 0;
	address_add(&from, (uint32_t)(r->started++ % r->clients));
	*c = (struct conversation){
		.fd = socket(r->to.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK, 0)};
	if (c->fd < 0 || setsockopt(c->fd, SOL_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on)) < 0 ||
	    bind(c->fd, &from.any, r->len) < 0 ||
	    (connect(c->fd, &r->to.any, r->len) < 0 && errno != EINPROGRESS) ||
	    epoll_ctl(r->epoll, EPOLL_CTL_ADD, c->fd, &e) < 0)
		die("cannot connect");
	r->open++;
	return 1;
}

/* Ends a conversation and starts another one. */
static void end(struct run *r, struct conversation *c)
{
	if (c->asked && c->octets == r->expected)
		r->done++;
	else
		r->failed++;
	close(c->fd);
	r->open--;
	start(r, c);
}

static void ask(struct run *r, struct conversation *c)
{
	struct epoll_event e = {.events = EPOLLIN, .data.ptr = c};

	c->asked = 1;
	if (r->idle)
		r->done++;
	else if (send(c->fd, REQUEST, strlen(REQUEST), MSG_NOSIGNAL) < 0) {
		end(r, c);
		return;
	}
	epoll_ctl(r->epoll, EPOLL_CTL_MOD, c->fd, &e);
}

static void handle(struct run *r, struct conversation *c, uint32_t events)
{
	static char buffer[65536];
	ssize_t len;

	if (!c->asked && events & EPOLLOUT && !(events & (EPOLLERR | EPOLLHUP))) {
		ask(r, c);
		return;
	}
	len = recv(c->fd, buffer, sizeof(buffer), 0);
	if (len > 0)
		c->octets += (uint64_t)len;
	else if (len == 0 || errno != EAGAIN)
		end(r, c);
}

/* Runs until no conversation is open; with idle connections, until all are open. */
static void run_all(struct run *r)
{
	struct epoll_event event[EVENTS];

	while (r->open > 0 && !(r->idle && r->done + r->failed >= r->limit)) {
		int count = epoll_wait(r->epoll, event, EVENTS, PATIENCE);

		errno = ETIMEDOUT;
		if (count == 0)
			die("conversation");
		for (int i = 0; i < count; i++)
			handle(r, event[i].data.ptr, event[i].events);
	}
}

static void wait_for_end_of_input(void)
{
	char octets[64];

	while (read(0, octets, sizeof(octets)) > 0)
		;
}

int main(int argc, char **argv)
{
	struct word words[] = {{"to", NULL},        {"port", "7000"},
			       {"from", NULL},    /* address of the first client */
			       {"clients", "16"}, /* number of addresses */
			       {"at_once", "2000"}, {"count", "1e12"}, /* conversations at most */
			       {"seconds", "60"}, /* until the last one starts */
			       {"octets", "0"},   /* of a reply */
			       {"request", "yes"},  {NULL, NULL}};
	struct conversation *all;
	unsigned at_once;
	int64_t begin;
	struct run r;

	words_read(argc, argv, words);
	raise_descriptors();
	at_once = (unsigned)word_number("at_once");
	begin = clock_now();
	r = (struct run){.epoll = epoll_create1(0),
			 .clients = (uint32_t)word_number("clients"),
			 .limit = (uint64_t)word_number("count"),
			 .expected = (uint64_t)word_number("octets"),
			 .end = begin + (int64_t)(word_number("seconds") * 1e9),
			 .idle = word_text("request")[0] == 'n'};
	address_read(&r.from, "from", 0);
	r.len = address_read(&r.to, "to", (uint16_t)word_number("port"));
	all = calloc(at_once, sizeof(*all));
	if (!all)
		die("memory");
	for (unsigned i = 0; i < at_once; i++)
		start(&r, &all[i]);
	run_all(&r);
	printf("{\"conversations\": %" PRIu64 ", \"failed\": %" PRIu64 ", \"seconds\": %.6f}\n",
	       r.done, r.failed, (double)(clock_now() - begin) / 1e9);
	fflush(stdout);
	if (r.idle)
		wait_for_end_of_input();
	free(all);
	return r.done == 0 || r.failed > 0;
}
