/* SPDX-License-Identifier: MIT */
#include "base/steady.h"
#include "catalogue/catalogue.h"
#include "control/describe.h"
#include "control/filter.h"
#include "control/params.h"
#include "control/verbs.h"
#include "engine/connection_ops.h"
#include "engine/responder.h"

#include <stdlib.h>
#include <string.h>

struct row {
	struct connection_info info;
	char *behaviour;
	char *endpoint;
};

/* Copies from the workers' threads, which do not wait for the JSON. */
struct rows {
	bool any_state;
	enum tcp_state state;
	struct filter filter;
	const struct behaviour *behaviour; /* NULL: any */
	unsigned count;
	unsigned most; /* limit of `count`, including the rows of the present worker */
	struct row *row;
	bool no_memory;
};

static bool is_wanted(const struct rows *rows, const struct connection_info *info)
{
	return (rows->any_state || info->state == rows->state) &&
	       filter_takes(&rows->filter, info->endpoint, &info->key) &&
	       (!rows->behaviour || catalogue_is_joined(info->behaviour, rows->behaviour->name));
}

static void take_row(const struct connection_info *info, void *arg)
{
	struct rows *rows = arg;
	struct row *row = &rows->row[rows->count];

	if (rows->count == rows->most || rows->no_memory || !is_wanted(rows, info))
		return;
	*row = (struct row){
		.info = *info,
		.behaviour = strdup(info->behaviour),
		.endpoint = strdup(info->endpoint ? info->endpoint : ""),
	};
	rows->count++;
	rows->no_memory |= !row->behaviour || !row->endpoint;
}

/* Allocates space for the connections of a worker that the answer can contain. */
static void make_room(struct responder *r, struct rows *rows)
{
	const struct responder_counts counts = responder_counts(r);
	size_t all = (size_t)counts.half_open + counts.connections + counts.time_wait;
	size_t room = all < CONTROL_CONNECTIONS_MAX ? all : CONTROL_CONNECTIONS_MAX;
	struct row *larger;

	rows->most = rows->count + (unsigned)room;
	larger = realloc(rows->row, (rows->most + 1) * sizeof(*rows->row));
	rows->no_memory |= !larger;
	if (larger)
		rows->row = larger;
}

static bool take_rows(struct responder *r, size_t *cursor, void *arg)
{
	struct rows *rows = arg;

	if (!*cursor)
		make_room(r, rows);
	return rows->count < rows->most && !rows->no_memory &&
	       responder_connections(r, cursor, take_row, rows);
}

static int by_id(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	return (x->info.id > y->info.id) - (x->info.id < y->info.id);
}

static void row_free(struct row *row)
{
	free(row->behaviour);
	free(row->endpoint);
}

/* Sorts the rows, and removes the second row of a connection that was visited twice. */
static void sort_rows(struct rows *rows)
{
	unsigned kept = 0;

	if (rows->count)
		qsort(rows->row, rows->count, sizeof(*rows->row), by_id);
	for (unsigned i = 0; i < rows->count; i++) {
		if (kept && rows->row[kept - 1].info.id == rows->row[i].info.id)
			row_free(&rows->row[i]);
		else
			rows->row[kept++] = rows->row[i];
	}
	rows->count = kept;
}

static json_t *describe_row(const struct row *row, nstime now, unsigned workers)
{
	const struct connection_info *i = &row->info;

	return json_pack("{s:I, s:s, s:o, s:o, s:s, s:o, s:I, s:I, s:I, s:f, s:I, s:f, s:i}", "id",
			 (json_int_t)i->id, "state", state_name(i->state), "client",
			 describe_place(&i->key.client, i->key.client_port), "server",
			 describe_place(&i->key.server, i->key.server_port), "endpoint",
			 row->endpoint, "behaviour", describe_text(row->behaviour), "octets_in",
			 (json_int_t)i->octets_in, "octets_out", (json_int_t)i->octets_out, "since",
			 (json_int_t)i->since, "since_s", clock_seconds(i->since), "age_ns",
			 (json_int_t)(now - i->since), "age_s", clock_seconds(now - i->since),
			 "worker", (int)responder_of(i->id, workers));
}

/* Reads the selection of connections. */
static bool read_rows(struct daemon *d, const json_t *params, struct rows *rows,
		      struct control_reply *reply)
{
	const char *behaviour = param_text(params, "behaviour");

	rows->any_state = !param_text(params, "state");
	if (!rows->any_state && !param_state(params, &rows->state, reply))
		return false;
	rows->behaviour = behaviour ? find_behaviour(d, behaviour, reply) : NULL;
	return (!behaviour || rows->behaviour) && filter_read(d, params, &rows->filter, reply);
}

void verb_connections(void *context, const json_t *params, struct control_reply *reply)
{
	static const char *const keys[] = {"state?", "behaviour?", FILTER_KEYS, NULL};
	struct rows rows = {0};
	struct daemon *d = verb_daemon(context);
	nstime now;

	if (!params_are(params, reply, keys) || !read_rows(d, params, &rows, reply))
		return;
	workers_walk(d->workers, take_rows, &rows);
	now = steady_now();
	sort_rows(&rows);
	if (rows.no_memory)
		reply_fail(reply, CONTROL_REFUSED, "out of memory for so many connections");
	else if (rows.count || !filter_explains(&rows.filter, d, params, reply))
		reply->result = json_array();
	for (unsigned i = 0; i < rows.count; i++) {
		if (i < CONTROL_CONNECTIONS_MAX && reply->result)
			json_array_append_new(
				reply->result,
				describe_row(&rows.row[i], now, workers_count(d->workers)));
		row_free(&rows.row[i]);
	}
	free(rows.row);
}
