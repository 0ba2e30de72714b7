/* SPDX-License-Identifier: MIT */
/* words: puts arguments of the command line into the parameters of a request. */
#ifndef SYNACKCTL_WORDS_H
#define SYNACKCTL_WORDS_H

#include <jansson.h>
#include <stdbool.h>

/* Returns true if the word is UTF-8, which JSON requires. NULL is valid too. */
bool is_utf8(const char *word);

/* Adds a word to the parameters. If the word is not UTF-8, as JSON requires, frees *params and sets
 * it to NULL. Later calls do nothing then, so that no request without the word is sent. */
void add_word(json_t **params, const char *key, const char *word);

/* Adds the parameters `endpoint` and `client`, unless NULL. They are the values of OPTION_ENDPOINT
 * and OPTION_CLIENT (commands.h). */
void add_filter(json_t **params, const char *endpoint, const char *client);

/* Parses the ID of a connection: decimal, at least 1. Returns false if it is invalid. */
bool read_connection(const char *word, long long *id);

#endif
