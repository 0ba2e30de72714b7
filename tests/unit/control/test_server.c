/* SPDX-License-Identifier: MIT */
/* The control server as a client meets it: a thread serves, the test speaks through a socket. */
#include "unit.h"

#include "control/kept_socket.h"
#include "control/server.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define LARGE (4 * 1024 * 1024)

static char directory[] = "/tmp/synackd-control-XXXXXX";
static char path[64];

static struct event_base *base;
static struct control *control;
static pthread_t thread;

static unsigned larges, slows; /* how often they ran; atomic */
static unsigned slows_at_echo; /* `slows` when `echo` ran last; atomic */
static sem_t gate;             /* the first `slow` waits until the test opens it */

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

static void close_gate(void)
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
static unsigned left;          /* how many clients left before their answer; atomic */

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

static FILE *connect_to(void)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	const struct timeval limit = {.tv_sec = PATIENCE / 1000};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	strcpy(to.sun_path, path);
	ck_assert_int_eq(connect(fd, (const struct sockaddr *)&to, sizeof(to)), 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	return fdopen(fd, "r+");
}

/* The next line as JSON; NULL at the end. */
static json_t *hear(FILE *f)
{
	char *line = NULL;
	size_t size = 0;
	json_t *o = NULL;

	if (getline(&line, &size, f) > 0) {
		o = json_loads(line, 0, NULL);
		ck_assert_ptr_nonnull(o);
	} else {
		ck_assert_msg(feof(f) || errno == ECONNRESET, "nothing came, and no end either");
	}
	free(line);
	return o;
}

static void say(FILE *f, const char *text)
{
	fputs(text, f);
	fflush(f);
}

static json_t *ask(FILE *f, const char *text)
{
	say(f, text);
	return hear(f);
}

/* Whether a client waited for the answer that `answer` gave. */
static bool give_answer(void)
{
	FILE *f = connect_to();
	json_t *o;
	bool waited;

	json_decref(hear(f));
	o = ask(f, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"answer\"}\n");
	waited = json_is_true(json_object_get(o, "result"));
	json_decref(o);
	fclose(f);
	return waited;
}

static void await_answer(void)
{
	bool waited = false;

	for (int ms = 0; ms < PATIENCE && !(waited = give_answer()); ms += 10)
		usleep(10000);
	ck_assert(waited);
}

/* What stands at error.code. */
static int code_of(json_t *answer)
{
	int code =
		(int)json_integer_value(json_object_get(json_object_get(answer, "error"), "code"));

	json_decref(answer);
	return code;
}

static void begin(void)
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

static void end(void)
{
	FILE *f = connect_to();

	json_decref(hear(f));
	say(f, "{\"jsonrpc\":\"2.0\",\"method\":\"stop\"}\n");
	pthread_join(thread, NULL);
	fclose(f);
	control_close(control);
	event_base_free(base);
	ck_assert_int_ne(access(path, F_OK), 0); /* it took its socket away */
	rmdir(directory);
}

START_TEST(a_client_is_greeted_and_answered)
{
	FILE *f;
	json_t *o;

	begin();
	f = connect_to();
	o = hear(f);
	ck_assert_str_eq(json_string_value(json_object_get(o, "synackd")), SYNACKD_VERSION);
	ck_assert_int_eq(json_integer_value(json_object_get(o, "protocol")), 1);
	ck_assert_int_eq(json_integer_value(json_object_get(json_object_get(o, "limits"), "line")),
			 65536);
	json_decref(o);

	/* Two in one write, the second in two pieces. */
	say(f, "{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"method\":\"echo\",\"params\":{\"x\":[1]}}\n{"
	       "\"json");
	o = ask(f, "rpc\":\"2.0\",\"id\":8,\"method\":\"echo\"}\n");
	ck_assert_str_eq(json_string_value(json_object_get(o, "jsonrpc")), "2.0");
	ck_assert_str_eq(json_string_value(json_object_get(o, "id")), "a");
	ck_assert_ptr_nonnull(
		json_object_get(json_object_get(json_object_get(o, "result"), "params"), "x"));
	json_decref(o);
	o = hear(f);
	ck_assert_int_eq(json_integer_value(json_object_get(o, "id")), 8);
	json_decref(o);
	fclose(f);
	end();
}
END_TEST

