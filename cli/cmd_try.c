/* SPDX-License-Identifier: MIT */
/* `try`: a synackd of its own in a sandbox, a command against it, and what crossed the wire. */
#include "client.h"
#include "fields.h"
#include "ladder.h"
#include "pcapng.h"
#include "reach.h"
#include "sandbox.h"
#include "verbs.h"

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

#define HOST        "synack.test"
#define START_LIMIT (20 * NS_PER_S)
#define START_POLL  (10 * NS_PER_MS)
#define REPEAT_MAX  10000

/* By index in verb_try.options. */
enum { OPT_SERVICE, OPT_IPV6, OPT_REPEAT, OPT_SEED, OPT_LOAD, OPT_PCAP };

/* One invocation. Paths are in `directory`, which goes with it. */
struct trial {
	const struct command *command;
	bool json;
	long repeat;
	const char *address, *port;
	char *directory; /* NULL: it could not be made */
	char *config, *hosts, *control, *log;
	char **argv; /* of the command, filled in */
	pid_t daemon;
	struct client *client;
	json_t *runs;
	json_t *trace; /* of the last run; NULL: nothing came */
};

/* --- what is made outside ----------------------------------------------------------------------
 */

static bool from_build_tree(void)
{
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	size_t tree = strlen(SYNACKD_BINARY_DIR);

	return n > 0 && (size_t)n > tree && strncmp(self, SYNACKD_BINARY_DIR, tree) == 0 &&
	       self[tree] == '/';
}

static char *path_of(const struct trial *t, const char *name)
{
	return xasprintf("%s/%s", t->directory, name);
}

static bool write_text(const char *path, const char *text)
{
	FILE *f = fopen(path, "we");
	bool good = f && fputs(text, f) >= 0;

	if (f && fclose(f) != 0)
		good = false;
	if (!good)
		complain("%s cannot be written: %s", path, strerror(errno));
	return good;
}

/* As libconfig reads it. */
static void add_quoted(struct text *out, const char *value)
{
	text_add(out, "\"");
	for (; *value; value++) {
		if (*value == '"' || *value == '\\')
			text_add(out, "\\");
		text_addn(out, value, 1);
	}
	text_add(out, "\"");
}

static void add_endpoint(struct text *out, const struct trial *t, const char *name,
			 const char *address)
{
	const char *service = t->command->option[OPT_SERVICE];

	text_addf(out,
		  "  { name = \"%s\"; address = \"%s\"; ports = \"1-65535\"; interface = \"%s\";\n",
		  name, address, SANDBOX_SERVER);
	text_add(out, "    behaviour = ");
	add_quoted(out, t->command->word[0]);
	text_add(out, ";\n    service = ");
	add_quoted(out, service ? service : "http");
	text_add(out, "; }");
}

static bool write_config(const struct trial *t)
{
	const char *more = t->command->option[OPT_LOAD];
	struct text out = {0};
	bool good;

	text_add(&out, "load = ( \"");
	if (from_build_tree())
		text_addn(&out, SYNACKD_SOURCE_CONF,
			  (size_t)(strrchr(SYNACKD_SOURCE_CONF, '/') - SYNACKD_SOURCE_CONF));
	text_add(&out,
		 from_build_tree() ? "/behaviours/*.conf\"" : SYNACKD_DATA "/behaviours/*.conf\"");
	if (more) {
		char *full = realpath(more, NULL);

		text_add(&out, ", ");
		add_quoted(&out, full ? full : more);
		free(full);
	}
	text_addf(&out, " );\ninterfaces = ( \"" SANDBOX_SERVER "\" );\n"
			"clients = ( \"" SANDBOX_CLIENT_V4 "\", \"" SANDBOX_CLIENT_V6 "\" );\n"
			"endpoints = (\n");
	add_endpoint(&out, t, "v4", SANDBOX_SERVER_V4);
	text_add(&out, ",\n");
	add_endpoint(&out, t, "v6", SANDBOX_SERVER_V6);
	text_add(&out, "\n);\n");
	good = write_text(t->config, text_str(&out));
	text_free(&out);
	return good;
}

