/* SPDX-License-Identifier: MIT */
/*
 * The table of commands: what each takes, asks the daemon, and prints. A file cmd_*.c defines rows
 * of it, command_NAME, and nothing else, so it has no header of its own. A new command is declared
 * here and listed in commands.c.
 */
#ifndef SYNACKCTL_COMMANDS_H
#define SYNACKCTL_COMMANDS_H

#include "client.h"
#include "exit_code.h"
#include "screen.h"

#include <jansson.h>
#include <stdbool.h>

#define COMMAND_OPTIONS_MAX 16

struct command_option {
	const char *name;  /* without -- */
	const char *value; /* the word for its value in the help; NULL: it takes none */
	const char *help;
};

/* The options that restrict a command to some connections and attempts, for add_filter(). */
#define OPTION_ENDPOINT                                      \
	{                                                    \
		"endpoint", "ENDPOINT", "only this endpoint" \
	}
#define OPTION_CLIENT                                                                  \
	{                                                                              \
		"client", "ADDRESS", "only clients at this address or in this network" \
	}

/* Filter of connections and endpoints: the name or the number of a behaviour. */
#define OPTION_BEHAVIOUR                                             \
	{                                                            \
		"behaviour", "BEHAVIOUR", "only with this behaviour" \
	}

/* What the user asked for. Words are those of argv. */
struct request {
	const struct command *command;
	int words; /* after the command */
	char **word;
	const char *option[COMMAND_OPTIONS_MAX]; /* by index in command->options; NULL: not given */
	struct client_place place;               /* of the daemon */
};

struct command {
	const char *name; /* also of the method, unless one is chosen */
	const char *(*choose)(const struct request *request);
	const char *operands; /* "ENDPOINT BEHAVIOUR" */
	int least, most;      /* words */
	const char *summary;
	const char *help; /* paragraphs, and an example */
	struct command_option options[COMMAND_OPTIONS_MAX + 1];
	/* Does all of it, with no daemon to ask; the rest is NULL then. Returns the exit code. */
	int (*run)(const struct request *request, bool json);
	/* Makes the parameters of the method, or returns false after it told the user of a slip.
	 * NULL: the method has none. */
	bool (*params)(const struct request *request, json_t **params);
	/* Does it go on with what happens? Then the result is not printed, but each event. */
	bool (*follows)(const struct request *request);
	/* Does more with the result than print it, in whatever form; false after it said why it
	 * could not. NULL: there is nothing more. */
	bool (*keep)(const struct request *request, const json_t *result);
	bool for_a_file; /* what `print` writes: its lines are never folded */
	/* Writes the result for people. */
	void (*print)(const struct request *request, const json_t *result,
		      const struct screen *screen, struct text *out);
};

/* Each command, in the order in which the help lists them: cmd_*.c defines command_NAME. */
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

/* The commands in the order of COMMANDS; NULL past the last. */
const struct command *command_at(size_t i);
/* The command of this name. Returns NULL if there is none. */
const struct command *command_find(const char *name);
/* The name of a command that is near this one, for "did you mean". Returns NULL if none is. */
const char *command_suggest(const char *name);

/* The options that every command has, which end with a NULL name. */
extern const struct command_option common_options[];

/* The short form of a common option, `q` of --quiet. Returns 0 if it has none, or is of a command.
 */
char common_letter(const struct command_option *option);

/* Add `synackctl NAME [OPTIONS] OPERANDS`. */
void command_usage(const struct command *command, struct text *out);

#endif
