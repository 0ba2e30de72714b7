/* SPDX-License-Identifier: MIT */
#include "words.h"

#include <errno.h>
#include <stdlib.h>

bool is_utf8(const char *word)
{
	json_t *text = word ? json_string(word) : json_null();
	bool good = text;

	json_decref(text);
	return good;
}

void add_word(json_t **params, const char *key, const char *word)
{
	if (!*params || json_object_set_new(*params, key, json_string(word)) == 0)
		return;
	json_decref(*params);
	*params = NULL;
}

void add_filter(json_t **params, const char *endpoint, const char *client)
{
	if (endpoint)
		add_word(params, "endpoint", endpoint);
	if (client)
		add_word(params, "client", client);
}

bool read_connection(const char *word, long long *id)
{
	char *end;

	errno = 0;
	*id = strtoll(word, &end, 10);
	return end != word && !*end && *id > 0 && !errno;
}
