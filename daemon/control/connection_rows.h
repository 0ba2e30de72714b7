/* SPDX-License-Identifier: MIT */
/* connection_rows: copies of selected connections, for an answer without the workers. */
#ifndef SYNACKD_CONTROL_CONNECTION_ROWS_H
#define SYNACKD_CONTROL_CONNECTION_ROWS_H

#include "catalogue/catalogue.h"
#include "control/filter.h"
#include "control/protocol.h"
#include "engine/connection_ops.h"

/* Maximum number of connections of one worker that are copied. A walk visits a connection at most
 * twice, so CONTROL_CONNECTIONS_MAX different ones are among them, or all. */
#define CONNECTION_ROWS_MAX (2 * CONTROL_CONNECTIONS_MAX)

struct connection_row {
	struct connection_info info; /* its texts are not valid */
	char *behaviour;
	char *endpoint; /* "" if it has no name */
};

/* Set the selection first; the rest is 0. */
struct connection_rows {
	bool any_state;
	enum tcp_state state;
	struct filter filter;
	const struct behaviour *behaviour; /* NULL: any */
	unsigned count;
	unsigned most; /* limit of `count`, including the rows of the present worker */
	struct connection_row *row;
	bool no_memory; /* some are missing */
};

/* Copies the selected connections of the next part of a walk, in the thread of the worker; `arg` is
 * a struct connection_rows. Returns true if another part follows. */
bool connection_rows_take(struct responder *r, size_t *cursor, void *arg);
/* Sorts the rows by id, and removes the second row of each connection that was visited twice. */
void connection_rows_sort(struct connection_rows *rows);
void connection_rows_free(struct connection_rows *rows); /* leaves no rows */

#endif
