/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "base/random.h"
#include "tcp/queue.h"

#include <string.h>

#define STREAM 4096 /* capacity of the naive model, in octets */

static void put(struct recvq *q, uint32_t offset, const char *octets, size_t grows)
{
	ck_assert_uint_eq(recvq_put(q, offset, (const uint8_t *)octets, strlen(octets)), grows);
}

static void expect_octets(const struct sendq *q, size_t offset, const void *octets, size_t n)
{
	uint8_t copy[STREAM];

	ck_assert_uint_le(offset + n, q->len);
	sendq_copy(q, offset, n, copy);
	ck_assert_mem_eq(copy, octets, n);
}

START_TEST(octets_to_send_stay_in_order)
{
	struct sendq q = {0};

	ck_assert(sendq_append(&q, "", 0));
	ck_assert_ptr_null(q.mem);
	ck_assert(sendq_append(&q, "hello ", 6));
	ck_assert(sendq_append(&q, "world", 5));
	ck_assert_uint_eq(q.len, 11);
	expect_octets(&q, 0, "hello world", 11);
	sendq_drop(&q, 4);
	ck_assert_uint_eq(q.len, 7);
	expect_octets(&q, 2, "world", 5);
	sendq_drop(&q, 7);
	ck_assert_ptr_null(q.mem); /* an idle connection holds no memory */
	ck_assert_uint_eq(q.len, 0);
	ck_assert(sendq_append(&q, "x", 1));
	ck_assert(sendq_append(&q, "yz", 2));
	ck_assert(sendq_insert(&q, 1, "in", 2));
	ck_assert(sendq_insert(&q, 0, "at ", 3));
	ck_assert(sendq_insert(&q, 8, ".", 1));
	ck_assert(sendq_insert(&q, 9, "", 0));
	ck_assert_uint_eq(q.len, 9);
	expect_octets(&q, 0, "at xinyz.", 9);
	sendq_cut(&q, 4);
	ck_assert_uint_eq(q.len, 4);
	expect_octets(&q, 0, "at x", 4);
	sendq_cut(&q, 0);
	ck_assert_ptr_null(q.mem);
	ck_assert(sendq_append(&q, "x", 1));
	sendq_free(&q);
	ck_assert_ptr_null(q.mem);
	ck_assert_uint_eq(q.cap + q.head + q.len, 0);
}
END_TEST

/* Appends and drops random amounts, and compares the queue with the stream. */
START_TEST(the_send_queue_is_a_window_on_a_stream)
{
	static uint8_t stream[1 << 20];
	size_t from = 0, to = 0, at;
	struct sendq q = {0};
	struct rng rng;

	rng_seed(&rng, 1);
	for (size_t i = 0; i < sizeof(stream); i++)
		stream[i] = (uint8_t)rng_next(&rng);
	while (to + 700 < sizeof(stream)) {
		size_t n = rng_below(&rng, 700);

		if (rng_below(&rng, 2) && to - from + n <= STREAM) {
			ck_assert(sendq_append(&q, stream + to, n));
			to += n;
		} else {
			n = rng_below(&rng, to - from + 1);
			sendq_drop(&q, n);
			from += n;
		}
		ck_assert_uint_eq(q.len, to - from);
		at = rng_below(&rng, q.len + 1);
		expect_octets(&q, at, stream + from + at, q.len - at);
		ck_assert_uint_le(q.cap, STREAM);
	}
	sendq_free(&q);
}
END_TEST

/* Lent octets stay where they are, until other octets join them. */
START_TEST(lent_octets_are_not_copied)
{
	static const uint8_t text[] = "01230123012301";
	static const struct lent lent = {.octets = text, .len = 14, .period = 4},
				 other = {.octets = text, .len = 14, .period = 4};
	struct sendq q = {0};

	ck_assert(sendq_lend(&q, &lent, 0, 0));
	ck_assert_ptr_null(sendq_lent(&q, 0));
	ck_assert(sendq_lend(&q, &lent, 2, 3));
	ck_assert(sendq_lend(&q, &lent, 5, 4));
	ck_assert_ptr_null(q.mem);
	ck_assert_ptr_eq(sendq_lent(&q, 1), text + 3);
	expect_octets(&q, 0, "2301230", 7);
	sendq_drop(&q, 2);
	ck_assert_ptr_eq(sendq_lent(&q, 0), text + 4);
	ck_assert(sendq_lend(&q, &lent, 5, 2)); /* continues them a period earlier */
	ck_assert_ptr_eq(sendq_lent(&q, 0), text);
	expect_octets(&q, 0, "0123012", 7);

	ck_assert(sendq_insert(&q, 1, "abc", 3));
	ck_assert_ptr_null(sendq_lent(&q, 0));
	expect_octets(&q, 0, "0abc123012", 10);
	ck_assert(sendq_lend(&q, &lent, 3, 2));
	ck_assert_ptr_null(sendq_lent(&q, 0));
	expect_octets(&q, 0, "0abc12301230", 12);
	sendq_drop(&q, 12);
	ck_assert(sendq_lend(&q, &lent, 0, 2));
	ck_assert_ptr_eq(sendq_lent(&q, 0), text);

	ck_assert(sendq_lend(&q, &other, 2, 1));
	ck_assert_ptr_null(sendq_lent(&q, 0));
	expect_octets(&q, 0, "012", 3);
	sendq_free(&q);
}
END_TEST

