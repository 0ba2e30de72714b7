/* SPDX-License-Identifier: MIT */
#include "control/server.h"

#include "base/log.h"
#include "base/text.h"
#include "control/json_line.h"
#include "control/json_memory.h"
#include "control/kept_socket.h"
#include "control/listener.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define TEXT_OF(macro) #macro
#define AS_TEXT(macro) TEXT_OF(macro)
#define LINE_TOO_LONG  "line too long: expected at most " AS_TEXT(CONTROL_LINE_MAX) " octets"

/* Time limit for a client that does not read. */
static const struct timeval write_limit = {.tv_sec = 30};
/* After the events that are pending now. */
static const struct timeval at_once = {0};
/* Interval of checks whether a client still waits for a deferred answer. */
static const struct timeval look_again = {.tv_usec = 200000};

struct client {
	struct control *control;
	struct bufferevent *io;
	struct client *next, **here;
	struct peer peer;
	struct event *turn; /* event that takes the next request, after other events */
	bool ended;         /* it sends no more requests */
	bool closing;       /* close after the output is sent */
	void (*gone)(void *arg);
	void *gone_arg;
	void (*deferred)(void *arg); /* called if the client disconnects before the deferred answer;
					NULL: no answer is deferred */
	void *deferred_arg;
	json_t *id; /* id of the deferred request, owned; NULL: a notification */
};

struct control {
	struct event_base *base;
	struct kept_socket *socket;
	char *path;
	char *group; /* owned: access.group */
	char *user;  /* owned: access.user */
	struct control_access access;
	const struct control_verb *verbs;
	void *context;
	struct client *clients;
	unsigned count;
};

static void client_free(struct client *c)
{
	struct control *control = c->control;

	if (c->gone)
		c->gone(c->gone_arg);
	if (c->deferred)
		c->deferred(c->deferred_arg);
	json_decref(c->id);
	*c->here = c->next;
	if (c->next)
		c->next->here = c->here;
	control->count--;
	event_free(c->turn);
	bufferevent_free(c->io);
	free(c);
	kept_socket_resume(control->socket);
}

/* Shuts the socket down, so that the client is freed by a later event, not within a callback. */
static void hang_up(const struct client *c)
{
	shutdown(bufferevent_getfd(c->io), SHUT_RDWR);
}

/* Adding the event again would move it behind the events that are due now. */
static void wait_for_turn(struct client *c)
{
	if (!event_pending(c->turn, EV_TIMEOUT, NULL) && event_add(c->turn, &at_once) < 0)
		hang_up(c);
}

/* Sends one line. Takes ownership of the object. */
static void say(struct client *c, json_t *object)
{
	if (!json_line_write(c->io, object))
		hang_up(c);
}

bool client_watch(struct client *c, void (*gone)(void *arg), void *arg)
{
	if (c->gone)
		return false;
	c->gone = gone;
	c->gone_arg = arg;
	bufferevent_set_timeouts(c->io, NULL, NULL);
	return true;
}

size_t client_waiting(const struct client *c)
{
	return evbuffer_get_length(bufferevent_get_output(c->io));
}

bool client_push(struct client *c, json_t *object, size_t bound)
{
	return json_line_push(c->io, object, c->closing ? 0 : bound);
}

/* Answers a request. A notification (`id` NULL) gets no answer, except an error in its form. Takes
 * ownership of the parts of the reply. */
static void answer(struct client *c, json_t *id, struct control_reply *reply)
{
	const int code = reply->code;
	json_t *object;

	if (reply->text && id && !json_line_result(c->io, json_incref(id), reply->text))
		hang_up(c);
	if (reply->text)
		id = NULL; /* the response was sent */
	object = reply_response(reply, id);
	if (id || code == CONTROL_PARSE_ERROR || code == CONTROL_INVALID_REQUEST)
		say(c, object);
	else
		json_decref(object);
}

