/* SPDX-License-Identifier: MIT */
/* Behaviour of conforming clients that looks like a fault because of our segments, the path or the
 * host. The traces are shortened from the Linux kernel's. */
#include "talk.h"
#include "unit.h"

#include <stdio.h>

/* --- segments that the client had to drop or could not accept --------------------------------- */

/* The client answers immediately. New data of ours has the sequence numbers of the segment that it
 * had to drop. */
START_TEST(new_data_with_the_numbers_of_a_dropped_segment)
{
	begin();
	talk(OPEN_TS, "1 > P. 1:9(8) ack 1 <nop,nop,TS val 400 ecr 11>",
	     "1 < . 1:1(0) ack 1 <nop,nop,TS val 12 ecr 500>",
	     "1 < P. 1:90(89) ack 1 <nop,nop,TS val 12 ecr 500>",
	     "1 > P. 1:209(208) ack 90 <nop,nop,TS val 503 ecr 12>",
	     "1 < . 90:90(0) ack 209 <nop,nop,TS val 13 ecr 503>", NULL);
	expect("R7323-5.3a", RESULT_PASS, NULL);
	end();
	begin();
	talk(OPEN_TS, "1 > P. 1:9(8) ack 1 <nop,nop,TS val 400 ecr 11>",
	     "1 < . 1:1(0) ack 9 <nop,nop,TS val 12 ecr 500>", NULL);
	expect("R7323-5.3a", RESULT_FAIL, NULL);
	end();
}
END_TEST

/* Segments without ACK, and with an ACK of data that was never sent. */
START_TEST(dropped_segments_are_not_echoed)
{
	static const char *const dropped[] = {"1 > P 1:9(8) <nop,nop,TS val 501 ecr 11>",
					      "1 > P. 1:9(8) ack 99 <nop,nop,TS val 501 ecr 11>"};

	for (int i = 0; i < 2; i++) {
		begin();
		talk(OPEN_TS, dropped[i], "1 < P. 1:90(89) ack 1 <nop,nop,TS val 12 ecr 500>",
		     "1 > P. 9:209(200) ack 90 <nop,nop,TS val 502 ecr 12>",
		     "1 > P. 1:9(8) ack 90 <nop,nop,TS val 503 ecr 12>",
		     "1 < . 90:90(0) ack 209 <nop,nop,TS val 13 ecr 502>", NULL);
		ck_assert_ptr_null(judge("R7323-4.3", NULL));
		end();
	}
	begin();
	talk(OPEN_TS, "1 > . 1:9(8) ack 1 <nop,nop,TS val 501 ecr 11>",
	     "1 > P. 9:209(200) ack 1 <nop,nop,TS val 502 ecr 11>",
	     "1 < . 1:1(0) ack 209 <nop,nop,TS val 13 ecr 502>", NULL);
	expect("R7323-4.3", RESULT_WARN, NULL);
	end();
}
END_TEST

START_TEST(dropped_segments_need_no_ack)
{
	static const char *const dropped[] = {"1 > P 1:9(8) <nop,nop,TS val 501 ecr 11>",
					      "1 > P. 1:9(8) ack 99 <nop,nop,TS val 501 ecr 11>",
					      "1 > P. 1:9(8) ack 1 <nop,nop,TS val 400 ecr 11>",
					      "1 > P. 1:9(8) ack 1 <nop,nop,TS val 501 ecr 11>"};

	for (int i = 0; i < 4; i++) {
		begin();
		talk(OPEN_TS, dropped[i], "600 > P. 1:209(208) ack 1 <nop,nop,TS val 1100 ecr 11>",
		     "1 < . 1:1(0) ack 209 <nop,nop,TS val 612 ecr 1100>", NULL);
		if (i == 3)
			expect("MUST-40", RESULT_FAIL, NULL);
		else if (judge("MUST-40", NULL))
			expect("MUST-40", RESULT_PASS, NULL);
		end();
	}
}
END_TEST

/* The client ignores the data of the SYN-ACK until its retransmission (RFC 9293 3.10.7.3, fourth
 * check). */
START_TEST(data_behind_missing_octets_is_not_late)
{
	for (int again = 0; again < 2; again++) {
		begin();
		talk("0 < S 0:0(0) <mss 1460,sackOK>", "1 > S. 0:5(5) ack 1 <mss 1460,sackOK>",
		     "1 < . 1:1(0) ack 1", "1 > P. 6:214(208) ack 1",
		     "1 < . 1:1(0) ack 1 <nop,nop,sack 5006:5214>", NULL);
		talk(again ? "1000 > P. 1:214(213) ack 1" : "1000 > . 213:213(0) ack 1",
		     "1 < . 1:1(0) ack 214", NULL);
		if (again)
			ck_assert_ptr_null(judge("MUST-40", NULL));
		else
			expect("MUST-40", RESULT_FAIL, NULL);
		end();
	}
}
END_TEST