/* Discarded octets do not come back with the octets that followed them. */
START_TEST(lent_octets_after_a_cut_are_copied)
{
	static const uint8_t text[] = "01230123";
	static const struct lent lent = {.octets = text, .len = 8, .period = 4};

	for (unsigned kept = 1; kept <= 4; kept++) {
		static const char *const expected[] = {"0012", "01012", "012012", "0123012"};
		struct sendq q = {0};

		ck_assert(sendq_lend(&q, &lent, 0, 4));
		sendq_cut(&q, kept);
		ck_assert(sendq_lend(&q, &lent, 4, 3));
		ck_assert_int_eq(!sendq_lent(&q, 0), kept < 4);
		expect_octets(&q, 0, expected[kept - 1], kept + 3);
		sendq_free(&q);
	}
}
END_TEST

/* Octets are inserted at each offset of a queue whose octets wrap at the end of its memory. */
START_TEST(octets_are_inserted_into_a_ring)
{
	static const char text[] = "0123456789";

	for (size_t offset = 0; offset <= 10; offset++) {
		struct sendq q = {0};
		uint8_t filler[512 - 5] = {0};

		ck_assert(sendq_append(&q, filler, sizeof(filler)));
		ck_assert(sendq_append(&q, text, 5));
		sendq_drop(&q, sizeof(filler));
		ck_assert(sendq_append(&q, text + 5, 5));
		ck_assert_uint_eq(q.cap, 512);
		expect_octets(&q, 0, text, 10);
		ck_assert(sendq_insert(&q, offset, "abc", 3));
		ck_assert_uint_eq(q.len, 13);
		expect_octets(&q, 0, text, offset);
		expect_octets(&q, offset, "abc", 3);
		expect_octets(&q, offset + 3, text + offset, 10 - offset);
		sendq_free(&q);
	}
}
END_TEST

START_TEST(octets_in_order_are_ready)
{
	struct recvq q = {0};

	put(&q, 0, "abc", 3);
	put(&q, 3, "def", 3);
	ck_assert_uint_eq(q.ready, 6);
	ck_assert_uint_eq(q.ranges, 0);
	ck_assert_mem_eq(recvq_at(&q), "abcdef", 6);
	put(&q, 0, "XXXXXX", 0); /* all of it was received before */
	put(&q, 6, "", 0);
	put(&q, 4, "YYg", 1); /* partly received before */
	ck_assert_mem_eq(recvq_at(&q), "abcdefg", 7);
	recvq_take(&q, 2);
	ck_assert_uint_eq(q.ready, 5);
	ck_assert_mem_eq(recvq_at(&q), "cdefg", 5);
	recvq_take(&q, 5);
	ck_assert_ptr_null(q.mem);
}
END_TEST

START_TEST(islands_wait_for_the_gap)
{
	struct recvq q = {0};

	put(&q, 6, "gh", 0);
	put(&q, 2, "cd", 0);
	ck_assert_uint_eq(q.ranges, 2);
	ck_assert_uint_eq(q.range[0].from, 2);
	ck_assert_uint_eq(q.range[0].to, 4);
	ck_assert_uint_eq(q.range[1].from, 6);
	ck_assert_uint_eq(q.range[1].to, 8);
	ck_assert_uint_gt(q.range[0].stamp, q.range[1].stamp); /* the later one */
	put(&q, 0, "ab", 4);
	ck_assert_uint_eq(q.ranges, 1);
	recvq_take(&q, 4);
	ck_assert_uint_eq(q.range[0].from, 2); /* relative to the first octet that was not taken */
	ck_assert_uint_eq(q.range[0].to, 4);
	ck_assert_ptr_nonnull(q.mem); /* nothing is ready, but an island exists */
	put(&q, 0, "ef", 4);
	ck_assert_mem_eq(recvq_at(&q), "efgh", 4);
	ck_assert_uint_eq(q.ranges, 0);
	recvq_free(&q);
	ck_assert_ptr_null(q.mem);
}
END_TEST

