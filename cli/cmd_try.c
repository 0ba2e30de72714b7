/* SPDX-License-Identifier: MIT */
/* `try`: a synackd of its own in a sandbox, a command against it, and what crossed the wire. */
#include "base/container.h"
#include "base/steady.h"
#include "bench.h"
#include "commands.h"
#include "complain.h"
#include "fields.h"
#include "ladder.h"
#include "pcapng.h"
#include "printer.h"
#include "reach.h"
#include "sandbox.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define REPEAT_MAX   10000
#define SETTLE_POLL  (2 * NS_PER_MS)
#define SETTLE_LIMIT (50 * NS_PER_MS)

/* By index in verb_try.options. */
enum { OPT_SERVICE, OPT_IPV6, OPT_REPEAT, OPT_SEED, OPT_LOAD, OPT_PCAP };

/* One invocation. */
struct trial {
	const struct command *command;
	bool json;
	long repeat;
	const char *address, *port;
	struct bench bench;
	char **argv; /* of the command, filled in */
	json_t *runs;
	json_t *trace; /* of the last run; NULL: nothing came */
	long long seed;
};

/* --- what is made outside ----------------------------------------------------------------------
 */

static void add_endpoint(struct text *out, const struct trial *t, const char *name,
			 const char *address)
{
	const char *service = t->command->option[OPT_SERVICE];

	text_addf(out,
		  "  { name = \"%s\"; address = \"%s\"; ports = \"1-65535\"; interface = \"%s\";\n",
		  name, address, SANDBOX_SERVER);
	text_add(out, "    behaviour = ");
	bench_add_quoted(out, t->command->word[0]);
	text_add(out, ";\n    service = ");
	bench_add_quoted(out, service ? service : "http");
	text_add(out, "; }");
}

static bool write_config(const struct trial *t)
{
	struct text out = {0};
	bool good;

	text_add(&out, "endpoints = (\n");
	add_endpoint(&out, t, "v4", SANDBOX_SERVER_V4);
	text_add(&out, ",\n");
	add_endpoint(&out, t, "v6", SANDBOX_SERVER_V6);
	text_add(&out, "\n);\n");
	good = bench_write_config(&t->bench, t->command->option[OPT_LOAD], text_str(&out));
	text_free(&out);
	return good;
}

static bool prepare(struct trial *t)
{
	const struct bench_word known[] = {{"{address}", t->address},
					   {"{port}", t->port},
					   {"{host}", CONTROL_DOMAIN},
					   {NULL, NULL}};
	int words = t->command->words;

	if (!bench_make(&t->bench))
		return false;
	t->argv = xcalloc((size_t)words, sizeof(*t->argv));
	for (int i = 1; i < words; i++)
		t->argv[i - 1] = bench_fill_in(t->command->word[i], known);
	return write_config(t) && bench_write_hosts(&t->bench, t->address);
}

static void clean_up(struct trial *t)
{
	bench_clean_up(&t->bench);
	for (int i = 0; t->argv && i < t->command->words; i++)
		free(t->argv[i]);
	free(t->argv);
}

/* --- what happens inside -----------------------------------------------------------------------
 */

