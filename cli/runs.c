/* SPDX-License-Identifier: MIT */
#include "runs.h"

#include "base/steady.h"
#include "bench.h"
#include "complain.h"
#include "fields.h"
#include "interrupt.h"
#include "progress.h"
#include "reach.h"
#include "sandbox.h"
#include "screen.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TICK      (10 * NS_PER_MS)
#define BAR_AFTER (2 * NS_PER_S)

static bool cannot_be_run(int code)
{
	return code == 126 || code == 127;
}

/* --- one run ---------------------------------------------------------------------------------- */

static char *seconds(const json_t *scenario, const char *key)
{
	return xasprintf("%.3f", (double)field_time(scenario, key) / (double)NS_PER_S);
}

/* Starts the next connection of a run. */
static bool start(const struct runs *all, struct run *r)
{
	char *octets = field_text(r->scenario, "octets");
	char *stay = seconds(r->scenario, "stay_ns"), *pause = seconds(r->scenario, "pause_ns");
	char *watch = seconds(r->scenario, "watch_ns");
	char *host = xasprintf("%s." CONTROL_DOMAIN, r->name);
	const struct bench_word known[] = {
		{"{address}", r->address}, {"{port}", r->port},  {"{host}", host},
		{"{scenario}", r->name},   {"{octets}", octets}, {"{stay}", stay},
		{"{pause}", pause},        {"{watch}", watch},   {NULL, NULL}};
	char **argv;
	size_t words = 0;

	for (size_t i = 0; known[i].name; i++) {
		char name[32] = "SYNACK_";

		for (const char *c = known[i].name + 1; *c != '}'; c++)
			name[strlen(name)] = (char)(*c - 'a' + 'A');
		setenv(name, known[i].value, true);
	}
	while (all->words[words])
		words++;
	argv = xcalloc(words + 1, sizeof(*argv));
	for (size_t i = 0; i < words; i++)
		argv[i] = bench_fill_in(all->words[i], known);
	r->pid = sandbox_start(argv, false, all->output, all->output);
	for (size_t i = 0; i < words; i++)
		free(argv[i]);
	free(argv);
	free(octets);
	free(stay);
	free(pause);
	free(watch);
	free(host);
	r->began = monotonic_now();
	r->until = r->began + field_time(r->scenario, "stay_ns") +
		   field_time(r->scenario, "pause_ns") + field_time(r->scenario, "watch_ns") +
		   all->limit;
	r->state = RUN_RUNS;
	if (r->pid < 0)
		complain("%s: cannot start (%s)", all->words[0], strerror(errno));
	return r->pid > 0;
}

/* Records the end of a client. */
static void ended(struct run *r, int status)
{
	nstime now = monotonic_now();

	r->code = bench_code(status);
	r->took += now - r->began;
	r->left--;
	r->state = r->left && !cannot_be_run(r->code) ? RUN_WAITS : RUN_WATCHES;
	r->until = now + field_time(r->scenario, "watch_ns");
}

static void check_run(struct run *r)
{
	nstime now = monotonic_now();
	int status;

	if (r->state == RUN_RUNS && waitpid(r->pid, &status, WNOHANG) == r->pid) {
		ended(r, status);
	} else if (r->state == RUN_RUNS && now >= r->until && !r->killed) {
		r->killed = true;
		kill(r->pid, SIGKILL);
	} else if (r->state == RUN_WATCHES && now >= r->until) {
		r->state = RUN_OVER;
	}
}

/* --- all runs --------------------------------------------------------------------------------- */

/* Returns the time that the suite still takes if each client takes no longer than its scenario
 * needs. */
static nstime time_left(const struct runs *all)
{
	nstime now = monotonic_now(), work = 0, longest = 0;

	for (size_t i = 0; i < all->count; i++) {
		const struct run *r = &all->run[i];
		nstime alone = field_time(r->scenario, "stay_ns"), own = 0;

		if (r->state == RUN_WAITS)
			own = alone * r->left + field_time(r->scenario, "watch_ns");
		else if (r->state == RUN_RUNS)
			own = r->began + alone > now ? r->began + alone - now : 0;
		else if (r->state == RUN_WATCHES)
			own = r->until - now;
		if (r->state == RUN_WAITS || r->state == RUN_RUNS)
			work += own;
		longest = own > longest ? own : longest;
	}
	work /= (nstime)all->at_once;
	return work > longest ? work : longest;
}

