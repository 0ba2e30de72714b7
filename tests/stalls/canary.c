/* SPDX-License-Identifier: MIT */
/*
 * canary: proves that processes waited for a CPU.
 *
 *   canary MILLISECONDS PID
 *
 * One thread on each CPU that the canary may use sleeps until a set time and measures how much
 * later it runs. The main thread reads the run delay of each thread of each synackd that descends
 * from PID: the time that it was runnable without running. Prints "ready" after all threads have
 * run once, then for each wait of at least MILLISECONDS a line with its length in ms and the
 * thread. Ends at the end of its standard input.
 */
#include <ctype.h>
#include <dirent.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MS          1000000 /* in ns */
#define TICK        (10 * MS)
#define LOOK        50 /* ms between two readings of the run delays */
#define THREADS_MAX 256
#define DEPTH_MAX   16
#define SUBJECT     "synackd\n" /* in the form of /proc/PID/comm */

static int64_t threshold; /* ns */
static atomic_bool over;
static sem_t started;

static int64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * (int64_t)1000000000 + t.tv_nsec;
}

static void tell(int64_t waited, const char *format, int number)
{
	char what[64];

	snprintf(what, sizeof(what), format, number);
	printf("%d %s\n", (int)(waited / MS), what);
	fflush(stdout);
}

/* --- the canaries ----------------------------------------------------------------------------- */

static void *watch_cpu(void *arg)
{
	int cpu = (int)(intptr_t)arg;
	bool here;
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(cpu, &cpus);
	here = pthread_setaffinity_np(pthread_self(), sizeof(cpus), &cpus) == 0;
	sem_post(&started);
	while (here && !atomic_load(&over)) { /* until the CPU goes offline */
		int64_t due = now() + TICK, late;
		struct timespec until = {.tv_sec = due / 1000000000, .tv_nsec = due % 1000000000};

		while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) != 0)
			;
		late = now() - due;
		if (late >= threshold)
			tell(late, "canary on CPU %d", cpu);
	}
	return NULL;
}

/* --- the run delays --------------------------------------------------------------------------- */

static struct watched {
	int tid; /* 0: unused */
	bool seen;
	int64_t at;    /* time of the last reading, before it */
	int64_t delay; /* total run delay at that time */
} watched[THREADS_MAX];

static struct watched *watched_of(int tid)
{
	struct watched *empty = NULL;

	for (unsigned i = 0; i < THREADS_MAX; i++) {
		if (watched[i].tid == tid)
			return &watched[i];
		if (!watched[i].tid && !empty)
			empty = &watched[i];
	}
	if (empty)
		*empty = (struct watched){.tid = tid, .at = -1};
	return empty;
}

/* Reads the first line of a file in /proc/PID. Returns false if the process has ended. */
static bool read_proc(int pid, const char *name, char *line, int size)
{
	char path[64];
	FILE *f;
	bool ok;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	f = fopen(path, "r");
	if (!f)
		return false;
	ok = fgets(line, size, f) != NULL;
	fclose(f);
	return ok;
}

/*
 * The run delay grew by some amount since the last reading. Of the waits in it, only the first can
 * have begun before that reading; the others lie between the readings. Therefore one wait was at
 * least as long as the growth less the time between the readings. This time counts from before the
 * first reading until after the second, because this thread may have to wait, too.
 */
static void look_at_thread(int pid, int tid)
{
	struct watched *w = watched_of(tid);
	char name[48], line[96];
	long long delay;
	int64_t at = now(), waited;

	snprintf(name, sizeof(name), "task/%d/schedstat", tid);
	if (!w || !read_proc(pid, name, line, sizeof(line)) ||
	    sscanf(line, "%*d %lld", &delay) != 1)
		return;
	waited = delay - w->delay - (now() - w->at);
	if (w->at >= 0 && waited >= threshold)
		tell(waited, "synackd[%d]", pid);
	w->seen = true;
	w->at = at;
	w->delay = delay;
}

static void each_thread(int pid, void (*act)(int pid, int tid, unsigned depth), unsigned depth)
{
	char path[32];
	struct dirent *e;
	DIR *d;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	d = opendir(path);
	while (d && (e = readdir(d)))
		if (isdigit((unsigned char)e->d_name[0]))
			act(pid, atoi(e->d_name), depth);
	if (d)
		closedir(d);
}

static void look_at_process(int pid, unsigned depth);

static void look(int pid, int tid, unsigned depth)
{
	(void)depth;
	look_at_thread(pid, tid);
}

static void look_at_children(int pid, int tid, unsigned depth)
{
	char name[48], line[4096], *rest = line;
	long child;

	snprintf(name, sizeof(name), "task/%d/children", tid);
	if (!read_proc(pid, name, line, sizeof(line)))
		return;
	while ((child = strtol(rest, &rest, 10)) > 0)
		look_at_process((int)child, depth + 1);
}

static void look_at_process(int pid, unsigned depth)
{
	char comm[32];

	if (depth > DEPTH_MAX)
		return;
	if (read_proc(pid, "comm", comm, sizeof(comm)) && strcmp(comm, SUBJECT) == 0)
		each_thread(pid, look, depth);
	each_thread(pid, look_at_children, depth);
}

static void look_around(int pid)
{
	for (unsigned i = 0; i < THREADS_MAX; i++)
		watched[i].seen = false;
	look_at_process(pid, 0);
	for (unsigned i = 0; i < THREADS_MAX; i++)
		if (!watched[i].seen)
			watched[i].tid = 0;
}

/* ---------------------------------------------------------------------------------------------- */

static unsigned start_canaries(pthread_t thread[CPU_SETSIZE])
{
	unsigned count = 0;
	cpu_set_t cpus;

	if (sched_getaffinity(0, sizeof(cpus), &cpus) != 0)
		return 0;
	for (intptr_t cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, &cpus) &&
		    pthread_create(&thread[count], NULL, watch_cpu, (void *)cpu) == 0)
			count++;
	return count;
}

int main(int argc, char **argv)
{
	struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
	static pthread_t thread[CPU_SETSIZE];
	unsigned count;

	if (argc != 3 || (threshold = atoll(argv[1]) * MS) <= 0) {
		fputs("usage: canary MILLISECONDS PID\n", stderr);
		return 2;
	}
	sem_init(&started, 0, 0);
	count = start_canaries(thread);
	for (unsigned i = 0; i < count; i++)
		while (sem_wait(&started) != 0)
			;
	puts("ready");
	fflush(stdout);
	do
		look_around(atoi(argv[2]));
	while (poll(&input, 1, LOOK) == 0);
	atomic_store(&over, true);
	for (unsigned i = 0; i < count; i++)
		pthread_join(thread[i], NULL);
	return 0;
}
