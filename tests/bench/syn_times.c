/* SPDX-License-Identifier: MIT */
/* syn_times: sends SYNs at a steady rate, and measures when each is answered, and when its first
 * retransmitted answer arrives.
 *
 * A SYN is timed before it is sent, an answer when it arrives at the interface. The program reads a
 * large ring, so the time at which it runs has no influence. The lateness leaves out SYNs that were
 * sent, or whose answer was due, while the machine was slow (lib/pace.h). */
#include "answer_filter.h"
#include "batch.h"
#include "clock.h"
#include "pace.h"
#include "ring.h"
#include "syn.h"
#include "words.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MEGABYTES 64
#define GAP       (NS_PER_SECOND / 1000) /* a shorter time without an answer is not noted */
#define GAPS      100000
#define AT_ONCE   (NS_PER_SECOND / 1000) /* a server that is not slow answers within this time */

struct times {
	int64_t sent, first, second;
};

/* A time without an answer. */
struct gap {
	int64_t end, length;
};

struct run {
	struct syn_plan plan;
	struct ring in;
	struct batch *out;
	struct times *times;
	uint32_t count, sent;
	int until_input_ends; /* or until `count` SYNs are sent */
	uint64_t answers, strange;
	uint32_t firsts, seconds; /* SYNs with an answer, and with a retransmitted one */
	int wants_seconds;
	unsigned lost; /* answers that did not fit into the ring */
	int64_t last;  /* the time of the last answer to another SYN */
	struct gap *gaps;
	size_t gap_count;
	struct pace *pace;
};

static void note_gap(struct run *r, int64_t when)
{
	if (r->last && when - r->last >= GAP && r->gap_count < GAPS)
		r->gaps[r->gap_count++] = (struct gap){.end = when, .length = when - r->last};
	r->last = when;
}

static void read_answers(struct run *r)
{
	struct ring_frame f;

	while (ring_next(&r->in, &f)) {
		int64_t number = syn_number(&r->plan, f.octets, f.len) - r->plan.first;
		struct times *t;

		if (number < 0 || number >= r->sent) {
			r->strange++;
			continue;
		}
		r->answers++;
		t = &r->times[number];
		if (t->first == 0) {
			t->first = f.when;
			r->firsts++;
			note_gap(r, f.when);
		} else if (t->second == 0) {
			t->second = f.when;
			r->seconds++;
		}
	}
}

/* Returns true at the end of standard input. */
static int input_ended(void)
{
	char octet;

	return poll(&(struct pollfd){.fd = 0, .events = POLLIN}, 1, 0) > 0 &&
	       read(0, &octet, 1) <= 0;
}

/* Sends `batch` SYNs at a time, each batch at its time. */
static void send_all(struct run *r, double rate, unsigned batch)
{
	int64_t start = clock_now();

	while (r->sent < r->count && !(r->until_input_ends && input_ended())) {
		clock_sleep(start + (int64_t)((double)r->sent / rate * 1e9));
		for (unsigned i = 0; i < batch && r->sent < r->count; i++) {
			r->times[r->sent].sent = clock_now();
			syn_write(&r->plan, r->plan.first + r->sent++, batch_space(r->out));
			batch_add(r->out, (unsigned)r->plan.len);
		}
		batch_flush(r->out);
		read_answers(r);
	}
}

/* Waits for the other answers, at most `seconds`. */
static void linger(struct run *r, double seconds)
{
	int64_t end = clock_now() + (int64_t)(seconds * 1e9);

	while ((r->wants_seconds ? r->seconds : r->firsts) < r->sent && clock_now() < end) {
		ring_wait(&r->in, 10);
		read_answers(r);
	}
}

/* Prints which share of `wanted` events is within each bound. An event that never occurred, or
 * occurred too early, is within none. */
static void print_within(const int64_t *late, size_t count, size_t wanted, const char *of)
{
	static const double bounds[] = {1, 5, 10}; /* ms */

	for (unsigned i = 0; i < 3; i++) {
		size_t within = 0;

		for (size_t k = 0; k < count; k++)
			within += llabs(late[k]) <= (int64_t)(bounds[i] * 1e6);
		printf(", \"within_%.0fms%s\": %.6f", bounds[i], of,
		       (double)within / (double)(wanted ? wanted : 1));
	}
}

/* The events of a kind, and how late they are. */
struct lateness {
	int64_t due;   /* from the sending of the SYN */
	int64_t *late; /* at first of `counted` SYNs, then of the others */
	size_t count, all, counted;
};

