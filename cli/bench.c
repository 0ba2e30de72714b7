/* SPDX-License-Identifier: MIT */
#include "bench.h"

#include "base/outfile.h"

#include "base/container.h"
#include "base/steady.h"
#include "complain.h"
#include "exit_code.h"
#include "fields.h"
#include "place.h"
#include "reach.h"
#include "sandbox.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define START_LIMIT (20 * NS_PER_S)
#define START_POLL  (10 * NS_PER_MS)

/* A responder in a sandbox reaches no other host, so the bounds on unproven addresses are off. */
#define UNBOUNDED "amplification = 0; rate = 0;"

/* --- outside the sandbox ---------------------------------------------------------------------- */

static char *path_of(const struct bench *b, const char *name)
{
	return xasprintf("%s/%s", b->directory, name);
}

bool bench_write(const char *path, const char *text)
{
	char *why = NULL;
	FILE *f = outfile_open(path, &why);
	bool good = f && fputs(text, f) >= 0;

	if (f && fclose(f) != 0)
		good = false;
	if (!good)
		complain("%s: cannot write (%s)", path, why ? why : strerror(errno));
	free(why);
	return good;
}

void bench_add_quoted(struct text *out, const char *value)
{
	text_add(out, "\"");
	for (; *value; value++) {
		if (*value == '"' || *value == '\\')
			text_add(out, "\\");
		text_addn(out, value, 1);
	}
	text_add(out, "\"");
}

static void add_pattern(struct text *out, const char *what, bool first)
{
	char *pattern = xasprintf("%s/%s/*.conf", place_data(), what);

	text_add(out, first ? "" : ", ");
	bench_add_quoted(out, pattern);
	free(pattern);
}

bool bench_write_config(const struct bench *b, const char *more, const char *rest)
{
	struct text out = {0};
	bool good;

	text_add(&out, "load = ( ");
	add_pattern(&out, "behaviours", true);
	add_pattern(&out, "suites", false);
	add_pattern(&out, "profiles", false);
	if (more) {
		char *full = realpath(more, NULL);

		text_add(&out, ", ");
		bench_add_quoted(&out, full ? full : more);
		free(full);
	}
	text_addf(&out,
		  " );\ninterfaces = ( \"" SANDBOX_SERVER "\" );\nprobe = false;\n"
		  "clients = ( { network = \"" SANDBOX_CLIENT_V4 "\"; " UNBOUNDED " },\n"
		  "  { network = \"" SANDBOX_CLIENT_V6 "\"; " UNBOUNDED " } );\n%s",
		  rest);
	good = bench_write(b->config, text_str(&out));
	text_free(&out);
	return good;
}

bool bench_write_hosts(const struct bench *b, const char *address)
{
	char *text =
		xasprintf("127.0.0.1 localhost\n::1 localhost\n%s " CONTROL_DOMAIN "\n", address);
	bool good = bench_write(b->hosts, text);

	free(text);
	return good;
}

char *bench_fill_in(const char *word, const struct bench_word *known)
{
	struct text out = {0};

	while (*word) {
		const struct bench_word *k = known;

		while (k->name && strncmp(word, k->name, strlen(k->name)) != 0)
			k++;
		if (k->name)
			text_add(&out, k->value);
		else
			text_addn(&out, word, 1);
		word += k->name ? strlen(k->name) : 1;
	}
	return out.s ? out.s : xstrdup("");
}

bool bench_make(struct bench *b)
{
	const char *base = getenv("TMPDIR");

	if (!base || !*base)
		base = "/tmp";
	b->directory = xasprintf("%s/synackctl-XXXXXX", base);
	if (!mkdtemp(b->directory)) {
		complain("%s: cannot create a directory (%s): set TMPDIR to another directory",
			 base, strerror(errno));
		free(b->directory);
		b->directory = NULL;
		return false;
	}
	b->config = path_of(b, "synackd.conf");
	b->hosts = path_of(b, "hosts");
	b->control = path_of(b, "control");
	b->log = path_of(b, "log");
	return true;
}

void bench_clean_up(struct bench *b)
{
	char *const files[] = {b->config, b->hosts, b->control, b->log};

	for (int i = 0; i < 4; i++) {
		if (files[i])
			unlink(files[i]);
		free(files[i]);
	}
	if (b->directory)
		rmdir(b->directory);
	free(b->directory);
	*b = (struct bench){0};
}

/* --- inside the sandbox ----------------------------------------------------------------------- */

/* Returns the message of a log line without the path, the line number and the key of an endpoint,
 * because the user did not write that config. */
static char *without_place(const struct bench *b, char *line)
{
	char *slip = strstr(line, "endpoints[0].");
	size_t path = strlen(b->config);

	if (slip)
		return slip + strlen("endpoints[0].");
	if (strncmp(line, b->config, path) != 0 || line[path] != ':')
		return line;
	slip = strstr(line + path, ": ");
	return slip ? slip + 2 : line;
}

/* Reports one message in words of the command line: the options instead of the keys. */
static void report_line(const char *line)
{
	static const char key[] = "behaviour: unknown behaviour '", load[] = "load[3]: ";

	if (strncmp(line, key, strlen(key)) == 0)
		complain("%s", line + strlen("behaviour: "));
	else if (strncmp(line, load, strlen(load)) == 0)
		complain("--load: %s", line + strlen(load));
	else
		complain("%s", line);
}

