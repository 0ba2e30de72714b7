/* SPDX-License-Identifier: MIT */
#ifndef SYNACKD_BASE_LOG_H
#define SYNACKD_BASE_LOG_H

#include <stdbool.h>

/* The numbers are syslog's, so that journald reads them from the `<N>` prefix. */
enum log_level { LOG_LEVEL_ERROR = 3, LOG_LEVEL_WARN = 4, LOG_LEVEL_INFO = 6, LOG_LEVEL_DEBUG = 7 };

/* Set once before threads start. With `journal`, lines carry sd-daemon's `<N>` prefix. */
void log_open(enum log_level most_verbose, bool journal);
bool log_level_parse(const char *name, enum log_level *out);

/* One line to stderr, written whole, so lines of several threads do not mix. */
void log_line(enum log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#define log_error(...) log_line(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warn(...)  log_line(LOG_LEVEL_WARN, __VA_ARGS__)
#define log_info(...)  log_line(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...) log_line(LOG_LEVEL_DEBUG, __VA_ARGS__)

#endif
