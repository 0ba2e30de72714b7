/* SPDX-License-Identifier: MIT */
/* From a trace to verdicts: the assignment of records to dialogs, and the rules that turn findings
 * into verdicts. tests/judge tests the checks themselves. */
#include "judge/unjudged.h"
#include "talk.h"
#include "unit.h"

#include "wire/packet_encode.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* --- dialogs ---------------------------------------------------------------------------------- */

START_TEST(another_isn_is_another_attempt)
{
	begin();
	packet(0, 4000, '<', "S 0:0(0)", 0); /* dropped by a rule: of no connection */
	packet(0, 4000, '<', "S 0:0(0)", 0);
	open_connection(1, 4000);
	packet(1, 4000, '<', "R 1:1(0)", 0);
	packet(2, 4000, '<', "S 0:0(0)", 0); /* the same ISN: the attempt continues */
	packet(0, 4000, '<', "S 77:77(0)", 0);
	open_connection(3, 4001);
	judge("MUST-65", NULL);
	ck_assert_uint_eq(dialogs.count, 3);
	ck_assert_uint_eq(dialogs.dialog[0].arrows, 7);
	ck_assert_uint_eq(dialogs.dialog[0].copy.id, 2);
	ck_assert_uint_eq(dialogs.dialog[1].arrows, 1);
	ck_assert_uint_eq(dialogs.dialog[2].copy.id, 3);
	ck_assert(dialogs.dialog[0].first && !dialogs.dialog[1].first && !dialogs.dialog[2].first);
	end();
}
END_TEST

START_TEST(a_syn_in_a_connection_belongs_to_it)
{
	begin();
	open_connection(1, 4000);
	packet(1, 4000, '<', "S 777:777(0)", 0);
	judge("MUST-65", NULL);
	ck_assert_uint_eq(dialogs.count, 1);
	end();
}
END_TEST

#define MANY 16000

/* Adds SYNs of many clients. If `chosen`, they are in a few neighbouring slots of a table with the
 * hash FNV-1a. */
static void many_clients(bool chosen)
{
	struct trace_record head = {.kind = TRACE_IN, .when = talk_time};
	struct segment s = {.flags = TCP_SYN, .ttl = 64, .dport = 80};
	uint8_t bytes[128];

	addr_parse("fd77::1", &s.dst);
	addr_parse("fd77::2", &s.src);
	for (uint32_t i = 0, made = 0; made < MANY; i++) {
		struct flow_key key = {s.src, s.dst, (uint16_t)i, 80};
		uint64_t h = 0xcbf29ce484222325u;

		memcpy(key.client.b + 8, &i, sizeof(i));
		for (size_t k = 0; k < sizeof(key); k++)
			h = (h ^ ((const uint8_t *)&key)[k]) * 0x100000001b3u;
		if (chosen && (h ^ h >> 32) % 32768 >= 256)
			continue;
		s.src = key.client;
		s.sport = key.client_port;
		trace_add(&ring, &head, bytes, packet_encode(&s, bytes, sizeof(bytes)));
		made++;
	}
}

/* Returns seconds of CPU time. */
static double reading_takes(bool chosen)
{
	clock_t begun;

	talk_time = 100 * NS_PER_S;
	trace_init(&ring, 4 << 20);
	many_clients(chosen);
	begun = clock();
	dialogs_read(&dialogs, &ring, NULL, 0, talk_time, NULL);
	begun = clock() - begun;
	ck_assert_uint_eq(dialogs.count, MANY);
	end();
	return (double)begun / CLOCKS_PER_SEC;
}

static void least(double *least, double seconds)
{
	if (seconds < *least)
		*least = seconds;
}

/* Compares the minimum of several measurements of each kind, taken alternately: a host that stops
 * this machine adds to the CPU time of the code that runs then. */
