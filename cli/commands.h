/* SPDX-License-Identifier: MIT */
/* commands: the table of commands, with the arguments, the method and the output of each. A file
 * cmd_*.c defines rows `command_NAME` and nothing else, so it has no header. Each row is listed in
 * COMMANDS. */
#ifndef SYNACKCTL_COMMANDS_H
#define SYNACKCTL_COMMANDS_H

#include "client.h"
#include "exit_code.h"
#include "screen.h"

#include <jansson.h>
#include <stdbool.h>

#define COMMAND_OPTIONS_MAX 16

struct command_option {
	const char *name;  /* without `--` */
	const char *value; /* name of the value in the help; NULL if the option takes none */
	const char *help;
};

/* Options that select connections and attempts: see add_filter(). */
#define OPTION_ENDPOINT                                      \
	{                                                    \
		"endpoint", "ENDPOINT", "only this endpoint" \
	}
#define OPTION_CLIENT                                                                  \
	{                                                                              \
		"client", "ADDRESS", "only clients at this address or in this network" \
	}

/* Option that selects connections or endpoints by the name or number of a behaviour. */
#define OPTION_BEHAVIOUR                                             \
	{                                                            \
		"behaviour", "BEHAVIOUR", "only with this behaviour" \
	}

/* The command line of the user, for one command. The strings are those of argv. */
struct request {
	const struct command *command;
	int words; /* number of arguments of the command */
	char **word;
	const char *option[COMMAND_OPTIONS_MAX]; /* by index in command->options, or NULL */
	struct client_place place;               /* of the daemon */
};

struct command {
	const char *name; /* also the method, unless `choose` is set */
	const char *(*choose)(const struct request *request);
	const char *operands; /* as in the help: "ENDPOINT BEHAVIOUR" */
	int least, most;      /* number of arguments */
	const char *summary;
	const char *help; /* paragraphs, then example commands */
	struct command_option options[COMMAND_OPTIONS_MAX + 1];
	/* Executes a command that has no method; the members below are NULL then. Returns the exit
	 * code. */
	int (*run)(const struct request *request, bool json);
	/* Sets the parameters of the method. Returns false after a complaint if an argument is
	 * wrong. NULL if the method has no parameters. */
	bool (*params)(const struct request *request, json_t **params);
	/* Returns true if synackctl must print the events that follow the result, instead of the
	 * result. May be NULL. */
	bool (*follows)(const struct request *request);
	/* Stores the result, for example in a file, before it is printed. Returns false after a
	 * complaint. May be NULL. */
	bool (*keep)(const struct request *request, const json_t *result);
	bool for_a_file; /* the output is for a file: its lines are never folded */
	/* Adds the result as text. */
	void (*print)(const struct request *request, const json_t *result,
		      const struct screen *screen, struct text *out);
};

/* All commands, in the order of the help. */
#define COMMANDS(X)    \
	X(status)      \
	X(endpoints)   \
	X(behaviours)  \
	X(set)         \
	X(add)         \
	X(remove)      \
	X(reset)       \
	X(diff)        \
	X(next)        \
	X(connections) \
	X(abort)       \
	X(close)       \
	X(leave)       \
	X(forget)      \
	X(trace)       \
	X(due)         \
	X(hosts)       \
	X(try)         \
	X(judge)       \
	X(verdicts)    \
	X(compare)     \
	X(reload)

#define DECLARE_COMMAND(name) extern const struct command command_##name;
COMMANDS(DECLARE_COMMAND)
#undef DECLARE_COMMAND

/* Returns the command at index `i` of COMMANDS, or NULL after the last. */
const struct command *command_at(size_t i);
/* Returns the command of this name, or NULL if there is none. */
const struct command *command_find(const char *name);
/* Returns the name of the most similar command, for "did you mean", or NULL if none is similar. */
const char *command_suggest(const char *name);

/* The options that all commands have; the last has a NULL name. */
extern const struct command_option common_options[];

/* Returns the letter of the short form of a common option, such as `q` of --quiet, or 0 if the
 * option has none. */
char common_letter(const struct command_option *option);

/* Adds the usage: `synackctl NAME [OPTIONS] OPERANDS`. */
void command_usage(const struct command *command, struct text *out);

#endif
