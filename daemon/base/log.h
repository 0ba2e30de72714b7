/* SPDX-License-Identifier: MIT */
/* log: messages of the daemon. Each line goes to a sink such as the journal, or to stderr. Safe
 * from any thread. */
#ifndef SYNACKD_BASE_LOG_H
#define SYNACKD_BASE_LOG_H

#include "base/clock.h"

#include <stdbool.h>
#include <stdint.h>

/* The priorities of syslog, which journald reads from the prefix `<N>`. */
enum log_level { LOG_LEVEL_ERROR = 3, LOG_LEVEL_WARN = 4, LOG_LEVEL_INFO = 6, LOG_LEVEL_DEBUG = 7 };

/* Messages with an id of their own, which the journal's catalog explains (systemd/journal.c). */
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

/* The subject of a message: fields of its journal entry. A zeroed struct has no fields. */
struct log_subject {
	enum log_message message;
	const char *endpoint, *behaviour, *client; /* NULL: none */
	uint64_t connection;                       /* 0: none */
};

/* Receives each line instead of stderr, from any thread. Returns false if it cannot write the
 * line; the line then goes to stderr. */
typedef bool log_sink(enum log_level level, const struct log_subject *about, const char *line);

/* Sets the level, and the sink or NULL. Call it once, before threads start. With a sink, lines
 * on stderr have sd-daemon's prefix `<N>`. */
void log_open(enum log_level most_verbose, log_sink *sink);
/* Changes the level: logs messages of this level and of more important ones. Safe from any
 * thread. */
void log_use_level(enum log_level most_verbose);
const char *log_level_name(enum log_level level);
/* Parses "error", "warning", "info" or "debug". Returns false for any other name. */
bool log_level_parse(const char *name, enum log_level *out);
bool log_wants(enum log_level level); /* true if messages of this level are logged */

/* Logs one line in a single write, so lines of several threads do not mix. `?` replaces line
 * ends and other control characters. */
void log_about(enum log_level level, const struct log_subject *about, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Limits the lines that one call site logs, for events that clients can cause at any rate. In
 * each LOG_LIMIT_SPAN the first `lines` lines are logged; the others are counted, and at the end
 * of the span one line reports their number. The struct must be static. All threads share it. */
#define LOG_LIMIT_SPAN (10 * NS_PER_S)

struct log_limit {
	const char *what; /* the events, as a plural noun: "refused changes" */
	unsigned lines;
	/* The fields below are private to log.c. */
	struct log_limit *next; /* in the list of limits with suppressed lines */
	nstime since;           /* start of the span, CLOCK_MONOTONIC in ns; 0: no span */
	unsigned logged;
	unsigned long long left_out;
	enum log_level level; /* of the last suppressed line */
};

/* Logs a line, unless the limit suppresses it. */
void log_limited(struct log_limit *limit, enum log_level level, const struct log_subject *about,
		 const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* Reports the suppressed lines of spans that have ended by `now` (CLOCK_MONOTONIC). Call it
 * every few seconds, and with NS_NEVER before exit. */
void log_left_out(nstime now);

#define log_line(level, ...) log_about(level, &(struct log_subject){0}, __VA_ARGS__)
#define log_error(...)       log_line(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warn(...)        log_line(LOG_LEVEL_WARN, __VA_ARGS__)
#define log_info(...)        log_line(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...)       log_line(LOG_LEVEL_DEBUG, __VA_ARGS__)
#define log_warn_limited(limit, ...) \
	log_limited(limit, LOG_LEVEL_WARN, &(struct log_subject){0}, __VA_ARGS__)

#endif
