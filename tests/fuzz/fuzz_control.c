/* SPDX-License-Identifier: MIT */
/* fuzz_control: libFuzzer target. Sends the input to the control socket. Each line that the server
 * returns must be a JSON object with a greeting, a result or an error, and the server must close
 * the connection at the end. */
#include "base/log.h"
#include "control/server.h"

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define TURNS_MAX 100000 /* of the loop; more mean an endless loop */

static struct event_base *base;
static struct sockaddr_un address = {.sun_family = AF_UNIX};

static void run_echo(void *context, const json_t *params, struct control_reply *reply)
{
	(void)context;
	reply->result = json_pack("{s:O?}", "params", params);
}

static void run_refuse(void *context, const json_t *params, struct control_reply *reply)
{
	const char *name = json_string_value(json_object_get(params, "name"));

	(void)context;
	reply_fail(reply, CONTROL_UNKNOWN_NAME, "unknown name '%s'", name ? name : "");
}

static const struct control_verb verbs[] = {{"a", false, run_echo}, {"b", true, run_refuse}, {0}};

static void remove_socket(void)
{
	unlink(address.sun_path);
}

static void open_once(void)
{
	static const struct control_access access = {.group = "", .user = ""};
	char *error = NULL;

	if (base)
		return;
	log_open(LOG_LEVEL_ERROR, NULL);
	base = event_base_new();
	snprintf(address.sun_path, sizeof(address.sun_path), "/tmp/fuzz-control-%d", getpid());
	if (!control_open(base, address.sun_path, &access, verbs, NULL, &error))
		abort();
	atexit(remove_socket);
}

static void check_line(const char *line, size_t len)
{
	json_t *o = json_loadb(line, len, 0, NULL);

	if (!json_is_object(o) || !(json_object_get(o, "synackd") || json_object_get(o, "result") ||
				    json_object_get(o, "error")))
		abort();
	json_decref(o);
}

/* Checks the complete lines received so far, and keeps an incomplete one. Returns false at the end
 * of the stream. */
static bool hear(int fd, char *heard, size_t room, size_t *len)
{
	ssize_t n = recv(fd, heard + *len, room - *len, MSG_DONTWAIT);
	char *end;

	if (n > 0)
		*len += (size_t)n;
	while ((end = memchr(heard, '\n', *len))) {
		check_line(heard, (size_t)(end - heard));
		*len -= (size_t)(end + 1 - heard);
		memmove(heard, end + 1, *len);
	}
	return n != 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char heard[4 * CONTROL_LINE_MAX];
	int fd, turns = 0;
	size_t len = 0;

	open_once();
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		abort();
	/* The server may close the connection before the end of the input. */
	while (size) {
		ssize_t n = send(fd, data, size, MSG_DONTWAIT | MSG_NOSIGNAL);

		event_base_loop(base, EVLOOP_NONBLOCK);
		hear(fd, heard, sizeof(heard), &len);
		if (++turns == TURNS_MAX)
			abort();
		data += n > 0 ? n : 0;
		size = n > 0 ? size - (size_t)n : 0;
	}
	shutdown(fd, SHUT_WR);
	while (hear(fd, heard, sizeof(heard), &len)) {
		event_base_loop(base, EVLOOP_NONBLOCK);
		if (++turns == TURNS_MAX)
			abort();
	}
	close(fd);
	event_base_loop(base, EVLOOP_NONBLOCK);
	return 0;
}