static const char *verb_name(size_t i, const void *arg)
{
	const struct control *control = arg;

	return control->verbs[i].name;
}

static const struct control_verb *find_verb(const struct control *control, const char *name)
{
	for (const struct control_verb *v = control->verbs; v->name; v++)
		if (strcmp(v->name, name) == 0)
			return v;
	return NULL;
}

/* Returns the endpoint that the request for a change names or adds. */
static const char *named_endpoint(const json_t *params)
{
	const json_t *name = json_object_get(params, "endpoint");

	return json_string_value(name ? name : json_object_get(params, "name"));
}

/* Separate limits: refused changes must not suppress the log lines of successful ones. */
static void log_change(const struct client *c, const char *method, const json_t *params,
		       const struct control_reply *reply)
{
	static struct log_limit made = {.what = "changes", .lines = 500};
	static struct log_limit refused = {.what = "changes that were refused", .lines = 50};
	char *text = params ? json_dumps(params, JSON_COMPACT) : NULL;
	const struct log_subject about = {
		.message = reply->result ? MESSAGE_CHANGED : MESSAGE_CHANGE_REFUSED,
		.endpoint = named_endpoint(params),
		.behaviour = json_string_value(json_object_get(params, "behaviour")),
		.client = json_string_value(json_object_get(params, "client")),
		.connection = (uint64_t)json_integer_value(json_object_get(params, "id")),
	};

	log_limited(reply->result ? &made : &refused, LOG_LEVEL_INFO, &about,
		    "uid %u (%s), pid %d: %s%s%s%s%s", (unsigned)c->peer.uid, peer_name(&c->peer),
		    (int)c->peer.pid, method, text ? " " : "", text ? text : "",
		    reply->result ? "" : ": ", reply->result ? "" : reply_message(reply));
	free(text);
}

bool control_may_change(struct control_reply *reply)
{
	const struct client *c = reply->client;
	const struct control *control = c->control;

	if (peer_may_change(bufferevent_getfd(c->io), &c->peer, &control->access))
		return true;
	free(reply->message);
	reply->message = peer_refusal(&c->peer, &control->access, control->path);
	reply->code = CONTROL_FORBIDDEN;
	return false;
}

static void call(struct client *c, const json_t *request, struct control_reply *reply)
{
	const char *method = json_string_value(json_object_get(request, "method"));
	const json_t *params = json_object_get(request, "params");
	const char *version = json_string_value(json_object_get(request, "jsonrpc"));
	const struct control_verb *verb;

	if (!method || !version || strcmp(version, "2.0") != 0) {
		reply_fail(reply, CONTROL_INVALID_REQUEST,
			   "invalid request: expected {\"jsonrpc\": \"2.0\", \"id\": …, "
			   "\"method\": …}");
		return;
	}
	verb = find_verb(c->control, method);
	if (!verb) {
		reply_fail(reply, CONTROL_NO_METHOD, "unknown method '%s'", method);
		reply->suggestion = suggest(method, verb_name, c->control);
		return;
	}
	if (params && !json_is_object(params)) {
		reply_fail(reply, CONTROL_BAD_PARAMS, "'params': expected an object");
		return;
	}
	if (!verb->changes || control_may_change(reply))
		verb->run(c->control->context, params, reply);
	if (!reply->result && !reply->code && !c->deferred)
		reply_fail(reply, CONTROL_REFUSED, "%s: no answer", method);
	if (verb->changes)
		log_change(c, method, params, reply);
}

static void take_line(struct client *c, const char *line, size_t len)
{
	struct control_reply reply = {.client = c};
	json_error_t error;
	json_t *request;
	json_t *id;

	(void)json_memory_failed(); /* forget failures before this answer */
	request = json_loadb(line, len, JSON_REJECT_DUPLICATES, &error);
	id = json_is_object(request) ? json_object_get(request, "id") : NULL;
	if (!request)
		reply_fail(&reply, CONTROL_PARSE_ERROR, "invalid JSON: %s", error.text);
	else if (!json_is_object(request))
		reply_fail(&reply, CONTROL_INVALID_REQUEST,
			   "invalid request: expected one object per line");
	else
		call(c, request, &reply);
	if (c->deferred)
		c->id = json_incref(id);
	else
		answer(c, id, &reply);
	json_decref(request);
}

