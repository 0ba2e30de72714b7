/* SPDX-License-Identifier: MIT */
/* Programs on conforming TCPs that write little or set options. The results look like faults. The
 * traces are shortened from the Linux kernel's. */
#include "talk.h"
#include "unit.h"

#include <stdio.h>

/* --- a program that writes little ------------------------------------------------------------- */

/* With SACK, outstanding data may be retransmitted before the timeout: RFC 8985 7. */
START_TEST(a_tail_loss_probe_is_no_timeout)
{
	for (int sack = 0; sack < 2; sack++) {
		begin();
		talk(sack ? "0 < S 0:0(0) <mss 1460,sackOK>" : "0 < S 0:0(0) <mss 1460>",
		     sack ? "1 > S. 0:0(0) ack 1 <mss 1460,sackOK>"
			  : "1 > S. 0:0(0) ack 1 <mss 1460>",
		     "1 < . 1:1(0) ack 1", "1 < P. 1:89(88) ack 1", "207 < P. 1:89(88) ack 1",
		     "208 < P. 1:89(88) ack 1", "440 < P. 1:89(88) ack 1",
		     "832 < P. 1:89(88) ack 1", NULL);
		expect("R6298-5.5", sack ? RESULT_PASS : RESULT_FAIL, NULL);
		end();
	}
}
END_TEST

START_TEST(a_fin_may_be_the_tail_loss_probe)
{
	for (int probe = 0; probe < 2; probe++) {
		begin();
		talk("0 < S 0:0(0) <mss 1460,sackOK>", "1 > S. 0:0(0) ack 1 <mss 1460,sackOK>",
		     "1 < . 1:1(0) ack 1", "1 < . 1:1001(1000) ack 1",
		     "1 < P. 1001:1501(500) ack 1", "20 < F. 1501:1501(0) ack 1",
		     "1 > . 1:1(0) ack 1", NULL);
		talk(probe ? "100 < F. 1501:1501(0) ack 1" : "100 < . 1501:1501(0) ack 1",
		     "256 < . 1:1001(1000) ack 1", "520 < . 1:1001(1000) ack 1",
		     "1040 < . 1:1001(1000) ack 1", "2080 < . 1:1001(1000) ack 1",
		     "4160 < . 1:1001(1000) ack 1", NULL);
		expect("R6298-5.5", probe ? RESULT_PASS : RESULT_FAIL, NULL);
		end();
	}
}
END_TEST

START_TEST(a_tail_loss_probe_need_not_wait_three_seconds)
{
	for (int sack = 0; sack < 2; sack++) {
		begin();
		talk("0 < S 0:0(0) <mss 1460,sackOK>", "1000 < S 0:0(0) <mss 1460,sackOK>",
		     sack ? "1 > S. 0:0(0) ack 1 <mss 1460,sackOK>"
			  : "1 > S. 0:0(0) ack 1 <mss 1460>",
		     "1 < . 1:1(0) ack 1", "1 < P. 1:89(88) ack 1", "1020 < P. 1:89(88) ack 1",
		     "3200 < P. 1:89(88) ack 1", NULL);
		expect("R6298-5.7", sack ? RESULT_PASS : RESULT_FAIL, NULL);
		end();
	}
}
END_TEST

START_TEST(small_writes_are_not_silly)
{
	for (int pushed = 0; pushed < 2; pushed++) {
		begin();
		talk(OPEN, NULL);
		for (int i = 1; i < 70; i += 7) {
			char text[80];

			snprintf(text, sizeof(text), "1 < %s %d:%d(7) ack 1", pushed ? "P." : ".",
				 i, i + 7);
			talk(text, NULL);
			snprintf(text, sizeof(text), "1 > . 1:1(0) ack %d win %d", i + 7,
				 i % 2 ? 60 : 100);
			talk(text, NULL);
		}
		if (pushed)
			ck_assert_int_ne(judge("MUST-38", NULL)->result, RESULT_FAIL);
		else
			expect("MUST-38", RESULT_FAIL, NULL);
		end();
	}
}
END_TEST