static bool write_hosts(const struct trial *t)
{
	char *text = xasprintf("127.0.0.1 localhost\n::1 localhost\n%s " HOST "\n", t->address);
	bool good = write_text(t->hosts, text);

	free(text);
	return good;
}

/* A word of the command with {address}, {port} and {host} filled in. */
static char *fill_in(const struct trial *t, const char *word)
{
	const struct {
		const char *name, *value;
	} known[] = {{"{address}", t->address}, {"{port}", t->port}, {"{host}", HOST}};
	struct text out = {0};

	while (*word) {
		size_t i = 0, len = 1;

		while (i < 3 && strncmp(word, known[i].name, strlen(known[i].name)) != 0)
			i++;
		if (i < 3)
			len = strlen(known[i].name);
		text_addn(&out, i < 3 ? known[i].value : word, i < 3 ? strlen(known[i].value) : 1);
		word += len;
	}
	return out.s ? out.s : xstrdup("");
}

static bool prepare(struct trial *t)
{
	const char *base = getenv("TMPDIR");
	int words = t->command->words;

	if (!base || !*base)
		base = "/tmp";
	t->directory = xasprintf("%s/synackctl-try-XXXXXX", base);
	if (!mkdtemp(t->directory)) {
		complain("no directory can be made in %s: %s", base, strerror(errno));
		free(t->directory);
		t->directory = NULL;
		return false;
	}
	t->config = path_of(t, "synackd.conf");
	t->hosts = path_of(t, "hosts");
	t->control = path_of(t, "control");
	t->log = path_of(t, "log");
	t->argv = xcalloc((size_t)words, sizeof(*t->argv));
	for (int i = 1; i < words; i++)
		t->argv[i - 1] = fill_in(t, t->command->word[i]);
	return write_config(t) && write_hosts(t);
}

static void clean_up(struct trial *t)
{
	char *const files[] = {t->config, t->hosts, t->control, t->log};

	for (int i = 0; i < 4; i++) {
		if (files[i])
			unlink(files[i]);
		free(files[i]);
	}
	if (t->directory)
		rmdir(t->directory);
	free(t->directory);
	for (int i = 0; t->argv && i < t->command->words; i++)
		free(t->argv[i]);
	free(t->argv);
}

/* --- what happens inside -----------------------------------------------------------------------
 */

/* What the daemon said before it ended. Of a mistake in the behaviour, that alone, once. */
static void report_log(const struct trial *t)
{
	FILE *f = fopen(t->log, "re");
	char *line = NULL;
	size_t size = 0;

	while (f && getline(&line, &size, f) > 0) {
		char *slip = strstr(line, "endpoints[0].");
		char *second = strstr(line, "endpoints[1].");

		if (second)
			continue;
		line[strcspn(line, "\n")] = '\0';
		complain("%s", slip ? slip + strlen("endpoints[0].") : line);
	}
	free(line);
	if (f)
		fclose(f);
}

static bool start_daemon(struct trial *t)
{
	char *synackd = from_build_tree() ? xstrdup(SYNACKD_BINARY_DIR "/daemon/synackd")
			: access(SYNACKD_DAEMON, X_OK) == 0 ? xstrdup(SYNACKD_DAEMON)
							    : xstrdup("synackd");
	const char *seed = t->command->option[OPT_SEED];
	char *argv[] = {
		synackd, (char *)"--config", t->config, (char *)"--control", t->control, NULL, NULL,
		NULL};
	FILE *log = fopen(t->log, "we");

	if (seed) {
		argv[5] = (char *)"--seed";
		argv[6] = (char *)seed;
	}
	t->daemon = log ? sandbox_start(argv, true, fileno(log), fileno(log)) : -1;
	if (t->daemon < 0)
		complain("synackd cannot be started: %s", strerror(errno));
	if (log)
		fclose(log);
	free(synackd);
	return t->daemon > 0;
}

