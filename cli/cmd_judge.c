/* SPDX-License-Identifier: MIT */
/* `judge`: a client meets every scenario of a suite, and gets a report card. */
#include "base/steady.h"
#include "bench.h"
#include "card.h"
#include "card_files.h"
#include "commands.h"
#include "complain.h"
#include "fields.h"
#include "judging.h"
#include "kernel_client.h"
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
#define FIRST_HOST    3   /* of the sandbox's network */
#define SCENARIOS_MAX 250 /* so many addresses it has */
#define LIVE_PORT     7800
#define PROBE_LIMIT   60000 /* ms, of endpoints whose address is probed: RFC 5227 takes 7 s */
#define PROBE_PAUSE   100   /* ms, between looks at them */
#define TRACE         "trace_size = \"256M\";\n" /* all scenarios of a suite are to be in it */

/* --- endpoints -------------------------------------------------------------------------------- */

static void place(const struct judging *j, struct run *r, unsigned i)
{
	const char *live = j->command->option[LIVE];
	json_int_t family = field_int(r->scenario, "family");
	bool v6 = family ? family == 6 : j->command->option[IPV6] != NULL;

	r->port = xasprintf("%u", live ? LIVE_PORT + i : 7u);
	if (live)
		r->address = xstrdup(live);
	else if (v6)
		r->address = xasprintf("2001:db8::%x", FIRST_HOST + i);
	else
		r->address = xasprintf("192.0.2.%u", FIRST_HOST + i);
}

/* An endpoint for a scenario; when it cannot be, the scenario is skipped. */
static void add_endpoint(const struct judging *j, struct run *r)
{
	bool live = j->command->option[LIVE];
	json_t *params = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "name", r->endpoint, "address",
				   r->address, "ports", live ? r->port : "1-65535", "behaviour",
				   field_string(r->scenario, "behaviour"), "service",
				   field_string(r->scenario, "service"), "for", "1h");

	if (!live)
		json_object_set_new(params, "interface", json_string(SANDBOX_SERVER));
	if (json_is_true(json_object_get(r->scenario, "fake")))
		r->skipped = xstrdup("it takes so long that only a fake clock waits for it");
	if (r->skipped)
		json_decref(params);
	else
		json_decref(judging_ask(j, METHOD_ADD, params, &r->skipped));
	r->state = r->skipped ? RUN_OVER : RUN_WAITS;
}

static void make_runs(struct judging *j)
{
	struct runs *all = &j->runs;
	const json_t *scenario;
	size_t i;

	all->run = xcalloc(json_array_size(j->scenarios) + 1, sizeof(*all->run));
	json_array_foreach (j->scenarios, i, scenario) {
		struct run *r = &all->run[all->count++];

		r->scenario = scenario;
		r->name = field_string(scenario, "name");
		r->endpoint = xasprintf(JUDGE_PREFIX "%s", r->name);
		r->left = field_int(scenario, "connections");
		place(j, r, (unsigned)i);
		add_endpoint(j, r);
	}
}

/* Is the address of this run's endpoint still probed for? One that has a problem is skipped. */
static bool is_probing(const json_t *endpoints, struct run *r)
{
	const json_t *endpoint;
	size_t i;

	json_array_foreach (endpoints, i, endpoint) {
		if (strcmp(field_string(endpoint, "name"), r->endpoint) != 0)
			continue;
		if (*field_string(endpoint, "problem")) {
			r->skipped = field_text(endpoint, "problem");
			r->state = RUN_OVER;
		}
		return json_is_true(json_object_get(endpoint, "probing"));
	}
	return false;
}

