/* SPDX-License-Identifier: MIT */
/*
 * A synackd of one's own in a sandbox, and what commands meet it with: what `try` and `judge`
 * share. Outside the sandbox its files are made and taken away again; inside runs the rest, in a
 * process that goes in and does not come out.
 */
#ifndef SYNACKCTL_BENCH_H
#define SYNACKCTL_BENCH_H

#include "base/text.h"
#include "client.h"

#include <stdbool.h>
#include <sys/types.h>

/* Zeroed is none. Paths are in `directory`, which goes with it. */
struct bench {
	char *directory; /* NULL: it could not be made */
	char *config, *hosts, *control, *log;
	pid_t daemon;
	struct client *client;
};

/* Make the directory; false, and said, when that fails. */
bool bench_make(struct bench *b);
/* Take everything away that bench_make() and what follows made. */
void bench_clean_up(struct bench *b);

bool bench_write(const char *path, const char *text);

/* `value` in quotes, as libconfig reads it. */
void bench_add_quoted(struct text *out, const char *value);

/* Write the config: behaviours, suites and profiles as shipped, with `more`, a file of the user's
 * (NULL: none); the sandbox's interface and clients; and then `rest`, text in libconfig's syntax.
 * False: said. */
bool bench_write_config(const struct bench *b, const char *more, const char *rest);

/* Write the sandbox's /etc/hosts, in which CONTROL_DOMAIN has this address. */
bool bench_write_hosts(const struct bench *b, const char *address);

/* What stands for {name} in a word of a command. A list of them ends with a NULL name. */
struct bench_word {
	const char *name; /* with the braces */
	const char *value;
};

/* A copy of the word with these filled in; the caller's. */
char *bench_fill_in(const char *word, const struct bench_word *known);

/*
 * Run `inside` in a process of its own, in a network of its own in which it starts the daemon, and
 * wait for its end: it comes to its end with us, however we end. What the daemon warns of is said
 * before. `seed` may be NULL. Returns the code of `inside`, or an exit code of ours, and said.
 */
int bench_run(struct bench *b, const char *seed, int (*inside)(struct bench *b, void *arg),
	      void *arg);

/* The daemon's seed: with `--seed` chance comes out the same again. 0: it does not tell. */
long long bench_seed(struct client *client);

/* An exit code as a shell has it, of a wait status. */
int bench_code(int status);

#endif
