/* SPDX-License-Identifier: MIT */
#include "words.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct word *all;

void die(const char *problem)
{
	fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, problem, strerror(errno));
	exit(1);
}

static void usage(const char *word, const char *problem)
{
	fprintf(stderr, "%s: %s: %s: expected NAME=VALUE of\n", program_invocation_short_name, word,
		problem);
	for (const struct word *w = all; w->name; w++)
		fprintf(stderr, "  %s%s%s\n", w->name, w->value ? "=" : " (required)",
			w->value ? w->value : "");
	exit(2);
}

static struct word *find(const char *name, size_t len)
{
	for (struct word *w = all; w->name; w++)
		if (strlen(w->name) == len && memcmp(w->name, name, len) == 0)
			return w;
	return NULL;
}

void words_read(int argc, char **argv, struct word *words)
{
	all = words;
	for (int i = 1; i < argc; i++) {
		const char *equals = strchr(argv[i], '=');
		struct word *w = equals ? find(argv[i], (size_t)(equals - argv[i])) : NULL;

		if (!w)
			usage(argv[i], "unknown argument");
		w->value = equals + 1;
	}
	for (const struct word *w = all; w->name; w++)
		if (!w->value)
			usage(w->name, "missing argument");
}

const char *word_text(const char *name)
{
	const struct word *w = find(name, strlen(name));

	if (!w)
		abort();
	return w->value;
}

double word_number(const char *name)
{
	const char *text = word_text(name);
	char *end;
	double number = strtod(text, &end);

	if (end == text || *end || number < 0)
		usage(name, "invalid number");
	return number;
}

unsigned word_address(const char *name, uint8_t out[16])
{
	const char *text = word_text(name);

	if (inet_pton(AF_INET, text, out) == 1)
		return 4;
	if (inet_pton(AF_INET6, text, out) != 1)
		usage(name, "invalid address");
	return 16;
}

void word_mac(const char *name, uint8_t out[6])
{
	if (sscanf(word_text(name), "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx", &out[0], &out[1],
		   &out[2], &out[3], &out[4], &out[5]) != 6)
		usage(name, "invalid link address");
}
