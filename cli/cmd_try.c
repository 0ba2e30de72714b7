/* SPDX-License-Identifier: MIT */
/* `try`: runs a command against a private synackd in a sandbox, and prints the segments. */
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
#include "settle.h"
#include "story.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define REPEAT_MAX   10000
#define STAY_DEFAULT (3 * NS_PER_S)

/* Indices into command_try.options. */
enum { OPT_SERVICE, OPT_IPV6, OPT_REPEAT, OPT_SEED, OPT_LOAD, OPT_PCAP, OPT_STAY };

/* One invocation of `try`. */
struct trial {
	const struct request *request;
	bool json;
	long repeat;
	nstime stay; /* longest wait after the command has ended */
	const char *address, *port;
	struct bench bench;
	char **argv; /* the command, without placeholders */
	json_t *runs;
	struct settled settled;
	json_t *last;       /* trace of the last connection, or NULL */
	json_t *traces;     /* traces to print */
	size_t untouched;   /* number of other traces that no rule touched */
	long long left_out; /* number of older connections, whose traces are not in the result */
	long long seed;
};

/* --- outside the sandbox ---------------------------------------------------------------------- */

static void add_endpoint(struct text *out, const struct trial *t, const char *name,
			 const char *address)
{
	const char *service = t->request->option[OPT_SERVICE];

	text_addf(out,
		  "  { name = \"%s\"; address = \"%s\"; ports = \"1-65535\"; interface = \"%s\";\n",
		  name, address, SANDBOX_SERVER);
	text_add(out, "    behaviour = ");
	bench_add_quoted(out, t->request->word[0]);
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
	good = bench_write_config(&t->bench, t->request->option[OPT_LOAD], text_str(&out));
	text_free(&out);
	return good;
}

static bool prepare(struct trial *t)
{
	const struct bench_word known[] = {{"{address}", t->address},
					   {"{port}", t->port},
					   {"{host}", CONTROL_DOMAIN},
					   {NULL, NULL}};
	int words = t->request->words;

	if (!bench_make(&t->bench))
		return false;
	t->argv = xcalloc((size_t)words, sizeof(*t->argv));
	for (int i = 1; i < words; i++)
		t->argv[i - 1] = bench_fill_in(t->request->word[i], known);
	return write_config(t) && bench_write_hosts(&t->bench, t->address);
}

static void clean_up(struct trial *t)
{
	bench_clean_up(&t->bench);
	for (int i = 0; t->argv && i < t->request->words; i++)
		free(t->argv[i]);
	free(t->argv);
}

/* --- inside the sandbox ----------------------------------------------------------------------- */

