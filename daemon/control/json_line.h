/* SPDX-License-Identifier: MIT */
/* Objects to a client, a line each. After false the client must be hung up: it must not take a part
 * for the whole. Each of them takes the object over. */
#ifndef SYNACKD_CONTROL_JSON_LINE_H
#define SYNACKD_CONTROL_JSON_LINE_H

#include <event2/bufferevent.h>
#include <jansson.h>
#include <stdbool.h>

/* For json_dumps(): seconds with microseconds, as clock_seconds() gives them, have 16 digits. */
#define JSON_LINE_SECONDS JSON_REAL_PRECISION(16)

/* If anything of the object found no memory since json_memory_failed() was asked last, an error is
 * written in its place. */
bool json_line_write(struct bufferevent *io, json_t *object);

/* The response to the request of this id (NULL: null) whose result is JSON text already. */
bool json_line_result(struct bufferevent *io, json_t *id, const char *result);

/* Returns false, and writes nothing, if more than `bound` octets would wait then, or memory runs
 * out. */
bool json_line_push(struct bufferevent *io, json_t *object, size_t bound);

#endif
