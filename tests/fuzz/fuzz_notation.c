/* SPDX-License-Identifier: MIT */
/* fuzz_notation: libFuzzer target. Parses the input as a segment notation. A valid notation must be
 * written as a text that parses to the same segment, and that is written the same again. */
#include "wire/notation.h"
#include "wire/notation_format.h"
#include "wire/notation_parse.h"
#include "wire/notation_resolve.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct expr_values values = {.v = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13}};

/* Parses, resolves and writes a notation. Returns false if it is invalid. */
static bool rewrite(const char *in, struct segment *s, struct notation *n, struct text *out)
{
	char *error;

	*s = (struct segment){0};
	if (!notation_parse(in, n, &error)) {
		if (!error || strncmp(error, "column ", 7) != 0)
			abort();
		free(error);
		return false;
	}
	notation_resolve(n, &values, s);
	segment_format(s, 0, 0, UINT16_MAX, out);
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *in = strndup((const char *)data, size);
	struct text out[2] = {0}, why = {0};
	struct notation n[2];
	struct segment s[2];

	if (rewrite(in, &s[0], &n[0], &out[0])) {
		/* The second of two changes to options may undo the first. */
		if (!notation_match(&n[0], &values, &s[0], &why) && !n[0].options.edits)
			abort();
		if (!rewrite(text_str(&out[0]), &s[1], &n[1], &out[1]))
			abort();
		if (strcmp(text_str(&out[0]), text_str(&out[1])) != 0)
			abort();
		if (!notation_match(&n[1], NULL, &s[0], &why))
			abort();
		notation_free(&n[0]);
		notation_free(&n[1]);
	}
	text_free(&out[0]);
	text_free(&out[1]);
	text_free(&why);
	free(in);
	return 0;
}
