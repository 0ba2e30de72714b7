/* SPDX-License-Identifier: MIT */
/*
 * matrix: tests the judge.
 *
 * A conforming client must pass all checks. For each requirement a mutant violates it; the judge
 * must find this violation and no other. Prints the matrix.
 *
 *   judge_matrix [--suite S] [--scenario S] [--mutant REQUIREMENT] [--every N] [--seed N]
 *                [--verbose]
 */
#include "bench.h"
#include "quirks.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define REQUIREMENTS_MAX 256

struct order {
	const char *suite, *scenario, *mutant;
	uint64_t seed;
	unsigned every; /* run one mutant of this many; the seed selects them */
	bool verbose;
};

static const struct verdict *worst(const struct verdicts *v, const struct requirement *r)
{
	const struct verdict *worst = NULL;

	for (unsigned i = 0; i < v->count; i++)
		if (v->verdict[i].requirement == r &&
		    (!worst || v->verdict[i].result > worst->result))
			worst = &v->verdict[i];
	return worst;
}

static void print_verdict(const struct verdict *v, bool arrows)
{
	printf("    %-14s %-12s %-16s %-14s %s\n", v->requirement->id, result_name(v->result),
	       v->dialog->endpoint, reason_name(v->finding.reason), v->finding.words);
	if (arrows)
		bench_print(v->dialog, &v->finding);
}

static void print_all(const struct verdicts *v)
{
	for (unsigned i = 0; i < v->count; i++)
		print_verdict(&v->verdict[i], i + 1 == v->count);
}

/* --- the conforming client -------------------------------------------------------------------- */

/* Returns true if all scenarios that test the requirement use the other family. */
static bool is_of_other_family(const struct bench *b, const struct requirement *r, bool v4)
{
	bool any = false;

	for (unsigned i = 0; i < b->scenarios && *r->scenarios; i++) {
		if (!requirement_in(r, b->scenario[i]->name))
			continue;
		if (b->scenario[i]->family != (v4 ? 6 : 4))
			return false;
		any = true;
	}
	return any;
}

/* Returns true if the conforming client was tested for the requirement. A requirement without a
 * verdict, or with an inconclusive one, was not tested: a fault of the suite. A client need not
 * have negotiated an option. */
static bool is_heard(const struct bench *b, const struct requirement *r, const struct verdict *v,
		     bool v4)
{
	if (b->wanted)
		return true;
	if (!v)
		return is_of_other_family(b, r, v4);
	return v->result != RESULT_INCONCLUSIVE || v->finding.reason == REASON_NOT_NEGOTIATED;
}

/* Returns true if no check finds a fault with the client, and every requirement is tested. */
static bool conforms(const struct bench *b, const struct order *o, bool v4)
{
	const struct requirement *r;
	struct bench_run run;
	bool good = true;

	bench_run(b, NULL, v4, o->seed, &run);
	printf("conforming, IPv%d, %u connections\n", v4 ? 4 : 6, run.dialogs.count);
	for (unsigned i = 0; (r = requirement_at(i)); i++) {
		const struct verdict *v = worst(&run.verdicts, r);
		bool bad = v && (v->result >= RESULT_WARN || v->result == RESULT_ERROR);

		if (!v || v->result == RESULT_INCONCLUSIVE || bad || o->verbose) {
			if (v)
				print_verdict(v, bad && o->verbose);
			else if (!b->wanted)
				printf("    %-14s %s\n", r->id,
				       is_of_other_family(b, r, v4) ? "only over the other family"
								    : "not tested");
		}
		good = good && !bad && is_heard(b, r, v, v4);
	}
	if (o->verbose && b->wanted)
		print_all(&run.verdicts);
	bench_run_free(&run);
	return good;
}

/* --- the mutants ------------------------------------------------------------------------------ */

static bool meets(const struct bench *b, const struct order *o, const struct quirk *q)
{
	const struct requirement *own = requirement_find(q->breaks), *r;
	struct bench_run run;
	const struct verdict *v;
	bool good;

	if (!own) {
		printf("%-14s unknown requirement\n", q->breaks);
		return false;
	}
	bench_run(b, q, true, o->seed, &run);
	v = worst(&run.verdicts, own);
	good = v && v->result == q->expect;
	printf("%-14s %-6s %-18s %s\n", q->breaks, v ? result_name(v->result) : "-",
	       v ? v->dialog->endpoint : "", q->what);
	if (!good) {
		printf("  expected %s\n", result_name(q->expect));
		if (v)
			print_verdict(v, o->mutant);
	} else if (o->verbose) {
		print_verdict(v, true);
	}
	for (unsigned i = 0; (r = requirement_at(i)); i++) {
		v = worst(&run.verdicts, r);
		if (r == own || !v || v->result < RESULT_WARN)
			continue;
		printf("  unexpected %s\n", result_name(v->result));
		print_verdict(v, v->result == RESULT_FAIL && o->mutant);
		good = good && v->result != RESULT_FAIL;
	}
	if (o->verbose && b->wanted)
		print_all(&run.verdicts);
	bench_run_free(&run);
	return good;
}

