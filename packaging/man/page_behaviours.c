/* SPDX-License-Identifier: MIT */
#include "page_behaviours.h"

#include "base/container.h"
#include "base/text.h"
#include "behaviour/apply.h"
#include "behaviour/memory.h"
#include "catalogue/compile.h"
#include "catalogue/compile_choose.h"
#include "catalogue/parameters.h"
#include "engine/amplification_need.h"
#include "engine/responder.h"
#include "mdoc.h"
#include "tcp/plan.h"
#include "tcp/queue.h"
#include "wire/expr.h"
#include "wire/icmp.h"
#include "wire/ip_extras.h"
#include "wire/notation.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Adds `duration, 0s to 1h` or `text, at least 1 character`. */
static void add_form(const struct parameter *p, struct text *t)
{
	const char *unit = p->type == PARAMETER_TEXT ? " characters" : "";

	text_add(t, parameter_type_name(p->type));
	if (p->among)
		text_addf(t, " among %s", p->among);
	if (p->min && p->max)
		text_addf(t, ", %s to %s%s", p->min, p->max, unit);
	else if (p->min || p->max)
		text_addf(t, ", at %s %s%s", p->min ? "least" : "most", p->min ? p->min : p->max,
			  p->min && strcmp(p->min, "1") == 0 && *unit ? " character" : unit);
}

static void parameter(const struct parameter *p)
{
	struct text t = {0};

	mdoc_macro("It Ar %s", p->name);
	text_addf(&t, "%s: ", p->help ? p->help : "");
	add_form(p, &t);
	mdoc_text(text_str(&t));
	if (p->fallback) {
		text_clear(&t);
		text_addf(&t, "Default: %s", p->fallback);
		mdoc_text(text_str(&t));
	}
	text_free(&t);
}

static void fact(const char *title, const char *text)
{
	if (!text || !*text)
		return;
	mdoc_macro("It %s", title);
	mdoc_text(text);
}

/* Returns the bound that it needs, over IPv4 and IPv6, with the defaults of its parameters. The
 * caller frees it. Returns NULL if the behaviour does not compile. */
static char *need(const struct config *c, const struct behaviour *b)
{
	const struct service none = {0};
	struct tcp_settings settings;
	struct diag diag = {0};
	struct ruleset *rules;
	uint32_t v4, v6;
	char *text;

	tcp_settings_default(&settings);
	rules = behaviour_compile(&c->catalogue, b->name, &settings, &none, &diag, NULL, 0, NULL);
	diag_free(&diag);
	if (!rules)
		return NULL;
	v4 = amplification_need(rules, true);
	v6 = amplification_need(rules, false);
	if (rules->tcp.iss_given)
		text = xstrdup("0, because its ISN is predictable");
	else
		text = xasprintf("%u", v4 > v6 ? v4 : v6);
	ruleset_put(rules);
	return text;
}

static void behaviour(const struct config *c, const struct behaviour *b)
{
	char *amplification = need(c, b);

	if (b->number)
		mdoc_macro("It Cm %s Pq number %u", b->name, b->number);
	else
		mdoc_macro("It Cm %s", b->name);
	mdoc_text(b->summary);
	mdoc_macro("Bl -tag -width Amplification -compact");
	fact("Client", b->client);
	fact("Reveals", b->reveals);
	fact("Reference", b->reference);
	fact("Amplification", amplification);
	for (unsigned i = 0; i < b->parameters; i++)
		parameter(&b->parameter[i]);
	mdoc_macro("El");
	free(amplification);
}

/* Returns `Half-open` for half-open.conf, and `ICMP` for icmp.conf. The caller frees it. */
static char *theme(const char *file)
{
	const char *slash = strrchr(file, '/'), *base = slash ? slash + 1 : file;
	char *name = xasprintf("%.*s", (int)strcspn(base, "."), base);
	bool acronym = strcmp(name, "ip") == 0 || strcmp(name, "icmp") == 0;

	for (size_t i = 0; i < (acronym ? strlen(name) : 1); i++)
		name[i] = (char)toupper((unsigned char)name[i]);
	return name;
}

