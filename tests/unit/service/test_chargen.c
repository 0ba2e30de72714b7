/* SPDX-License-Identifier: MIT */
#include "unit.h"
#include "work.h"

#include "service/service.h"
#include "tcp/conn.h"

#include <stdlib.h>

#define LINE 74 /* octets of a line, with CR LF */

/* RFC 864: "a popular choice is 72 character lines which have the ASCII printing characters". */
static char expected(size_t offset)
{
	size_t column = offset % LINE;

	if (column >= LINE - 2)
		return "\r\n"[column - (LINE - 2)];
	return (char)(' ' + (offset / LINE + column) % ('~' - ' ' + 1));
}

/* The client acknowledges `taken` octets after each turn, so turns begin in all parts of a line. */
static void expect_lines(const struct service *s, size_t taken)
{
	static uint8_t octets[SENDQ_MAX];
	struct service_run run = {0};
	struct tcp_conn c = {0};
	size_t from = 0;

	for (unsigned turns = 0; turns < 20; turns++) {
		size_t right = 0;

		service_turn(s, &run, &c);
		sendq_copy(&c.sendq, 0, c.sendq.len, octets);
		while (right < c.sendq.len && octets[right] == expected(from + right))
			right++;
		ck_assert_uint_eq(right, c.sendq.len);
		from += taken < c.sendq.len ? taken : c.sendq.len;
		sendq_drop(&c.sendq, taken < c.sendq.len ? taken : c.sendq.len);
	}
	ck_assert(run.replied);
	sendq_free(&c.sendq);
}

static struct service chargen(void)
{
	struct service s;
	char *error = NULL;

	ck_assert(service_parse("chargen", &s, &error));
	return s;
}

START_TEST(the_lines_are_those_of_rfc_864)
{
	struct service s = chargen();

	expect_lines(&s, 1);
	expect_lines(&s, 2896);
	expect_lines(&s, SENDQ_MAX);
	service_free(&s);
}
END_TEST

/* The cost of a turn does not depend on the number of its octets, and a connection needs no memory
 * for them. */
START_TEST(the_octets_are_not_copied)
{
	struct service s = chargen();
	struct service_run run = {0};
	struct tcp_conn c = {0};

	service_turn(&s, &run, &c);
	sendq_drop(&c.sendq, c.sendq.len);
	work_done = 0;
	service_turn(&s, &run, &c);
	ck_assert_uint_gt(c.sendq.len, 1000);
	ck_assert_uint_gt(work_done, 0);
	ck_assert_uint_lt(work_done, 20);
	ck_assert_ptr_null(c.sendq.mem);
	sendq_free(&c.sendq);
	service_free(&s);
}
END_TEST

UNIT_MAIN("chargen", the_lines_are_those_of_rfc_864, the_octets_are_not_copied)