START_TEST(chosen_ports_cost_no_more_time)
{
	double any = reading_takes(false), chosen = reading_takes(true);

	for (int i = 0; i < 4 && chosen >= 5 * any; i++) {
		least(&any, reading_takes(false));
		least(&chosen, reading_takes(true));
	}
	ck_assert_msg(chosen < 5 * any, "%.3f s, for random ports %.3f s", chosen, any);
}
END_TEST

START_TEST(arrows_have_the_state_before_them)
{
	const struct dialog *d;
	const struct view *v;

	begin();
	open_connection(1, 4000);
	packet(1, 4000, '<', "P. 1:101(100) ack 1 win 500", 0);
	packet(1, 4000, '>', ". 1:1(0) ack 101 win 1000", 0);
	packet(1, 4000, '>', "P. 11:21(10) ack 101", 0); /* after a gap */
	packet(1, 4000, '>', "P. 1:11(10) ack 101", 0);
	packet(1, 4000, '<', "F. 101:101(0) ack 21", 0);
	judge("MUST-65", NULL);
	d = &dialogs.dialog[0];
	ck_assert(d->open == &d->arrow[2] && d->answer == &d->arrow[1] && d->syn == d->arrow);
	ck_assert(!d->arrow[2].before.synced && d->arrow[3].before.synced);
	ck_assert_uint_eq(d->mss, 1460);
	ck_assert(!d->ts && !d->sack && !d->scaled);
	v = &d->arrow[5].before;
	ck_assert_uint_eq(v->snd_max - ISN, 101);
	ck_assert_uint_eq(v->una - ISN, 101);
	ck_assert_uint_eq(v->edge - ISS, 501);
	ck_assert_uint_eq(v->our_edge - ISN, 1101);
	ck_assert_uint_eq(d->arrow[6].before.our_max - ISS, 1);
	ck_assert_uint_eq(d->arrow[7].before.our_max - ISS, 21);
	ck_assert(d->after.fin && d->after.rcv_nxt == ISS + 21);
	end();
}
END_TEST

/* --- the rules -------------------------------------------------------------------------------- */

START_TEST(a_missed_must_is_a_fail_a_missed_should_a_warning)
{
	begin();
	open_connection(1, 4000);
	packet(1, 4000, '<', ". 1:1(0) ack 1 <mss 1460>", 0);
	expect("MUST-65", RESULT_FAIL, NULL);
	ck_assert_uint_eq(judge("MUST-65", NULL)->finding.arrow[0]->number, 4);
	end();
	begin();
	packet(0, 4000, '<', "S 0:0(0)", 0);
	talk_time += 300 * NS_PER_MS;
	packet(0, 4000, '<', "S 0:0(0)", 0);
	expect("R6298-2.1", RESULT_WARN, NULL);
	end();
}
END_TEST

static struct deviation known[] = {{.requirement = (char *)"MUST-65",
				    .behaviour = (char *)"",
				    .why = (char *)"known for years"},
				   {.requirement = (char *)"R5961-3.2b",
				    .behaviour = (char *)"",
				    .why = (char *)"it continues"}};
static const struct profile profile = {.deviations = 2, .deviation = known};

START_TEST(known_deviations_of_the_profile)
{
	begin();
	open_connection(1, 4000);
	packet(1, 4000, '<', ". 1:1(0) ack 1", 0);
	expect("MUST-65", RESULT_PASS, &profile); /* a known deviation does not affect a PASS */
	packet(1, 4000, '<', ". 1:1(0) ack 1 <mss 1460>", 0);
	expect("MUST-65", RESULT_KNOWN, &profile);
	ck_assert_str_eq(judge("MUST-65", &profile)->known, known[0].why);
	known[0].behaviour = (char *)"mss-value";
	expect("MUST-65", RESULT_FAIL, &profile); /* known for another behaviour only */
	known[0].behaviour = (char *)"";
	end();
}
END_TEST

/* The client continues after a reset inside its window, without acknowledging it. */
static void ignore_reset(uint32_t late)
{
	open_connection(1, 4000);
	packet(1, 4000, '>', "R 1001:1001(0)", late);
	talk_time += 2 * NS_PER_S;
	packet(1, 4000, '<', "P. 1:5(4) ack 1", 0);
}

