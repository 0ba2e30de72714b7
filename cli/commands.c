/* SPDX-License-Identifier: MIT */
#include "commands.h"

#include "base/container.h"

#include <stdlib.h>
#include <string.h>

#define VERB_ADDRESS(name) &verb_##name,

static const struct verb *const verbs[] = {COMMANDS(VERB_ADDRESS)};

#define VERBS COUNT_OF(verbs)

const struct verb *verb_at(size_t i)
{
	return i < VERBS ? verbs[i] : NULL;
}

const struct verb *verb_find(const char *name)
{
	for (size_t i = 0; i < VERBS; i++)
		if (strcmp(verbs[i]->name, name) == 0)
			return verbs[i];
	return NULL;
}

static const char *verb_name(size_t i, const void *arg)
{
	(void)arg;
	return i < VERBS ? verbs[i]->name : NULL;
}

const char *verb_suggest(const char *name)
{
	return suggest(name, verb_name, NULL);
}

void verbs_list(struct text *out)
{
	for (size_t i = 0; i < VERBS; i++) {
		char *usage = xasprintf("%s %s", verbs[i]->name, verbs[i]->operands);

		/* The long ones have a line of their own. */
		text_addf(out, "  %-25s%s %s\n", usage,
			  strlen(usage) > 25 ? "\n                           " : "",
			  verbs[i]->summary);
		free(usage);
	}
}

void verb_describe(const struct verb *verb, struct text *out)
{
	text_addf(out, "usage: synackctl %s%s%s", verb->name, *verb->operands ? " " : "",
		  verb->operands);
	for (const struct verb_option *o = verb->options; o->name; o++)
		text_addf(out, o->value ? " [--%s %s]" : " [--%s]", o->name, o->value);
	text_addf(out, "\n\n%s.\n\n%s\n", verb->summary, verb->help);
	for (const struct verb_option *o = verb->options; o->name; o++) {
		char *usage = xasprintf("--%s%s%s", o->name, o->value ? " " : "",
					o->value ? o->value : "");

		text_addf(out, "  %-17s %s\n", usage, o->help);
		free(usage);
	}
	text_add(out, "  --json            the daemon's answer as it is\n"
		      "  --control PATH, --host HOST, --wait SECONDS: see `synackctl --help`\n");
}
