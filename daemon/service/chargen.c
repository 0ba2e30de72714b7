/* SPDX-License-Identifier: MIT */
/* RFC 864: rotating lines of the 95 printable characters, until the client closes. */
#include "service/service_ops.h"

#include <pthread.h>
#include <string.h>

#define LINE          72
#define LINE_END      2
#define PRINTABLE     95
#define PERIOD        (PRINTABLE * (LINE + LINE_END))
#define OCTETS_A_TURN 65536 /* so that other connections have their turn */

/* Whole periods with the octets that precede a turn and that the client has not acknowledged. */
#define BEFORE ((SENDQ_MAX / PERIOD + 1) * PERIOD)

/* BEFORE, then the octets of a turn, from each offset in the period on. The send queues of all
 * connections refer to them. */
static uint8_t pattern[BEFORE + PERIOD + OCTETS_A_TURN];
static uint32_t sums[PERIOD + 1];
static const struct lent lent = {
	.octets = pattern, .len = sizeof(pattern), .period = PERIOD, .sums = sums};
static pthread_once_t pattern_once = PTHREAD_ONCE_INIT;

static uint8_t octet_at(uint32_t offset)
{
	uint32_t line = offset / (LINE + LINE_END), column = offset % (LINE + LINE_END);

	if (column >= LINE)
		return column == LINE ? '\r' : '\n';
	return (uint8_t)(' ' + (line + column) % PRINTABLE);
}

static void make_pattern(void)
{
	for (uint32_t i = 0; i < PERIOD; i++)
		pattern[i] = octet_at(i);
	lent_sums(pattern, PERIOD, sums);
	for (size_t at = PERIOD; at < sizeof(pattern); at += PERIOD) {
		size_t left = sizeof(pattern) - at;

		memcpy(pattern + at, pattern, left < PERIOD ? left : PERIOD);
	}
}

static void chargen_turn(const struct service *s, struct service_run *run, struct tcp_conn *c)
{
	size_t room = tcp_writable(c), n;
	const uint8_t *data;

	while ((n = tcp_readable(c, &data)))
		tcp_consume(c, n);
	/* A client that has closed its side may still read, but few do. */
	if (tcp_eof(c) && s->close != CLOSE_NEVER)
		return;
	pthread_once(&pattern_once, make_pattern);
	if (room > OCTETS_A_TURN)
		room = OCTETS_A_TURN;
	tcp_lend(c, &lent, BEFORE + run->offset, room);
	run->offset = (run->offset + (uint32_t)room) % PERIOD;
	run->replied = true;
}

const struct service_ops service_chargen = {.name = "chargen", .turn = chargen_turn};