START_TEST(silence_is_inconclusive_after_lost_frames)
{
	begin();
	ignore_reset(0);
	expect("R5961-3.2c", RESULT_WARN, NULL);
	trace_add(&ring, &(struct trace_record){.kind = TRACE_LOSS, .when = talk_time - NS_PER_S},
		  "1 frame", 7);
	expect("R5961-3.2c", RESULT_INCONCLUSIVE, NULL);
	ck_assert_int_eq(judge("R5961-3.2c", NULL)->finding.reason, REASON_CAPTURE_LOSS);
	end();
}
END_TEST

START_TEST(silence_is_inconclusive_in_a_cut_trace)
{
	begin();
	trace_free(&ring);
	trace_init(&ring, 2 * TRACE_COPY_MAX);
	ignore_reset(0);
	expect("R5961-3.2c", RESULT_WARN, NULL);
	for (unsigned n = 0; n < TRACE_COPY_MAX / TRACE_SNAP; n++)
		packet(1, 4000, '<', "P. 5:405(400) ack 1", 0);
	expect("R5961-3.2c", RESULT_INCONCLUSIVE, NULL);
	ck_assert_int_eq(judge("R5961-3.2c", NULL)->finding.reason, REASON_CAPTURE_LOSS);
	ck_assert_int_lt(dialogs.dialog[0].watched, talk_time);
	end();
}
END_TEST

/* A flood displaces older dialogs, but not newer ones. */
START_TEST(the_newest_dialogs_are_judged)
{
	nstime flooded;

	begin();
	trace_free(&ring);
	trace_init(&ring, 16 << 20);
	open_connection(1, 4000);
	for (uint32_t n = 0; n <= DIALOGS_MAX; n++) {
		struct trace_record head = {.kind = TRACE_IN, .when = ++talk_time};
		struct segment s = {.seq = n, .flags = TCP_SYN, .ttl = TTL, .dport = 80};
		uint8_t bytes[64];

		addr_parse("203.0.113.9", &s.src);
		addr_parse("192.0.2.1", &s.dst);
		s.sport = (uint16_t)n;
		trace_add(&ring, &head, bytes, packet_encode(&s, bytes, sizeof(bytes)));
	}
	flooded = talk_time;
	open_connection(2, 4001);
	dialogs_read(&dialogs, &ring, NULL, 0, talk_time, NULL);
	ck_assert_uint_gt(dialogs.count, DIALOGS_MAX / 2);
	ck_assert_uint_le(dialogs.count, DIALOGS_MAX);
	ck_assert_uint_eq(dialogs.dialog[dialogs.count - 1].copy.id, 2);
	ck_assert_uint_ne(dialogs.dialog[0].copy.id, 1);
	ck_assert(dialogs.since > 100 * NS_PER_S && dialogs.since < flooded);
	ck_assert_int_eq(dialogs.dialog[0].arrow[0].when, dialogs.since);
	end();
}
END_TEST

START_TEST(our_late_segment_is_our_error)
{
	begin();
	ignore_reset(LATE_TOLERANCE / NS_PER_US + 1);
	expect("R5961-3.2c", RESULT_ERROR, NULL);
	ck_assert_int_eq(judge("R5961-3.2c", NULL)->late, LATE_TOLERANCE + NS_PER_US);
	end();
}
END_TEST

START_TEST(a_segment_of_another_ttl_is_inconclusive)
{
	for (uint8_t ttl = 63; ttl <= 64; ttl++) {
		begin();
		open_connection(1, 4000);
		packet(1, 4000, '>', "R 1:1(0)", 0);
		talk_time += NS_PER_S;
		its_ttl = ttl;
		packet(1, 4000, '<', "P. 1:5(4) ack 1", 0);
		its_ttl = TTL;
		expect("R5961-3.2b", ttl == TTL ? RESULT_FAIL : RESULT_INCONCLUSIVE, NULL);
		if (ttl != TTL)
			ck_assert_int_eq(judge("R5961-3.2b", NULL)->finding.reason,
					 REASON_MIDDLEBOX);
		/* A known deviation applies all the same. */
		expect("R5961-3.2b", RESULT_KNOWN, &profile);
		end();
	}
}
END_TEST

