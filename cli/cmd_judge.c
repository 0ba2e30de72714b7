/* SPDX-License-Identifier: MIT */
/* `judge`: a client meets every scenario of a suite, and gets a report card. */
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
#define SCENARIOS_MAX 250                        /* so many addresses it has */
#define TRACE         "trace_size = \"256M\";\n" /* all scenarios of a suite are to be in it */

/* --- telling ---------------------------------------------------------------------------------- */

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

/* Before the suite, which may take minutes; and no report of one before is taken for this one's. */
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

/* All is INCONCLUSIVE then, which must not look like a good end. */
static void say_nothing_came(const struct judging *j)
{
	char said[512];
	bool spoke = runs_first_words(&j->runs, said, sizeof(said));
	size_t skipped = 0;

	while (skipped < j->runs.count && j->runs.run[skipped].skipped)
		skipped++;
	if (skipped && skipped == j->runs.count) {
		complain("judge: no scenario could be run: %s", j->runs.run[0].skipped);
		return;
	}
	complain("judge: no segment came from the client in any scenario: let the command connect "
		 "to "
		 "{address} and {port}, as they are given%s%s%s",
		 spoke ? "; it said `" : "", said, spoke ? "`" : "");
}

static int code_of(const struct judging *j, const json_t *card)
{
	if (interrupt_came())
		return 128 + interrupt_came();
	if (!json_array_size(json_object_get(card, "connections"))) {
		say_nothing_came(j);
		return EXIT_SLIP;
	}
	return card_count(json_object_get(card, "requirements"), "FAIL") ? EXIT_SAID_NO : EXIT_OK;
}

/* --- the way through -------------------------------------------------------------------------- */

/* The suite begins now. The clocks of this host and of the daemon may differ. */
static bool note_start(struct judging *j)
{
	json_t *status = judging_ask_or_say(j, METHOD_STATUS, NULL);

	if (!status)
		return false;
	clock_gettime(CLOCK_REALTIME, &j->began);
	j->since = field_time(status, "now");
	json_decref(status);
	return true;
}

static int judge_all(struct judging *j)
{
	json_t *suites =
		judging_ask_or_say(j, METHOD_SUITES, json_pack("{s:s}", "suite", judging_suite(j)));
	nstime began = monotonic_now();
	int code = EXIT_SLIP;
	json_t *card;

	if (suites)
		j->scenarios =
			scenarios_choose(json_object_get(json_array_get(suites, 0), "scenarios"),
					 j->request->option[SCENARIO]);
	if (json_array_size(j->scenarios) > SCENARIOS_MAX) {
		complain("%s: too many scenarios: a suite has at most %d", judging_suite(j),
			 SCENARIOS_MAX);
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
				code = put_files(j, card) ? code_of(j, card) : EXIT_SLIP;
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
	int code = EXIT_SLIP;

	if (bench_make(&b) && bench_write_config(&b, j->request->option[LOAD], TRACE) &&
	    bench_write_hosts(&b, SANDBOX_SERVER_V4)) {
		j->hosts = b.hosts;
		code = bench_run(&b, j->request->option[SEED], inside, j);
	}
	bench_clean_up(&b);
	return code == EXIT_NO_DAEMON ? EXIT_SLIP : code;
}

/* This host's address on the way to another one; the caller's. NULL: there is no way. */
static char *own_address(const char *to)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_DGRAM, .ai_flags = AI_NUMERICHOST};
	struct sockaddr_storage own;
	socklen_t len = sizeof(own);
	struct addrinfo *found = NULL;
	char text[NI_MAXHOST];
	char *address = NULL;
	int fd = -1;

	/* The port is any: nothing is sent. */
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

/* The client may be sent as much as the scenarios do, before it has proved its address: for as long
 * as we are connected. Without that the run goes on, and what the bound cuts is INCONCLUSIVE. */
static void lift_bound(const struct judging *j)
{
	const char *given = j->request->option[CLIENT];
	char *client = given ? xstrdup(given) : own_address(j->request->option[LIVE]), *why = NULL;
	json_t *lifted = NULL;

	if (client)
		lifted = judging_ask(j, METHOD_UNBOUNDED, json_pack("{s:s}", "client", client),
				     &why);
	if (!lifted)
		remark("warning: %s: the bound on clients that have not proved their address "
		       "stays: %s",
		       client ? client : j->request->option[LIVE],
		       why ? why : "no address of this host leads there; say --client");
	json_decref(lifted);
	free(client);
	free(why);
}

