/* SPDX-License-Identifier: MIT */
/* Lines of the log: each goes to a sink, the journal for one, or to stderr. Any thread may log. */
#ifndef SYNACKD_BASE_LOG_H
#define SYNACKD_BASE_LOG_H

#include "base/clock.h"

#include <stdbool.h>
#include <stdint.h>

/* The numbers are syslog's, so that journald reads them from the `<N>` prefix. */
enum log_level { LOG_LEVEL_ERROR = 3, LOG_LEVEL_WARN = 4, LOG_LEVEL_INFO = 6, LOG_LEVEL_DEBUG = 7 };

/* Messages that are explained in the journal's catalog, under an id of their own
 * (systemd/journal.c). */
enum log_message {
	MESSAGE_OTHER,
	MESSAGE_STARTED,
	MESSAGE_RELOADED,
	MESSAGE_RELOAD_REFUSED,
	MESSAGE_CHANGED,
	MESSAGE_CHANGE_REFUSED,
	MESSAGE_NO_ANSWER,
	MESSAGE_RELAY_FAILED,
	MESSAGE_STUCK,
	MESSAGE_CONNECTION,
	MESSAGE_COUNT
};

/* What a message is about: in the journal, fields to look for. A zeroed one is about nothing. */
struct log_subject {
	enum log_message message;
	const char *endpoint, *behaviour, *client; /* NULL: none */
	uint64_t connection;                       /* 0: none */
};

/* Takes a line in place of stderr, from any thread; false: it cannot. */
typedef bool log_sink(enum log_level level, const struct log_subject *about, const char *line);

/* Set once before threads start. With a `sink`, stderr is the last resort, and its lines carry
 * sd-daemon's `<N>` prefix. */
void log_open(enum log_level most_verbose, log_sink *sink);
/* Log from now on what is as important as this, or more. From any thread. */
void log_use_level(enum log_level most_verbose);
const char *log_level_name(enum log_level level);
/* "error", "warning", "info" or "debug". Returns false if it is none of them. */
bool log_level_parse(const char *name, enum log_level *out);
bool log_wants(enum log_level level); /* else a line of it goes nowhere */

/* One line, written whole, so lines of several threads do not mix; with `?` for what would end it
 * or control a terminal. */
void log_about(enum log_level level, const struct log_subject *about, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * Bounds what a place in the code logs, where a client decides how often it comes by: the
 * first `lines` of each LOG_LIMIT_SPAN are logged. The others are counted, and one line at the end
 * of the span says how many there were of `what`. Static, as it is remembered; all threads share
 * it.
 */
#define LOG_LIMIT_SPAN (10 * NS_PER_S)

struct log_limit {
	const char *what; /* plural, as in "refused changes" */
	unsigned lines;
	/* log.c's: */
	struct log_limit *next; /* of those with something left out */
	nstime since;           /* when the span began; 0: never */
	unsigned logged;
	unsigned long long left_out;
	enum log_level level; /* of the last one that was left out */
};

/* A line, unless the limit leaves it out. */
void log_limited(struct log_limit *limit, enum log_level level, const struct log_subject *about,
		 const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* Say what was left out in spans that are over by now; to be called every few seconds, and with
 * NS_NEVER at the end. */
void log_left_out(nstime now);

#define log_line(level, ...) log_about(level, &(struct log_subject){0}, __VA_ARGS__)
#define log_error(...)       log_line(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warn(...)        log_line(LOG_LEVEL_WARN, __VA_ARGS__)
#define log_info(...)        log_line(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...)       log_line(LOG_LEVEL_DEBUG, __VA_ARGS__)
#define log_warn_limited(limit, ...) \
	log_limited(limit, LOG_LEVEL_WARN, &(struct log_subject){0}, __VA_ARGS__)

#endif
