/* SPDX-License-Identifier: MIT */
#include "client.h"

#include "base/steady.h"
#include "base/text.h"
#include "reach.h"
#include "remote.h"
#include "screen.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define GREETING_LIMIT (5 * NS_PER_S)
#define SSH_LIMIT      (120 * NS_PER_S) /* ssh can ask for a password */
#define ANSWER_LIMIT   (30 * NS_PER_S)
#define SILENCE_LIMIT  (3600 * NS_PER_S)
#define LINE_MAX_IN    (64u * 1024 * 1024)

struct client {
	int fd;
	pid_t ssh;  /* 0 for a daemon on this host */
	char *path; /* in messages, with the host */
	struct text in;
	size_t used; /* octets of `in` that the previous line used */
	json_int_t line_max;
	json_int_t id;
};

static bool await_input(int fd, nstime until)
{
	nstime left;
	int n;

	do {
		struct pollfd p = {.fd = fd, .events = POLLIN};

		left = until - monotonic_now();
		n = left > 0 ? poll(&p, 1, (int)(left / NS_PER_MS) + 1) : 0;
	} while (n < 0 && errno == EINTR);
	return n > 0;
}

enum line_end { LINE_OK, LINE_LATE, LINE_CLOSED, LINE_LONG };

/* Reads the next line, without its line end. It remains valid until the next call. */
static enum line_end read_line(struct client *c, nstime limit, const char **line, size_t *len)
{
	nstime until = monotonic_now() + limit;
	size_t searched = 0;
	char chunk[16384];
	const char *end;
	ssize_t n;

	memmove(c->in.s, c->in.s + c->used, c->in.len - c->used);
	c->in.len -= c->used;
	c->used = 0;
	for (;;) {
		end = memchr(c->in.s + searched, '\n', c->in.len - searched);
		if (end)
			break;
		searched = c->in.len;
		if (c->in.len > LINE_MAX_IN)
			return LINE_LONG;
		if (!await_input(c->fd, until))
			return LINE_LATE;
		n = recv(c->fd, chunk, sizeof(chunk), 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return LINE_CLOSED;
		text_addn(&c->in, chunk, (size_t)n);
	}
	*line = c->in.s;
	*len = (size_t)(end - c->in.s);
	c->used = *len + 1;
	return LINE_OK;
}

static bool send_all(int fd, const char *s, size_t n)
{
	while (n) {
		ssize_t sent = send(fd, s, n, MSG_NOSIGNAL);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0)
			return false;
		s += sent;
		n -= (size_t)sent;
	}
	return true;
}

static char *other_protocol(const struct client *c, const char *version, json_int_t protocol)
{
	char *plain = printable(version);
	char *error = xasprintf("%s: synackd %s has control protocol %lld, synackctl has %d: "
				"install the same version of both",
				c->path, plain, (long long)protocol, CONTROL_PROTOCOL);

	free(plain);
	return error;
}

static char *refusal_of(const struct client *c, const char *why)
{
	char *plain = printable(why);
	char *error = xasprintf("%s: synackd refuses the connection: %s", c->path, plain);

	free(plain);
	return error;
}

/* Returns NULL on success, else a message for the user. */
static char *read_greeting(struct client *c)
{
	json_t *greeting = NULL;
	json_int_t protocol = 0;
	const char *version = NULL, *refused = NULL, *line;
	char *error = NULL;
	size_t len;

	switch (read_line(c, c->ssh ? SSH_LIMIT : GREETING_LIMIT, &line, &len)) {
	case LINE_OK: break;
	case LINE_LATE:
		return xasprintf("%s: no greeting from synackd: restart it if it hangs, or use "
				 "--control to name another socket",
				 c->path);
	default:
		if (c->ssh)
			return xasprintf("%s: no synackd answers by ssh: the host must be "
					 "reachable by ssh, with synackctl and a running synackd",
					 c->path);
		return xasprintf("%s: synackd closed the connection: see its log", c->path);
	}
	greeting = json_loadb(line, len, 0, NULL);
	json_unpack(greeting, "{s:{s:s}}", "error", "message", &refused);
	json_unpack(greeting, "{s:s, s:I}", "synackd", &version, "protocol", &protocol);
	json_unpack(greeting, "{s:{s:I}}", "limits", "line", &c->line_max);
	if (refused)
		error = refusal_of(c, refused);
	else if (!version)
		error = xasprintf("%s: the listener is not synackd: use --control to name the "
				  "socket of synackd",
				  c->path);
	else if (protocol != CONTROL_PROTOCOL)
		error = other_protocol(c, version, protocol);
	json_decref(greeting);
	return error;
}

const char *client_path(const struct client_place *place)
{
	/* $SYNACKD_CONTROL of this host does not apply to another host. */
	const char *set = place->host ? NULL : getenv("SYNACKD_CONTROL");

	if (place->path || place->host)
		return place->path;
	return set && *set ? set : CONTROL_PATH;
}

struct client *client_open(const struct client_place *place, char **error)
{
	const char *path = client_path(place);
	struct client *c;
	pid_t ssh = 0;
	int fd = place->host ? remote_reach(place, &ssh, error) : reach(path, place->wait, error);

