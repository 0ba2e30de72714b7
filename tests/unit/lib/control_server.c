/* SPDX-License-Identifier: MIT */
#include "control_server.h"

#include "unit.h"

#include "control/server.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

char directory[] = "/tmp/synackd-control-XXXXXX";
char path[64];

static struct event_base *base;
static struct control *control;
static pthread_t thread;

unsigned larges, slows, slows_at_echo;
sem_t gate;

static void run_echo(void *context, const json_t *params, struct control_reply *reply)
{
	(void)context;
	__atomic_store_n(&slows_at_echo, slows, __ATOMIC_RELAXED);
	reply->result = json_pack("{s:O?}", "params", params);
}

static void run_refuse(void *context, const json_t *params, struct control_reply *reply)
{
	(void)params;
	reply_fail(reply, CONTROL_UNKNOWN_NAME, "there is no %s", (const char *)context);
	reply->suggestion = "that one";
	reply->errors = json_pack("[s]", "line 1");
}

static void run_large(void *context, const json_t *params, struct control_reply *reply)
{
	char *text = malloc(LARGE);

	(void)context;
	(void)params;
	__atomic_add_fetch(&larges, 1, __ATOMIC_RELAXED);
	memset(text, 'x', LARGE);
	reply->result = json_stringn(text, LARGE);
	free(text);
}

static void wait_at_gate(void)
{
	struct timespec end;

	clock_gettime(CLOCK_REALTIME, &end);
	end.tv_sec += PATIENCE / 1000;
	while (sem_timedwait(&gate, &end) < 0 && errno == EINTR)
		;
}

void close_gate(void)
{
	slows = 0;
	ck_assert_int_eq(sem_init(&gate, 0, 0), 0);
}

static void run_slow(void *context, const json_t *params, struct control_reply *reply)
{
	(void)context;
	(void)params;
	if (slows == 0)
		wait_at_gate();
	reply->result = json_integer(__atomic_add_fetch(&slows, 1, __ATOMIC_RELAXED));
}

static struct client *waiting; /* the client of `later` */
unsigned left;

static void on_left(void *arg)
{
	(void)arg;
	waiting = NULL;
	__atomic_add_fetch(&left, 1, __ATOMIC_RELAXED);
}

static void run_later(void *context, const json_t *params, struct control_reply *reply)
{
	(void)context;
	(void)params;
	waiting = reply->client;
	client_defer(waiting, on_left, NULL);
}

/* Answers `later`. */
static void run_answer(void *context, const json_t *params, struct control_reply *reply)
{
	struct control_reply late = {.client = waiting, .text = strdup("{\"late\":true}")};

	(void)context;
	(void)params;
	reply->result = json_boolean(waiting);
	if (waiting)
		client_answer(waiting, &late);
	else
		free(late.text);
	waiting = NULL;
}

static void run_stop(void *context, const json_t *params, struct control_reply *reply)
{
	(void)context;
	(void)params;
	reply->result = json_true();
	event_base_loopbreak(base);
}

static const struct control_verb verbs[] = {
	{"echo", false, run_echo},     {"refuse", true, run_refuse},
	{"large", false, run_large},   {"slow", false, run_slow},
	{"stop", false, run_stop},     {"later", false, run_later},
	{"answer", false, run_answer}, {0},
};

static void *serve(void *arg)
{
	(void)arg;
	event_base_dispatch(base);
	return NULL;
}

FILE *connect_to(void)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	const struct timeval limit = {.tv_sec = PATIENCE / 1000};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	strcpy(to.sun_path, path);
	ck_assert_int_eq(connect(fd, (const struct sockaddr *)&to, sizeof(to)), 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	return fdopen(fd, "r+");
}

json_t *receive_line(FILE *f)
{
	char *line = NULL;
	size_t size = 0;
	json_t *o = NULL;

	if (getline(&line, &size, f) > 0) {
		o = json_loads(line, 0, NULL);
		ck_assert_ptr_nonnull(o);
	} else {
		ck_assert_msg(feof(f) || errno == ECONNRESET, "no line and no end of the stream");
	}
	free(line);
	return o;
}

FILE *connect_greeted(void)
{
	FILE *f = connect_to();

	json_decref(receive_line(f));
	return f;
}

void send_text(FILE *f, const char *text)
{
	fputs(text, f);
	fflush(f);
}

json_t *ask(FILE *f, const char *text)
{
	send_text(f, text);
	return receive_line(f);
}

int code_of(json_t *answer)
{
	int code =
		(int)json_integer_value(json_object_get(json_object_get(answer, "error"), "code"));

	json_decref(answer);
	return code;
}

void control_begin(void)
{
	static const struct control_access access = {.group = "", .user = ""};
	char *error = NULL;

	strcpy(directory + strlen(directory) - 6, "XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/control", directory);
	signal(SIGPIPE, SIG_IGN);
	base = event_base_new();
	control = control_open(base, path, &access, verbs, (void *)"thing", &error);
	ck_assert_msg(control != NULL, "%s", error);
	pthread_create(&thread, NULL, serve, NULL);
}

void control_stop(FILE *f)
{
	send_text(f, "{\"jsonrpc\":\"2.0\",\"method\":\"stop\"}\n");
	pthread_join(thread, NULL);
	fclose(f);
	control_close(control);
	event_base_free(base);
}

void control_end(void)
{
	control_stop(connect_greeted());
	ck_assert_int_ne(access(path, F_OK), 0); /* the server removed its socket */
	rmdir(directory);
}
