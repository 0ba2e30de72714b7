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

const struct verb_option common_options[] = {
	{"control", "PATH", "the daemon's socket, else $SYNACKD_CONTROL, else " CONTROL_PATH, 0},
	{"host", "HOST", "the daemon of another machine, by ssh: USER@HOST or as ssh has it", 'H'},
	{"wait", "SECONDS", "while no daemon listens, try again for so long (10, 500ms)", 0},
	{"json", NULL, "print the daemon's answer as it is, and an error as an object", 0},
	{"quiet", NULL, "print errors only: no result, no warning, no progress", 'q'},
	{"color", "WHEN", "auto (on a terminal without $NO_COLOR), always or never", 0},
	{"help", NULL, "print the commands, or behind a command its words and options", 'h'},
	{"version", NULL, "print the version", 0},
	{0},
};

void verb_usage(const struct verb *verb, struct text *out)
{
	text_addf(out, "synackctl %s [OPTIONS]%s%s", verb->name, *verb->operands ? " " : "",
		  verb->operands);
}