/* Reports the messages of a daemon that has exited. A message about both endpoints is reported
 * once. */
static void report_log(const struct bench *b)
{
	FILE *f = fopen(b->log, "re");
	char *line = NULL, *said = xstrdup("");
	size_t size = 0;

	while (f && getline(&line, &size, f) > 0) {
		char *what;

		line[strcspn(line, "\n")] = '\0';
		what = without_place(b, line);
		if (strstr(line, "endpoints[1].") || strcmp(what, said) == 0)
			continue;
		report_line(what);
		free(said);
		said = xstrdup(what);
	}
	free(said);
	free(line);
	if (f)
		fclose(f);
}

/* Reports the warnings of a daemon that has started. A warning about both endpoints is reported
 * once. */
static void report_warnings(const struct bench *b)
{
	FILE *f = fopen(b->log, "re");
	char *line = NULL;
	size_t size = 0;

	while (f && getline(&line, &size, f) > 0) {
		const char *warning = strstr(line, "warning: ");

		line[strcspn(line, "\n")] = '\0';
		if (warning && !strstr(line, "endpoints[1]."))
			remark("%s", strstr(line, "endpoints[0].") ? warning : line);
	}
	free(line);
	if (f)
		fclose(f);
}

static bool start_daemon(struct bench *b, const char *seed)
{
	char *program = xstrdup(place_daemon()), *number = seed ? xstrdup(seed) : NULL;
	char *argv[] = {program, "--config", b->config, "--control", b->control, NULL, NULL, NULL};
	FILE *log = fopen(b->log, "we");

	if (number) {
		argv[5] = "--seed";
		argv[6] = number;
	}
	b->daemon = log ? sandbox_start(argv, true, fileno(log), fileno(log)) : -1;
	if (b->daemon < 0)
		complain("synackd: cannot start (%s)", strerror(errno));
	if (log)
		fclose(log);
	free(program);
	free(number);
	return b->daemon > 0;
}

/* Waits until the daemon answers or exits. */
static bool await_daemon(struct bench *b)
{
	const struct timespec pause = {.tv_nsec = START_POLL};
	nstime until = monotonic_now() + START_LIMIT;

	while (monotonic_now() < until) {
		char *error = NULL;

		b->client = client_open(&(struct client_place){.path = b->control}, &error);
		free(error);
		if (b->client)
			return true;
		if (waitpid(b->daemon, NULL, WNOHANG) == b->daemon) {
			report_log(b);
			return false;
		}
		nanosleep(&pause, NULL);
	}
	complain("synackd: no answer from the synackd of the sandbox within %d s: try again",
		 (int)(START_LIMIT / NS_PER_S));
	return false;
}

long long bench_seed(struct client *client)
{
	json_t *refusal = NULL, *status;
	char *error = NULL;
	long long seed;

	status = client_call(client, METHOD_STATUS, json_object(), &refusal, &error);
	seed = status ? field_int(status, "seed") : 0;
	json_decref(status);
	json_decref(refusal);
	free(error);
	return seed;
}

int bench_code(int status)
{
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* Runs in the child process of bench_run(). */
static int enter(struct bench *b, const char *seed, int (*inside)(struct bench *b, void *arg),
		 void *arg)
{
	char *error = NULL;
	int code;

	if (!sandbox_enter(b->hosts, &error)) {
		complain("%s", error);
		free(error);
		return EXIT_NO_DAEMON;
	}
	if (!start_daemon(b, seed) || !await_daemon(b))
		return EXIT_USAGE;
	report_warnings(b);
	code = inside(b, arg);
	client_close(b->client);
	kill(b->daemon, SIGTERM);
	waitpid(b->daemon, NULL, 0);
	return code;
}

/* The child process. It ends if this process ends, and its own children end with it. */
static volatile pid_t within;

static void on_end(int signal)
{
	kill(within, signal);
}

static void catch_ends(void (*handler)(int))
{
	static const int ends[] = {SIGTERM, SIGHUP, SIGQUIT};

	for (size_t i = 0; i < COUNT_OF(ends); i++)
		signal(ends[i], handler);
}

int bench_run(struct bench *b, const char *seed, int (*inside)(struct bench *b, void *arg),
	      void *arg)
{
	uint64_t number;
	sigset_t all, before;
	int status = 0, code = EXIT_REFUSED;
	pid_t pid, parent;

	if (seed && !number_parse(seed, &number)) {
		complain("--seed: invalid value '%s': expected a number", seed);
		return EXIT_USAGE;
	}
	/* Ctrl-C ends the command in the sandbox; this process then ends normally. */
	signal(SIGINT, SIG_IGN);
	fflush(stdout);
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	parent = getpid();
	pid = within = fork();
	if (pid > 0)
		catch_ends(on_end);
	sigprocmask(SIG_SETMASK, &before, NULL);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(EXIT_FAILURE);
		code = enter(b, seed, inside, arg);
		if ((fflush(stdout) != 0 || ferror(stdout)) && code == EXIT_OK) {
			complain("standard output: cannot write (%s)", strerror(errno));
			code = EXIT_REFUSED;
		}
		complain_end(code);
		_exit(code);
	}
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	catch_ends(SIG_IGN); /* no child is left to pass signals to */
	if (pid > 0)
		code = bench_code(status);
	else
		complain("synackctl: cannot create a process (%s)", strerror(errno));
	return code;
}
