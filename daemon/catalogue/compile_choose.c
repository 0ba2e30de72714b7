/* SPDX-License-Identifier: MIT */
#include "catalogue/compile_choose.h"

#include "base/container.h"
#include "base/text.h"
#include "catalogue/compile_value.h"

#include <stdlib.h>
#include <string.h>

#define WEIGHT_MAX 1000000

static const char *const by_choices[] = {
	[CHOOSE_ROTA] = "rota", [CHOOSE_CHANCE] = "chance", [CHOOSE_ONCE] = "once", NULL};

/* Returns the end of the item at `at`: the next comma outside quotes and parentheses, or the end of
 * the text. */
static const char *item_end(const char *at)
{
	unsigned open = 0;
	bool quoted = false;

	for (; *at && (*at != ',' || quoted || open); at++) {
		if (quoted && at[0] == '\\' && at[1])
			at++;
		else if (*at == '"')
			quoted = !quoted;
		else if (!quoted && *at == '(')
			open++;
		else if (!quoted && *at == ')' && open)
			open--;
	}
	return at;
}

/* Adds an item such as `3*accept` or `refuse`: an optional weight, and a behaviour. Returns false
 * if it is invalid. */
static bool add_item(struct choosing *c, const char *text, size_t len)
{
	size_t digits = strspn(text, "0123456789");
	uint64_t weight = 1;
	char *number;
	bool right;

	if (digits && digits < len && text[digits] == '*') {
		number = xasprintf("%.*s", (int)digits, text);
		right = number_parse(number, &weight) && weight >= 1 && weight <= WEIGHT_MAX;
		free(number);
		text += digits + 1;
		len -= digits + 1;
		if (!right)
			return false;
	}
	while (len && text[len - 1] == ' ')
		len--;
	if (!len || c->count == CHOOSE_MAX)
		return false;
	c->item[c->count].weight = (uint32_t)weight;
	c->item[c->count++].text = xasprintf("%.*s", (int)len, text);
	return true;
}

static bool parse_among(const char *text, void *target, char **wrong)
{
	struct choosing *c = target;
	const char *at = text;

	for (;;) {
		const char *end;

		at += strspn(at, " ");
		end = item_end(at);
		if (!add_item(c, at, (size_t)(end - at)))
			return text_expected(wrong, text,
					     "at most %d behaviours separated by commas, each with "
					     "a weight from 1 to %d or none, as in 3*accept,refuse",
					     CHOOSE_MAX, WEIGHT_MAX);
		if (!*end)
			return true;
		at = end + 1;
	}
}

static bool parse_per(const char *text, void *target, char **wrong)
{
	struct choosing *c = target;

	if (rule_scope_parse(text, &c->per, wrong) &&
	    (c->per == PER_CLIENT || c->per == PER_ENDPOINT))
		return true;
	free(*wrong);
	return text_expected(wrong, text, "client or endpoint");
}

const struct key choose_keys[] = {
	{"among", KEY_CUSTOM, .parse = parse_among,
	 .help = "Behaviours, separated by commas, each with an optional weight: 3*accept,refuse."},
	{"by", KEY_CHOICE, .offset = offsetof(struct choosing, by), .choices = by_choices,
	 .help = "rota: in turn; chance: randomly, by their weights; once: in turn, then the last "
		 "one permanently."},
	{"per", KEY_CUSTOM, .parse = parse_per,
	 .help = "The scope whose attempts take turns: client or endpoint."},
	{"within", KEY_DURATION, .offset = offsetof(struct choosing, within), .min = "1ns",
	 .help = "Time after which the turns begin again, from the first behaviour."},
};

const size_t choose_keys_count = COUNT_OF(choose_keys);

void choosing_read(const struct schema_reader *r, config_setting_t *group, struct choosing *out)
{
	const struct key_table table = {choose_keys, COUNT_OF(choose_keys), out};

	*out = (struct choosing){.per = PER_CLIENT};
	schema_read(r, group, &table, 1);
	if (config_setting_is_group(group) && !config_setting_get_member(group, "among"))
		schema_error(r, group, "missing key 'among': the behaviours to choose from");
}

void choosing_free(struct choosing *c)
{
	for (unsigned i = 0; i < c->count; i++)
		free(c->item[i].text);
	c->count = 0;
}
