/* SPDX-License-Identifier: MIT */
#include "wire/notation_options.h"

#include "wire/notation_edits.h"
#include "wire/notation_option.h"

#include <string.h>

bool options_scan(struct scan *s, char end, struct option_template *out)
{
	bool edits;

	*out = (struct option_template){0};
	scan_blanks(s);
	if (*s->at == end)
		return true;
	edits = strchr("+-=", *s->at);
	do {
		scan_blanks(s);
		if (!(edits ? option_edit_scan(s, out) : option_scan(s, out)))
			return false;
		scan_blanks(s);
	} while (scan_accept(s, ','));
	if (*s->at == end)
		return true;
	return end ? scan_fail(s, "expected , or %c after an option", end)
		   : scan_fail(s, "expected , after an option");
}

bool options_parse(const char *text, struct option_template *out, char **error)
{
	struct scan s = {.text = text, .at = text, .error = error};

	*error = NULL;
	return options_scan(&s, '\0', out);
}

/* Copies the bytes of the template and fills its holes. */
static void fill(const struct option_template *t, const struct expr_values *values, uint8_t *out)
{
	memcpy(out, t->bytes, sizeof(t->bytes));
	for (uint8_t i = 0; i < t->holes; i++)
		option_store(out + t->hole[i].at, t->hole[i].size,
			     expr_eval(&t->hole[i].value, values));
}

void options_resolve(const struct option_template *t, const struct expr_values *values,
		     struct segment *out)
{
	uint8_t bytes[SEGMENT_OPT_MAX];

	if (t->edits) {
		fill(t, values, bytes);
		option_edits_apply(t, bytes, out);
		return;
	}
	out->opt_len = t->len;
	fill(t, values, out->opt);
}

static uint8_t pad(const uint8_t *opt, uint8_t len, uint8_t padded[SEGMENT_OPT_MAX])
{
	memset(padded, 0, SEGMENT_OPT_MAX);
	memcpy(padded, opt, len);
	return (uint8_t)((len + 3) & ~3);
}

bool options_match(const struct option_template *t, const struct expr_values *values,
		   const struct segment *s)
{
	uint8_t bytes[SEGMENT_OPT_MAX], want[SEGMENT_OPT_MAX], have[SEGMENT_OPT_MAX];
	uint8_t len;

	fill(t, values, bytes);
	if (t->edits)
		return option_edits_hold(t, bytes, s);
	len = pad(bytes, t->len, want);
	return len == pad(s->opt, s->opt_len, have) && memcmp(want, have, len) == 0;
}
