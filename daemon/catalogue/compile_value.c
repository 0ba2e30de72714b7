/* SPDX-License-Identifier: MIT */
#include "catalogue/compile_value.h"

#include "base/text.h"
#include "schema/schema.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

bool probability_parse(const char *text, double *out, char **wrong)
{
	char *end;
	double p = strtod(text, &end);

	if (strcmp(end, "%") == 0) {
		p /= 100;
		end++;
	}
	if (!isdigit((unsigned char)*text) || *end || !(p >= 0 && p <= 1))
		return text_expected(wrong, text, "a probability, as in 0.25 or 25%%");
	*out = p;
	return true;
}

bool rule_scope_parse(const char *text, uint8_t *out, char **wrong)
{
	for (int i = 0; i < PER_COUNT; i++) {
		if (strcmp(rule_scope_name((enum rule_scope)i), text) == 0) {
			*out = (uint8_t)i;
			return true;
		}
	}
	return text_expected(wrong, text, "connection, attempt, tuple, client or endpoint");
}
