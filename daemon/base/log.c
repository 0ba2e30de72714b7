/* SPDX-License-Identifier: MIT */
#include "base/log.h"

#include "base/container.h"
#include "base/text.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LINE_MAX_OUT 1024 /* longer messages are truncated */

static enum log_level threshold = LOG_LEVEL_INFO;
static log_sink *instead;

void log_open(enum log_level most_verbose, log_sink *sink)
{
	instead = sink;
	log_use_level(most_verbose);
}

void log_use_level(enum log_level most_verbose)
{
	__atomic_store_n(&threshold, most_verbose, __ATOMIC_RELAXED);
}

bool log_wants(enum log_level level)
{
	return level <= __atomic_load_n(&threshold, __ATOMIC_RELAXED);
}

static const struct {
	const char *name;
	enum log_level level;
} levels[] = {
	{"error", LOG_LEVEL_ERROR},
	{"warning", LOG_LEVEL_WARN},
	{"info", LOG_LEVEL_INFO},
	{"debug", LOG_LEVEL_DEBUG},
};

const char *log_level_name(enum log_level level)
{
	size_t i = 0;

	while (levels[i].level != level)
		i++;
	return levels[i].name;
}

bool log_level_parse(const char *name, enum log_level *out)
{
	for (size_t i = 0; i < COUNT_OF(levels); i++) {
		if (strcmp(levels[i].name, name) == 0) {
			*out = levels[i].level;
			return true;
		}
	}
	return false;
}

/* One write, so lines of two threads do not mix. If stderr is a full pipe, the line is lost. */
static void to_stderr(enum log_level level, const char *text)
{
	char line[LINE_MAX_OUT + 16];
	int n = instead ? snprintf(line, sizeof(line), "<%d>%s\n", level, text)
			: snprintf(line, sizeof(line), "synackd: %s\n", text);

	if (write(STDERR_FILENO, line, (size_t)n) < 0)
		return;
}

/* Messages can contain text from others, such as a name from the control socket: it must not
 * start a new line or control the terminal. */
static void make_one_line(char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			*text = '?';
}

static void log_args(enum log_level level, const struct log_subject *about, const char *fmt,
		     va_list ap)
{
	char text[LINE_MAX_OUT];

	vsnprintf(text, sizeof(text), fmt, ap);
	make_one_line(text);
	if (!instead || !instead(level, about, text))
		to_stderr(level, text);
}

void log_about(enum log_level level, const struct log_subject *about, const char *fmt, ...)
{
	va_list ap;

	if (!log_wants(level))
		return;
	va_start(ap, fmt);
	log_args(level, about, fmt, ap);
	va_end(ap);
}

/* --- limits ----------------------------------------------------------------------------------- */

/* Protects all limits. Writing a line takes longer than waiting for this lock. */
static pthread_mutex_t limits_lock = PTHREAD_MUTEX_INITIALIZER;
static struct log_limit *limited; /* list of limits with suppressed lines */

/* Returns true if this line is to be logged; else counts it as suppressed. */
static bool admit(struct log_limit *limit, enum log_level level, nstime now)
{
	if (!limit->left_out && (!limit->since || now - limit->since >= LOG_LIMIT_SPAN)) {
		limit->since = now;
		limit->logged = 0;
	}
	if (limit->logged < limit->lines) {
		limit->logged++;
		return true;
	}
	if (!limit->left_out++) {
		limit->next = limited;
		limited = limit;
	}
	limit->level = level;
	return false;
}

/* Copies to *out a limit whose span has ended, removes it from the list, and resets its span.
 * Returns false if there is none. */
static bool take_over(nstime now, struct log_limit *out)
{
	for (struct log_limit **at = &limited; *at; at = &(*at)->next) {
		struct log_limit *limit = *at;

		if (now - limit->since < LOG_LIMIT_SPAN)
			continue;
		*out = *limit;
		*at = limit->next;
		limit->left_out = 0;
		limit->since = 0;
		return true;
	}
	return false;
}

void log_left_out(nstime now)
{
	struct log_limit over;
	bool found;

	do {
		pthread_mutex_lock(&limits_lock);
		found = take_over(now, &over);
		pthread_mutex_unlock(&limits_lock);
		if (found)
			log_line(over.level, "%llu more lines about %s suppressed", over.left_out,
				 over.what);
	} while (found);
}

void log_limited(struct log_limit *limit, enum log_level level, const struct log_subject *about,
		 const char *fmt, ...)
{
	nstime now = clock_read(CLOCK_MONOTONIC);
	bool admitted;
	va_list ap;

	if (!log_wants(level))
		return;
	log_left_out(now); /* reports ended spans before the first line of a new one */
	pthread_mutex_lock(&limits_lock);
	admitted = admit(limit, level, now);
	pthread_mutex_unlock(&limits_lock);
	if (!admitted)
		return;
	va_start(ap, fmt);
	log_args(level, about, fmt, ap);
	va_end(ap);
}
