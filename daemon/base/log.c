/* SPDX-License-Identifier: MIT */
#include "base/log.h"

#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LINE_MAX_OUT 1024 /* what is longer is cut */

static enum log_level threshold = LOG_LEVEL_INFO;
static log_sink *instead;

void log_open(enum log_level most_verbose, log_sink *sink)
{
	threshold = most_verbose;
	instead = sink;
}

bool log_wants(enum log_level level)
{
	return level <= threshold;
}

bool log_level_parse(const char *name, enum log_level *out)
{
	static const struct {
		const char *name;
		enum log_level level;
	} levels[] = {
		{"error", LOG_LEVEL_ERROR},
		{"warning", LOG_LEVEL_WARN},
		{"info", LOG_LEVEL_INFO},
		{"debug", LOG_LEVEL_DEBUG},
	};

	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
		if (strcmp(levels[i].name, name) == 0) {
			*out = levels[i].level;
			return true;
		}
	}
	return false;
}

/* One write, so that lines of two threads do not mix; a full pipe loses the line. */
static void to_stderr(enum log_level level, const char *text)
{
	char line[LINE_MAX_OUT + 16];
	int n = instead ? snprintf(line, sizeof(line), "<%d>%s\n", level, text)
			: snprintf(line, sizeof(line), "synackd: %s\n", text);

	if (write(STDERR_FILENO, line, (size_t)n) < 0)
		return;
}

/* What somebody else chose, as a name at the control socket, begins no line of its own and moves no
 * cursor. */
static void make_one_line(char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			*text = '?';
}

void log_about(enum log_level level, const struct log_subject *about, const char *fmt, ...)
{
	char text[LINE_MAX_OUT];
	va_list ap;

	if (!log_wants(level))
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	make_one_line(text);
	if (!instead || !instead(level, about, text))
		to_stderr(level, text);
}
