/* SPDX-License-Identifier: MIT */
/* Several rings that change meanwhile, merged in order of time. */
#include "unit.h"

#include "base/random.h"
#include "trace/merge.h"

#include <string.h>

#define RINGS 3
#define RING  (4 * SOURCE_MAX)

static struct trace ring[RINGS];
static struct trace_source *source[RINGS];
static struct rng rng;

static void begin(uint64_t seed, size_t size)
{
	rng_seed(&rng, seed);
	for (int i = 0; i < RINGS; i++) {
		trace_init(&ring[i], size);
		source[i] = calloc(1, sizeof(*source[i]));
	}
}

static void end(void)
{
	for (int i = 0; i < RINGS; i++) {
		trace_free(&ring[i]);
		free(source[i]);
	}
}

static void add(int i, nstime when, uint64_t number)
{
	static const uint8_t bytes[TRACE_SNAP];
	const struct trace_record head = {.kind = TRACE_NOTE, .when = when, .flow = number};

	trace_add(&ring[i], &head, bytes, (size_t)rng_below(&rng, TRACE_SNAP));
}

static uint64_t fill(nstime until)
{
	uint64_t lost = 0;

	for (int i = 0; i < RINGS; i++)
		trace_source_fill(source[i], &ring[i], until, &lost);
	return lost;
}

/* Returns the number of the next record, or 0 if there is none. */
static uint64_t next(void)
{
	const struct trace_record *r = trace_merge(source, RINGS);

	return r ? r->flow : 0;
}

START_TEST(by_time_and_then_by_ring)
{
	begin(1, 4096);
	add(0, 10, 1);
	add(2, 5, 2);
	add(1, 10, 3);
	add(1, 12, 4);
	add(0, 11, 5);
	ck_assert_uint_eq(fill(100), 0);
	ck_assert_uint_eq(next(), 2);
	ck_assert_uint_eq(next(), 1);
	ck_assert_uint_eq(next(), 3);
	ck_assert_uint_eq(next(), 5);
	ck_assert_uint_eq(next(), 4);
	ck_assert_uint_eq(next(), 0);
	ck_assert(!trace_merge_more(source, RINGS));
	end();
}
END_TEST

START_TEST(records_that_are_too_new_wait)
{
	begin(2, 4096);
	add(0, 10, 1);
	add(0, 20, 2);
	fill(10);
	ck_assert_uint_eq(next(), 1);
	ck_assert_uint_eq(next(), 0);
	ck_assert(!trace_merge_more(source, RINGS));
	add(1, 15, 3);
	fill(19);
	ck_assert_uint_eq(next(), 3);
	ck_assert_uint_eq(next(), 0);
	fill(20);
	ck_assert_uint_eq(next(), 2);
	ck_assert_uint_eq(next(), 0);
	end();
}
END_TEST

START_TEST(earlier_records_are_not_read)
{
	begin(3, 4096);
	add(0, 1, 1);
	fill(5);
	add(0, 2, 2);
	trace_source_begin(source[0], &ring[0]);
	add(0, 3, 3);
	fill(5);
	ck_assert_uint_eq(next(), 3);
	ck_assert_uint_eq(next(), 0);
	end();
}
END_TEST

/* Each loss is counted once, also if the oldest remaining record is too new to be read. */
START_TEST(losses_are_counted_once)
{
	uint64_t added = 0, got = 0, lost = 0;

	begin(4, 4096);
	for (nstime now = 1; now <= 2000; now++) {
		add((int)rng_below(&rng, RINGS), now, ++added);
		if (rng_below(&rng, 40))
			continue;
		lost += fill(now - (nstime)rng_below(&rng, 30));
		while (next())
			got++;
	}
	lost += fill(NS_NEVER - 1);
	while (next())
		got++;
	ck_assert_uint_gt(lost, 0);
	ck_assert_uint_gt(got, 0);
	ck_assert_uint_eq(lost + got, added);
	end();
}
END_TEST

/* More records than a source can hold, while the rings change: all of them are read in order. */
START_TEST(more_records_than_fit_are_read_in_order)
{
	uint64_t added = 0, got = 0;
	unsigned fills = 0;
	nstime now = 1000000, until = 0, last = 0;

	begin(5, RING);
	for (int i = 0; i < 4500; i++)
		add(rng_below(&rng, 8) == 0, now + i / 3, ++added); /* most to ring 0 */
	do {
		const struct trace_record *r;

		now += 5000;
		if (!trace_merge_more(source, RINGS))
			until = now;
		ck_assert_uint_eq(fill(until), 0);
		while ((r = trace_merge(source, RINGS))) {
			ck_assert_int_ge(r->when, last);
			last = r->when;
			got++;
		}
		if (++fills < 5)
			for (int i = 0; i < RINGS; i++)
				add(i, now + i, ++added);
	} while (trace_merge_more(source, RINGS) || fills < 6);
	ck_assert_uint_gt(fills, 2);
	ck_assert_uint_eq(got, added);
	end();
}
END_TEST

/* Joins the records that the rings still hold, also of an empty ring. */
START_TEST(rings_are_joined)
{
	const struct trace_record *r = NULL;
	uint64_t added = 0, lost = 0, got = 0;
	struct trace joined;
	nstime last = 0;

	begin(6, 4096);
	trace_join(ring, RINGS, NS_NEVER, SIZE_MAX, &joined);
	ck_assert_ptr_null(trace_next(&joined, NULL));
	trace_free(&joined);
	for (nstime now = 1; now <= 500; now++)
		add((int)rng_below(&rng, 2), now, ++added);
	for (int i = 0; i < RINGS; i++)
		lost += ring[i].lost;
	trace_join(ring, RINGS, 490, SIZE_MAX, &joined);
	while ((r = trace_next(&joined, r))) {
		ck_assert_int_gt(r->when, last);
		last = r->when;
		got++;
	}
	ck_assert_int_eq(last, 490);
	ck_assert_uint_eq(got + lost + 10, added);
	ck_assert_uint_eq(joined.added, got + lost);
	ck_assert_uint_eq(joined.lost, lost);
	trace_free(&joined);

	trace_join(ring, RINGS, 490, 4000, &joined); /* including records that are too new */
	ck_assert_uint_le(joined.head, 4000);
	ck_assert_uint_gt(joined.head, 1000);
	got = 0;
	for (r = NULL; (r = trace_next(&joined, r)); got++)
		last = r->when;
	ck_assert_int_eq(last, 490);
	ck_assert_uint_eq(got + joined.lost + 10, added);
	trace_free(&joined);
	end();
}
END_TEST

UNIT_MAIN("merge", by_time_and_then_by_ring, records_that_are_too_new_wait,
	  earlier_records_are_not_read, losses_are_counted_once,
	  more_records_than_fit_are_read_in_order, rings_are_joined)
