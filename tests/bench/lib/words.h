/* SPDX-License-Identifier: MIT */
/* words: the arguments of a benchmark program, in the form NAME=VALUE. */
#ifndef BENCH_WORDS_H
#define BENCH_WORDS_H

#include <stdint.h>

struct word {
	const char *name;
	const char *value; /* the default; NULL: the argument is required */
};

/* Reads argv into `words`, which a NULL name ends. Ends the process with a message if a name is
 * unknown or a required argument is missing. */
void words_read(int argc, char **argv, struct word *words);

/* Returns the value of an argument. The name must be in the list. */
const char *word_text(const char *name);

/* Returns the value as a number, with an optional fraction. Ends the process if it is not one. */
double word_number(const char *name);

/* Reads an address of either family. Returns its length, 4 or 16. Ends the process if the value is
 * invalid. */
unsigned word_address(const char *name, uint8_t out[16]);

/* Reads a link address of the form 02:00:00:00:00:01. Ends the process if the value is invalid. */
void word_mac(const char *name, uint8_t out[6]);

/* Prints `problem` and the text of errno, and ends the process with status 1. */
void die(const char *problem) __attribute__((noreturn));

#endif