/* Puts the SYNs that count first, then the others. */
static void sort_out(struct run *r, struct lateness *l, int second)
{
	for (int slow = 0; slow < 2; slow++) {
		for (uint32_t i = 0; i < r->sent; i++) {
			const struct times *t = &r->times[i];
			int64_t due = t->sent + l->due, when = second ? t->second : t->first;

			if (slow != (pace_was_slow(r->pace, t->sent, t->sent + AT_ONCE) ||
				     pace_was_slow(r->pace, due, due + AT_ONCE)))
				continue;
			l->counted += !slow;
			if (when)
				l->late[l->all++] = when - due;
		}
		if (!slow)
			l->count = l->all;
	}
}

static void print_late(struct run *r, const char *name, int64_t due, int second)
{
	struct lateness l = {.due = due, .late = calloc(r->count, sizeof(*l.late))};

	if (!l.late)
		die("memory");
	sort_out(r, &l, second);
	sort_durations(l.late, l.count);
	printf("\"%s\": {\"count\": %zu, \"counted\": %zu, \"p50\": %.1f, \"p99\": %.1f, "
	       "\"p999\": %.1f, \"least\": %.1f, \"most\": %.1f",
	       name, l.all, l.counted, (double)quantile(l.late, l.count, 0.5) / 1e3,
	       (double)quantile(l.late, l.count, 0.99) / 1e3,
	       (double)quantile(l.late, l.count, 0.999) / 1e3,
	       (double)quantile(l.late, l.count, 0) / 1e3,
	       (double)quantile(l.late, l.count, 1) / 1e3);
	print_within(l.late, l.count, l.counted, "");
	print_within(l.late, l.all, r->sent, "_of_all");
	printf("}");
	free(l.late);
}

/* Prints the end and the length of each gap, in seconds. */
static void print_gaps(const struct run *r)
{
	printf("\"gaps\": [");
	for (size_t i = 0; i < r->gap_count; i++)
		printf("%s[%.6f, %.6f]", i ? ", " : "", (double)r->gaps[i].end / 1e9,
		       (double)r->gaps[i].length / 1e9);
	printf("], ");
}

static void report(struct run *r, int64_t due, int64_t again)
{
	printf("{\"sent\": %u, \"answers\": %" PRIu64 ", \"strange\": %" PRIu64
	       ", \"ring_lost\": %u, \"slow\": %.6f, ",
	       r->sent, r->answers, r->strange, r->lost, pace_slow_share(r->pace));
	print_gaps(r);
	print_late(r, "first", due, 0);
	printf(", ");
	print_late(r, "second", due + again, 1);
	printf("}\n");
}

int main(int argc, char **argv)
{
	struct word words[] = {SYN_WORDS,          {"rate", "1000"},
			       {"count", "1000"},  {"batch", "1"}, /* SYNs at a time */
			       {"due", "0"},       /* seconds until the answer is due */
			       {"again", "1"},     /* seconds from there until its retransmission is
						      due; 0: none is expected */
			       {"until", "count"}, /* or "input": the end of standard input */
			       {"linger", "2"},    {NULL, NULL}};
	struct sock_filter code[ANSWER_FILTER_MAX];
	struct sock_fprog program;
	struct run r = {0};

	words_read(argc, argv, words);
	syn_plan(&r.plan);
	r.count = (uint32_t)word_number("count");
	r.wants_seconds = word_number("again") > 0;
	r.until_input_ends = word_text("until")[0] == 'i';
	r.times = calloc(r.count, sizeof(*r.times));
	r.gaps = calloc(GAPS, sizeof(*r.gaps));
	errno = ERANGE;
	if (!r.times || !r.gaps || r.plan.first + r.count > syn_limit(&r.plan))
		die("count");
	/* Touches the memory before the time is measured. */
	memset(r.times, 0, r.count * sizeof(*r.times));
	program = answer_filter(code, r.plan.from_mac, 1, ANSWER_MAX);
	ring_open(&r.in, 3, word_text("interface"), MEGABYTES, &program);
	r.out = batch_open(word_text("interface"));
	r.pace = pace_start();
	send_all(&r, word_number("rate"), (unsigned)word_number("batch"));
	linger(&r, word_number("linger"));
	pace_stop(r.pace);
	r.lost = ring_lost(&r.in);
	report(&r, (int64_t)(word_number("due") * 1e9), (int64_t)(word_number("again") * 1e9));
	batch_close(r.out);
	pace_free(r.pace);
	free(r.times);
	free(r.gaps);
	if (r.answers == 0)
		fprintf(stderr, "no answers from the server\n");
	return r.answers == 0;
}