static bool is_wanted(const struct order *o, const struct quirk *q, unsigned i)
{
	if (o->mutant)
		return strcmp(q->breaks, o->mutant) == 0;
	return !o->scenario && (i + o->seed) % o->every == 0;
}

/* Returns true if each requirement has a mutant. */
static bool all_have_mutants(void)
{
	const struct requirement *r;
	bool all = true;

	for (unsigned i = 0; (r = requirement_at(i)); i++) {
		const struct quirk *q;
		unsigned k = 0;

		while ((q = quirk_at(k)) && strcmp(q->breaks, r->id) != 0)
			k++;
		if (!q) {
			printf("%-14s missing mutant\n", r->id);
			all = false;
		}
	}
	return all;
}

static bool has_scenario(const struct bench *b, const char *name, size_t len)
{
	for (unsigned i = 0; i < b->scenarios; i++)
		if (strlen(b->scenario[i]->name) == len &&
		    strncmp(b->scenario[i]->name, name, len) == 0)
			return true;
	return false;
}

/* Returns true if the suite has all scenarios that the table of requirements names. */
static bool all_are_provoked(const struct bench *b)
{
	const struct requirement *r;
	bool all = true;

	for (unsigned i = 0; (r = requirement_at(i)); i++) {
		for (const char *s = r->scenarios; *s; s += strspn(s, ", ")) {
			size_t len = strcspn(s, ", ");

			if (!has_scenario(b, s, len)) {
				printf("%-14s unknown scenario '%.*s'\n", r->id, (int)len, s);
				all = false;
			}
			s += len;
		}
	}
	return all;
}

static bool read_options(int argc, char **argv, struct order *o)
{
	static const struct option options[] = {{"suite", required_argument, NULL, 'u'},
						{"scenario", required_argument, NULL, 's'},
						{"mutant", required_argument, NULL, 'm'},
						{"every", required_argument, NULL, 'n'},
						{"seed", required_argument, NULL, 'e'},
						{"verbose", no_argument, NULL, 'v'},
						{0}};
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 'u': o->suite = optarg; break;
		case 's': o->scenario = optarg; break;
		case 'm': o->mutant = optarg; break;
		case 'n': o->every = (unsigned)strtoul(optarg, NULL, 10); break;
		case 'e': o->seed = strtoull(optarg, NULL, 0); break;
		case 'v': o->verbose = true; break;
		default: return false;
		}
	}
	return optind == argc && o->every;
}

int main(int argc, char **argv)
{
	struct order o = {.suite = "full", .every = 1, .seed = (uint64_t)getpid() * 2654435761u};
	const struct quirk *q;
	struct bench b;
	bool good = true, met = false;

	if (!read_options(argc, argv, &o)) {
		fprintf(stderr, "usage: judge_matrix [--suite S] [--scenario S] [--mutant ID] "
				"[--every N] [--seed N] [--verbose]\n");
		return EXIT_FAILURE;
	}
	if (!bench_open(&b, o.suite, o.scenario))
		return EXIT_FAILURE;
	printf("--seed %" PRIu64 "\n", o.seed);
	if (!o.mutant) {
		good = conforms(&b, &o, true);
		good = conforms(&b, &o, false) && good;
		good = all_have_mutants() && good;
		good = all_are_provoked(&b) && good;
	}
	for (unsigned i = 0; (q = quirk_at(i)); i++) {
		if (is_wanted(&o, q, i)) {
			good = meets(&b, &o, q) && good;
			met = true;
		}
	}
	bench_close(&b);
	if (o.mutant && !met) {
		fprintf(stderr,
			"judge_matrix: unknown mutant '%s': expected the id of a requirement\n",
			o.mutant);
		return EXIT_FAILURE;
	}
	printf("%s\n", good ? "all as expected" : "FAILED");
	return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