/* Until the endpoints answer; those whose address turns out to be in use are skipped. */
static bool await_endpoints(struct judging *j)
{
	bool probing = true;

	for (int i = 0; probing && i < PROBE_LIMIT / PROBE_PAUSE; i++) {
		json_t *endpoints = judging_ask_or_say(j, METHOD_ENDPOINTS, NULL);

		if (!endpoints)
			return false;
		probing = false;
		for (size_t k = 0; k < j->runs.count; k++)
			if (!j->runs.run[k].skipped)
				probing |= is_probing(endpoints, &j->runs.run[k]);
		json_decref(endpoints);
		if (probing)
			usleep(PROBE_PAUSE * 1000);
	}
	if (probing)
		complain("the address is probed for too long: `synackctl endpoints` shows it");
	return !probing;
}

static bool write_hosts(const struct judging *j)
{
	struct text out = {0};
	bool good;

	text_add(&out, "127.0.0.1 localhost\n::1 localhost\n");
	for (size_t i = 0; i < j->runs.count; i++)
		text_addf(&out, "%s %s." CONTROL_DOMAIN "\n", j->runs.run[i].address,
			  j->runs.run[i].name);
	good = bench_write(j->hosts, text_str(&out));
	text_free(&out);
	return good;
}

static void remove_endpoints(const struct judging *j)
{
	for (size_t i = 0; i < j->runs.count; i++) {
		const struct run *r = &j->runs.run[i];
		char *why = NULL;

		if (!r->skipped)
			json_decref(judging_ask(j, METHOD_REMOVE,
						json_pack("{s:s}", "endpoint", r->endpoint), &why));
		free(why);
	}
}

/* --- telling ---------------------------------------------------------------------------------- */

static void put(const struct judging *j, const json_t *card)
{
	struct screen screen = screen_of(stdout);
	struct text out = {0};
	char *json;

	if (j->json) {
		json = json_dumps(card, JSON_INDENT(2));
		puts(json ? json : "null");
		free(json);
	} else if (j->command->option[TAP]) {
		card_tap(card, &out);
	} else {
		card_draw(card, j->command->option[ALL], &screen, &out);
	}
	fputs(text_str(&out), stdout);
	text_free(&out);
}

static bool put_files(const struct judging *j, const json_t *card)
{
	const char *junit = j->command->option[JUNIT], *evidence = j->command->option[EVIDENCE];
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
	const char *junit = j->command->option[JUNIT], *evidence = j->command->option[EVIDENCE];
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
		complain("no scenario could be run: %s", j->runs.run[0].skipped);
		return;
	}
	complain("no segment came from the client in any scenario: does the command connect to "
		 "{address} and {port}, as they are given?%s%s%s",
		 spoke ? " It said `" : "", said, spoke ? "`" : "");
}