START_TEST(errors_have_a_code_a_sentence_and_a_suggestion)
{
	json_t *o, *error, *data;
	FILE *f;

	begin();
	f = connect_to();
	json_decref(hear(f));
	o = ask(f, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"refuse\"}\n");
	error = json_object_get(o, "error");
	data = json_object_get(error, "data");
	ck_assert_int_eq(json_integer_value(json_object_get(error, "code")), -32001);
	ck_assert_str_eq(json_string_value(json_object_get(error, "message")), "there is no thing");
	ck_assert_str_eq(json_string_value(json_object_get(data, "suggestion")), "that one");
	ck_assert_str_eq(json_string_value(json_array_get(json_object_get(data, "errors"), 0)),
			 "line 1");
	ck_assert_ptr_null(json_object_get(o, "result"));
	json_decref(o);

	o = ask(f, "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"ehco\"}\n");
	data = json_object_get(json_object_get(o, "error"), "data");
	ck_assert_str_eq(json_string_value(json_object_get(data, "suggestion")), "echo");
	ck_assert_int_eq(code_of(o), -32601);
	ck_assert_int_eq(code_of(ask(f, "[1, 2]\n")), -32600);
	ck_assert_int_eq(code_of(ask(f, "not json\n")), -32700);
	ck_assert_int_eq(code_of(ask(f, "{\"id\":3,\"method\":\"echo\"}\n")), -32600);
	ck_assert_int_eq(
		code_of(ask(f,
			    "{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"echo\",\"params\":[]}\n")),
		-32602);
	fclose(f);
	end();
}
END_TEST

START_TEST(a_notification_has_no_answer)
{
	json_t *o;
	FILE *f;

	begin();
	f = connect_to();
	json_decref(hear(f));
	say(f, "{\"jsonrpc\":\"2.0\",\"method\":\"echo\"}\n");
	o = ask(f, "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"echo\"}\n");
	ck_assert_int_eq(json_integer_value(json_object_get(o, "id")), 2);
	json_decref(o);
	fclose(f);
	end();
}
END_TEST

/* `n` octets without a line end. */
static void say_long(FILE *f, size_t n)
{
	char *text = malloc(n + 1);

	memset(text, ' ', n);
	text[n] = '\0';
	say(f, text);
	free(text);
}

START_TEST(a_line_too_long_is_refused_and_ends_it)
{
	FILE *f;

	begin();
	f = connect_to();
	json_decref(hear(f));
	say_long(f, CONTROL_LINE_MAX + 1);
	ck_assert_int_eq(code_of(hear(f)), -32600);
	ck_assert_ptr_null(hear(f));
	fclose(f);

	f = connect_to(); /* with its end in the same piece */
	json_decref(hear(f));
	say_long(f, CONTROL_LINE_MAX);
	ck_assert_int_eq(code_of(ask(f, "x\n")), -32600);
	ck_assert_ptr_null(hear(f));
	fclose(f);

	f = connect_to(); /* just short enough */
	json_decref(hear(f));
	say_long(f, CONTROL_LINE_MAX - 1);
	ck_assert_int_eq(code_of(ask(f, "x\n")), -32700);
	fclose(f);
	end();
}
END_TEST

START_TEST(who_asks_and_does_not_read_has_to_wait)
{
	const int asked = 8;
	FILE *f, *other;

	begin();
	larges = 0;
	f = connect_to();
	json_decref(hear(f));
	for (int i = 0; i < asked; i++)
		say(f, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"large\"}\n");
	other = connect_to(); /* is served all the same */
	json_decref(hear(other));
	for (int i = 0; i < 100; i++)
		json_decref(ask(other, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"echo\"}\n"));
	fclose(other);
	ck_assert_uint_eq(__atomic_load_n(&larges, __ATOMIC_RELAXED), 1);
	for (int i = 0; i < asked; i++) {
		json_t *o = hear(f);

		ck_assert_uint_eq(json_string_length(json_object_get(o, "result")), LARGE);
		json_decref(o);
	}
	fclose(f);
	end();
}
END_TEST

START_TEST(who_asks_much_at_once_keeps_nobody_waiting)
{
	const unsigned asked = 500;
	FILE *f, *other;

	begin();
	close_gate();
	f = connect_to();
	json_decref(hear(f));
	for (unsigned i = 0; i < asked; i++)
		fputs("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"slow\"}\n", f);
	fflush(f);
	other = connect_to();
	say(other, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"echo\"}\n");
	sem_post(&gate);
	json_decref(hear(other));
	json_decref(hear(other));
	ck_assert_uint_lt(__atomic_load_n(&slows_at_echo, __ATOMIC_RELAXED), asked / 2);
	fclose(other);
	fclose(f);
	end();
}
END_TEST

START_TEST(who_closes_its_side_gets_all_answers)
{
	const int asked = 20;
	FILE *f;

	begin();
	close_gate();
	f = connect_to();
	json_decref(hear(f));
	for (int i = 0; i < asked; i++)
		fputs("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"slow\"}\n", f);
	fputs("{\"jsonrpc\"", f); /* and no end */
	fflush(f);
	shutdown(fileno(f), SHUT_WR);
	sem_post(&gate);
	for (int i = 0; i < asked; i++) {
		json_t *o = hear(f);

		ck_assert_ptr_nonnull(o);
		json_decref(o);
	}
	ck_assert_ptr_null(hear(f));
	fclose(f);
	end();
}
END_TEST

/* Else it is told why not, and that is all. */
static bool is_greeted(void)
{
	FILE *f = connect_to();
	json_t *o = hear(f);
	bool greeted = json_object_get(o, "protocol");

	if (!greeted) {
		ck_assert_ptr_nonnull(strstr(
			json_string_value(json_object_get(json_object_get(o, "error"), "message")),
			"as many clients as synackd takes"));
		ck_assert_ptr_null(hear(f));
	}
	json_decref(o);
	fclose(f);
	return greeted;
}

