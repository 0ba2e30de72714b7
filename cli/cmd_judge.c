/* SPDX-License-Identifier: MIT */
/* `judge`: runs a client against every scenario of a suite, and prints a report card. */
#include "base/steady.h"
#include "bench.h"
#include "card.h"
#include "card_files.h"
#include "commands.h"
#include "complain.h"
#include "fields.h"
#include "interrupt.h"
#include "judge_endpoints.h"
#include "judging.h"
#include "kernel_client.h"
#include "printer.h"
#include "reach.h"
#include "runs.h"
#include "sandbox.h"
#include "scenarios.h"
#include "wire/addr.h"
#include "words.h"

#include <errno.h>
#include <limits.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define AT_ONCE       8
#define AT_ONCE_MAX   64
#define LIMIT         (60 * NS_PER_S)
#define SCENARIOS_MAX 250 /* addresses of the sandbox, one for each scenario */
#define TRACE         "trace_size = \"256M\";\n" /* room for all scenarios of a suite */

/* --- output ----------------------------------------------------------------------------------- */

static void put(const struct judging *j, const json_t *card)
{
	struct screen screen = screen_of(stdout);
	struct text out = {0};

	if (j->json) {
		printer_json(card);
	} else if (j->request->option[TAP]) {
		card_tap(card, &out);
		printer_lines(text_str(&out));
	} else {
		card_draw(card, j->request->option[ALL], &screen, &out);
		printer_text(&screen, text_str(&out));
	}
	text_free(&out);
}

static bool put_files(const struct judging *j, const json_t *card)
{
	const char *junit = j->request->option[JUNIT], *evidence = j->request->option[EVIDENCE];
	struct text out = {0};
	char *error = NULL;
	bool good = true;

	if (junit) {
		card_junit(card, &out);
		good = bench_write(junit, text_str(&out));
		text_free(&out);
	}
	if (evidence && !card_evidence(card, evidence, &error)) {
		complain("%s", error);
		free(error);
		good = false;
	}
	return good;
}

/* Creates the files before the suite, which can take minutes, so that an error is reported at once,
 * and so that no file of an earlier run remains. */
static bool make_files(const struct judging *j)
{
	const char *junit = j->request->option[JUNIT], *evidence = j->request->option[EVIDENCE];
	char *error = NULL;

	if (junit && !bench_write(junit, ""))
		return false;
	if (!evidence || card_evidence_place(evidence, &error))
		return true;
	complain("%s", error);
	free(error);
	return false;
}

/* All verdicts are INCONCLUSIVE in this case. The exit code must not be 0. */
static void complain_no_segment(const struct judging *j)
{
	char line[512];
	bool printed = runs_first_line(&j->runs, line, sizeof(line));
	size_t skipped = 0;

	while (skipped < j->runs.count && j->runs.run[skipped].skipped)
		skipped++;
	if (skipped && skipped == j->runs.count) {
		complain("judge: no scenario can be run: %s", j->runs.run[0].skipped);
		return;
	}
	complain("judge: no segment from the client in any scenario: COMMAND must connect to "
		 "{address} and {port}%s%s%s",
		 printed ? "; it printed '" : "", line, printed ? "'" : "");
}

static int code_of(const struct judging *j, const json_t *card)
{
	if (interrupt_came())
		return 128 + interrupt_came();
	if (!json_array_size(json_object_get(card, "connections"))) {
		complain_no_segment(j);
		return EXIT_USAGE;
	}
	return card_count(json_object_get(card, "requirements"), "FAIL") ? EXIT_REFUSED : EXIT_OK;
}

/* --- steps ------------------------------------------------------------------------------------ */

/* Records the start of the suite, by both clocks: the clock of the daemon may differ from ours. */
static bool note_start(struct judging *j)
{
	json_t *status = judging_ask_or_complain(j, METHOD_STATUS, NULL);

	if (!status)
		return false;
	clock_gettime(CLOCK_REALTIME, &j->began);
	j->since = field_time(status, "now");
	json_decref(status);
	return true;
}

static int judge_all(struct judging *j)
{
	json_t *suites = judging_ask_or_complain(j, METHOD_SUITES,
						 json_pack("{s:s}", "suite", judging_suite(j)));
	nstime began = monotonic_now();
	int code = EXIT_USAGE;
	json_t *card;

	if (suites)
		j->scenarios =
			scenarios_choose(json_object_get(json_array_get(suites, 0), "scenarios"),
					 j->request->option[SCENARIO]);
	if (json_array_size(j->scenarios) > SCENARIOS_MAX) {
		complain("suite '%s': too many scenarios: a suite can have at most %d",
			 judging_suite(j), SCENARIOS_MAX);
	} else if (j->scenarios && judging_has_profile(j) && make_files(j) && note_start(j)) {
		interrupt_catch();
		judge_endpoints_add(j);
		if (judge_endpoints_await(j) && (!j->hosts || judge_endpoints_write_hosts(j)) &&
		    runs_do(&j->runs)) {
			interrupt_release();
			j->took = monotonic_now() - began;
			card = judging_card(j);
			if (card) {
				put(j, card);
				code = put_files(j, card) ? code_of(j, card) : EXIT_USAGE;
			}
			json_decref(card);
		}
		if (j->request->option[LIVE])
			judge_endpoints_remove(j);
	}
	json_decref(j->scenarios);
	json_decref(suites);
	return code;
}

