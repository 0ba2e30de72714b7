/* SPDX-License-Identifier: MIT */
#include "catalogue/compile_icmp.h"

#include "base/text.h"
#include "schema/schema.h"
#include "wire/icmp.h"

#include <stdlib.h>
#include <string.h>

static const char *name_at(size_t i, const void *arg)
{
	(void)arg;
	return icmp_name_at(i);
}

/* Parses `TYPE/CODE`. */
static bool parse_numbers(const char *text, struct icmp_kind *out)
{
	const char *slash = strchr(text, '/');
	char *type = slash ? xasprintf("%.*s", (int)(slash - text), text) : NULL;
	uint64_t t = 0, c = 0;
	bool right = slash && number_parse(type, &t) && number_parse(slash + 1, &c) &&
		     t <= UINT8_MAX && c <= UINT8_MAX;

	free(type);
	if (right)
		*out = (struct icmp_kind){.given = true, .type = (uint8_t)t, .code = (uint8_t)c};
	return right;
}

static void take_name(const char *name, bool v4, struct icmp_kind *out)
{
	out->given = icmp_by_name(name, v4, &out->type, &out->code);
}

static bool is_name(const char *text)
{
	const char *name;

	for (size_t i = 0; (name = icmp_name_at(i)); i++)
		if (strcmp(name, text) == 0)
			return true;
	return false;
}

static bool unknown(const char *text, char **wrong)
{
	const char *near = suggest(text, name_at, NULL);

	return text_expected(wrong, text,
			     "an ICMP message such as %s, or its type and code, as in 3/13",
			     near ? near : "port-unreachable");
}

bool rule_parse_icmp(const char *text, void *target, char **wrong)
{
	struct rule_emit *e = target;

	e->is_icmp = true;
	if (parse_numbers(text, &e->icmp))
		return true;
	if (!is_name(text))
		return unknown(text, wrong);
	take_name(text, true, &e->icmp);
	if (!e->has_icmp6)
		take_name(text, false, &e->icmp6);
	return true;
}

bool rule_parse_icmp6(const char *text, void *target, char **wrong)
{
	struct rule_emit *e = target;

	e->is_icmp = e->has_icmp6 = true;
	e->icmp6.given = false;
	if (parse_numbers(text, &e->icmp6))
		return true;
	if (!is_name(text))
		return unknown(text, wrong);
	take_name(text, false, &e->icmp6);
	return e->icmp6.given || text_expected(wrong, text, "an ICMPv6 message");
}
