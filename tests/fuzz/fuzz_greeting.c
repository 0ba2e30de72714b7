/* SPDX-License-Identifier: MIT */
/* fuzz_greeting: libFuzzer target. Gives synackctl the input as the output of a synackd, local or
 * through ssh: a greeting, the answer to a request, and further lines. The client must return a
 * result or an error text. */
#include "client.h"
#include "reach.h"
#include "screen.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int daemon_end;

/* Replaces the function of cli/reach.c: the socket is connected, and the input is queued in it. */
int reach(const char *path, nstime wait, char **error)
{
	(void)path;
	(void)wait;
	(void)error;
	return dup(daemon_end);
}

nstime monotonic_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * NS_PER_S + now.tv_nsec;
}

static void show(const json_t *refusal)
{
	char *words = refusal_words(refusal);

	for (const char *s = words; *s; s++)
		if (*s == '\033' || *s == '\n')
			abort();
	free(words);
}

static void talk(struct client *c)
{
	json_t *refusal, *result, *told;
	char *error = NULL;

	result = client_call(c, "status", NULL, &refusal, &error);
	if (!result + !refusal + !error != 2)
		abort();
	if (refusal)
		show(refusal);
	json_decref(refusal);
	json_decref(result);
	while (!error) {
		told = client_next(c, "follow", &error);
		json_decref(told);
	}
	free(error);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct client_place place = {.path = "/somewhere"};
	char *error = NULL;
	struct client *c;
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		abort();
	/* The socket may take only a part of the input. */
	if (send(pair[1], data, size, MSG_DONTWAIT) < 0 && size)
		abort();
	shutdown(pair[1], SHUT_WR);
	daemon_end = pair[0];
	c = client_open(&place, &error);
	if (!c == !error)
		abort();
	if (c)
		talk(c);
	client_close(c);
	free(error);
	close(pair[0]);
	close(pair[1]);
	return 0;
}
