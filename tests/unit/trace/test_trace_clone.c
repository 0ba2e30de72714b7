/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "base/random.h"
#include "trace/trace.h"

#define RING 4096 /* the smallest */

static struct trace clone_of(const struct trace *t, size_t most)
{
	struct trace_clone c;

	ck_assert(trace_clone_begin(&c, t, most));
	while (!trace_clone_step(&c, t, 7))
		;
	return c.copied;
}

/* A clone holds exactly the newest records, whatever the state of the ring. */
START_TEST(a_clone_holds_the_newest_records)
{
	struct trace t, clone;

	trace_init(&t, RING);
	clone = clone_of(&t, SIZE_MAX);
	ck_assert_ptr_null(trace_next(&clone, NULL));
	trace_free(&clone);
	for (uint64_t n = 1; n <= 300; n++) {
		const struct trace_record *r = NULL;
		size_t most = n % 3 ? SIZE_MAX : n * 7;
		uint64_t kept = 0, last = 0;

		trace_add(&t, &(struct trace_record){.flow = n}, "some octets", n % 12);
		clone = clone_of(&t, most);
		ck_assert_uint_le(clone.head, most);
		while ((r = trace_next(&clone, r))) {
			ck_assert(!last || r->flow == last + 1);
			last = r->flow;
			kept++;
		}
		ck_assert_uint_eq(kept + clone.lost, n);
		ck_assert_uint_eq(clone.added, n);
		ck_assert(last == n || most < sizeof(struct trace_record) + 12);
		ck_assert(most < SIZE_MAX || kept == t.added - t.lost);
		trace_free(&clone);
	}
	trace_free(&t);
}
END_TEST

/* Records that are added in between are not copied. If they overwrite records that were not copied
 * yet, the clone has none of the records before them. */
START_TEST(a_ring_changes_while_it_is_cloned)
{
	for (unsigned added = 0; added < 60; added++) {
		const struct trace_record *r = NULL;
		uint64_t last = 0, kept = 0;
		struct trace_clone c;
		struct trace t;
		bool done;

		trace_init(&t, RING);
		for (uint64_t n = 1; n <= 200; n++)
			trace_add(&t, &(struct trace_record){.flow = n}, NULL, 0);
		ck_assert(trace_clone_begin(&c, &t, SIZE_MAX));
		do {
			uint64_t before = c.at.read;

			done = trace_clone_step(&c, &t, 5);
			ck_assert(c.at.read - before <= 5 || c.at.read > t.lost);
			for (unsigned i = 0; i < added; i++)
				trace_add(&t, &(struct trace_record){.flow = 999}, NULL, 0);
		} while (!done);
		while ((r = trace_next(&c.copied, r))) {
			ck_assert(!last || r->flow == last + 1);
			last = r->flow;
			kept++;
		}
		ck_assert(last == 200 || (added > 5 && !kept));
		ck_assert_uint_eq(kept + c.copied.lost, 200);
		trace_free(&c.copied);
		trace_free(&t);
	}
}
END_TEST

/* Between the steps, records are added, and the ring moves to others, even to one without space.
 * The clone ends, and has the last of the records, each once, or none. */
START_TEST(a_ring_moves_while_it_is_cloned)
{
	struct rng rng;
	unsigned empty = 0, whole = 0;

	rng_seed(&rng, 3);
	for (unsigned turn = 0; turn < 2000; turn++) {
		uint64_t n = 0, last = 0, kept = 0, all = rng_below(&rng, 200), most;
		const struct trace_record *r = NULL;
		struct trace_clone c;
		struct trace t, other;

		trace_init(&t, (1 + rng_below(&rng, 3)) * RING);
		while (n < all)
			trace_add(&t, &(struct trace_record){.flow = ++n}, "some octets",
				  rng_below(&rng, 12));
		most = rng_below(&rng, 2) ? SIZE_MAX : rng_below(&rng, t.size + 1);
		ck_assert(trace_clone_begin(&c, &t, most));
		for (unsigned steps = 0; !trace_clone_step(&c, &t, 10); steps++) {
			ck_assert_uint_lt(steps, 100);
			for (uint64_t more = rng_below(&rng, 20); more; more--)
				trace_add(&t, &(struct trace_record){.flow = 999}, NULL, 0);
			if (rng_below(&rng, 4))
				continue;
			trace_init(&other, rng_below(&rng, 3) * RING);
			trace_move(&t, &other);
			trace_free(&other);
		}
		for (; (r = trace_next(&c.copied, r)); kept++, last = r->flow)
			ck_assert(!last || r->flow == last + 1);
		ck_assert(!kept || last == all);
		ck_assert_uint_eq(kept + c.copied.lost, all);
		ck_assert_uint_le(c.copied.head, c.copied.size);
		empty += all && !kept;
		whole += all && kept == all;
		trace_free(&c.copied);
		trace_free(&t);
	}
	ck_assert_uint_gt(empty, 50);
	ck_assert_uint_gt(whole, 50);
}
END_TEST

UNIT_MAIN("trace_clone", a_clone_holds_the_newest_records, a_ring_changes_while_it_is_cloned,
	  a_ring_moves_while_it_is_cloned)
