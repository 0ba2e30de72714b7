/* SPDX-License-Identifier: MIT */
#include "settle.h"

#include "base/steady.h"
#include "fields.h"
#include "screen.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define POLL_LEAST (2 * NS_PER_MS)
#define POLL_MOST  (50 * NS_PER_MS)
#define SAY_AFTER  (2 * NS_PER_S)
#define DUE_SHOWN  4

static volatile sig_atomic_t interrupted;

static void on_interrupt(int number)
{
	(void)number;
	interrupted = 1;
}

/* --- waiting ---------------------------------------------------------------------------------- */

/* Returns false if the daemon does not answer. */
static bool ask(struct client *client, struct settled *out)
{
	json_t *refusal = NULL, *state;
	char *error = NULL;

	state = client_call(client, METHOD_DUE, json_object(), &refusal, &error);
	json_decref(refusal);
	free(error);
	if (!state)
		return false;
	json_decref(out->state);
	out->state = state;
	return true;
}

static bool is_over(const json_t *state)
{
	return !json_array_size(json_object_get(state, "open")) &&
	       !json_array_size(json_object_get(state, "due"));
}

/* Returns `close-two-step: close`. The caller frees it. */
static char *action_of(const json_t *due)
{
	char *rule = printable(field_string(due, "rule"));
	char *action = printable(field_string(due, "action"));
	char *all = xasprintf("%s%s%s", rule, *rule ? ": " : "", action);

	free(rule);
	free(action);
	return all;
}

static void show_waiting(const json_t *state)
{
	const json_t *next = json_array_get(json_object_get(state, "due"), 0);
	char *action = next ? action_of(next) : NULL;
	struct text line = {0};

	text_addf(&line, "\rwaiting for %.40s", next ? action : "connections to close");
	if (next) {
		text_add(&line, " in ");
		text_add_age(&line, field_time(next, "left_ns"));
	}
	text_addf(&line, "; Ctrl-C stops waiting\x1b[K");
	fputs(text_str(&line), stderr);
	fflush(stderr);
	text_free(&line);
	free(action);
}

void settle(struct client *client, nstime limit, struct settled *out)
{
	const struct sigaction noted = {.sa_handler = on_interrupt};
	struct timespec pause = {.tv_nsec = POLL_LEAST};
	nstime begun = monotonic_now();
	bool shown = false, tell = isatty(STDERR_FILENO);
	struct sigaction before;

	sigaction(SIGINT, &noted, &before);
	while (ask(client, out) && !is_over(out->state) && !interrupted) {
		out->waited = monotonic_now() - begun;
		if (out->waited >= limit)
			break;
		if (tell && out->waited >= SAY_AFTER) {
			show_waiting(out->state);
			shown = true;
		}
		nanosleep(&pause, NULL);
		if (pause.tv_nsec < POLL_MOST)
			pause.tv_nsec += pause.tv_nsec / 2;
	}
	if (shown)
		fputs("\r\x1b[K", stderr);
	sigaction(SIGINT, &before, NULL);
}

void settled_free(struct settled *s)
{
	json_decref(s->state);
	*s = (struct settled){0};
}

/* --- actions that are due --------------------------------------------------------------------- */

/* Returns true if `part` belongs to the connection of the trace; or, if it has no connection, to
 * the same client and server. */
static bool is_of(const json_t *part, const json_t *trace)
{
	json_int_t id = field_int(part, "id");

	if (id)
		return id == field_int(trace, "id");
	return strcmp(field_string(part, "client"), field_string(trace, "client")) == 0 &&
	       strcmp(field_string(part, "server"), field_string(trace, "server")) == 0;
}

void settled_complete(const struct settled *s, json_t *trace)
{
	json_t *due = json_array(), *state = NULL, *part;
	size_t i;

	json_array_foreach (json_object_get(s->state, "due"), i, part)
		if (is_of(part, trace))
			json_array_append(due, part);
	json_array_foreach (json_object_get(s->state, "open"), i, part)
		if (is_of(part, trace))
			state = json_object_get(part, "state");
	json_object_set_new(trace, "due", due);
	json_object_set_new(trace, "state", state ? json_incref(state) : json_null());
}

/* Adds a sufficient value for --stay, in seconds. It is rounded up, so that a slower run suffices
 * too. */
static void add_stay(const struct settled *s, const json_t *due, struct text *out)
{
	nstime needed = s->waited + field_time(due, "left_ns");

	text_addf(out, "; use --stay %llds\n", (long long)((needed + NS_PER_S / 2) / NS_PER_S + 1));
}

/* Adds the time since the first segment, as in the ladder. */
static void add_when(const json_t *trace, const json_t *due, struct text *out)
{
	const json_t *first = json_array_get(json_object_get(trace, "segments"), 0);
	nstime at = field_time(due, "time") - (first ? field_time(first, "time") : 0);

	text_addf(out, " at +%.1f s", (double)at / (double)NS_PER_S);
	if (json_is_true(json_object_get(due, "repeats")))
		text_add(out, ", repeatedly");
}

void settled_print(const struct settled *s, const json_t *trace, struct text *out)
{
	const json_t *all = json_object_get(trace, "due"), *due;
	const char *state = field_string(trace, "state");
	size_t i;

	json_array_foreach (all, i, due) {
		char *action = action_of(due);

		if (i == DUE_SHOWN)
			text_addf(out, "due: %zu more", json_array_size(all) - i);
		else
			text_addf(out, "due: %s", action);
		add_when(trace, due, out);
		add_stay(s, due, out);
		free(action);
		if (i == DUE_SHOWN)
			break;
	}
	if (i == 0 && *state) {
		text_addf(out, "still in %s, ", state);
		text_add_age(out, s->waited);
		text_add(out, " after the command ended; use a longer --stay\n");
	}
}