START_TEST(adjacent_islands_are_joined)
{
	struct recvq q = {0};

	put(&q, 10, "k", 0);
	put(&q, 12, "m", 0);
	put(&q, 11, "l", 0);
	ck_assert_uint_eq(q.ranges, 1);
	ck_assert_uint_eq(q.range[0].from, 10);
	ck_assert_uint_eq(q.range[0].to, 13);
	put(&q, 5, "f", 0);
	put(&q, 20, "u", 0);
	/* One segment over all three. The island that grew is the most recent. */
	put(&q, 4, "EFGHIJKLMNOPQRST", 0);
	ck_assert_uint_eq(q.ranges, 1);
	ck_assert_uint_eq(q.range[0].from, 4);
	ck_assert_uint_eq(q.range[0].to, 21);
	ck_assert_uint_eq(q.range[0].stamp, q.stamp);
	/* The octets received first are kept. RFC 9293 permits either. */
	put(&q, 0, "ABCD", 21);
	ck_assert_mem_eq(recvq_at(&q), "ABCDEfGHIJklmNOPQRSTu", 21);
	recvq_free(&q);
}
END_TEST

START_TEST(islands_beyond_the_maximum_are_discarded)
{
	struct recvq q = {0};

	for (uint32_t i = 0; i < RECVQ_RANGES_MAX; i++)
		put(&q, 2 + 3 * i, "x", 0);
	ck_assert_uint_eq(q.ranges, RECVQ_RANGES_MAX);
	put(&q, 200, "y", 0);
	ck_assert_uint_eq(q.ranges, RECVQ_RANGES_MAX);
	ck_assert_uint_eq(q.range[RECVQ_RANGES_MAX - 1].to, 3 * RECVQ_RANGES_MAX);
	/* With a full list, islands still grow and join, and data in sequence is accepted. */
	put(&q, 3, "z", 0);
	ck_assert_uint_eq(q.range[0].to, 4);
	put(&q, 4, "z", 0);
	ck_assert_uint_eq(q.ranges, RECVQ_RANGES_MAX - 1);
	put(&q, 200, "y", 0);
	ck_assert_uint_eq(q.ranges, RECVQ_RANGES_MAX);
	put(&q, 0, "a", 1);
	ck_assert_uint_eq(q.ready, 1);
	recvq_free(&q);
}
END_TEST

START_TEST(reneging_discards_islands_only)
{
	struct recvq q = {0};

	recvq_put(&q, 0, (const uint8_t *)"ab", 2);
	recvq_put(&q, 4, (const uint8_t *)"ef", 2);
	recvq_put(&q, 8, (const uint8_t *)"ij", 2);
	recvq_renege(&q);
	ck_assert_uint_eq(recvq_reach(&q), 2);
	ck_assert_uint_eq(recvq_put(&q, 2, (const uint8_t *)"CD", 2), 2);
	ck_assert_uint_eq(recvq_put(&q, 4, (const uint8_t *)"EF", 2), 2);
	ck_assert_mem_eq(recvq_at(&q), "abCDEF", 6);
	recvq_take(&q, 6);
	recvq_put(&q, 4, (const uint8_t *)"x", 1);
	recvq_renege(&q);
	ck_assert_ptr_null(q.mem);
}
END_TEST

/* Returns "ab", "ef" at 4 and "ij" at 8, without the octets at `offset` and after it. */
static struct recvq cut_at(uint32_t offset)
{
	struct recvq q = {0};

	recvq_put(&q, 0, (const uint8_t *)"ab", 2);
	recvq_put(&q, 4, (const uint8_t *)"ef", 2);
	recvq_put(&q, 8, (const uint8_t *)"ij", 2);
	recvq_cut(&q, offset);
	return q;
}

START_TEST(islands_are_cut_where_the_stream_ends)
{
	static const uint32_t reach[] = {2, 2, 2, 5, 6, 6, 6, 9, 10, 10};

	for (uint32_t offset = 2; offset < 12; offset++) {
		struct recvq q = cut_at(offset);

		ck_assert_uint_eq(recvq_reach(&q), reach[offset - 2]);
		/* The octets that were cut off are accepted again. */
		recvq_put(&q, 2, (const uint8_t *)"CDEFGHIJ", 8);
		ck_assert_uint_eq(q.ready, 10);
		for (uint32_t i = 2; i < 10; i++) {
			bool kept = i < offset && (i / 2 == 2 || i / 2 == 4);

			ck_assert_int_eq(recvq_at(&q)[i], "abCDEFGHIJ"[i] | (kept ? 0x20 : 0));
		}
		recvq_free(&q);
	}
}
END_TEST

/* A simple model of the queue: each octet is present or not. */
struct naive {
	bool there[STREAM];
	uint8_t octet[STREAM];
};

static size_t naive_ready(const struct naive *m)
{
	size_t n = 0;

	while (n < STREAM && m->there[n])
		n++;
	return n;
}

