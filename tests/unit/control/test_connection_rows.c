/* SPDX-License-Identifier: MIT */
/* The copies of connections for an answer, while the table changes between the parts of a walk. */
#include "one_client.h"

#include "base/text.h"
#include "control/connection_rows.h"

#define EARLIER 3000 /* connections before the walk */
#define LATER   6000 /* further connections per part of the walk */

static unsigned opened;

static void open_some(unsigned count)
{
	for (; count; count--, opened++) {
		client.address.b[14] = (uint8_t)(opened >> 8);
		client.address.b[15] = (uint8_t)opened;
		client.port = (uint16_t)(1 + (opened >> 16));
		client.seq = 1000;
		sends(TCP_SYN, "");
	}
}

static void begin(uint32_t half_open_max)
{
	opened = 0;
	client_begin("discard", "");
	use_clients("0.0.0.0/0");
	responder.limits.half_open_max = half_open_max;
}

static void note(const struct connection_info *info, void *arg)
{
	uint64_t **at = arg;

	*(*at)++ = info->id;
}

static bool has_row(const struct connection_rows *rows, uint64_t id)
{
	for (unsigned i = 0; i < rows->count; i++)
		if (rows->row[i].info.id == id)
			return true;
	return false;
}

/* Opens connections between the parts, so that the table grows. */
static void walk(struct connection_rows *rows, unsigned later)
{
	size_t at = 0;

	while (connection_rows_take(&responder, &at, rows))
		if (opened < EARLIER + 2 * LATER)
			open_some(later);
	connection_rows_sort(rows);
	for (unsigned i = 1; i < rows->count; i++)
		ck_assert_uint_lt(rows->row[i - 1].info.id, rows->row[i].info.id);
}

START_TEST(no_connection_is_missing)
{
	struct connection_rows rows = {.any_state = true, .filter.any_client = true};
	uint64_t *id = xcalloc(EARLIER, sizeof(*id)), *end = id;

	begin(2 * EARLIER + 4 * LATER);
	open_some(EARLIER);
	each_connection(note, &end);
	ck_assert_int_eq(end - id, EARLIER);
	walk(&rows, LATER);
	ck_assert_uint_gt(opened, EARLIER);
	ck_assert(!rows.no_memory);
	for (unsigned i = 0; i < EARLIER; i++)
		ck_assert(has_row(&rows, id[i]));
	connection_rows_free(&rows);
	free(id);
	client_end();
}
END_TEST

START_TEST(the_rows_have_a_bound)
{
	struct connection_rows rows = {.any_state = true, .filter.any_client = true};

	begin(2 * CONNECTION_ROWS_MAX);
	open_some(CONNECTION_ROWS_MAX + EARLIER);
	walk(&rows, 0);
	ck_assert_uint_eq(rows.count, CONNECTION_ROWS_MAX);
	connection_rows_free(&rows);
	client_end();
}
END_TEST

UNIT_MAIN("connection_rows", no_connection_is_missing, the_rows_have_a_bound)
