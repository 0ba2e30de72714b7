/* SPDX-License-Identifier: MIT */
#include "control/listener.h"

#include "base/log.h"
#include "control/protocol.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define ACCEPTS_A_TURN 16 /* clients per event */

struct listener {
	int fd, reserve; /* reserve: -1 if there is none */
	struct event *readable, *pause;
	void (*accepted)(int fd, void *arg);
	void *arg;
};

static const struct timeval pause_time = {.tv_sec = LISTENER_PAUSE};

static int open_reserve(void)
{
	return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static int accept_one(const struct listener *l)
{
	return accept4(l->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

void listener_refuse(int fd, const char *why)
{
	char line[512];
	int n = snprintf(line, sizeof(line),
			 "{\"jsonrpc\":\"2.0\",\"error\":{\"code\":%d,\"message\":\"%s\"},"
			 "\"id\":null}\n",
			 CONTROL_REFUSED, why);

	/* The buffer of a new socket has room for it. */
	if (send(fd, line, (size_t)n, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		log_debug("control socket: cannot refuse a client: %s", strerror(errno));
	close(fd);
}

/* Stops accepting for LISTENER_PAUSE. */
static void wait_a_while(struct listener *l)
{
	if (event_add(l->pause, &pause_time) == 0)
		event_del(l->readable);
}

/* Refuses a client by use of the reserve descriptor. Returns 0 or an errno; EAGAIN if no client
 * waits, for which Linux can report EMFILE, too. */
static int refuse_one(struct listener *l)
{
	int fd, error;

	if (l->reserve < 0)
		return EMFILE;
	close(l->reserve);
	fd = accept_one(l);
	error = fd < 0 ? errno : 0;
	if (fd >= 0)
		listener_refuse(fd, "out of file descriptors: close other clients, or raise "
				    "LimitNOFILE= or 'ulimit -n' of synackd");
	l->reserve = open_reserve();
	return error;
}

/* Returns false if no more clients are to be accepted now. */
static bool take_one(struct listener *l)
{
	static struct log_limit limit = {.what = "clients that could not be accepted", .lines = 2};
	int fd = accept_one(l), error = errno, refused;

	if (fd >= 0) {
		l->accepted(fd, l->arg);
		return true;
	}
	if (error == EAGAIN || error == EINTR || error == ECONNABORTED)
		return error != EAGAIN;
	refused = error == EMFILE || error == ENFILE ? refuse_one(l) : error;
	if (refused == EAGAIN)
		return false;
	log_warn_limited(&limit, "control socket: cannot accept a client: %s", strerror(error));
	if (refused)
		wait_a_while(l);
	return false;
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	for (int i = 0; i < ACCEPTS_A_TURN && take_one(arg); i++)
		;
}

void listener_resume(struct listener *l)
{
	if (l->reserve < 0)
		l->reserve = open_reserve();
	event_del(l->pause);
	event_add(l->readable, NULL);
}

static void on_pause_over(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	listener_resume(arg);
}

struct listener *listener_new(struct event_base *base, int fd, void (*accepted)(int fd, void *arg),
			      void *arg)
{
	struct listener *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	*l = (struct listener){
		.fd = fd, .reserve = open_reserve(), .accepted = accepted, .arg = arg};
	l->readable = event_new(base, fd, EV_READ | EV_PERSIST, on_readable, l);
	l->pause = evtimer_new(base, on_pause_over, l);
	if (l->reserve >= 0 && l->readable && l->pause && event_add(l->readable, NULL) == 0)
		return l;
	l->fd = -1; /* the caller still owns it */
	listener_free(l);
	return NULL;
}

void listener_free(struct listener *l)
{
	if (!l)
		return;
	if (l->readable)
		event_free(l->readable);
	if (l->pause)
		event_free(l->pause);
	if (l->reserve >= 0)
		close(l->reserve);
	if (l->fd >= 0)
		close(l->fd);
	free(l);
}
