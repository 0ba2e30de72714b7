/* SPDX-License-Identifier: MIT */
/* json_line: sends objects to a client, one per line. If a function returns false, the caller must
 * close the connection, as part of a line may have been sent. Each function takes ownership of the
 * object. */
#ifndef SYNACKD_CONTROL_JSON_LINE_H
#define SYNACKD_CONTROL_JSON_LINE_H

#include <event2/bufferevent.h>
#include <jansson.h>
#include <stdbool.h>

/* A flag for json_dumps(): seconds with microseconds, as clock_seconds() returns them, have 16
 * digits. */
#define JSON_LINE_SECONDS JSON_REAL_PRECISION(16)

/* Sends an error instead if an allocation for the object failed since the last
 * json_memory_failed(). */
bool json_line_write(struct bufferevent *io, json_t *object);

/* Sends the response to the request `id` (NULL: null); `result` is JSON text. */
bool json_line_result(struct bufferevent *io, json_t *id, const char *result);

/* Returns false, and sends nothing, if more than `bound` octets would then wait, or memory runs
 * out. */
bool json_line_push(struct bufferevent *io, json_t *object, size_t bound);

#endif
