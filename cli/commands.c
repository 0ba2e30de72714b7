/* SPDX-License-Identifier: MIT */
#include "commands.h"

#include "base/container.h"

#include <stdlib.h>
#include <string.h>

#define COMMAND_ADDRESS(name) &command_##name,

static const struct command *const commands[] = {COMMANDS(COMMAND_ADDRESS)};

#define COMMAND_COUNT COUNT_OF(commands)

const struct command *command_at(size_t i)
{
	return i < COMMAND_COUNT ? commands[i] : NULL;
}

const struct command *command_find(const char *name)
{
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	return NULL;
}

static const char *command_name(size_t i, const void *arg)
{
	(void)arg;
	return i < COMMAND_COUNT ? commands[i]->name : NULL;
}

const char *command_suggest(const char *name)
{
	return suggest(name, command_name, NULL);
}

enum {
	COMMON_CONTROL,
	COMMON_HOST,
	COMMON_WAIT,
	COMMON_JSON,
	COMMON_QUIET,
	COMMON_COLOR,
	COMMON_HELP,
	COMMON_VERSION,
	COMMONS
};

const struct command_option common_options[] = {
	[COMMON_CONTROL] =
		{"control", "PATH",
		 "control socket of the daemon; default $SYNACKD_CONTROL, or " CONTROL_PATH},
	[COMMON_HOST] = {"host", "HOST",
			 "use the daemon of another machine, by ssh(1): [USER@]HOST"},
	[COMMON_WAIT] = {"wait", "TIME",
			 "if no daemon listens, retry for this time, such as 10s or 500ms"},
	[COMMON_JSON] = {"json", NULL, "print the result as JSON, and an error as a JSON object"},
	[COMMON_QUIET] = {"quiet", NULL, "print errors only: no result, no warnings, no progress"},
	[COMMON_COLOR] = {"color", "WHEN",
			  "always, never, or auto: on a terminal, unless $NO_COLOR is set"},
	[COMMON_HELP] = {"help", NULL,
			 "print the commands; after a command, its arguments and options"},
	[COMMON_VERSION] = {"version", NULL, "print the version"},
	[COMMONS] = {0},
};

char common_letter(const struct command_option *option)
{
	static const char letters[COMMONS] = {
		[COMMON_HOST] = 'H', [COMMON_QUIET] = 'q', [COMMON_HELP] = 'h'};

	for (size_t i = 0; i < COMMONS; i++)
		if (option == &common_options[i])
			return letters[i];
	return 0;
}

void command_usage(const struct command *command, struct text *out)
{
	text_addf(out, "synackctl %s [OPTIONS]%s%s", command->name, *command->operands ? " " : "",
		  command->operands);
}
