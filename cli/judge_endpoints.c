/* SPDX-License-Identifier: MIT */
#include "judge_endpoints.h"

#include "bench.h"
#include "complain.h"
#include "fields.h"
#include "interrupt.h"
#include "progress.h"
#include "sandbox.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FIRST_HOST   3 /* number of the first host in the networks of the sandbox */
#define LIVE_PORT    7800
#define PROBE_LIMIT  60000 /* ms; the probe of an address takes 7 s (RFC 5227) */
#define PROBE_SILENT 2000  /* ms, before the user sees that addresses are probed */
#define PROBE_PAUSE  100   /* ms, between requests */

static void place(const struct judging *j, struct run *r, unsigned i)
{
	const char *live = j->request->option[LIVE];
	json_int_t family = field_int(r->scenario, "family");
	bool v6 = family ? family == 6 : j->request->option[IPV6] != NULL;

	r->port = xasprintf("%u", live ? LIVE_PORT + i : 7u);
	if (live)
		r->address = xstrdup(live);
	else if (v6)
		r->address = xasprintf("2001:db8::%x", FIRST_HOST + i);
	else
		r->address = xasprintf("192.0.2.%u", FIRST_HOST + i);
}

/* Adds an endpoint for a scenario. If the daemon refuses it, the scenario is skipped. */
static void add_endpoint(const struct judging *j, struct run *r)
{
	bool live = j->request->option[LIVE];
	json_t *params = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "name", r->endpoint, "address",
				   r->address, "ports", live ? r->port : "1-65535", "behaviour",
				   field_string(r->scenario, "behaviour"), "service",
				   field_string(r->scenario, "service"), "for", "1h");

	if (!live)
		json_object_set_new(params, "interface", json_string(SANDBOX_SERVER));
	if (json_is_true(json_object_get(r->scenario, "fake")))
		r->skipped = xstrdup("takes too long without a simulated clock");
	if (r->skipped)
		json_decref(params);
	else
		json_decref(judging_ask(j, METHOD_ADD, params, &r->skipped));
	r->state = r->skipped ? RUN_OVER : RUN_WAITS;
}

void judge_endpoints_add(struct judging *j)
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

/* Returns true if synackd still probes the address of this run's endpoint. If the endpoint has a
 * problem, the run is skipped. */
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

static void show_probing(const struct judging *j, int seconds)
{
	char *line =
		xasprintf("probing whether %s is in use, %d s", j->request->option[LIVE], seconds);

	progress_show(line);
	free(line);
}

bool judge_endpoints_await(struct judging *j)
{
	bool probing = true, shown = false;

	for (int i = 0; probing && !interrupt_came() && i < PROBE_LIMIT / PROBE_PAUSE; i++) {
		json_t *endpoints = judging_ask_or_complain(j, METHOD_ENDPOINTS, NULL);

		if (!endpoints)
			return false;
		probing = false;
		for (size_t k = 0; k < j->runs.count; k++)
			if (!j->runs.run[k].skipped)
				probing |= is_probing(endpoints, &j->runs.run[k]);
		json_decref(endpoints);
		shown |= probing && i * PROBE_PAUSE >= PROBE_SILENT && !j->runs.quiet &&
			 progress_wanted();
		if (shown)
			show_probing(j, i * PROBE_PAUSE / 1000);
		if (probing)
			usleep(PROBE_PAUSE * 1000);
	}
	if (shown)
		progress_clear();
	if (probing && interrupt_came())
		return true;
	if (probing)
		complain("%s: the probe of the address does not end: see 'synackctl endpoints'",
			 j->request->option[LIVE]);
	return !probing;
}

bool judge_endpoints_write_hosts(const struct judging *j)
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

void judge_endpoints_remove(const struct judging *j)
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