/* Returns true if no behaviour before `at` is of its file. */
static bool begins_file(const struct catalogue *c, unsigned at)
{
	for (unsigned i = 0; i < at; i++)
		if (strcmp(c->behaviour[i].file, c->behaviour[at].file) == 0)
			return false;
	return true;
}

static void file(const struct config *c, unsigned first)
{
	const struct behaviour *b = c->catalogue.behaviour;
	char *title = theme(b[first].file);

	mdoc_macro("Ss %s", title);
	free(title);
	mdoc_macro("Bl -tag -width indent");
	for (unsigned i = first; i < c->catalogue.count; i++)
		if (strcmp(b[i].file, b[first].file) == 0)
			behaviour(c, &b[i]);
	mdoc_macro("El");
}

void page_behaviours(const struct config *c)
{
	for (unsigned i = 0; i < c->catalogue.count; i++)
		if (begins_file(&c->catalogue, i))
			file(c, i);
}

static void icmp_numbers(const char *name, bool v4, char out[static 16])
{
	uint8_t type, code;

	if (icmp_by_name(name, v4, &type, &code))
		snprintf(out, 16, "%u/%u", type, code);
	else
		snprintf(out, 16, "none");
}

void page_icmp(const struct config *c)
{
	const char *name;

	(void)c;
	mdoc_macro("Bl -column protocol-unreachable ICMPv4 ICMPv6 -offset indent");
	mdoc_macro("It Em name Ta Em ICMP Ta Em ICMPv6");
	for (size_t i = 0; (name = icmp_name_at(i)); i++) {
		char v4[16], v6[16];

		icmp_numbers(name, true, v4);
		icmp_numbers(name, false, v6);
		mdoc_macro("It Cm %s Ta %s Ta %s", name, v4, v6);
	}
	mdoc_macro("El");
}

/* Bounds that synackd-behaviours(5) names. */
static const unsigned bounds[] = {
	CHOOSE_MAX,      EXPR_TERMS_MAX, FRAGMENT_SIZE_MAX,  IP_EXTENSIONS_MAX, IP_OPTIONS_MAX,
	IP_TRAILER_MAX,  MEMORY_MAX,     NOTATION_EDITS_MAX, NOTES_MAX,         NOTATION_HOLES_MAX,
	OUTCOME_OPS_MAX, PIECES_MAX,     PLAN_ADDED_MAX,     RULE_MACHINE_MAX,  SCHEDULE_MAX,
	SENDQ_MAX,       WHERE_MAX,
};

void page_words(void)
{
	const char *name;

	for (int i = 0; i < CLASS_COUNT; i++)
		printf("class\t%s\n", segment_class_name((enum segment_class)i));
	for (int i = 0; i < PER_COUNT; i++)
		printf("scope\t%s\n", rule_scope_name((enum rule_scope)i));
	for (int i = 0; i < MACHINE_OP_COUNT; i++)
		printf("operation\t%s\n", machine_op_name((enum machine_op)i));
	for (int i = ORDER_KEPT + 1; i < ORDER_COUNT; i++)
		printf("order\t%s\n", rule_order_name((enum rule_order)i));
	for (int i = 0; i < PARAMETER_COUNT; i++)
		printf("type\t%s\n", parameter_type_name((enum parameter_type)i));
	for (int i = 0; i < VAR_COUNT; i++)
		printf("name\t%s\n", expr_var_name((enum expr_var)i));
	for (size_t i = 0; (name = icmp_name_at(i)); i++)
		printf("icmp\t%s\n", name);
	for (size_t i = 0; i < COUNT_OF(bounds); i++)
		printf("bound\t%u\n", bounds[i]);
	for (int i = 0; i < COUNT_COUNT; i++)
		printf("counter\t%s\n", responder_counter_name((enum responder_counter)i));
}