static int judge_live(struct judging *j)
{
	char *error = NULL;
	int code = EXIT_SLIP;

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
	complain("--jobs: invalid value `%s`: expected a number from 1 to %d", word, AT_ONCE_MAX);
	return false;
}

static bool check_words(const struct request *c)
{
	if (!is_utf8(c->option[SUITE]) || !is_utf8(c->option[PROFILE]))
		complain("judge: invalid suite or profile: it is not UTF-8");
	else if (!c->option[KERNEL] == !c->words)
		complain("judge: expected a command or --kernel, and not both: give the command "
			 "behind --, or --kernel for the kernel's own TCP");
	else if (c->place.host && !c->option[LIVE])
		complain("--host: unexpected option: without --live judge runs here");
	else if (c->option[CLIENT] && !c->option[LIVE])
		complain("--client: unexpected option: without --live the client's address is "
			 "known");
	else if (c->option[LIVE] && c->option[IPV6])
		complain(
			"--ipv6: unexpected option: the address of --live says whether it is IPv6");
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
		return EXIT_SLIP;
	j.words = xcalloc((size_t)request->words + 1, sizeof(*j.words));
	memcpy(j.words, request->word, (size_t)request->words * sizeof(*j.words));
	j.runs.words = request->option[KERNEL] ? kernel : j.words;
	j.runs.limit = LIMIT;
	j.runs.quiet = json || printer_is_silent();
	j.runs.output = memfd_create("output", MFD_CLOEXEC);
	/* Clients that run at once cannot share what is typed. */
	if (!freopen("/dev/null", "re", stdin))
		remark("warning: /dev/null: %s", strerror(errno));
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
	.summary = "Run a client against a suite of scenarios, and say which RFC clauses it breaks",
	.help = "Needs no root and no running daemon. COMMAND is run for each scenario, with\n"
		"{address}, {port}, {host} and {scenario} filled in; a good client sends "
		"{octets},\n"
		"stays for {stay} seconds, reads nothing for the first {pause}, and closes. The "
		"same\n"
		"is in the environment, as SYNACK_ADDRESS and so on. A client whose TCP ends with\n"
		"it lives on for {watch} seconds then. What a client does not do makes verdicts\n"
		"INCONCLUSIVE, never FAIL.\n"
		"\n"
		"The exit code is 0 if no MUST was broken, 1 if one was, 2 if the client could not "
		"be\n"
		"run or never connected. Ctrl-C prints the card of what was run so far, with exit "
		"code\n"
		"130; a second one prints nothing.\n"
		"\n"
		"  $ synackctl judge --kernel\n"
		"  $ synackctl judge --suite full --profile linux-6.18 -- my-client {address} "
		"{port}\n"
		"  $ synackctl judge --live 192.0.2.7 -- ncat {address} {port}\n",
	.options = {{"suite", "SUITE",
		     "transfer, close, errors, full, or one of yours; else connect"},
		    {"scenario", "NAMES", "of the suite, these alone: names with commas"},
		    {"profile", "PROFILE", "known deviations: they are shown, and do not count"},
		    {"jobs", "N", "so many scenarios at once, not 8"},
		    {"kernel", NULL,
		     "judge this host's kernel, with a client that does what it should"},
		    {"live", "ADDRESS", "at this address of a running synackd, ports 7800 and up"},
		    {"ipv6", NULL, "over IPv6, where the scenario does not say otherwise"},
		    {"seed", "N", "the same chance as in the run that said so"},
		    {"load", "FILE",
		     "a config file with behaviours, suites or profiles of your own"},
		    {"all", NULL, "show also what is well, and what nothing can be said of"},
		    {"tap", NULL, "print the Test Anything Protocol"},
		    {"junit", "FILE", "write JUnit's XML"},
		    {"evidence", "DIR", "write a pcapng for each verdict that is not well"},
		    {"be-client", NULL, "be the client of --kernel, for one scenario"},
		    {"client", "ADDRESS",
		     "with --live, the client's as that synackd sees it; else this host's"}},
	.run = judge_run,
};
