/* SPDX-License-Identifier: MIT */
#include "catalogue/compile_machine.h"

#include "base/text.h"
#include "tcp/queue.h"
#include "wire/notation_parse.h"

#include <stdlib.h>
#include <string.h>

/* Finds the operation that begins `text`; *rest is the text after its name. */
static bool find_machine_op(const char *text, enum machine_op *op, const char **rest)
{
	for (int i = 0; i < MACHINE_OP_COUNT; i++) {
		const char *name = machine_op_name((enum machine_op)i);
		size_t len = strlen(name);

		if (strncmp(text, name, len) != 0 || (text[len] && text[len] != ' '))
			continue;
		*op = (enum machine_op)i;
		*rest = text + len + strspn(text + len, " ");
		return true;
	}
	return false;
}

/* Parses `N` octets; `+N` is added to the present size. */
static bool parse_window_size(const char *text, struct rule_machine *out, char **wrong)
{
	static const struct key window = {"window", KEY_NUMBER, .size = 4, .max = "1073741824",
					  .offset = offsetof(struct rule_machine, number)};

	out->more = out->op == MACHINE_WINDOW && *text == '+';
	return key_read(&window, text + out->more, out, wrong);
}

/* Parses "TEXT", hex:HEX, or N: N octets of the alphabet, repeated. */
static bool parse_written(const char *text, struct rule_machine *out, char **wrong)
{
	size_t len = strlen(text);
	uint64_t n;
	char *inner;
	bool parsed;

	if (number_parse(text, &n) && n >= 1 && n <= SENDQ_MAX) {
		out->text = xcalloc(1, n);
		for (out->text_len = 0; out->text_len < n; out->text_len++)
			out->text[out->text_len] = (uint8_t)('a' + out->text_len % 26);
		return true;
	}
	if (strncmp(text, PAYLOAD_HEX, strlen(PAYLOAD_HEX)) == 0)
		return payload_parse(text, SENDQ_MAX, &out->text, &out->text_len, wrong);
	if (len < 2 || text[0] != '"' || text[len - 1] != '"')
		return text_expected(wrong, text,
				     "a text in quotes, octets as in hex:00ff, or a number of "
				     "octets from 1 to %d",
				     SENDQ_MAX);
	inner = xasprintf("%.*s", (int)len - 2, text + 1);
	parsed = payload_parse(inner, SENDQ_MAX, &out->text, &out->text_len, wrong);
	free(inner);
	return parsed;
}

/* Removes ` after TIME` from the end of the text. */
static bool take_wait(char *text, nstime *wait, char **wrong)
{
	static const char word[] = " after ";
	char *quote = strrchr(text, '"');
	char *at = strstr(quote ? quote : text, word);

	*wait = 0;
	if (!at)
		return true;
	if (!duration_parse(at + strlen(word), wait))
		return text_expected(wrong, at + strlen(word), "a duration after 'after'");
	*at = '\0';
	return true;
}

static bool parse_machine(const char *text, struct rule_machine *out, char **wrong)
{
	static const struct key time = {"time", KEY_DURATION, .max = "24h",
					.offset = offsetof(struct rule_machine, time)};
	static const struct key ticks = {"timestamps", KEY_SEQUENCE,
					 .offset = offsetof(struct rule_machine, number)};
	enum machine_op op;
	const char *rest;

	if (!find_machine_op(text, &op, &rest))
		return text_expected(
			wrong, text,
			"open, close, leave, abort, forget, silence [TIME], keep TIME, "
			"read pause, read resume, window [+]N, shrink N, write pause, "
			"write resume, write N, \"TEXT\" or hex:HEX, renege, or timestamps N; each "
			"optionally followed by 'after TIME'");
	out->op = (uint8_t)op;
	out->time = NS_NEVER;
	if (op == MACHINE_WINDOW || op == MACHINE_SHRINK)
		return parse_window_size(rest, out, wrong);
	if (op == MACHINE_TIMESTAMPS)
		return key_read(&ticks, rest, out, wrong);
	if (op == MACHINE_WRITE)
		return parse_written(rest, out, wrong);
	if (op == MACHINE_KEEP || (op == MACHINE_SILENCE && *rest))
		return key_read(&time, rest, out, wrong);
	if (*rest)
		return text_expected(wrong, text, "'%s' without an argument", machine_op_name(op));
	return true;
}

static void compile_machine(const struct schema_reader *r, config_setting_t *s, struct rule *out)
{
	struct rule_machine *machine;
	char *text, *wrong = NULL;

	if (out->machines == RULE_MACHINE_MAX) {
		schema_error(r, s, "expected at most %d operations in one rule", RULE_MACHINE_MAX);
		return;
	}
	text = schema_value(r, s);
	machine = &out->machine[out->machines];
	machine->label = out->label;
	out->machines += text != NULL;
	if (text &&
	    (!take_wait(text, &machine->wait, &wrong) || !parse_machine(text, machine, &wrong)))
		schema_error(r, s, "%s", wrong);
	else if (text && machine->wait && machine->op == MACHINE_OPEN)
		schema_error(
			r, s,
			"unexpected 'after' with 'open': no connection exists yet that could wait");
	free(wrong);
	free(text);
}

void rule_compile_machine(const struct schema_reader *r, config_setting_t *list, struct rule *out)
{
	if (!config_setting_is_aggregate(list)) {
		compile_machine(r, list, out);
		return;
	}
	for (int i = 0; i < config_setting_length(list); i++)
		compile_machine(r, config_setting_get_elem(list, (unsigned)i), out);
}
