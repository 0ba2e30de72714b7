/* SPDX-License-Identifier: MIT */
/* The order in which a worker processes the frames of its links and the timers of its responder,
 * and the bound of a turn. */
#include "one_client.h"
#include "unit.h"

#include "base/steady.h"
#include "engine/advance.h"
#include "wire/packet_encode.h"
#include "worker/listening.h"

#include <sys/eventfd.h>
#include <unistd.h>

#define FRAMES 512

/* A link with frames that the test has added. */
struct source {
	struct link link;
	struct {
		nstime when;
		uint8_t packet[128];
		size_t len;
	} frame[FRAMES];
	unsigned count, next;
};

static struct source source[2];
static struct listening listening;
static nstime answered[FRAMES]; /* the clock of the responder at each answer */
static unsigned answers;
static uint16_t port = 1024;

static int receive(struct link *l, struct frame *out)
{
	struct source *s = (struct source *)l;

	if (s->next == s->count)
		return 0;
	*out = (struct frame){.packet = s->frame[s->next].packet,
			      .len = s->frame[s->next].len,
			      .when = s->frame[s->next].when,
			      .path.link = l->index};
	s->next++;
	return 1;
}

static void answer(struct link *l, const struct path *to, const uint8_t *packet, size_t len,
		   nstime when)
{
	(void)l, (void)to, (void)packet, (void)len, (void)when;
	ck_assert_uint_lt(answers, FRAMES);
	answered[answers++] = responder.now;
}

static void flush(struct link *l)
{
	(void)l;
}

static void shut(struct link *l)
{
	close(l->fd);
	l->fd = -1;
}

static const struct link_ops ops = {
	.kind = "test", .receive = receive, .send = answer, .flush = flush, .close = shut};

static void begin(void)
{
	client_begin("discard", "rto_initial = \"1s\";");
	responder.limits.half_open_max = FRAMES;
	listening = (struct listening){.responder = &responder, .base = event_base_new()};
	for (unsigned i = 0; i < 2; i++) {
		source[i].link = (struct link){.ops = &ops, .mtu = 1500, .fd = eventfd(1, 0)};
		snprintf(source[i].link.name, sizeof(source[i].link.name), "test%u", i);
		listening_add(&listening, &source[i].link);
	}
}

static void end(void)
{
	for (unsigned i = 0; i < 2; i++) {
		listening_stop(&listening, &source[i].link);
		shut(&source[i].link);
	}
	event_base_free(listening.base);
	client_end();
}

/* Adds a SYN of another client to a link, with a time stamp of the wall clock. */
static void add_syn(unsigned link, nstime when)
{
	struct source *s = &source[link];
	struct segment syn = syn_from("192.0.2.1", port++, "192.0.2.2");

	syn.dst = client.to;
	syn.src = client.address;
	s->frame[s->count].when = when;
	s->frame[s->count].len =
		packet_encode(&syn, s->frame[s->count].packet, sizeof(s->frame[0].packet));
	s->count++;
}

static bool turn(unsigned work)
{
	event_base_loop(listening.base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
	return listening_turn(&listening, &work);
}

START_TEST(frames_of_all_links_in_the_order_of_arrival)
{
	nstime first = wall_now() - 100 * NS_PER_MS;

	begin();
	for (unsigned i = 0; i < 10; i++) {
		add_syn(0, first + 4 * i * NS_PER_MS);
		add_syn(1, first + (4 * i + 1) * NS_PER_MS);
		add_syn(1, first + (4 * i + 2) * NS_PER_MS);
	}
	ck_assert(turn(1000));
	ck_assert_uint_eq(answers, 30);
	for (unsigned i = 1; i < answers; i++)
		ck_assert_int_ge(answered[i] - answered[i - 1], NS_PER_MS);
	end();
}
END_TEST

START_TEST(a_turn_has_a_bound)
{
	nstime first = wall_now() - 100 * NS_PER_MS;

	begin();
	for (unsigned i = 0; i < 300; i++)
		add_syn(i % 2, first + i * NS_PER_US);
	for (unsigned i = 0; i < 4; i++) {
		ck_assert(!turn(70));
		ck_assert_uint_eq(answers, 70 * (i + 1));
	}
	ck_assert(turn(70));
	ck_assert_uint_eq(answers, 300);
	end();
}
END_TEST

/* Retransmissions that are due before a frame arrives precede it, also if they exceed a turn. */
START_TEST(timers_and_frames_in_the_order_of_time)
{
	nstime first = wall_now() - 3 * NS_PER_S;

	begin();
	for (unsigned i = 0; i < 10; i++)
		add_syn(0, first + i * NS_PER_MS);
	ck_assert(turn(1000));
	add_syn(1, first + 3 * NS_PER_S / 2);
	ck_assert(!turn(4));
	ck_assert_uint_eq(answers, 14);
	ck_assert_int_eq(answered[13], answered[3] + NS_PER_S);
	ck_assert(!turn(6));
	ck_assert_uint_eq(answers, 20);
	ck_assert(turn(1));
	ck_assert_uint_eq(answers, 21);
	ck_assert_int_eq(answered[20], answered[0] + 3 * NS_PER_S / 2);
	end();
}
END_TEST

START_TEST(polling_needs_no_events)
{
	unsigned work = 10;

	begin();
	listening_poll(&listening, true);
	add_syn(0, wall_now());
	ck_assert(!event_pending(listening.heard[source[0].link.index].event, EV_READ, NULL));
	ck_assert(listening_turn(&listening, &work));
	ck_assert_uint_eq(answers, 1);

	listening_poll(&listening, false);
	ck_assert(event_pending(listening.heard[source[0].link.index].event, EV_READ, NULL));
	add_syn(0, wall_now());
	ck_assert(listening_turn(&listening, &work)); /* no event yet */
	ck_assert_uint_eq(answers, 1);
	ck_assert(turn(10));
	ck_assert_uint_eq(answers, 2);
	end();
}
END_TEST

/* The memory of its next frame ends with a link. */
START_TEST(a_link_that_stops_has_no_frame)
{
	begin();
	add_syn(0, wall_now());
	add_syn(0, wall_now());
	ck_assert(!turn(1));
	listening_stop(&listening, &source[0].link);
	ck_assert(turn(10));
	ck_assert_uint_eq(answers, 1);
	end();
}
END_TEST

UNIT_MAIN("listening", frames_of_all_links_in_the_order_of_arrival, a_turn_has_a_bound,
	  timers_and_frames_in_the_order_of_time, polling_needs_no_events,
	  a_link_that_stops_has_no_frame)
