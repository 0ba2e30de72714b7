/* SPDX-License-Identifier: MIT */
/* Behaviour that looks like a fault but conforms. The clients do things that those of tests/judge
 * do not. */
#include "talk.h"
#include "unit.h"

#include "wire/icmp.h"
#include "wire/packet_encode.h"

#include <stdio.h>

START_TEST(a_retransmitted_fin_is_no_window_probe)
{
	begin();
	open_connection(1, 4000);
	for (int i = 0; i < 4; i++, talk_time += NS_PER_S)
		packet(1, 4000, '<', "F. 1:1(0) ack 1", 0);
	ck_assert_ptr_null(judge("MUST-1", NULL));
	end();
}
END_TEST

/* The client receives 60000 octets, reads none, and closes its side. */
static void close_with_unread(void)
{
	begin();
	open_connection(1, 4000);
	for (int i = 0; i < 60; i++) {
		char text[80];

		snprintf(text, sizeof(text), ". %d:%d(1000) ack 1", i * 1000 + 1, i * 1000 + 1001);
		packet(1, 4000, '>', text, 0);
		snprintf(text, sizeof(text), ". 1:1(0) ack %d win %d", i * 1000 + 1001,
			 64535 - i * 1000);
		packet(1, 4000, '<', text, 0);
	}
	packet(1, 4000, '<', "F. 1:1(0) ack 60001 win 5535", 0);
}

START_TEST(a_closed_side_may_continue_to_read)
{
	close_with_unread();
	expect("SHLD-3", RESULT_WARN, NULL);
	end();
	close_with_unread();
	packet(1, 4000, '<', ". 2:2(0) ack 60001 win 65535", 0);
	ck_assert_ptr_null(judge("SHLD-3", NULL));
	end();
	close_with_unread();
	packet(1, 4000, '>', "F. 60001:60001(0) ack 2", 0);
	packet(1, 4000, '<', ". 2:2(0) ack 60002 win 5534", 0);
	expect("SHLD-3", RESULT_WARN, NULL);
	end();
	close_with_unread();
	packet(1, 4000, '>', ". 60001:61001(1000) ack 2", 0);
	packet(1, 4000, '<', ". 2:2(0) ack 61001 win 4535", 0);
	ck_assert_ptr_null(judge("SHLD-3", NULL));
	end();
}
END_TEST

/* The program writes a few octets at a time: each segment has PSH. */
START_TEST(small_writes_are_full_segments)
{
	for (int pushed = 0; pushed < 2; pushed++) {
		begin();
		open_connection(1, 4000);
		for (int i = 0; i < 300; i++) {
			char text[80];

			snprintf(text, sizeof(text), "%s %d:%d(100) ack 1", pushed ? "P." : ".",
				 i * 100 + 1, i * 100 + 101);
			packet(1, 4000, '<', text, 0);
		}
		expect("SHLD-27", pushed ? RESULT_PASS : RESULT_WARN, NULL);
		end();
	}
}
END_TEST

/* Further data does not restart the timer. */
START_TEST(later_data_does_not_restart_the_timer)
{
	begin();
	packet(1, 4000, '<', "S 0:0(0) <mss 1460>", 0);
	talk_time += NS_PER_S;
	packet(1, 4000, '<', "S 0:0(0) <mss 1460>", 0);
	packet(1, 4000, '>', "S. 0:0(0) ack 1 <mss 1460>", 0);
	packet(1, 4000, '<', ". 1:1(0) ack 1", 0);
	packet(1, 4000, '<', "P. 1:101(100) ack 1", 0);
	talk_time += 1500 * NS_PER_MS;
	packet(1, 4000, '<', "P. 101:102(1) ack 1", 0);
	talk_time += 1500 * NS_PER_MS;
	packet(1, 4000, '<', "P. 1:101(100) ack 1", 0);
	expect("R6298-5.7", RESULT_PASS, NULL);
	end();
}
END_TEST