/* Returns true if the client has disconnected, not only shut down its sending side. */
static bool is_gone(const struct client *c)
{
	struct pollfd p = {.fd = bufferevent_getfd(c->io)};

	return poll(&p, 1, 0) == 1 && p.revents & (POLLHUP | POLLERR);
}

void client_defer(struct client *c, void (*gone)(void *arg), void *arg)
{
	c->deferred = gone;
	c->deferred_arg = arg;
	if (event_add(c->turn, &look_again) < 0)
		hang_up(c);
}

void client_answer(struct client *c, struct control_reply *reply)
{
	json_t *id = c->id;

	c->deferred = NULL;
	c->id = NULL;
	answer(c, id, reply);
	json_decref(id);
	event_del(c->turn);
	wait_for_turn(c);
}

/* Sends the reason, and closes the connection once it is sent. */
static void give_up_on(struct client *c, const char *why)
{
	struct control_reply reply = {0};

	reply_fail(&reply, CONTROL_INVALID_REQUEST, "%s", why);
	answer(c, NULL, &reply);
	c->closing = true;
	bufferevent_disable(c->io, EV_READ);
	bufferevent_set_timeouts(c->io, NULL, &write_limit); /* a follower had no limit */
}

/* The client sends no more requests, but may still read. */
static void end(struct client *c)
{
	if (client_waiting(c))
		c->closing = true;
	else
		client_free(c);
}

/* Handles one request. Further requests wait for other events, and until the client reads. */
static void on_turn(evutil_socket_t fd, short what, void *arg)
{
	struct client *c = arg;
	struct evbuffer *in = bufferevent_get_input(c->io);
	size_t len;
	char *line;

	(void)fd;
	(void)what;
	if (c->closing)
		return;
	if (c->deferred) {
		if (is_gone(c))
			client_free(c);
		else
			event_add(c->turn, &look_again);
		return;
	}
	if (client_waiting(c) > CONTROL_OUTPUT_MAX) {
		/* Otherwise libevent would call on_read repeatedly while there is no room. */
		bufferevent_disable(c->io, EV_READ);
		return;
	}
	line = evbuffer_readln(in, &len, EVBUFFER_EOL_LF);
	if (!line && evbuffer_search_eol(in, NULL, NULL, EVBUFFER_EOL_LF).pos >= 0)
		hang_up(c); /* out of memory */
	else if (line && len > CONTROL_LINE_MAX)
		give_up_on(c, LINE_TOO_LONG);
	else if (line && len)
		take_line(c, line, len);
	free(line);
	if (c->closing)
		return;
	if (line && !c->ended && evbuffer_get_length(in) < 2 * CONTROL_LINE_MAX &&
	    bufferevent_enable(c->io, EV_READ) < 0)
		hang_up(c);
	if (line)
		wait_for_turn(c);
	else if (evbuffer_get_length(in) > CONTROL_LINE_MAX)
		give_up_on(c, LINE_TOO_LONG);
	else if (c->ended)
		end(c);
}

/* Stops reading at two lines of the maximum length. libevent's own watermark would end the process
 * if memory runs out. */
static void on_read(struct bufferevent *io, void *arg)
{
	struct client *c = arg;

	if (evbuffer_get_length(bufferevent_get_input(io)) >= 2 * CONTROL_LINE_MAX)
		bufferevent_disable(io, EV_READ);
	wait_for_turn(c);
}