static int inside(struct bench *b, void *arg)
{
	struct judging *j = arg;

	j->client = b->client;
	return judge_all(j);
}

static int judge_here(struct judging *j)
{
	struct bench b = {0};
	int code = EXIT_USAGE;

	if (bench_make(&b) && bench_write_config(&b, j->request->option[LOAD], TRACE) &&
	    bench_write_hosts(&b, SANDBOX_SERVER_V4)) {
		j->hosts = b.hosts;
		code = bench_run(&b, j->request->option[SEED], inside, j);
	}
	bench_clean_up(&b);
	return code == EXIT_NO_DAEMON ? EXIT_USAGE : code;
}

/* Returns the address of this host on the route to another one, or NULL if there is no route. The
 * caller frees it. */
static char *own_address(const char *to)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_DGRAM, .ai_flags = AI_NUMERICHOST};
	struct sockaddr_storage own;
	socklen_t len = sizeof(own);
	struct addrinfo *found = NULL;
	char text[NI_MAXHOST];
	char *address = NULL;
	int fd = -1;

	/* The port does not matter, because nothing is sent. */
	if (getaddrinfo(to, "7", &hints, &found) == 0)
		fd = socket(found->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, found->ai_addr, found->ai_addrlen) == 0 &&
	    getsockname(fd, (struct sockaddr *)&own, &len) == 0 &&
	    getnameinfo((struct sockaddr *)&own, len, text, sizeof(text), NULL, 0,
			NI_NUMERICHOST) == 0)
		address = xstrdup(text);
	if (fd >= 0)
		close(fd);
	if (found)
		freeaddrinfo(found);
	return address;
}

/* Removes the bound on segments to the client while its address is unproven, until this process
 * disconnects. If that fails, the suite runs with the bound, and verdicts about missing segments
 * are INCONCLUSIVE. */
static void lift_bound(const struct judging *j)
{
	const char *given = j->request->option[CLIENT];
	char *client = given ? xstrdup(given) : own_address(j->request->option[LIVE]), *why = NULL;
	json_t *lifted = NULL;

	if (client)
		lifted = judging_ask(j, METHOD_UNBOUNDED, json_pack("{s:s}", "client", client),
				     &why);
	if (!lifted)
		remark("warning: %s: the bound on clients with an unproven address remains: %s",
		       client ? client : j->request->option[LIVE],
		       why ? why : "no route to this address: use --client");
	json_decref(lifted);
	free(client);
	free(why);
}

static int judge_live(struct judging *j)
{
	char *error = NULL;
	int code = EXIT_USAGE;

	j->client = client_open(&j->request->place, &error);
	if (j->client) {
		lift_bound(j);
		code = judge_all(j);
	} else {
		complain("%s", error);
	}
	free(error);
	client_close(j->client);
	return code;
}

static bool read_jobs(struct judging *j)
{
	const char *word = j->request->option[JOBS];
	char *end;
	long jobs;

	j->runs.at_once = AT_ONCE;
	if (!word)
		return true;
	jobs = strtol(word, &end, 10);
	j->runs.at_once = (size_t)jobs;
	if (!*end && end != word && jobs >= 1 && jobs <= AT_ONCE_MAX)
		return true;
	complain("--jobs: invalid value '%s': expected a number from 1 to %d", word, AT_ONCE_MAX);
	return false;
}