/* A segment that arrived while our reset was queued is no answer to it. */
START_TEST(a_late_reset_is_answered_later)
{
	for (uint32_t late = 0; late <= 40000; late += 40000) {
		begin();
		open_connection(1, 4000);
		packet(1, 4000, '>', "R 1:1(0)", late);
		talk_time += 20 * NS_PER_MS;
		packet(1, 4000, '<', "P. 1:5(4) ack 1", 0);
		expect("R5961-3.2b", late ? RESULT_INCONCLUSIVE : RESULT_FAIL, NULL);
		end();
	}
}
END_TEST

/* --- the requirements ------------------------------------------------------------------------- */

static bool is_one_sentence(const char *text)
{
	return text[strlen(text) - 1] == '.' && !strstr(text, ". ") && !strstr(text, ".)");
}

/* The report card prints the text of a clause, and not its level. */
START_TEST(each_requirement_is_unique_and_complete)
{
	const struct requirement *r;

	for (unsigned i = 0; (r = requirement_at(i)); i++) {
		ck_assert_msg(requirement_find(r->id) == r, "duplicate %s", r->id);
		ck_assert_msg(r->check && *r->section && strlen(r->text) > 10, "%s", r->id);
		ck_assert_msg(is_one_sentence(r->text), "%s: %s", r->id, r->text);
		ck_assert_msg(r->level == LEVEL_MAY || strstr(r->text, level_name(r->level)),
			      "%s: %s", r->id, r->text);
	}
	ck_assert_ptr_null(requirement_find("MUST-57"));
}
END_TEST

/* Returns true if the id is judged, judged together with another one, or listed as unjudgeable. */
static bool is_accounted_for(const char *id)
{
	const struct requirement *r;
	const struct unjudgeable *u;
	size_t len = strlen(id);

	for (unsigned i = 0; (u = unjudgeable_at(i)); i++)
		if (strcmp(u->id, id) == 0)
			return *u->why && !requirement_find(id);
	if (requirement_find(id))
		return true;
	for (unsigned i = 0; (r = requirement_at(i)); i++) {
		const char *s = strstr(r->text, id);

		if (s && !isdigit((unsigned char)s[len]))
			return true;
	}
	return false;
}

START_TEST(every_id_of_rfc_9293_is_listed)
{
	static const struct {
		const char *kind;
		unsigned count;
	} ids[] = {{"MUST", 69}, {"SHLD", 31}, {"MAY", 18}, {"REC", 1}}; /* RFC 9293 appendix B */

	for (unsigned i = 0; i < COUNT_OF(ids); i++)
		for (unsigned n = 1; n <= ids[i].count; n++) {
			char id[16];

			snprintf(id, sizeof(id), "%s-%u", ids[i].kind, n);
			ck_assert_msg(is_accounted_for(id), "%s", id);
		}
}
END_TEST

UNIT_MAIN("judge", another_isn_is_another_attempt, a_syn_in_a_connection_belongs_to_it,
	  chosen_ports_cost_no_more_time, arrows_have_the_state_before_them,
	  a_missed_must_is_a_fail_a_missed_should_a_warning, known_deviations_of_the_profile,
	  silence_is_inconclusive_after_lost_frames, silence_is_inconclusive_in_a_cut_trace,
	  the_newest_dialogs_are_judged, our_late_segment_is_our_error,
	  a_segment_of_another_ttl_is_inconclusive, a_late_reset_is_answered_later,
	  each_requirement_is_unique_and_complete, every_id_of_rfc_9293_is_listed)