/* The timestamp of a segment after a gap is not stored: RFC 7323 4.3. */
START_TEST(timestamps_after_a_gap_are_not_stored)
{
	for (int gap = 0; gap < 2; gap++) {
		begin();
		talk(OPEN_TS,
		     gap ? "1 > . 9:9(0) ack 1 <nop,nop,TS val 520 ecr 11>"
			 : "1 > . 1:1(0) ack 1 <nop,nop,TS val 520 ecr 11>",
		     "500 > P. 1:9(8) ack 1 <nop,nop,TS val 510 ecr 11>",
		     "1 < . 1:1(0) ack 9 <nop,nop,TS val 12 ecr 510>", NULL);
		if (gap)
			ck_assert_ptr_null(judge("R7323-5.3a", NULL));
		else
			expect("R7323-5.3a", RESULT_FAIL, NULL);
		end();
	}
}
END_TEST

START_TEST(a_reset_with_data_in_a_closed_window)
{
	for (int octets = 0; octets < 2; octets++) {
		begin();
		talk(OPEN, "1 > . 1:1001(1000) ack 1", "1 < . 1:1(0) ack 1001 win 0",
		     octets ? "500 > R 1001:1025(24)" : "500 > R 1001:1001(0)",
		     "500 < . 1:1(0) ack 1001 win 7000", NULL);
		if (octets)
			ck_assert_ptr_null(judge("MUST-66", NULL));
		else
			expect("MUST-66", RESULT_FAIL, NULL);
		end();
	}
}
END_TEST

/* With this option, 1460 octets of data make a packet of 1504 octets. */
START_TEST(packets_above_the_mtu_may_be_lost)
{
	for (int octets = 1456; octets <= 1460; octets += 4) {
		char text[80];

		begin();
		snprintf(text, sizeof(text), "1 > . 1:%d(%d) ack 1 <raw fb04abcd>", 1 + octets,
			 octets);
		talk(OPEN, text, "1000 < F. 1:1(0) ack 1", NULL);
		if (octets == 1460)
			ck_assert_ptr_null(judge("MUST-5", NULL));
		else
			expect("MUST-5", RESULT_FAIL, NULL);
		end();
	}
}
END_TEST

START_TEST(segments_in_a_small_window)
{
	for (int window = 1000; window <= 10000; window += 9000) {
		char text[80];

		begin();
		snprintf(text, sizeof(text), "1 > S. 0:0(0) ack 1 win %d <mss 1460>", window);
		talk("0 < S 0:0(0) <mss 1460>", text, "1 < . 1:1(0) ack 1", NULL);
		for (int i = 1; i < 30000; i += 500) {
			snprintf(text, sizeof(text), "1 < . %d:%d(500) ack 1", i, i + 500);
			talk(text, NULL);
			snprintf(text, sizeof(text), "1 > . 1:1(0) ack %d win %d", i + 500, window);
			talk(text, NULL);
		}
		expect("SHLD-27", window == 1000 ? RESULT_PASS : RESULT_WARN, NULL);
		end();
	}
}
END_TEST

/* --- ICMP from the client's side -------------------------------------------------------------- */

/* The sender may be a router, or a host whose TCP ended with its program. */
START_TEST(an_icmp_error_does_not_prove_a_live_host)
{
	for (int speaks = 0; speaks < 2; speaks++) {
		begin();
		talk(OPEN, "1 < F. 1:1(0) ack 1", "1 > F. 1:1(0) ack 2", "1 < . 2:2(0) ack 2",
		     "1 > R 2:2(0)", "1000 > F. 1:1(0) ack 2", NULL);
		talk_time += NS_PER_S;
		complain(true, ISS + 1);
		if (speaks)
			packet(0, 4001, '<', "S 9:9(0)", 0);
		expect("R9293-RSTGEN", speaks ? RESULT_WARN : RESULT_INCONCLUSIVE, NULL);
		end();
	}
}
END_TEST

START_TEST(icmp_alone_proves_no_tcp_checksum)
{
	begin();
	complain(true, ISS + 1);
	ck_assert_ptr_null(judge("MUST-2", NULL));
	end();
}
END_TEST

