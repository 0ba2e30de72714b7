/* SPDX-License-Identifier: MIT */
#include "catalogue/compile_shape.h"

#include "base/container.h"
#include "base/text.h"
#include "wire/ip_numbers.h"
#include "wire/notation_parse.h"

#include <stdlib.h>
#include <string.h>

/* Parses `N` octets, or `N%` of the payload. */
static bool parse_portion(const char *text, struct portion *out, char **wrong)
{
	size_t len = strlen(text);
	bool hundredths = len && text[len - 1] == '%';
	char *digits = xasprintf("%.*s", (int)(len - hundredths), text);
	uint64_t n = 0;
	bool right = number_parse(digits, &n) && n <= (hundredths ? 100 : UINT16_MAX);

	free(digits);
	if (!right)
		return text_expected(
			wrong, text,
			"a number of octets from 0 to 65535, or a percentage such as 50%%");
	*out = (struct portion){.given = true, .hundredths = hundredths, .n = (uint32_t)n};
	return true;
}

static bool parse_keep(const char *text, void *target, char **wrong)
{
	struct rule_shape *shape = target;

	return parse_portion(text, &shape->keep, wrong);
}

static bool parse_skip(const char *text, void *target, char **wrong)
{
	struct rule_shape *shape = target;

	return parse_portion(text, &shape->skip, wrong);
}

static bool parse_fill(const char *text, void *target, char **wrong)
{
	struct rule_shape *shape = target;

	free(shape->fill); /* if the key occurs twice */
	shape->fill = NULL;
	return payload_parse(text, TCP_OCTETS_MAX, &shape->fill, &shape->fill_len, wrong);
}

const struct key shape_keys[] = {
	{"keep", KEY_CUSTOM, .parse = parse_keep,
	 .help = "Part of the payload to keep, from its first octet: octets, or a percentage as in "
		 "50%."},
	{"skip", KEY_CUSTOM, .parse = parse_skip,
	 .help = "Part of the payload to omit, from its first octet. The sequence number increases "
		 "by as much."},
	{"fill", KEY_CUSTOM, .parse = parse_fill,
	 .help = "A text, or octets as in hex:00ff, that replaces the payload, repeated as "
		 "needed."},
	{"cut", KEY_NUMBER, .offset = offsetof(struct rule_shape, cut), .size = 2,
	 .has_offset = offsetof(struct rule_shape, has_cut),
	 .help = "Length to which the TCP header, options and payload are truncated, in octets."},
};

const size_t shape_keys_count = COUNT_OF(shape_keys);

struct key_table rule_shape_table(struct rule_shape *out)
{
	return (struct key_table){shape_keys, COUNT_OF(shape_keys), out};
}

bool rule_shapes(config_setting_t *group)
{
	bool any = false;

	for (size_t i = 0; i < COUNT_OF(shape_keys); i++)
		any |= config_setting_get_member(group, shape_keys[i].name) != NULL;
	return any;
}

bool rule_parse_split(const char *text, void *target, char **wrong)
{
	static const char pieces[] = " pieces";
	struct rule_split *split = &((struct rule *)target)->split;
	size_t len = strlen(text), end = strlen(pieces);
	bool in_pieces = len > end && strcmp(text + len - end, pieces) == 0;
	char *digits = xasprintf("%.*s", (int)(in_pieces ? len - end : len), text);
	uint64_t n = 0;
	bool right = number_parse(digits, &n) && n >= 1 && n <= (in_pieces ? PIECES_MAX : 65535);

	free(digits);
	if (!right)
		return text_expected(wrong, text,
				     "a number of octets for each piece, or a number of pieces, as "
				     "in '3 pieces'");
	split->octets = in_pieces ? 0 : (uint32_t)n;
	split->pieces = in_pieces ? (uint32_t)n : 0;
	return true;
}

bool rule_parse_order(const char *text, void *target, char **wrong)
{
	struct rule *rule = target;

	for (int i = ORDER_KEPT + 1; i < ORDER_COUNT; i++) {
		if (strcmp(rule_order_name((enum rule_order)i), text) == 0) {
			rule->order = (uint8_t)i;
			return true;
		}
	}
	return text_expected(wrong, text, "reverse or swap");
}