/* --- a program that sets socket options ------------------------------------------------------- */

/* TCP_MAXSEG: its SYN has the MSS 300, too. */
START_TEST(segments_of_tcp_maxseg_are_full)
{
	for (int mss = 300; mss <= 1460; mss += 1160) {
		char text[80];

		begin();
		snprintf(text, sizeof(text), "0 < S 0:0(0) <mss %d>", mss);
		talk(text, "1 > S. 0:0(0) ack 1 <mss 1460>", "1 < . 1:1(0) ack 1", NULL);
		for (int i = 1; i < 30000; i += 300) {
			snprintf(text, sizeof(text), "1 < . %d:%d(300) ack 1", i, i + 300);
			talk(text, NULL);
		}
		expect("SHLD-27", mss == 300 ? RESULT_PASS : RESULT_WARN, NULL);
		end();
	}
}
END_TEST

/* The window opens by one such segment, repeatedly. */
START_TEST(full_segments_of_tcp_maxseg_are_not_silly)
{
	for (int mss = 300; mss <= 1460; mss += 1160) {
		char text[80];

		begin();
		snprintf(text, sizeof(text), "0 < S 0:0(0) <mss %d>", mss);
		talk(text, "1 > S. 0:0(0) ack 1 win 8000 <mss 1460>", "1 < . 1:1(0) ack 1",
		     "1 < . 1:1301(1300) ack 1", "1 > . 1:1(0) ack 1301 win 0", NULL);
		for (int i = 1301; i < 4300; i += 300) {
			talk_time += 200 * NS_PER_MS;
			snprintf(text, sizeof(text), "1 > . 1:1(0) ack %d win 300", i);
			talk(text, NULL);
			snprintf(text, sizeof(text), "1 < . %d:%d(300) ack 1", i, i + 300);
			talk(text, NULL);
		}
		if (mss == 300)
			ck_assert_ptr_null(judge("MUST-38", NULL));
		else
			expect("MUST-38", RESULT_FAIL, NULL);
		end();
	}
}
END_TEST

/* TCP_QUICKACK 0: the ACK of the SYN-ACK is delayed, too. */
START_TEST(one_delayed_ack_for_two_syn_acks)
{
	for (int open = 0; open < 2; open++) {
		begin();
		talk("0 < S 0:0(0) <mss 1460>", "1 > S. 0:0(0) ack 1 <mss 1460>",
		     open ? "1 < . 1:1(0) ack 1" : "1 > S. 1000000:1000000(0) ack 1 <mss 1460>",
		     open ? "1 > S. 1000000:1000000(0) ack 1 <mss 1460>" : "1 < . 1:1(0) ack 1",
		     "2000 > . 0:0(0) ack 1", "1 < . 1:1(0) ack 1", NULL);
		expect("R5961-4.2", open ? RESULT_WARN : RESULT_INCONCLUSIVE, NULL);
		end();
	}
}
END_TEST

START_TEST(the_probe_timer_starts_before_a_delayed_ack)
{
	for (int delay = 0; delay < 2; delay++) {
		begin();
		talk("0 < S 0:0(0) <mss 1460>", "1 > S. 0:0(0) ack 1 win 0 <mss 1460>",
		     delay ? "204 < . 1:1(0) ack 1" : "1 < . 1:1(0) ack 1", "8 < . 0:0(0) ack 1",
		     "1 > . 1:1(0) ack 1 win 0", "400 < . 0:0(0) ack 1", NULL);
		expect("SHLD-29", delay ? RESULT_PASS : RESULT_WARN, NULL);
		end();
	}
}
END_TEST