/* Until it answers, or is gone. */
static bool await_daemon(struct trial *t)
{
	const struct timespec pause = {.tv_nsec = START_POLL};
	nstime until = monotonic_now() + START_LIMIT;

	while (monotonic_now() < until) {
		char *error = NULL;

		t->client = client_open(t->control, 0, &error);
		free(error);
		if (t->client)
			return true;
		if (waitpid(t->daemon, NULL, WNOHANG) == t->daemon) {
			report_log(t);
			return false;
		}
		nanosleep(&pause, NULL);
	}
	complain("the synackd of the sandbox does not answer");
	return false;
}

/* An exit code as a shell has it. */
static int code_of(int status)
{
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static int run_once(struct trial *t)
{
	nstime begun = monotonic_now();
	/* The JSON has standard output for itself. */
	pid_t pid = sandbox_start(t->argv, false, t->json ? STDERR_FILENO : -1, -1);
	int status = 0, code;

	if (pid < 0) {
		complain("%s cannot be started: %s", t->argv[0], strerror(errno));
		return EXIT_SAID_NO;
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	code = code_of(status);
	json_array_append_new(t->runs, json_pack("{s:i, s:I}", "exit", code, "time_ns",
						 (json_int_t)(monotonic_now() - begun)));
	return code;
}

static bool fetch_trace(struct trial *t)
{
	json_t *refusal = NULL;
	char *error = NULL;

	t->trace =
		client_call(t->client, "trace", json_pack("{s:s, s:i}", "id", "last", "octets", 1),
			    &refusal, &error);
	json_decref(refusal);
	if (error)
		complain("%s", error);
	free(error);
	return t->trace != NULL;
}

static void print_runs(const struct trial *t, struct text *out)
{
	const json_t *run;
	size_t i;

	json_array_foreach (t->runs, i, run) {
		if (t->repeat > 1)
			text_addf(out, "run %zu: ", i + 1);
		text_addf(out, "%s ended with %lld after ", t->argv[0],
			  (long long)field_int(run, "exit"));
		text_add_age(out, field_time(run, "time_ns"));
		text_add(out, "\n");
	}
}

static void report(const struct trial *t)
{
	struct screen screen = screen_of(stdout);
	struct text out = {0};

	if (t->json) {
		json_t *all =
			json_pack("{s:s, s:s, s:s, s:O, s:o}", "behaviour", t->command->word[0],
				  "address", t->address, "port", t->port, "runs", t->runs, "trace",
				  t->trace ? json_incref(t->trace) : json_null());
		char *json = json_dumps(all, JSON_INDENT(2));

		puts(json ? json : "null");
		free(json);
		json_decref(all);
		return;
	}
	text_add(&out, "\n");
	print_runs(t, &out);
	if (t->trace)
		ladder_draw(t->trace, &screen, &out);
	else
		text_addf(&out, "No segment of it came to %s.\n", t->address);
	fputs(text_str(&out), stdout);
	text_free(&out);
}

/* In the process that goes in, and does not come out again. */
static int inside(struct trial *t)
{
	const char *pcap = t->command->option[OPT_PCAP];
	char *error = NULL;
	int code = 0;

	if (!sandbox_enter(t->hosts, &error)) {
		complain("%s", error);
		free(error);
		return EXIT_NO_DAEMON;
	}
	if (!start_daemon(t) || !await_daemon(t))
		return EXIT_SLIP;
	t->runs = json_array();
	for (long i = 0; i < t->repeat; i++) {
		int once = run_once(t);

		code = code ? code : once;
		if (once == 128 + SIGINT)
			break;
	}
	fetch_trace(t);
	if (pcap && t->trace && !pcapng_write(pcap, t->trace, &error)) {
		complain("%s", error);
		free(error);
		code = code ? code : EXIT_SAID_NO;
	}
	report(t);
	json_decref(t->runs);
	json_decref(t->trace);
	client_close(t->client);
	kill(t->daemon, SIGTERM);
	waitpid(t->daemon, NULL, 0);
	return code;
}

static bool read_repeat(struct trial *t)
{
	const char *word = t->command->option[OPT_REPEAT];
	char *end;

	t->repeat = 1;
	if (!word)
		return true;
	t->repeat = strtol(word, &end, 10);
	if (!*end && end != word && t->repeat >= 1 && t->repeat <= REPEAT_MAX)
		return true;
	complain("--repeat expects a number from 1 to %d, not `%s`", REPEAT_MAX, word);
	return false;
}

/* The port that a client of this service expects; every port answers. */
static const char *port_of(const char *service)
{
	static const struct {
		const char *service, *port;
	} usual[] = {{"echo", "7"}, {"discard", "9"}, {"chargen", "19"}, {"banner", "25"}};

	for (size_t i = 0; service && i < sizeof(usual) / sizeof(usual[0]); i++)
		if (strncmp(service, usual[i].service, strlen(usual[i].service)) == 0)
			return usual[i].port;
	return "80";
}

/* The process inside. It ends with us, however we end; its own go with it. */
static volatile pid_t within;

static void on_end(int signal)
{
	kill(within, signal);
}

static void catch_ends(void (*handler)(int))
{
	static const int ends[] = {SIGTERM, SIGHUP, SIGQUIT};

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		signal(ends[i], handler);
}

static int try_run(const struct command *command, bool json)
{
	sigset_t all, before;
	struct trial t = {
		.command = command,
		.json = json,
		.address = command->option[OPT_IPV6] ? SANDBOX_SERVER_V6 : SANDBOX_SERVER_V4,
		.port = port_of(command->option[OPT_SERVICE]),
	};
	int status = 0, code = EXIT_SAID_NO;
	pid_t pid, parent;

	if (!read_repeat(&t))
		return EXIT_SLIP;
	if (!prepare(&t)) {
		clean_up(&t);
		return EXIT_SAID_NO;
	}
	/* Ctrl-C is for the command; what is here comes to its end then. */
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
		code = inside(&t);
		fflush(stdout);
		_exit(code);
	}
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	catch_ends(SIG_IGN); /* there is nobody to pass them on to any more */
	if (pid > 0)
		code = code_of(status);
	else
		complain("no process can be made: %s", strerror(errno));
	clean_up(&t);
	return code;
}

const struct verb verb_try = {
	.name = "try",
	.operands = "BEHAVIOUR -- COMMAND",
	.least = 2,
	.most = INT_MAX,
	.summary = "Run a command against a behaviour, in a network of its own",
	.help = "Needs no root, no running daemon and no config: a namespace with a network of "
		"two\n"
		"interfaces, a synackd on one of them, and the command with the other, under your\n"
		"own user. In its words {address}, {port} and {host} are filled in; whatever the\n"
		"port, the behaviour answers. Then comes the ladder diagram of its last "
		"connection.\n"
		"It ends as the command did. What that leaves running in the background keeps the\n"
		"network for as long as it runs. With sudo it is run as who called sudo.\n"
		"\n"
		"  $ synackctl try synack-never -- curl -m 2 http://{host}/\n"
		"  $ synackctl try synack-delay=500ms+mss-value=536 --service echo -- ncat "
		"{address} {port}\n",
	.options = {{"service", "SERVICE", "the application: http, or echo, discard, …"},
		    {"ipv6", NULL, "{address} and {host} are the IPv6 address"},
		    {"repeat", "N", "run the command so often"},
		    {"seed", "N", "the same ISNs and the same chance as in the run that said so"},
		    {"load", "FILE", "a config file with behaviours of your own"},
		    {"pcap", "FILE", "write the connection as a pcapng, its rules as comments"}},
	.run = try_run,
};