static bool check_words(const struct request *c)
{
	struct addr live;

	if (!is_utf8(c->option[SUITE]) || !is_utf8(c->option[PROFILE]))
		complain("judge: invalid suite or profile: expected UTF-8");
	else if (!c->option[KERNEL] && !c->words)
		complain("judge: missing argument: give COMMAND after --, or use --kernel to judge "
			 "the TCP of this kernel");
	else if (c->option[KERNEL] && c->words)
		complain("judge: unexpected argument '%s' with --kernel: use COMMAND or --kernel, "
			 "not both",
			 c->word[0]);
	else if (c->place.host && !c->option[LIVE])
		complain("--host: unexpected option: add --live to judge with the synackd of "
			 "another machine");
	else if (c->option[LIVE] && !addr_parse(c->option[LIVE], &live))
		complain("--live: invalid address '%s': expected an IPv4 or IPv6 address",
			 c->option[LIVE]);
	else if (c->option[CLIENT] && !c->option[LIVE])
		complain("--client: unexpected option: it requires --live");
	else if (c->option[LIVE] && c->option[IPV6])
		complain("--ipv6: unexpected option with --live: the address of --live selects "
			 "IPv4 or IPv6");
	else if (c->option[LIVE] && (c->option[SEED] || c->option[LOAD]))
		complain("%s: unexpected option with --live: the running synackd has its own seed "
			 "and config",
			 c->option[SEED] ? "--seed" : "--load");
	else
		return true;
	return false;
}

static int judge_run(const struct request *request, bool json)
{
	static char *const kernel[] = {(char *)"/proc/self/exe", (char *)"judge",
				       (char *)"--be-client",    (char *)"{address}",
				       (char *)"{port}",         NULL};
	struct judging j = {.request = request, .json = json};
	int code;

	if (request->option[BE_CLIENT] && request->words == 2)
		return kernel_client(request->word[0], request->word[1]);
	if (!check_words(request) || !read_jobs(&j))
		return EXIT_USAGE;
	j.words = xcalloc((size_t)request->words + 1, sizeof(*j.words));
	memcpy(j.words, request->word, (size_t)request->words * sizeof(*j.words));
	j.runs.words = request->option[KERNEL] ? kernel : j.words;
	j.runs.limit = LIMIT;
	j.runs.quiet = json || printer_is_silent();
	j.runs.output = memfd_create("output", MFD_CLOEXEC);
	/* Parallel clients cannot share standard input. */
	if (!freopen("/dev/null", "re", stdin))
		remark("warning: /dev/null: cannot open (%s)", strerror(errno));
	code = request->option[LIVE] ? judge_live(&j) : judge_here(&j);
	close(j.runs.output);
	runs_free(&j.runs);
	free(j.words);
	return code;
}

const struct command command_judge = {
	.name = "judge",
	.operands = "-- COMMAND",
	.most = INT_MAX,
	.summary = "Run a client against a suite, and judge it",
	.help = "Needs no root and no running daemon. 'judge' runs COMMAND once for each scenario, "
		"in a private network. It replaces {address}, {port}, {host} and {scenario} in its "
		"arguments. The client should send {octets} octets, read nothing for the first "
		"{pause} seconds, keep the connection for {stay} seconds, and close it. If the TCP "
		"of the client ends with its process, the process should run for {watch} seconds "
		"more. The environment variables SYNACK_ADDRESS, SYNACK_PORT and so on have the "
		"same values. If a client does less, verdicts are INCONCLUSIVE, not FAIL.\n"
		"\n"
		"The exit code is 0 if the client broke no MUST, 1 if it broke one, and 2 if "
		"COMMAND could not be run or never connected. Ctrl-C stops the suite and prints "
		"the report card of the scenarios so far; the exit code is then 130. A second "
		"Ctrl-C ends 'judge' at once.\n"
		"\n"
		"  $ synackctl judge --kernel\n"
		"  $ synackctl judge --suite full --profile linux-6.18 -- my-client {address} "
		"{port}\n"
		"  $ synackctl judge --live 192.0.2.7 -- ncat {address} {port}\n",
	.options =
		{{"suite", "SUITE",
		  "connect, transfer, close, errors, full, or a suite of --load; default connect"},
		 {"scenario", "NAMES", "only these scenarios of the suite, separated by commas"},
		 {"profile", "PROFILE", "known deviations: they are shown, but not counted"},
		 {"jobs", "N", "number of scenarios at a time; default 8"},
		 {"kernel", NULL, "judge the TCP of this kernel, with a built-in client"},
		 {"live", "ADDRESS", "use a running synackd, at this address, on ports from 7800"},
		 {"ipv6", NULL, "use IPv6, except where the scenario demands IPv4"},
		 {"seed", "N", "seed of the random number generator, as an earlier run printed it"},
		 {"load", "FILE", "config file with further behaviours, suites or profiles"},
		 {"all", NULL,
		  "also print PASS, INFO, INCONCLUSIVE, and clauses that cannot be judged"},
		 {"tap", NULL, "print the Test Anything Protocol"},
		 {"junit", "FILE", "write a report in JUnit's XML format"},
		 {"evidence", "DIR", "write a pcapng for each FAIL, known FAIL and WARN"},
		 {"be-client", NULL, "internal: be the client of --kernel, for one scenario"},
		 {"client", "ADDRESS",
		  "with --live: address of the client, as synackd sees it; default an address of "
		  "this host"}},
	.run = judge_run,
};