static int run_once(struct trial *t)
{
	nstime begun = monotonic_now(), took;
	/* The JSON has standard output for itself. */
	pid_t pid = sandbox_start(t->argv, false, t->json ? STDERR_FILENO : -1, -1);
	int status = 0, code;

	if (pid < 0) {
		complain("%s cannot be started: %s", t->argv[0], strerror(errno));
		return EXIT_SAID_NO;
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	code = bench_code(status);
	took = monotonic_now() - begun;
	json_array_append_new(t->runs, json_pack("{s:i, s:I, s:f}", "exit", code, "time_ns",
						 (json_int_t)took, "time_s", clock_seconds(took)));
	return code;
}

/* What the client sent last, such as the ACK of our FIN, the ring shows a moment later. A
 * connection that stays all the same has nothing more to say. */
static void settle(const struct trial *t)
{
	const struct timespec pause = {.tv_nsec = SETTLE_POLL};
	nstime until = monotonic_now() + SETTLE_LIMIT;
	long long open = 1;

	while (open > 0 && monotonic_now() < until) {
		json_t *refusal = NULL, *status;
		char *error = NULL;

		nanosleep(&pause, NULL);
		status = client_call(t->bench.client, METHOD_STATUS, json_object(), &refusal,
				     &error);
		open = status ? field_int(status, "connections") : 0;
		json_decref(status);
		json_decref(refusal);
		free(error);
	}
}

static bool fetch_trace(struct trial *t)
{
	json_t *refusal = NULL;
	char *error = NULL;

	t->trace =
		client_call(t->bench.client, METHOD_TRACE,
			    json_pack("{s:s, s:i}", "id", "last", "octets", 1), &refusal, &error);
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
	text_addf(out, "seed %lld\n", t->seed);
}

static void report(const struct trial *t)
{
	struct screen screen = screen_of(stdout);
	struct text out = {0};

	if (t->json) {
		json_t *all = json_pack(
			"{s:s, s:s, s:s, s:I, s:o, s:O, s:o}", "behaviour", t->command->word[0],
			"address", t->address, "port", t->port, "seed", (json_int_t)t->seed,
			"seed_text", json_sprintf("%llu", (unsigned long long)t->seed), "runs",
			t->runs, "trace", t->trace ? json_incref(t->trace) : json_null());

		printer_json(all);
		json_decref(all);
		return;
	}
	text_add(&out, "\n");
	print_runs(t, &out);
	if (t->trace)
		ladder_draw(t->trace, &screen, &out);
	else
		text_addf(&out, "No segment of it came to %s.\n", t->address);
	printer_text(&screen, text_str(&out));
	text_free(&out);
}

/* In the sandbox, with the daemon there. */
static int inside(struct bench *b, void *arg)
{
	struct trial *t = arg;
	const char *pcap = t->command->option[OPT_PCAP];
	char *error = NULL;
	int code = 0;

	/* Not after an hour; and nothing of a run before this one is taken for this one's. */
	if (pcap && !bench_write(pcap, ""))
		return EXIT_SAID_NO;
	t->bench = *b;
	t->runs = json_array();
	t->seed = bench_seed(b->client);
	for (long i = 0; i < t->repeat; i++) {
		int once = run_once(t);

		code = code ? code : once;
		if (once == 128 + SIGINT)
			break;
	}
	settle(t);
	fetch_trace(t);
	if (pcap && t->trace && !pcapng_write(pcap, t->trace, &error)) {
		complain("%s", error);
		free(error);
		code = code ? code : EXIT_SAID_NO;
	}
	report(t);
	json_decref(t->runs);
	json_decref(t->trace);
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

	for (size_t i = 0; service && i < COUNT_OF(usual); i++)
		if (strncmp(service, usual[i].service, strlen(usual[i].service)) == 0)
			return usual[i].port;
	return "80";
}

static int try_run(const struct command *command, bool json)
{
	struct trial t = {
		.command = command,
		.json = json,
		.address = command->option[OPT_IPV6] ? SANDBOX_SERVER_V6 : SANDBOX_SERVER_V4,
		.port = port_of(command->option[OPT_SERVICE]),
	};
	int code = EXIT_SAID_NO;

	if (!read_repeat(&t))
		return EXIT_SLIP;
	if (prepare(&t))
		code = bench_run(&t.bench, command->option[OPT_SEED], inside, &t);
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
		"network for as long as it runs. With sudo it is run as the caller of sudo.\n"
		"\n"
		"  $ synackctl try synack-never -- curl -m 2 http://{host}/\n"
		"  $ synackctl try synack-delay=500ms+mss-value=536 --service echo -- ncat "
		"{address} {port}\n",
	.options = {{"service", "SERVICE", "the application: http, or echo, discard, …"},
		    {"ipv6", NULL, "{address} and {host} are the IPv6 address"},
		    {"repeat", "N", "run the command so often"},
		    {"seed", "N", "the same chance as in the run that said so"},
		    {"load", "FILE", "a config file with behaviours of your own"},
		    {"pcap", "FILE", "write the connection as a pcapng, its rules as comments"}},
	.run = try_run,
};
