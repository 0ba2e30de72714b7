/* SPDX-License-Identifier: MIT */
#include "complain.h"

#include "exit_code.h"
#include "fold.h"
#include "printer.h"
#include "screen.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static json_t *collected; /* NULL if complaints are written at once */
static const char *command;

static void write_line(const char *before, const char *message)
{
	struct screen screen = screen_of(stderr);
	char *line = xasprintf("%s%s\n", before, message);
	struct text folded = {0};

	fold_add(&folded, line, screen.width);
	fputs(text_str(&folded), stderr);
	text_free(&folded);
	free(line);
}

void complain(const char *fmt, ...)
{
	struct text message = {0};
	char *plain;
	va_list ap;

	va_start(ap, fmt);
	text_addv(&message, fmt, ap);
	va_end(ap);
	plain = printable(text_str(&message));
	if (collected)
		json_array_append_new(collected, json_string(plain));
	else
		write_line("synackctl: ", plain);
	free(plain);
	text_free(&message);
}

void complain_more(const char *line)
{
	char *plain = printable(line);

	if (collected)
		json_array_append_new(collected, json_string(plain));
	else
		write_line("  ", plain);
	free(plain);
}

void remark(const char *fmt, ...)
{
	struct text message = {0};
	va_list ap;

	if (printer_is_silent())
		return;
	va_start(ap, fmt);
	text_addv(&message, fmt, ap);
	va_end(ap);
	write_line("", text_str(&message));
	text_free(&message);
}

void complain_as_json(void)
{
	if (!collected)
		collected = json_array();
}

/* Returns the first quoted word of a message, or the name of the command if there is none. The
 * caller frees it. */
static char *object_within(const char *message)
{
	for (const char *s = message; (s = strchr(s, '\'')); s++) {
		size_t len = strcspn(s + 1, "'");

		if ((s == message || s[-1] == ' ') && len && s[1 + len])
			return xasprintf("%.*s", (int)len, s + 1);
	}
	return xstrdup(command ? command : "synackctl");
}

/* Returns the object before `end`, the first colon of the message, without apostrophes; or, if
 * `end` is NULL, the first quoted word. The caller frees it. */
static char *object_of(const char *message, const char *end)
{
	if (!end)
		return object_within(message);
	if (*message == '\'' && end > message + 2 && end[-1] == '\'')
		return xasprintf("%.*s", (int)(end - message - 2), message + 1);
	return xasprintf("%.*s", (int)(end - message), message);
}

static char *usual_remedy(int code)
{
	switch (code) {
	case EXIT_USAGE:
		return xasprintf("see 'synackctl %s%s--help'", command ? command : "",
				 command ? " " : "");
	case EXIT_NO_DAEMON: return xstrdup("start synackd, or use --control to name its socket");
	default: return xstrdup("see 'synackctl status' and the log of synackd");
	}
}

/* Returns the separator before the remedy, a colon or a semicolon, or NULL. */
static const char *separator(const char *s)
{
	const char *colon = strstr(s, ": "), *semicolon = strstr(s, "; ");

	return !colon || (semicolon && semicolon < colon) ? semicolon : colon;
}

static json_t *describe(const char *message, int code)
{
	const char *object = strstr(message, ": "), *problem = object ? object + 2 : message;
	const char *remedy = separator(problem);
	char *first = object_of(message, object);
	char *second =
		remedy ? xasprintf("%.*s", (int)(remedy - problem), problem) : xstrdup(problem);
	char *third = remedy ? xstrdup(remedy + 2) : usual_remedy(code);
	json_t *error = json_pack("{s:s, s:s, s:s, s:s, s:O, s:s?, s:i}", "object", first,
				  "problem", second, "remedy", third, "message", message, "errors",
				  collected, "command", command, "exit_code", code);

	free(first);
	free(second);
	free(third);
	return error;
}

void complain_of(const char *name)
{
	command = name;
}

void complain_end(int code)
{
	const json_t *complaint;
	json_t *error;
	char *line;
	size_t i;

	if (code && json_array_size(collected)) {
		error = json_pack("{s:o}", "error",
				  describe(json_string_value(json_array_get(collected, 0)), code));
		line = json_dumps(error, JSON_COMPACT);
		fprintf(stderr, "%s\n", line ? line : "{\"error\": null}");
		free(line);
		json_decref(error);
	} else {
		json_array_foreach (collected, i, complaint)
			write_line("synackctl: ", json_string_value(complaint));
	}
	json_decref(collected);
	collected = NULL;
}
