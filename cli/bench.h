/* SPDX-License-Identifier: MIT */
/*
 * bench: a private synackd in a sandbox, for `try` and `judge`.
 *
 * The files of the bench are created and removed outside the sandbox. Everything else runs inside
 * it, in a child process of bench_run().
 */
#ifndef SYNACKCTL_BENCH_H
#define SYNACKCTL_BENCH_H

#include "base/text.h"
#include "client.h"

#include <stdbool.h>
#include <sys/types.h>

/* A zeroed struct is an empty bench. All paths are in `directory`. */
struct bench {
	char *directory; /* NULL if it does not exist */
	char *config, *hosts, *control, *log;
	pid_t daemon;
	struct client *client;
};

/* Creates the directory. Returns false after a complaint if that fails. */
bool bench_make(struct bench *b);
/* Frees the bench, and removes the directory and the files in it. */
void bench_clean_up(struct bench *b);

/* Writes a file. Returns false after a complaint if that fails. */
bool bench_write(const char *path, const char *text);

/* Adds `value` as a quoted string of libconfig. */
void bench_add_quoted(struct text *out, const char *value);

/* Writes the config: the shipped behaviours, suites and profiles; the config file `more` of the
 * user, unless it is NULL; the interface and the clients of the sandbox; and `rest`, a text in the
 * syntax of libconfig. Returns false after a complaint if that fails. */
bool bench_write_config(const struct bench *b, const char *more, const char *rest);

/* Writes /etc/hosts of the sandbox: the name CONTROL_DOMAIN with this address. Returns false after
 * a complaint if that fails. */
bool bench_write_hosts(const struct bench *b, const char *address);

/* A placeholder in the arguments of a command, and its value. An array of them ends with a NULL
 * name. */
struct bench_word {
	const char *name; /* with the braces: `{port}` */
	const char *value;
};

/* Returns a copy of `word` with the values in place of the placeholders. The caller frees it. */
char *bench_fill_in(const char *word, const struct bench_word *known);

/* Runs `inside` in a child process, in a private network with a running daemon, and waits for its
 * end. The child ends if this process ends in any way. Prints the warnings of the daemon before it
 * calls `inside`. `seed` may be NULL. Returns the result of `inside`, or another exit code after a
 * complaint. */
int bench_run(struct bench *b, const char *seed, int (*inside)(struct bench *b, void *arg),
	      void *arg);

/* Returns the seed of the daemon, for --seed, or 0 if the daemon does not answer. */
long long bench_seed(struct client *client);

/* Returns the exit code that a shell reports for a wait status: 128 + N for signal N. */
int bench_code(int status);

#endif