START_TEST(keep_alives_and_typing_are_no_window_probes)
{
	begin();
	open_connection(1, 4000);
	for (int i = 0; i < 6; i++, talk_time += 75 * NS_PER_S)
		packet(1, 4000, '<', ". 0:0(0) ack 1", 0);
	ck_assert_ptr_null(judge("MUST-1", NULL));
	end();
	begin();
	open_connection(1, 4000);
	for (int i = 1; i < 6; i++, talk_time += i * NS_PER_S)
		packet(1, 4000, '<', i % 2 ? "P. 1:2(1) ack 1" : ". 2:3(1) ack 1", 0);
	ck_assert_ptr_null(judge("MUST-1", NULL));
	end();
}
END_TEST

START_TEST(probes_in_an_open_window_are_a_fault)
{
	begin();
	open_connection(1, 4000);
	packet(1, 4000, '<', ". 1:2(1) ack 1", 0);
	talk_time += NS_PER_S;
	packet(1, 4000, '<', ". 2:3(1) ack 1", 0);
	expect("MUST-1", RESULT_FAIL, NULL);
	end();
	begin();
	open_connection(1, 4000);
	for (int i = 1; i < 10; i *= 2, talk_time += i * NS_PER_S)
		packet(1, 4000, '<', ". 0:0(0) ack 1", 0);
	expect("MUST-1", RESULT_FAIL, NULL);
	end();
}
END_TEST

/* The client sends `octets`, a router reports this MTU, and a second later the client sends `then`.
 */
static void meet_small_mtu(const char *octets, uint32_t mtu, const char *then)
{
	uint8_t bytes[200], icmp[200];
	struct trace_record head = {.kind = TRACE_OUT, .flow = 1, .iss = ISS, .irs = ISN};
	struct icmp message = {.quote = bytes, .quote_len = 28, .rest = mtu, .ttl = 64};
	struct segment s = {.ttl = 64, .sport = 4000, .dport = 80, .seq = ISN + 1};

	addr_parse("192.0.2.7", &s.src);
	addr_parse("192.0.2.1", &s.dst);
	message.src = s.dst;
	message.dst = s.src;
	packet_encode(&s, bytes, sizeof(bytes));
	ck_assert(icmp_by_name("too-big", true, &message.type, &message.code));
	open_connection(1, 4000);
	packet(1, 4000, '<', octets, 0);
	head.when = talk_time;
	trace_add(&ring, &head, icmp, icmp_encode(&message, icmp, sizeof(icmp)));
	talk_time += NS_PER_S;
	packet(1, 4000, '<', then, 0);
}

START_TEST(without_df_the_mtu_need_not_be_followed)
{
	begin();
	meet_small_mtu(". 1:1001(1000) ack 1 [df]", 600, ". 1:1001(1000) ack 1 [df]");
	expect("R8201-4", RESULT_WARN, NULL);
	end();
	begin();
	meet_small_mtu(". 1:1001(1000) ack 1 [nodf]", 600, ". 1:1001(1000) ack 1 [nodf]");
	expect("R8201-4", RESULT_INCONCLUSIVE, NULL);
	end();
}
END_TEST

/* Some clients never fill a packet, to leave room for further options. */
START_TEST(packets_may_leave_room_for_options)
{
	for (int spares = 0; spares < 2; spares++) {
		begin();
		meet_small_mtu(spares ? ". 1:1433(1432) ack 1" : ". 1:1461(1460) ack 1", 68,
			       ". 1:5(4) ack 1 [df]");
		for (int i = 0; i < 10; i++)
			packet(1, 4000, '<', ". 1:5(4) ack 1 [df]", 0);
		expect("R8201-4", spares ? RESULT_PASS : RESULT_FAIL, NULL);
		end();
	}
}
END_TEST

/* Both sides have closed. The client receives a reset, then our FIN again. */
static void reset_what_closed(void)
{
	begin();
	open_connection(1, 4000);
	packet(1, 4000, '<', "F. 1:1(0) ack 1", 0);
	packet(1, 4000, '>', "F. 1:1(0) ack 2", 0);
	packet(1, 4000, '<', ". 2:2(0) ack 2", 0);
	packet(1, 4000, '>', "R 2:2(0)", 0);
	talk_time += NS_PER_S;
	packet(1, 4000, '>', "F. 1:1(0) ack 2", 0);
}

