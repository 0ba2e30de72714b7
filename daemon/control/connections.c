/* SPDX-License-Identifier: MIT */
#include "base/steady.h"
#include "control/connection_rows.h"
#include "control/describe.h"
#include "control/params.h"
#include "control/verbs.h"

static json_t *describe_row(const struct connection_row *row, nstime now, unsigned workers)
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
static bool read_rows(struct daemon *d, const json_t *params, struct connection_rows *rows,
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
	struct connection_rows rows = {0};
	struct daemon *d = verb_daemon(context);
	nstime now;

	if (!params_are(params, reply, keys) || !read_rows(d, params, &rows, reply))
		return;
	workers_walk(d->workers, connection_rows_take, &rows);
	now = steady_now();
	connection_rows_sort(&rows);
	if (rows.no_memory)
		reply_fail(reply, CONTROL_REFUSED, "out of memory for so many connections");
	else if (rows.count || !filter_explains(&rows.filter, d, params, reply))
		reply->result = json_array();
	for (unsigned i = 0; i < rows.count && i < CONTROL_CONNECTIONS_MAX && reply->result; i++)
		json_array_append_new(reply->result,
				      describe_row(&rows.row[i], now, workers_count(d->workers)));
	connection_rows_free(&rows);
}
