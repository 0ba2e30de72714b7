/* SPDX-License-Identifier: MIT */
/*
 * The table of commands: what each takes, asks the daemon, and prints. A file cmd_*.c defines rows
 * of it, verb_NAME, and nothing else, so it has no header of its own. A new command is declared
 * here and listed in commands.c.
 */
#ifndef SYNACKCTL_COMMANDS_H
#define SYNACKCTL_COMMANDS_H

#include "client.h"
#include "exit_code.h"
#include "screen.h"

#include <jansson.h>
#include <stdbool.h>

#define VERB_OPTIONS_MAX 16

struct verb_option {
	const char *name;  /* without -- */
	const char *value; /* the word for its value in the help; NULL: it takes none */
	const char *help;
};

/* The options that restrict a command to some connections and attempts, for add_filter(). */
#define OPTION_ENDPOINT                                         \
	{                                                       \
		"endpoint", "ENDPOINT", "at this endpoint only" \
	}
#define OPTION_CLIENT                                                          \
	{                                                                      \
		"client", "ADDRESS", "of this client only, or of this network" \
	}

/* Filter of connections and endpoints: the name or the number of a behaviour. */
#define OPTION_BEHAVIOUR                                             \
	{                                                            \
		"behaviour", "BEHAVIOUR", "with this behaviour only" \
	}

/* What the user asked for. Words are those of argv. */
struct command {
	const struct verb *verb;
	int words; /* after the verb */
	char **word;
	const char *option[VERB_OPTIONS_MAX]; /* by index in verb->options; NULL: not given */
	struct client_place place;            /* of the daemon */
};

struct verb {
	const char *name; /* also of the method, unless one is chosen */
	const char *(*choose)(const struct command *command);
	const char *operands; /* "ENDPOINT BEHAVIOUR" */
	int least, most;      /* words */
	const char *summary;
	const char *help; /* paragraphs, and an example */
	struct verb_option options[VERB_OPTIONS_MAX + 1];
	/* Does all of it, with no daemon to ask; the rest is NULL then. Returns the exit code. */
	int (*run)(const struct command *command, bool json);
	/* Makes the parameters of the method, or returns false after it told the user of a slip.
	 * NULL: the method has none. */
	bool (*params)(const struct command *command, json_t **params);
	/* Does it go on with what happens? Then the result is not printed, but each event. */
	bool (*follows)(const struct command *command);
	/* Does more with the result than print it, in whatever form; false after it said why it
	 * could not. NULL: there is nothing more. */
	bool (*keep)(const struct command *command, const json_t *result);
	bool for_a_file; /* what `print` writes: its lines are never folded */
	/* Writes the result for people. */
	void (*print)(const struct command *command, const json_t *result,
		      const struct screen *screen, struct text *out);
};

/* Each command, in the order in which the help lists them: cmd_*.c defines verb_NAME. */
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

#define DECLARE_VERB(name) extern const struct verb verb_##name;
COMMANDS(DECLARE_VERB)
#undef DECLARE_VERB

/* The commands in the order of COMMANDS; NULL past the last. */
const struct verb *verb_at(size_t i);
/* The verb of this name. Returns NULL if there is none. */
const struct verb *verb_find(const char *name);
/* The name of a verb that is near this one, for "did you mean". Returns NULL if none is. */
const char *verb_suggest(const char *name);

/* The options that every command has, which end with a NULL name. */
extern const struct verb_option common_options[];

/* The short form of a common option, `q` of --quiet. Returns 0 if it has none, or is of a verb. */
char common_letter(const struct verb_option *option);

/* Add `synackctl NAME [OPTIONS] OPERANDS`. */
void verb_usage(const struct verb *verb, struct text *out);

#endif