static void on_written(struct bufferevent *io, void *arg)
{
	struct client *c = arg;

	if (evbuffer_get_length(bufferevent_get_output(io)))
		return;
	if (c->closing) {
		client_free(c);
		return;
	}
	if (!c->ended && bufferevent_enable(io, EV_READ) < 0)
		hang_up(c);
	wait_for_turn(c);
}

static void on_event(struct bufferevent *io, short what, void *arg)
{
	struct client *c = arg;

	(void)io;
	if (what & BEV_EVENT_EOF && !c->gone) {
		c->ended = true;
		wait_for_turn(c);
	} else if (what & (BEV_EVENT_EOF | BEV_EVENT_ERROR | BEV_EVENT_TIMEOUT)) {
		client_free(c);
	}
}

/* No user can use all places: some are reserved for root and the user of the daemon, and each other
 * user has a limit. */
static bool has_place(const struct control *control, const struct peer *peer)
{
	unsigned same = 0;

	if (peer->uid == 0 || peer->uid == geteuid())
		return control->count < CONTROL_CLIENTS_MAX;
	for (const struct client *c = control->clients; c; c = c->next)
		same += c->peer.uid == peer->uid;
	return same < CONTROL_CLIENTS_EACH &&
	       control->count < CONTROL_CLIENTS_MAX - CONTROL_CLIENTS_KEPT;
}

/* Returns NULL if memory runs out. */
static struct client *client_new(struct control *control, int fd, const struct peer *peer)
{
	struct client *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	*c = (struct client){.control = control, .here = &control->clients, .peer = *peer};
	c->turn = event_new(control->base, -1, 0, on_turn, c);
	if (c->turn)
		c->io = bufferevent_socket_new(control->base, fd, BEV_OPT_CLOSE_ON_FREE);
	if (c->io)
		return c;
	if (c->turn)
		event_free(c->turn);
	free(c);
	return NULL;
}

static void on_accepted(int fd, void *arg)
{
	struct control *control = arg;
	struct client *c;
	struct peer peer;

	peer_of(fd, &peer);
	if (!has_place(control, &peer)) {
		listener_refuse(fd, "too many clients: try again, or list them with 'ss -xp'");
		return;
	}
	c = client_new(control, fd, &peer);
	if (!c) {
		listener_refuse(fd, "out of memory: try again");
		return;
	}
	c->next = control->clients;
	if (c->next)
		c->next->here = &c->next;
	control->clients = c;
	control->count++;
	bufferevent_setcb(c->io, on_read, on_written, on_event, c);
	bufferevent_set_timeouts(c->io, NULL, &write_limit);
	if (bufferevent_enable(c->io, EV_READ | EV_WRITE) < 0) {
		client_free(c);
		return;
	}
	say(c, json_pack("{s:s, s:i, s:{s:i, s:i}}", "synackd", SYNACKD_VERSION, "protocol",
			 CONTROL_PROTOCOL, "limits", "line", CONTROL_LINE_MAX, "clients",
			 CONTROL_CLIENTS_MAX));
}

struct control *control_open(struct event_base *base, const char *path,
			     const struct control_access *access, const struct control_verb *verbs,
			     void *context, char **error)
{
	struct control *c = xcalloc(1, sizeof(*c));

	*c = (struct control){
		.base = base,
		.path = xstrdup(path),
		.group = xstrdup(access->group),
		.user = xstrdup(access->user),
		.verbs = verbs,
		.context = context,
	};
	c->access = (struct control_access){
		.group = c->group, .user = c->user, .everyone = access->everyone};
	c->socket = kept_socket_new(base, path, &c->access, on_accepted, c, error);
	if (c->socket)
		return c;
	control_close(c);
	return NULL;
}

void control_close(struct control *c)
{
	if (!c)
		return;
	while (c->clients)
		client_free(c->clients);
	kept_socket_free(c->socket);
	free(c->group);
	free(c->user);
	free(c->path);
	free(c);
}