/* Its first segment was in transit for 800 ms: too long to measure its clock. */
START_TEST(a_delayed_segment_does_not_measure_the_clock)
{
	for (int held = 0; held < 2; held++) {
		begin();
		talk("0 < S 0:0(0) <mss 1460,TS val 1000 ecr 0>",
		     "1 > S. 0:0(0) ack 1 <mss 1460,TS val 7 ecr 1000>", NULL);
		talk(held ? "1 < . 1:1(0) ack 1 <nop,nop,TS val 1800 ecr 7>"
			  : "1 < . 1:1(0) ack 1 <nop,nop,TS val 1001 ecr 7>",
		     held ? "2000 < P. 1:2(1) ack 1 <nop,nop,TS val 3800 ecr 7>"
			  : "2000 < P. 1:2(1) ack 1 <nop,nop,TS val 4001 ecr 7>",
		     held ? "2000 < P. 2:3(1) ack 1 <nop,nop,TS val 5800 ecr 7>"
			  : "2000 < P. 2:3(1) ack 1 <nop,nop,TS val 7001 ecr 7>",
		     NULL);
		expect("R7323-5.4", held ? RESULT_INCONCLUSIVE : RESULT_WARN, NULL);
		end();
	}
}
END_TEST

/* Linux sends this SYN from the port of a connection in TIME-WAIT. RFC 7323 3.2: SHOULD. */
START_TEST(an_echo_without_ack_is_a_warning)
{
	begin();
	talk("0 < S 0:0(0) <mss 1460,TS val 10 ecr 500>", NULL);
	expect("R7323-3.2a", RESULT_WARN, NULL);
	end();
}
END_TEST

/* TCP_QUICKACK 0: the judge sees a longer round trip than the client uses for its probes. */
START_TEST(a_probe_is_not_part_of_the_initial_window)
{
	for (int pause = 1; pause <= 31; pause += 30) {
		char text[80];

		begin();
		talk("0 < S 0:0(0) <mss 1460,sackOK>", "1 > S. 0:0(0) ack 1 <mss 1460,sackOK>",
		     "40 < . 1:1461(1460) ack 1", NULL);
		for (int i = 1; i < 10; i++) {
			snprintf(text, sizeof(text), "1 < . %d:%d(1460) ack 1", i * 1460 + 1,
				 i * 1460 + 1461);
			talk(text, NULL);
		}
		snprintf(text, sizeof(text), "%d < . 14601:16061(1460) ack 1", pause);
		talk(text, NULL);
		expect("MUST-19", pause > 1 ? RESULT_PASS : RESULT_WARN, NULL);
		end();
	}
}
END_TEST

/* A segment that was too big is known to be lost, which permits another one. */
START_TEST(too_big_segments_are_not_in_the_initial_window)
{
	for (int told = 0; told < 2; told++) {
		begin();
		talk(OPEN, NULL);
		for (int i = 0; i < 11; i++) {
			char text[80];

			snprintf(text, sizeof(text), "0 < . %d:%d(1460) ack 1", i * 1460 + 1,
				 i * 1460 + 1461);
			if (told && i == 10)
				complain_of("too-big", false, ISN + 1);
			talk(text, NULL);
		}
		expect("MUST-19", told ? RESULT_PASS : RESULT_WARN, NULL);
		end();
	}
}
END_TEST

UNIT_MAIN("programs", a_tail_loss_probe_is_no_timeout, a_fin_may_be_the_tail_loss_probe,
	  a_tail_loss_probe_need_not_wait_three_seconds, small_writes_are_not_silly,
	  segments_of_tcp_maxseg_are_full, full_segments_of_tcp_maxseg_are_not_silly,
	  one_delayed_ack_for_two_syn_acks, the_probe_timer_starts_before_a_delayed_ack,
	  a_delayed_segment_does_not_measure_the_clock, an_echo_without_ack_is_a_warning,
	  a_probe_is_not_part_of_the_initial_window, too_big_segments_are_not_in_the_initial_window)