static int code_of(const struct judging *j, const json_t *card)
{
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
	json_t *suites = judging_ask_or_say(j, METHOD_SUITES,
					    json_pack("{s:s}", "suite", j->command->option[SUITE]));
	nstime began = monotonic_now();
	int code = EXIT_SLIP;
	json_t *card;

	if (suites)
		j->scenarios =
			scenarios_choose(json_object_get(json_array_get(suites, 0), "scenarios"),
					 j->command->option[SCENARIO]);
	if (json_array_size(j->scenarios) > SCENARIOS_MAX) {
		complain("a suite has at most %d scenarios", SCENARIOS_MAX);
	} else if (j->scenarios && judging_has_profile(j) && make_files(j) && note_start(j)) {
		make_runs(j);
		if (await_endpoints(j) && (!j->hosts || write_hosts(j)) && runs_do(&j->runs)) {
			j->took = monotonic_now() - began;
			card = judging_card(j);
			if (card) {
				put(j, card);
				code = put_files(j, card) ? code_of(j, card) : EXIT_SLIP;
			}
			json_decref(card);
		}
		if (j->command->option[LIVE])
			remove_endpoints(j);
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

	if (bench_make(&b) && bench_write_config(&b, j->command->option[LOAD], TRACE) &&
	    bench_write_hosts(&b, SANDBOX_SERVER_V4)) {
		j->hosts = b.hosts;
		code = bench_run(&b, j->command->option[SEED], inside, j);
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
	const char *given = j->command->option[CLIENT];
	char *client = given ? xstrdup(given) : own_address(j->command->option[LIVE]), *why = NULL;
	json_t *lifted = NULL;

	if (client)
		lifted = judging_ask(j, METHOD_UNBOUNDED, json_pack("{s:s}", "client", client),
				     &why);
	if (!lifted)
		complain("%s: the bound on clients that have not proved their address stays: %s",
			 client ? client : j->command->option[LIVE],
			 why ? why : "no address of this host leads there; say --client");
	json_decref(lifted);
	free(client);
	free(why);
}

static int judge_live(struct judging *j)
{
	char *error = NULL;
	int code = EXIT_SLIP;

	j->client = client_open(&j->command->place, &error);
	if (j->client) {
		lift_bound(j);
		code = judge_all(j);
	} else {
		fprintf(stderr, "%s\n", error);
	}
	free(error);
	client_close(j->client);
	return code;
}

static bool read_jobs(struct judging *j)
{
	const char *word = j->command->option[JOBS];
	char *end;
	long jobs;

	j->runs.at_once = AT_ONCE;
	if (!word)
		return true;
	jobs = strtol(word, &end, 10);
	j->runs.at_once = (size_t)jobs;
	if (!*end && end != word && jobs >= 1 && jobs <= AT_ONCE_MAX)
		return true;
	complain("--jobs expects a number from 1 to %d, not `%s`", AT_ONCE_MAX, word);
	return false;
}

static bool check_words(const struct command *c)
{
	if (!c->option[SUITE])
		complain("which suite? As in --suite connect; transfer, close and full are others");
	else if (!is_utf8(c->option[SUITE]) || !is_utf8(c->option[PROFILE]))
		complain("what was given as suite or profile is not UTF-8");
	else if (!c->option[KERNEL] == !c->words)
		complain("judge takes a command behind --, or --kernel for the kernel's own TCP");
	else if (c->place.host && !c->option[LIVE])
		complain("without --live judge runs here: it takes no --host");
	else if (c->option[CLIENT] && !c->option[LIVE])
		complain("--client is for --live: here the client's address is known");
	else if (c->option[LIVE] && c->option[IPV6])
		complain("--live has an address: it says whether it is IPv6");
	else
		return true;
	return false;
}

static int judge_run(const struct command *command, bool json)
{
	static char *const kernel[] = {(char *)"/proc/self/exe", (char *)"judge",
				       (char *)"--be-client",    (char *)"{address}",
				       (char *)"{port}",         NULL};
	struct judging j = {.command = command, .json = json};
	int code;

	if (command->option[BE_CLIENT] && command->words == 2)
		return kernel_client(command->word[0], command->word[1]);
	if (!check_words(command) || !read_jobs(&j))
		return EXIT_SLIP;
	j.words = xcalloc((size_t)command->words + 1, sizeof(*j.words));
	memcpy(j.words, command->word, (size_t)command->words * sizeof(*j.words));
	j.runs.words = command->option[KERNEL] ? kernel : j.words;
	j.runs.limit = LIMIT;
	j.runs.quiet = json;
	j.runs.output = memfd_create("output", MFD_CLOEXEC);
	/* Clients that run at once cannot share what is typed. */
	if (!freopen("/dev/null", "re", stdin))
		complain("/dev/null: %s", strerror(errno));
	code = command->option[LIVE] ? judge_live(&j) : judge_here(&j);
	close(j.runs.output);
	runs_free(&j.runs);
	free(j.words);
	return code;
}

const struct verb verb_judge = {
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
		"Ends with 0 when no MUST was broken, 1 when one was, 2 when it could not be run "
		"or\n"
		"never connected.\n"
		"\n"
		"  $ synackctl judge --suite connect --kernel\n"
		"  $ synackctl judge --suite full --profile linux-6.18 -- my-client {address} "
		"{port}\n"
		"  $ synackctl judge --suite connect --live 192.0.2.7 -- ncat {address} {port}\n",
	.options = {{"suite", "SUITE", "connect, transfer, close, full, or one of yours"},
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
