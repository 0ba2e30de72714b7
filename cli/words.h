/* SPDX-License-Identifier: MIT */
/* Words of the command line, on their way into a request. */
#ifndef SYNACKCTL_WORDS_H
#define SYNACKCTL_WORDS_H

#include <jansson.h>
#include <stdbool.h>

/* Is the word UTF-8, as JSON is? NULL is fine. */
bool is_utf8(const char *word);

/* Add a word to what is asked. When it is not UTF-8, as JSON is, *params is freed, and NULL from
 * then on: that is a slip, and not a question without the word. */
void add_word(json_t **params, const char *key, const char *word);

/* Add which connections and attempts are meant: `endpoint` and `client`, which may both be NULL, to
 * the parameters of those names. They are the values of the options OPTION_ENDPOINT and
 * OPTION_CLIENT (commands.h). */
void add_filter(json_t **params, const char *endpoint, const char *client);

/* Read the number of a connection, from 1 on, decimal. Returns false if it is none. */
bool read_connection(const char *word, long long *id);

#endif