static int run_once(struct trial *t)
{
	nstime begun = monotonic_now(), took;
	/* Standard output is for JSON only. */
	pid_t pid = sandbox_start(t->argv, false, t->json ? STDERR_FILENO : -1, -1);
	int status = 0, code;

	if (pid < 0) {
		complain("%s: cannot start (%s)", t->argv[0], strerror(errno));
		return EXIT_REFUSED;
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	code = bench_code(status);
	took = monotonic_now() - begun;
	json_array_append_new(t->runs, json_pack("{s:i, s:I, s:f}", "exit", code, "time_ns",
						 (json_int_t)took, "time_s", clock_seconds(took)));
	return code;
}

/* Returns all traces. Returns NULL if there is none, or after a complaint if the request failed. */
static json_t *fetch_traces(const struct trial *t)
{
	json_t *refusal = NULL, *result;
	char *error = NULL;

	result = client_call(t->bench.client, METHOD_TRACE,
			     json_pack("{s:s, s:i}", "id", "all", "octets", 1), &refusal, &error);
	json_decref(refusal);
	if (error)
		complain("%s", error);
	free(error);
	return result;
}

/* Chooses the traces that a rule touched or that show a setting of `use`; if there is none, the
 * last trace. */
static void choose_traces(struct trial *t)
{
	json_t *result = fetch_traces(t), *all = json_object_get(result, "traces"), *trace;
	size_t i;

	t->left_out = field_int(result, "left_out");
	t->last = json_incref(json_array_get(all, json_array_size(all) - 1));
	json_array_foreach (all, i, trace)
		if (story_touched(trace))
			json_array_append(t->traces, trace);
	if (!json_array_size(t->traces) && t->last)
		json_array_append(t->traces, t->last);
	t->untouched = json_array_size(all) - json_array_size(t->traces);
	json_array_foreach (t->traces, i, trace)
		settled_complete(&t->settled, trace);
	json_decref(result);
}

static void print_runs(const struct trial *t, struct text *out)
{
	const json_t *run;
	size_t i;

	json_array_foreach (t->runs, i, run) {
		if (t->repeat > 1)
			text_addf(out, "run %zu: ", i + 1);
		text_addf(out, "%s exited with code %lld after ", t->argv[0],
			  (long long)field_int(run, "exit"));
		text_add_age(out, field_time(run, "time_ns"));
		text_add(out, "\n");
	}
	text_addf(out, "seed %lld\n", t->seed);
}

static void report_json(const struct trial *t)
{
	json_t *all = json_pack("{s:s, s:s, s:s, s:I, s:o, s:O, s:O, s:O?, s:I, s:I}", "behaviour",
				t->request->word[0], "address", t->address, "port", t->port, "seed",
				(json_int_t)t->seed, "seed_text",
				json_sprintf("%llu", (unsigned long long)t->seed), "runs", t->runs,
				"traces", t->traces, "trace", t->last, "untouched",
				(json_int_t)t->untouched, "left_out", (json_int_t)t->left_out);

	printer_json(all);
	json_decref(all);
}

static void report(const struct trial *t)
{
	struct screen screen = screen_of(stdout);
	struct text out = {0};
	const json_t *trace;
	size_t i;

	text_add(&out, "\n");
	print_runs(t, &out);
	if (t->left_out) {
		text_add_counted(&out, t->left_out, "older connection");
		text_add(&out, " not shown.\n");
	}
	json_array_foreach (t->traces, i, trace) {
		text_add(&out, i ? "\n" : "");
		ladder_draw(trace, &screen, &out);
		settled_print(&t->settled, trace, &out);
	}
	if (t->untouched) {
		text_add(&out, "\n");
		text_add_counted(&out, (json_int_t)t->untouched, "further connection");
		text_add(&out, " that no rule touched.\n");
	}
	if (!i)
		text_addf(&out, "No segment of the command arrived at %s.\n", t->address);
	printer_text(&screen, text_str(&out));
	text_free(&out);
}

/* Returns false after a complaint. */
static bool write_pcap(const struct trial *t, const char *path)
{
	json_t *shown = json_pack("{s:O}", "traces", t->traces);
	char *error = NULL;
	bool good = pcapng_write(path, shown, &error);

	if (!good)
		complain("%s", error);
	free(error);
	json_decref(shown);
	return good;
}

/* Runs inside the sandbox while the daemon runs. */
static int inside(struct bench *b, void *arg)
{
	struct trial *t = arg;
	const char *pcap = t->request->option[OPT_PCAP];
	int code = 0;

	/* Reports an unwritable file before the command runs, and truncates the file of an earlier
	 * run. */
	if (pcap && !bench_write(pcap, ""))
		return EXIT_REFUSED;
	t->bench = *b;
	t->runs = json_array();
	t->traces = json_array();
	t->seed = bench_seed(b->client);
	for (long i = 0; i < t->repeat; i++) {
		int once = run_once(t);

		code = code ? code : once;
		if (once == 128 + SIGINT)
			break;
	}
	settle(b->client, t->stay, &t->settled);
	choose_traces(t);
	if (pcap && json_array_size(t->traces) && !write_pcap(t, pcap))
		code = code ? code : EXIT_REFUSED;
	(t->json ? report_json : report)(t);
	settled_free(&t->settled);
	json_decref(t->runs);
	json_decref(t->traces);
	json_decref(t->last);
	return code;
}

static bool read_repeat(struct trial *t)
{
	const char *word = t->request->option[OPT_REPEAT];
	char *end;

	t->repeat = 1;
	if (!word)
		return true;
	t->repeat = strtol(word, &end, 10);
	if (!*end && end != word && t->repeat >= 1 && t->repeat <= REPEAT_MAX)
		return true;
	complain("--repeat: invalid value '%s': expected a number from 1 to %d", word, REPEAT_MAX);
	return false;
}

static bool read_stay(struct trial *t)
{
	const char *word = t->request->option[OPT_STAY];

	t->stay = STAY_DEFAULT;
	if (!word || duration_parse(word, &t->stay))
		return true;
	complain("--stay: invalid value '%s': expected a duration such as 300ms or 5s", word);
	return false;
}

/* Returns the usual port of a service. The endpoint answers on all ports. */
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

static int try_run(const struct request *request, bool json)
{
	struct trial t = {
		.request = request,
		.json = json,
		.address = request->option[OPT_IPV6] ? SANDBOX_SERVER_V6 : SANDBOX_SERVER_V4,
		.port = port_of(request->option[OPT_SERVICE]),
	};
	int code = EXIT_REFUSED;

	if (!read_repeat(&t) || !read_stay(&t))
		return EXIT_USAGE;
	if (prepare(&t))
		code = bench_run(&t.bench, request->option[OPT_SEED], inside, &t);
	clean_up(&t);
	return code;
}

const struct command command_try = {
	.name = "try",
	.operands = "BEHAVIOUR -- COMMAND",
	.least = 2,
	.most = INT_MAX,
	.summary = "Run a command against a behaviour",
	.help = "Needs no root, no running daemon and no config. 'try' creates a private network "
		"with two interfaces, starts a synackd on one of them, and runs COMMAND on the "
		"other, as the calling user (under sudo, as the user that called sudo). It "
		"replaces {address}, {port} and {host} in the arguments of COMMAND. The behaviour "
		"answers on all ports.\n"
		"\n"
		"When COMMAND has ended, 'try' waits until all connections are closed or in "
		"TIME-WAIT and no rule has an action due, for at most 3 s or the time of --stay. "
		"It lists the actions that are due later. Then it prints the ladder diagram of "
		"each connection that a rule touched or that shows a setting of the behaviour "
		"(use); if there is none, of the last connection. The exit code is that of "
		"COMMAND. Processes that COMMAND leaves in the background keep the network until "
		"they end.\n"
		"\n"
		"  $ synackctl try synack-never -- curl -m 2 http://{host}/\n"
		"  $ synackctl try close-two-step=800ms --stay 5s -- curl http://{host}/\n"
		"  $ synackctl try synack-delay=500ms+mss-value=536 --service echo -- ncat "
		"{address} {port}\n",
	.options = {{"service", "SERVICE", "the application: echo, discard, ...; default http"},
		    {"ipv6", NULL, "use the IPv6 address for {address} and {host}"},
		    {"repeat", "N", "run COMMAND N times"},
		    {"seed", "N",
		     "seed of the random number generator, as an earlier run printed it"},
		    {"load", "FILE", "config file with further behaviours"},
		    {"pcap", "FILE",
		     "write the printed connections to a pcapng, with the rules as comments"},
		    {"stay", "TIME",
		     "wait at most this long for connections and rules; default 3s"}},
	.run = try_run,
};