	if (fd < 0)
		return NULL;
	c = xcalloc(1, sizeof(*c));
	*c = (struct client){
		.fd = fd,
		.ssh = ssh,
		.path = place->host ? xasprintf("%s:%s", place->host, path ? path : CONTROL_PATH)
				    : xstrdup(path)};
	text_addn(&c->in, "", 0);
	*error = read_greeting(c);
	if (!*error)
		return c;
	client_close(c);
	return NULL;
}

void client_close(struct client *c)
{
	if (!c)
		return;
	close(c->fd);
	while (c->ssh && waitpid(c->ssh, NULL, 0) < 0 && errno == EINTR)
		;
	text_free(&c->in);
	free(c->path);
	free(c);
}

/* Returns NULL on success, else a message for the user. */
static char *send_request(struct client *c, const char *method, json_t *params)
{
	json_t *request =
		json_pack("{s:s, s:I, s:s}", "jsonrpc", "2.0", "id", ++c->id, "method", method);
	char *line, *error = NULL;
	size_t len;

	if (params)
		json_object_set_new(request, "params", params);
	line = json_dumps(request, JSON_COMPACT);
	json_decref(request);
	if (!line)
		return xstrdup("synackctl: no memory for the request");
	len = strlen(line);
	if (c->line_max && len > (size_t)c->line_max)
		error = xasprintf("synackctl: request too long: %zu octets, expected at most %lld",
				  len, (long long)c->line_max);
	/* If that fails, read_answer() reads the reason that the daemon sent before it closed. */
	else if (send_all(c->fd, line, len))
		send_all(c->fd, "\n", 1);
	free(line);
	return error;
}

/* Returns the answer to the last request, and ignores other messages. Returns NULL and sets *error
 * on failure. */
static json_t *read_answer(struct client *c, char **error)
{
	const json_t *id;
	const char *line;
	json_t *answer;
	size_t len;

	for (;;) {
		switch (read_line(c, ANSWER_LIMIT, &line, &len)) {
		case LINE_OK: break;
		case LINE_LATE:
			*error = xasprintf("%s: no answer from synackd within %d s: see its log; "
					   "restart it if it hangs",
					   c->path, (int)(ANSWER_LIMIT / NS_PER_S));
			return NULL;
		case LINE_LONG:
			*error = xasprintf("%s: invalid answer from synackd: the line is too long",
					   c->path);
			return NULL;
		default:
			*error = xasprintf("%s: synackd closed the connection before it answered: "
					   "see its log ('journalctl -u synackd')",
					   c->path);
			return NULL;
		}
		answer = json_loadb(line, len, 0, NULL);
		id = json_object_get(answer, "id");
		if (!answer) {
			*error = xasprintf("%s: invalid answer from synackd: expected JSON",
					   c->path);
			return NULL;
		}
		/* An error with a null id means that the daemon could not parse our request. */
		if (json_integer_value(id) == c->id ||
		    (json_is_null(id) && json_object_get(answer, "error")))
			return answer;
		json_decref(answer);
	}
}

json_t *client_call(struct client *c, const char *method, json_t *params, json_t **refusal,
		    char **error)
{
	json_t *answer, *result;

	*refusal = NULL;
	*error = send_request(c, method, params);
	if (*error)
		return NULL;
	answer = read_answer(c, error);
	if (!answer)
		return NULL;
	result = json_incref(json_object_get(answer, "result"));
	*refusal = result ? NULL : json_incref(json_object_get(answer, "error"));
	json_decref(answer);
	if (!result && !*refusal)
		*error = xasprintf("%s: invalid answer from synackd: expected a result or an error",
				   c->path);
	return result;
}

char *refusal_words(const json_t *refusal)
{
	const json_t *data = json_object_get(refusal, "data");
	const char *message = json_string_value(json_object_get(refusal, "message"));
	const char *near = json_string_value(json_object_get(data, "suggestion"));
	char *words, *plain;

	if (!message)
		message = "the daemon refused the request without a reason";
	if (near && !strstr(message, "did you mean"))
		words = xasprintf("%s; did you mean '%s'?", message, near);
	else
		words = xstrdup(message);
	plain = printable(words);
	free(words);
	return plain;
}

/* Returns the parameters of a notification of this method, or NULL for any other message. */
static json_t *told(const char *line, size_t len, const char *method)
{
	json_t *message = json_loadb(line, len, 0, NULL), *params = NULL;
	const char *of = json_string_value(json_object_get(message, "method"));

	if (of && strcmp(of, method) == 0)
		params = json_incref(json_object_get(message, "params"));
	json_decref(message);
	return params;
}

json_t *client_next(struct client *c, const char *method, char **error)
{
	json_t *params = NULL;
	const char *line;
	size_t len;

	while (!params) {
		switch (read_line(c, SILENCE_LIMIT, &line, &len)) {
		case LINE_OK: params = told(line, len, method); break;
		case LINE_LATE: break; /* no event for a long time */
		default:
			*error = xasprintf("%s: synackd has exited: start it again", c->path);
			return NULL;
		}
	}
	return params;
}