START_TEST(clients_are_bounded)
{
	FILE *f[CONTROL_CLIENTS_MAX];
	bool greeted = false;

	begin();
	for (int i = 0; i < CONTROL_CLIENTS_MAX; i++) {
		f[i] = connect_to();
		json_decref(hear(f[i]));
	}
	ck_assert(!is_greeted());
	for (int i = 0; i < CONTROL_CLIENTS_MAX; i++)
		fclose(f[i]);
	for (int ms = 0; ms < PATIENCE && !(greeted = is_greeted()); ms += 10)
		usleep(10000); /* it hears of that in its own time */
	ck_assert(greeted);
	end();
}
END_TEST

static bool reaches(void)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	bool connected;

	strcpy(to.sun_path, path);
	connected = connect(fd, (const struct sockaddr *)&to, sizeof(to)) == 0;
	close(fd);
	return connected;
}

START_TEST(a_socket_that_is_removed_is_made_anew)
{
	bool reached = false;
	FILE *f;

	begin();
	f = connect_to();
	json_decref(hear(f));
	for (int times = 0; times < 2; times++) {
		unlink(path);
		reached = false;
		for (int ms = 0; ms < PATIENCE && !(reached = reaches()); ms += 10)
			usleep(10000);
		ck_assert(reached);
	}
	/* A client that was there stays. */
	json_decref(ask(f, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"echo\"}\n"));
	fclose(f);
	end();
}
END_TEST

START_TEST(what_else_stands_there_stays)
{
	char other[sizeof(path) + 8];
	FILE *f, *file;

	begin();
	f = connect_to();
	json_decref(hear(f));
	snprintf(other, sizeof(other), "%s.other", path);
	file = fopen(other, "w");
	ck_assert_ptr_nonnull(file);
	fclose(file);
	ck_assert_int_eq(rename(other, path), 0);
	sleep(KEPT_SOCKET_SECONDS);
	say(f, "{\"jsonrpc\":\"2.0\",\"method\":\"stop\"}\n");
	pthread_join(thread, NULL);
	fclose(f);
	control_close(control);
	event_base_free(base);
	ck_assert_int_eq(unlink(path), 0);
	rmdir(directory);
}
END_TEST

#define LATER "{\"jsonrpc\":\"2.0\",\"id\":[7],\"method\":\"later\"}\n"

START_TEST(a_deferred_answer_comes_before_the_next_one)
{
	FILE *f;
	json_t *o;

	begin();
	f = connect_to();
	json_decref(hear(f));
	say(f, LATER "{\"jsonrpc\":\"2.0\",\"id\":8,\"method\":\"echo\"}\n");
	shutdown(fileno(f), SHUT_WR); /* it asks no more, and still listens */
	await_answer();
	o = hear(f);
	ck_assert(json_is_true(json_object_get(json_object_get(o, "result"), "late")));
	ck_assert_int_eq(json_integer_value(json_array_get(json_object_get(o, "id"), 0)), 7);
	json_decref(o);
	o = hear(f);
	ck_assert_int_eq(json_integer_value(json_object_get(o, "id")), 8);
	json_decref(o);
	ck_assert_ptr_null(hear(f));
	fclose(f);
	ck_assert_uint_eq(left, 0);
	end();
}
END_TEST

static void await_left(unsigned count)
{
	for (int ms = 0; ms < PATIENCE && __atomic_load_n(&left, __ATOMIC_RELAXED) < count;
	     ms += 10)
		usleep(10000);
	ck_assert_uint_eq(__atomic_load_n(&left, __ATOMIC_RELAXED), count);
}

START_TEST(a_client_that_leaves_before_its_answer_is_told_of)
{
	FILE *f;

	begin();
	for (unsigned shut = 0; shut < 2; shut++) {
		f = connect_to();
		json_decref(hear(f));
		say(f, LATER LATER);
		if (shut)
			shutdown(fileno(f), SHUT_WR);
		fclose(f);
		await_left(shut + 1);
	}
	f = connect_to();
	json_decref(hear(f));
	say(f, LATER);
	await_answer(); /* it is the one that waits */
	json_decref(hear(f));
	say(f, LATER);
	end(); /* of the server: it leaves, too */
	fclose(f);
	ck_assert_uint_ge(left, 2);
}
END_TEST

UNIT_MAIN("server", a_client_is_greeted_and_answered,
	  errors_have_a_code_a_sentence_and_a_suggestion, a_notification_has_no_answer,
	  a_line_too_long_is_refused_and_ends_it, who_asks_and_does_not_read_has_to_wait,
	  who_asks_much_at_once_keeps_nobody_waiting, who_closes_its_side_gets_all_answers,
	  clients_are_bounded, a_socket_that_is_removed_is_made_anew, what_else_stands_there_stays,
	  a_deferred_answer_comes_before_the_next_one,
	  a_client_that_leaves_before_its_answer_is_told_of)