/* --- a busy host ------------------------------------------------------------------------------ */

/* Its SYN was in transit for 112 ms. */
START_TEST(a_late_syn_is_no_fast_clock)
{
	for (int fast = 0; fast < 2; fast++) {
		begin();
		talk("0 < S 0:0(0) <mss 1460,TS val 10 ecr 0>",
		     "1 > S. 0:0(0) ack 1 <mss 1460,TS val 500 ecr 10>",
		     "1 < . 1:1(0) ack 1 <nop,nop,TS val 11 ecr 500>",
		     fast ? "2070 < F. 1:1(0) ack 1 <nop,nop,TS val 3190 ecr 500>"
			  : "2070 < F. 1:1(0) ack 1 <nop,nop,TS val 2190 ecr 500>",
		     NULL);
		expect("R7323-5.4", fast ? RESULT_WARN : RESULT_PASS, NULL);
		end();
	}
}
END_TEST

/* Its first SYN was in transit for 80 ms. */
START_TEST(a_late_syn_was_not_retransmitted_early)
{
	for (int soon = 0; soon < 2; soon++) {
		begin();
		talk("0 < S 0:0(0) <mss 1460,TS val 10 ecr 0>",
		     soon ? "923 < S 0:0(0) <mss 1460,TS val 933 ecr 0>"
			  : "923 < S 0:0(0) <mss 1460,TS val 1017 ecr 0>",
		     NULL);
		expect("R6298-2.1", soon ? RESULT_WARN : RESULT_PASS, NULL);
		end();
	}
}
END_TEST

/* A retransmission may have the timestamp of the original (gVisor's SYNs have). */
START_TEST(an_exact_copy_does_not_measure_the_clock)
{
	for (int soon = 0; soon < 2; soon++) {
		begin();
		talk("0 < S 0:0(0) <mss 1460,TS val 10 ecr 0>",
		     soon ? "800 < S 0:0(0) <mss 1460,TS val 10 ecr 0>"
			  : "1000 < S 0:0(0) <mss 1460,TS val 10 ecr 0>",
		     "2000 < S 0:0(0) <mss 1460,TS val 10 ecr 0>", NULL);
		expect("R7323-5.4", RESULT_INCONCLUSIVE, NULL);
		talk("1 > S. 0:0(0) ack 1 <mss 1460,TS val 500 ecr 10>",
		     "1 < . 1:1(0) ack 1 <nop,nop,TS val 3012 ecr 500>",
		     "1000 < F. 1:1(0) ack 1 <nop,nop,TS val 4012 ecr 500>", NULL);
		expect("R6298-2.1", soon ? RESULT_WARN : RESULT_PASS, NULL);
		expect("R7323-5.4", RESULT_PASS, NULL);
		end();
	}
}
END_TEST

/* The client's host was busy when its timer of 600 ms expired. */
START_TEST(a_late_timer_does_not_change_the_next_timeout)
{
	for (int late = 0; late < 2; late++) {
		begin();
		talk(OPEN, "1 < . 1:1461(1460) ack 1", "0 < P. 1461:1561(100) ack 1",
		     "300 < . 1:1461(1460) ack 1",
		     late ? "877 < . 1:1461(1460) ack 1" : "600 < . 1:1461(1460) ack 1",
		     late ? "1500 < . 1:1461(1460) ack 1" : "1000 < . 1:1461(1460) ack 1",
		     "2643 < . 1:1461(1460) ack 1", "4800 < . 1:1461(1460) ack 1",
		     "9600 < . 1:1461(1460) ack 1", NULL);
		expect("R6298-5.5", late ? RESULT_PASS : RESULT_FAIL, NULL);
		end();
	}
}
END_TEST

UNIT_MAIN("circumstances", a_late_timer_does_not_change_the_next_timeout,
	  new_data_with_the_numbers_of_a_dropped_segment, dropped_segments_are_not_echoed,
	  dropped_segments_need_no_ack, data_behind_missing_octets_is_not_late,
	  timestamps_after_a_gap_are_not_stored, a_reset_with_data_in_a_closed_window,
	  packets_above_the_mtu_may_be_lost, segments_in_a_small_window,
	  an_icmp_error_does_not_prove_a_live_host, icmp_alone_proves_no_tcp_checksum,
	  a_late_syn_is_no_fast_clock, a_late_syn_was_not_retransmitted_early,
	  an_exact_copy_does_not_measure_the_clock)