/* Finds the islands, and returns their number. */
static unsigned naive_islands(const struct naive *m, uint32_t from[], uint32_t to[])
{
	unsigned n = 0;

	for (uint32_t i = (uint32_t)naive_ready(m); i < STREAM; i++) {
		if (!m->there[i])
			continue;
		from[n] = i;
		while (i < STREAM && m->there[i])
			i++;
		to[n++] = i;
	}
	return n;
}

static void naive_put(struct naive *m, uint32_t offset, const uint8_t *data, size_t n)
{
	uint32_t from[STREAM / 2], to[STREAM / 2];
	bool touches = offset <= naive_ready(m);

	for (uint32_t i = offset ? offset - 1 : 0; i <= offset + n && i < STREAM; i++)
		touches |= m->there[i];
	if (!touches && naive_islands(m, from, to) == RECVQ_RANGES_MAX)
		return;
	for (size_t i = 0; i < n; i++) {
		if (m->there[offset + i])
			continue;
		m->there[offset + i] = true;
		m->octet[offset + i] = data[i];
	}
}

static void naive_take(struct naive *m, size_t n)
{
	memmove(m->there, m->there + n, STREAM - n);
	memmove(m->octet, m->octet + n, STREAM - n);
	memset(m->there + STREAM - n, 0, n);
}

static void expect_same(const struct recvq *q, const struct naive *m)
{
	uint32_t from[STREAM / 2], to[STREAM / 2];
	unsigned islands = naive_islands(m, from, to);

	ck_assert_uint_eq(q->ready, naive_ready(m));
	ck_assert_uint_eq(q->ranges, islands);
	if (q->ready)
		ck_assert_mem_eq(recvq_at(q), m->octet, q->ready);
	for (unsigned i = 0; i < islands; i++) {
		ck_assert_uint_eq(q->range[i].from, from[i]);
		ck_assert_uint_eq(q->range[i].to, to[i]);
		ck_assert_mem_eq(recvq_at(q) + from[i], m->octet + from[i], to[i] - from[i]);
	}
}

static void expect_newest(const struct recvq *q, uint32_t offset)
{
	for (unsigned i = 0; i < q->ranges; i++)
		if (q->range[i].from <= offset && offset < q->range[i].to)
			for (unsigned k = 0; k < q->ranges; k++)
				ck_assert(k == i || q->range[k].stamp < q->range[i].stamp);
}

/* The user takes octets once in `taken_in` steps. Returns the maximum number of islands. */
static unsigned random_run(uint64_t seed, uint32_t reach, uint32_t longest, unsigned taken_in)
{
	static struct naive m;
	struct recvq q = {0};
	struct rng rng;
	unsigned most = 0;

	m = (struct naive){0};
	rng_seed(&rng, seed);
	for (int i = 0; i < 1500; i++) {
		uint32_t offset = (uint32_t)rng_below(&rng, reach);
		size_t n = 1 + rng_below(&rng, longest), before = naive_ready(&m);
		uint8_t data[STREAM];

		for (size_t k = 0; k < n; k++)
			data[k] = (uint8_t)rng_next(&rng);
		naive_put(&m, offset, data, n);
		ck_assert_uint_eq(recvq_put(&q, offset, data, n), naive_ready(&m) - before);
		expect_same(&q, &m);
		expect_newest(&q, offset);
		most = q.ranges > most ? q.ranges : most;
		if (q.ready && rng_below(&rng, taken_in) == 0) {
			n = 1 + rng_below(&rng, q.ready);
			naive_take(&m, n);
			recvq_take(&q, n);
			expect_same(&q, &m);
		}
		ck_assert_uint_le(q.cap, 4 * STREAM);
	}
	recvq_free(&q);
	return most;
}

START_TEST(the_receive_queue_equals_the_model)
{
	for (uint64_t seed = 0; seed < 4; seed++) {
		ck_assert_uint_gt(random_run(seed, 64, 8, 2), 2);
		ck_assert_uint_gt(random_run(seed, 3000, 1000, 3), 1);
		ck_assert_uint_eq(random_run(seed, 1500, 3, 1), RECVQ_RANGES_MAX);
	}
}
END_TEST

UNIT_MAIN("queue", octets_to_send_stay_in_order, the_send_queue_is_a_window_on_a_stream,
	  lent_octets_are_not_copied, lent_octets_after_a_cut_are_copied,
	  octets_are_inserted_into_a_ring, octets_in_order_are_ready, islands_wait_for_the_gap,
	  adjacent_islands_are_joined, islands_beyond_the_maximum_are_discarded,
	  reneging_discards_islands_only, islands_are_cut_where_the_stream_ends,
	  the_receive_queue_equals_the_model)
