/* SPDX-License-Identifier: MIT */
#include "runs.h"

#include "base/steady.h"
#include "bench.h"
#include "complain.h"
#include "fields.h"
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

#define TICK        (10 * NS_PER_MS)
#define BAR_AFTER   (2 * NS_PER_S)
#define BAR_COLUMNS 30

static bool cannot_be_run(int code)
{
	return code == 126 || code == 127;
}

/* --- one -------------------------------------------------------------------------------------- */

static char *seconds(const json_t *scenario, const char *key)
{
	return xasprintf("%.3f", (double)field_time(scenario, key) / (double)NS_PER_S);
}

/* Start its next connection. */
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
		complain("%s cannot be started: %s", all->words[0], strerror(errno));
	return r->pid > 0;
}

/* It ended, or did not in time. */
static void ended(struct run *r, int status)
{
	nstime now = monotonic_now();

	r->code = bench_code(status);
	r->took += now - r->began;
	r->left--;
	r->state = r->left && !cannot_be_run(r->code) ? RUN_WAITS : RUN_WATCHES;
	r->until = now + field_time(r->scenario, "watch_ns");
}

static void look_after(struct run *r)
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

/* --- all -------------------------------------------------------------------------------------- */

/* What is left to do, if nobody takes longer than he has to. */
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
	size_t over = 0, full;

	for (size_t i = 0; i < all->count; i++)
		over += all->run[i].state == RUN_OVER;
	full = over * BAR_COLUMNS / all->count;
	text_add(&out, "\r");
	text_repeat(&out, screen.utf8 ? "█" : "#", full);
	text_repeat(&out, screen.utf8 ? "░" : "-", BAR_COLUMNS - full);
	text_addf(&out, " %zu of %zu, about ", over, all->count);
	text_add_age(&out, time_left(all) / NS_PER_S * NS_PER_S);
	text_addf(&out, " left  %.24s\x1b[K", name);
	fputs(text_str(&out), stderr);
	fflush(stderr);
	text_free(&out);
}

bool runs_first_words(const struct runs *all, char *out, size_t size)
{
	ssize_t got = pread(all->output, out, size - 1, 0);

	out[got > 0 ? got : 0] = '\0';
	out[strcspn(out, "\n")] = '\0';
	return *out;
}

/* What the command said when it could not be run. */
static bool say_why(const struct runs *all)
{
	char said[512];

	fprintf(stderr, "%s\n",
		runs_first_words(all, said, sizeof(said)) ? said
							  : "synackctl: the command cannot be run");
	return false;
}

static volatile sig_atomic_t interrupted;

static void on_interrupt(int number)
{
	(void)number;
	interrupted = 1;
}

static bool do_all(struct runs *all)
{
	const struct timespec tick = {.tv_nsec = TICK};
	nstime began = monotonic_now();
	bool bar = !all->quiet && isatty(STDERR_FILENO);
	size_t open = all->count, ticks = 0;

	while (open && !interrupted) {
		size_t running = 0;
		const char *name = "";

		for (size_t i = 0; i < all->count; i++)
			running += all->run[i].state == RUN_RUNS;
		open = 0;
		for (size_t i = 0; i < all->count; i++) {
			struct run *r = &all->run[i];

			if (r->state == RUN_WAITS && running < all->at_once) {
				if (!start(all, r))
					return false;
				running++;
			}
			look_after(r);
			if (cannot_be_run(r->code))
				return say_why(all);
			if (r->state == RUN_RUNS)
				name = r->name;
			open += r->state != RUN_OVER;
		}
		if (bar && monotonic_now() - began > BAR_AFTER && ticks++ % 20 == 0)
			draw_bar(all, name);
		nanosleep(&tick, NULL);
	}
	if (bar && ticks)
		fputs("\r\x1b[K", stderr);
	if (interrupted)
		complain("interrupted");
	return !interrupted;
}

bool runs_do(struct runs *all)
{
	/* What was begun is to be put away, so none of these ends us at once. */
	static const int ends[] = {SIGINT, SIGTERM, SIGHUP};
	const struct sigaction noted = {.sa_handler = on_interrupt};
	struct sigaction before[3];
	bool good;

	for (size_t i = 0; i < 3; i++)
		sigaction(ends[i], &noted, &before[i]);
	if (before[2].sa_handler == SIG_IGN) /* nohup(1) */
		signal(SIGHUP, SIG_IGN);
	good = do_all(all);
	for (size_t i = 0; i < 3; i++)
		sigaction(ends[i], &before[i], NULL);
	return good;
}

json_t *runs_describe(const struct runs *all)
{
	json_t *list = json_array();

	for (size_t i = 0; i < all->count; i++) {
		const struct run *r = &all->run[i];

		json_array_append_new(
			list,
			json_pack("{s:s, s:s, s:i, s:b, s:I, s:o}", "name", r->name, "behaviour",
				  field_string(r->scenario, "behaviour"), "exit", r->code, "killed",
				  r->killed, "time_ns", (json_int_t)r->took, "skipped",
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
