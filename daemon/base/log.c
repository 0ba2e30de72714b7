/* SPDX-License-Identifier: MIT */
#include "base/log.h"

#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static enum log_level threshold = LOG_LEVEL_INFO;
static bool to_journal;

void log_open(enum log_level most_verbose, bool journal)
{
	threshold = most_verbose;
	to_journal = journal;
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

void log_line(enum log_level level, const char *fmt, ...)
{
	char line[1024];
	size_t used = 0;
	va_list ap;
	int n;

	if (level > threshold)
		return;
	if (to_journal)
		used = (size_t)snprintf(line, sizeof(line), "<%d>", level);
	else
		used = (size_t)snprintf(line, sizeof(line), "synackd: ");
	va_start(ap, fmt);
	n = vsnprintf(line + used, sizeof(line) - used - 1, fmt, ap);
	va_end(ap);
	if (n > 0)
		used += (size_t)n;
	if (used > sizeof(line) - 2)
		used = sizeof(line) - 2;
	line[used++] = '\n';
	/* One write, so that lines of two threads do not mix; a full pipe loses the line. */
	if (write(STDERR_FILENO, line, used) < 0)
		return;
}