START_TEST(time_wait_may_ignore_a_reset)
{
	reset_what_closed();
	packet(1, 4000, '<', ". 2:2(0) ack 2", 0); /* it is still in TIME-WAIT: RFC 1337 */
	ck_assert_ptr_null(judge("R9293-RSTGEN", NULL));
	end();
}
END_TEST

START_TEST(a_silent_host_may_be_down)
{
	reset_what_closed();
	expect("R9293-RSTGEN", RESULT_INCONCLUSIVE, NULL);
	talk_time += 2 * NS_PER_S;
	packet(0, 4001, '<', "S 9:9(0)", 0); /* the host is running */
	expect("R9293-RSTGEN", RESULT_WARN, NULL);
	end();
}
END_TEST

/* The client waits for a second between two octets, though the window is open. Our ACK arrives
 * between them; before or after it, another ACK of ours has this fate. */
static const struct verdict *hold_octets_back(uint8_t fate, bool before)
{
	begin();
	open_connection(1, 4000);
	for (int i = 0; i < 2; i++) {
		our_fate = before == !i ? fate : FATE_NONE;
		packet(1, 4000, '>', ". 1:1(0) ack 2", 0);
		our_fate = FATE_NONE;
		if (i)
			break;
		packet(1, 4000, '<', ". 1:2(1) ack 1", 0);
		talk_time += NS_PER_S;
		packet(1, 4000, '<', ". 2:3(1) ack 1", 0);
	}
	return judge("MUST-1", NULL);
}

START_TEST(segments_over_budget_are_not_the_clients_fault)
{
	const struct verdict *v = hold_octets_back(FATE_REFUSED, true);

	ck_assert_int_eq(v->result, RESULT_INCONCLUSIVE);
	ck_assert_int_eq(v->finding.reason, REASON_OVER_BUDGET);
	ck_assert_str_eq(reason_name(v->finding.reason), "over-budget");
	end();
	/* A segment dropped by a rule is part of the scenario. A later one has no effect. */
	ck_assert_int_eq(hold_octets_back(FATE_DROPPED, true)->result, RESULT_FAIL);
	end();
	ck_assert_int_eq(hold_octets_back(FATE_REFUSED, false)->result, RESULT_FAIL);
	end();
}
END_TEST

START_TEST(silence_after_unsent_segments_proves_nothing)
{
	for (int kept = 0; kept < 2; kept++) {
		begin();
		packet(1, 4000, '<', "S 0:0(0) <mss 1460>", 0);
		packet(1, 4000, '>', "R. 0:0(0) ack 1", 0);
		our_fate = kept ? FATE_REFUSED : FATE_NONE;
		packet(1, 4000, '>', "R. 0:0(0) ack 1", 0);
		our_fate = FATE_NONE;
		expect("R9293-SS-rst", kept ? RESULT_INCONCLUSIVE : RESULT_PASS, NULL);
		end();
	}
}
END_TEST

/* Without an MSS option, a segment over IPv6 has up to 1220 octets, and over IPv4 up to 536. */
START_TEST(one_ack_for_two_segments_of_the_default_size)
{
	for (int v6 = 0; v6 < 2; v6++) {
		begin();
		over_v6 = v6;
		talk("0 < S 0:0(0)", "1 > S. 0:0(0) ack 1 <mss 1220>", "1 < . 1:1(0) ack 1",
		     "1 > . 1:1221(1220) ack 1", "1 > . 1221:2441(1220) ack 1",
		     "50 < . 1:1(0) ack 2441", NULL);
		expect("SHLD-19", v6 ? RESULT_PASS : RESULT_WARN, NULL);
		over_v6 = false;
		end();
	}
}
END_TEST

UNIT_MAIN("blameless", a_retransmitted_fin_is_no_window_probe, a_closed_side_may_continue_to_read,
	  small_writes_are_full_segments, later_data_does_not_restart_the_timer,
	  keep_alives_and_typing_are_no_window_probes, probes_in_an_open_window_are_a_fault,
	  without_df_the_mtu_need_not_be_followed, packets_may_leave_room_for_options,
	  time_wait_may_ignore_a_reset, a_silent_host_may_be_down,
	  segments_over_budget_are_not_the_clients_fault,
	  silence_after_unsent_segments_proves_nothing,
	  one_ack_for_two_segments_of_the_default_size)