static void draw_bar(const struct runs *all, const char *name)
{
	struct screen screen = screen_of(stderr);
	struct text out = {0};
	size_t over = 0;

	for (size_t i = 0; i < all->count; i++)
		over += all->run[i].state == RUN_OVER;
	progress_add_bar(&out, &screen, over, all->count, time_left(all), name);
	progress_show(text_str(&out));
	text_free(&out);
}

bool runs_first_line(const struct runs *all, char *out, size_t size)
{
	ssize_t got = pread(all->output, out, size - 1, 0);

	out[got > 0 ? got : 0] = '\0';
	out[strcspn(out, "\n")] = '\0';
	return *out;
}

/* Reports that the command cannot be executed, with the first line of its output. Returns false. */
static bool complain_command(const struct runs *all)
{
	char said[512];

	if (runs_first_line(all, said, sizeof(said)))
		complain("%s", said);
	else
		complain("%s: cannot execute", all->words[0]);
	return false;
}

/* Starts runs up to the limit, and checks the running ones. Returns false after a complaint if the
 * command cannot be executed. */
static bool advance(struct runs *all, const char **name, size_t *open)
{
	size_t running = 0;

	for (size_t i = 0; i < all->count; i++)
		running += all->run[i].state == RUN_RUNS;
	*open = 0;
	for (size_t i = 0; i < all->count; i++) {
		struct run *r = &all->run[i];

		if (r->state == RUN_WAITS && running < all->at_once) {
			if (!start(all, r))
				return false;
			running++;
		}
		check_run(r);
		if (cannot_be_run(r->code))
			return complain_command(all);
		if (r->state == RUN_RUNS)
			*name = r->name;
		*open += r->state != RUN_OVER;
	}
	return true;
}

/* Ends the runs that are not complete. */
static void cut_off(struct runs *all)
{
	for (size_t i = 0; i < all->count; i++) {
		struct run *r = &all->run[i];
		int status;

		if (r->state == RUN_OVER)
			continue;
		r->cut = true;
		if (r->state != RUN_RUNS)
			continue;
		kill(r->pid, SIGKILL);
		if (waitpid(r->pid, &status, 0) == r->pid)
			ended(r, status);
	}
}

bool runs_do(struct runs *all)
{
	const struct timespec tick = {.tv_nsec = TICK};
	nstime began = monotonic_now();
	bool bar = !all->quiet && progress_wanted();
	size_t open = all->count, ticks = 0;
	const char *name = "";

	while (open && !interrupt_came()) {
		if (!advance(all, &name, &open))
			return false;
		if (bar && monotonic_now() - began > BAR_AFTER && ticks++ % 20 == 0)
			draw_bar(all, name);
		nanosleep(&tick, NULL);
	}
	if (bar && ticks)
		progress_clear();
	if (interrupt_came())
		cut_off(all);
	return true;
}

json_t *runs_describe(const struct runs *all)
{
	json_t *list = json_array();

	for (size_t i = 0; i < all->count; i++) {
		const struct run *r = &all->run[i];

		json_array_append_new(
			list,
			json_pack("{s:s, s:s, s:i, s:b, s:b, s:I, s:f, s:o}", "name", r->name,
				  "behaviour", field_string(r->scenario, "behaviour"), "exit",
				  r->code, "killed", r->killed, "cut", r->cut, "time_ns",
				  (json_int_t)r->took, "time_s", clock_seconds(r->took), "skipped",
				  r->skipped ? json_string(r->skipped) : json_null()));
	}
	return list;
}

void runs_free(struct runs *all)
{
	for (size_t i = 0; i < all->count; i++) {
		free(all->run[i].endpoint);
		free(all->run[i].address);
		free(all->run[i].port);
		free(all->run[i].skipped);
	}
	free(all->run);
	*all = (struct runs){0};
}
