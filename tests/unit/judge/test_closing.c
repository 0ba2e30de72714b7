/* SPDX-License-Identifier: MIT */
/* Programs that close, on conforming TCPs, while data is unread or arrives later. The results look
 * like faults. The traces are shortened from the Linux kernel's. */
#include "talk.h"
#include "unit.h"

#include <unistd.h>

START_TEST(a_close_with_unread_data_resets_no_segment)
{
	begin();
	talk(OPEN, "1 > U. 1:1001(1000) ack 1 urg 10000", "1 < . 1:1(0) ack 1001",
	     "1 < R. 1:1(0) ack 1001", NULL);
	expect("MUST-30", RESULT_INCONCLUSIVE, NULL);
	end();
	begin();
	talk(OPEN, "1 > U. 1:1001(1000) ack 1 urg 10000", "1 < R 1:1(0)", NULL);
	expect("MUST-30", RESULT_FAIL, NULL);
	end();
	begin();
	talk(OPEN_TS, "1 > P. 1:1001(1000) ack 1",
	     "1 < R. 1:1(0) ack 1001 <nop,nop,TS val 12 ecr 500>", NULL);
	expect("R7323-3.2d", RESULT_INCONCLUSIVE, NULL);
	end();
	begin();
	talk(OPEN_TS, "1 > P. 1:1001(1000) ack 1", "1 < R 1:1(0)", NULL);
	expect("R7323-3.2d", RESULT_FAIL, NULL);
	end();
}
END_TEST

/* shutdown(SHUT_WR) and close(): data that arrives afterwards is reset. */
START_TEST(a_full_close_resets_later_data)
{
	for (int fin = 0; fin < 2; fin++) {
		const char *own = fin ? "1 < F. 1:1(0) ack 1" : "1 < . 1:1(0) ack 1";

		begin();
		talk(OPEN, "1 > U. 1:1001(1000) ack 1 urg 0", own, "1 < R 1:1(0)", NULL);
		expect("MUST-30", fin ? RESULT_INCONCLUSIVE : RESULT_FAIL, NULL);
		end();
		begin();
		talk(OPEN, "1 > P. 1:1001(1000) ack 1 <nop,nop,TS val 500 ecr 0>", own,
		     "1 < R 1:1(0)", NULL);
		expect("R7323-3.2e", fin ? RESULT_INCONCLUSIVE : RESULT_FAIL, NULL);
		end();
	}
}
END_TEST

START_TEST(a_full_close_resets_data_but_not_a_fin)
{
	for (int octets = 0; octets < 2; octets++) {
		begin();
		talk(OPEN, octets ? "1 > FP. 1:209(208) ack 1" : "1 > F. 1:1(0) ack 1",
		     "1 < F. 1:1(0) ack 1", "1 > . 210:210(0) ack 2", "1 < R 1:1(0)", NULL);
		expect("R9293-CLOSING", octets ? RESULT_INCONCLUSIVE : RESULT_FAIL, NULL);
		end();
	}
}
END_TEST

/* The client has received data since, and closes while other data is unread. */
START_TEST(a_segment_without_ack_did_not_end_the_connection)
{
	for (int lives = 0; lives < 2; lives++) {
		begin();
		talk(OPEN, "1 > P 1:9(8)", "1 > . 1:1001(1000) ack 1",
		     lives ? "1 < . 1:1(0) ack 1001" : "1 < . 1:1(0) ack 1",
		     lives ? "1 < R. 1:1(0) ack 1001" : "1 < R. 1:1(0) ack 1", NULL);
		expect("R9293-NOACK", lives ? RESULT_INCONCLUSIVE : RESULT_FAIL, NULL);
		end();
	}
}
END_TEST

/* SO_LINGER 0 in every connection. */
START_TEST(a_client_that_always_aborts)
{
	for (int aborts = 0; aborts < 2; aborts++) {
		begin();
		talk(OPEN, "1 < P. 1:1001(1000) ack 1", "1 > . 1:1(0) ack 1001 win 100",
		     "1 < R. 1001:1001(0) ack 1", NULL);
		open_connection(2, 4001);
		packet(2, 4001, '<', aborts ? "R. 1:1(0) ack 1" : "F. 1:1(0) ack 1", 0);
		expect("MUST-34", aborts ? RESULT_INCONCLUSIVE : RESULT_FAIL, NULL);
		end();
	}
}
END_TEST

/* The error quotes an invalid sequence number. The client opens, then closes while data is unread.
 */
START_TEST(an_open_connection_is_no_failed_attempt)
{
	for (int opens = 0; opens < 2; opens++) {
		begin();
		talk("0 < S 0:0(0) <mss 1460>", NULL);
		complain(false, ISN + 77777);
		talk("1 > S. 0:0(0) ack 1 <mss 1460>", NULL);
		if (opens)
			talk("1 < . 1:1(0) ack 1", "1 > . 1:1001(1000) ack 1",
			     "1 < R. 1:1(0) ack 1001", NULL);
		else
			talk("1 < R 1:1(0)", NULL);
		expect("R5927-4", opens ? RESULT_PASS : RESULT_WARN, NULL);
		end();
	}
}
END_TEST

/* connect() with a timeout: the SYN-ACK arrives too late. Another attempt shows how long the client
 * waits. */
START_TEST(a_short_connect_timeout)
{
	for (int waits = 0; waits < 2; waits++) {
		begin();
		talk("0 < S 0:0(0) <mss 1460>", "1 > - 0:0(0)", "1000 > S. 0:0(0) ack 1 <mss 1460>",
		     "1 < R 1:1(0)", NULL);
		packet(2, 4001, '<', "S 0:0(0) <mss 1460>", 0);
		talk_time += (waits ? 1200 : 200) * NS_PER_MS;
		packet(2, 4001, '<', "S 0:0(0) <mss 1460>", 0);
		expect("R9293-SS-other", waits ? RESULT_FAIL : RESULT_INCONCLUSIVE, NULL);
		end();
	}
}
END_TEST

/* A client that gets no CPU for a while answers late. Its reset of a later segment answers that
 * segment. */
START_TEST(a_late_reset_is_an_answer)
{
	for (int other = 0; other < 2; other++) {
		begin();
		talk("0 < S 0:0(0) <mss 1460>", "1 > . 1:1(0) ack 1", NULL);
		if (other)
			talk("300 > . 5000:5000(0) ack 9000", "20 < R 9000:9000(0)", NULL);
		else
			talk("300 < R 1:1(0)", NULL);
		talk("1 < S 0:0(0) <mss 1460>", "1 > S. 0:0(0) ack 1 <mss 1460>",
		     "1 < . 1:1(0) ack 1", NULL);
		expect("R9293-SS-other", other ? RESULT_PASS : RESULT_WARN, NULL);
		end();
	}
}
END_TEST

/* The client has left SYN-SENT: its reset is the abort of a program, not an answer. */
START_TEST(a_later_abort_is_no_answer)
{
	for (int open = 0; open < 2; open++) {
		begin();
		talk("0 < S 0:0(0) <mss 1460>", open ? "1 > S. 0:0(0) ack 1 <mss 1460>" : NULL,
		     NULL);
		talk("0 > R. 0:0(0) ack 9000", open ? "1 < . 1:1(0) ack 1" : NULL, NULL);
		talk("300 < R. 1:1(0) ack 1", NULL);
		expect("R9293-SS-ackrst", open ? RESULT_PASS : RESULT_FAIL, NULL);
		end();
	}
	begin();
	open_connection(2, 4001);
	talk("1 < S 0:0(0) <mss 1460>", "1 > S. 0:0(0) ack 1 <mss 1460>", "1 < . 1:1(0) ack 1",
	     "1 > S. 0:0(0) ack 1 <mss 1460,kind 200 0102>", "300 < R. 1:1(0) ack 1", NULL);
	expect("MUST-6", RESULT_INCONCLUSIVE, NULL);
	end();
}
END_TEST

/* A non-blocking connect() and close(): the connection has ended when our SYN arrives. */
START_TEST(a_closed_attempt_resets_our_syn)
{
	for (int waits = 0; waits < 2; waits++) {
		begin();
		talk("0 < S 0:0(0) <mss 1460>", "1 > S 0:0(0) <mss 1460>", "1 < R. 0:0(0) ack 1",
		     NULL);
		if (waits)
			open_connection(2, 4001);
		expect("MUST-10", waits ? RESULT_FAIL : RESULT_INCONCLUSIVE, NULL);
		end();
	}
}
END_TEST

START_TEST(an_ack_from_before_the_gap_has_no_sack)
{
	for (int again = 0; again < 2; again++) {
		begin();
		talk(OPEN, "1 > . 1:335(334) ack 1", "1 > . 669:1001(332) ack 1",
		     "1 < . 1:1(0) ack 335", NULL);
		talk(again ? "1 < . 1:1(0) ack 335" : "1 < F. 1:1(0) ack 335", NULL);
		expect("R2018-4a", again ? RESULT_WARN : RESULT_INCONCLUSIVE, NULL);
		end();
	}
}
END_TEST

/* An ACK reports the old block while the next one arrives. Then two arrive before an ACK reports
 * either. */
START_TEST(the_latest_block_depends_on_the_previous_ack)
{
	for (int oldest = 0; oldest < 2; oldest++) {
		begin();
		talk(OPEN, "1 > . 335:669(334) ack 1", "1 > . 1001:1335(334) ack 1",
		     "1 < . 1:1(0) ack 1 <nop,nop,sack 5335:5669>", "1 > . 1669:2003(334) ack 1",
		     oldest ? "1 < . 1:1(0) ack 1 <nop,nop,sack 5335:5669 6001:6335>"
			    : "1 < . 1:1(0) ack 1 <nop,nop,sack 6001:6335 5335:5669>",
		     "1 < . 1:1(0) ack 1 <nop,nop,sack 6001:6335 5335:5669>", NULL);
		expect("R2018-4a", oldest ? RESULT_FAIL : RESULT_PASS, NULL);
		end();
	}
}
END_TEST

/* The ACK that opens the window acknowledges all data and the FIN, or a part of it. */
START_TEST(a_client_without_data_does_not_stall)
{
	for (int all = 0; all < 2; all++) {
		begin();
		talk("0 < S 0:0(0) <mss 1460>", "1 > S. 0:0(0) ack 1 win 2000 <mss 1460>",
		     "1 < P. 1:1001(1000) ack 1", "1 > . 1:1(0) ack 1001 win 500",
		     "1 < F. 1001:1001(0) ack 1",
		     all ? "1 > . 1:1(0) ack 1002 win 1600" : "1 > . 1:1(0) ack 1001 win 1600",
		     "1000 > . 0:0(0) ack 1001 win 1600", "1 < . 1002:1002(0) ack 1", NULL);
		expect("MUST-34", all ? RESULT_INCONCLUSIVE : RESULT_FAIL, NULL);
		end();
	}
}
END_TEST

/* The client would have kept the data after the gap, but its program closed. */
START_TEST(a_reset_is_no_discarded_data)
{
	for (int resets = 0; resets < 2; resets++) {
		begin();
		talk(OPEN, "1 > . 335:669(334) ack 1", "1 > . 1:168(167) ack 1",
		     "1 < . 1:1(0) ack 168", "1 > . 168:335(167) ack 1",
		     resets ? "1 < R. 1:1(0) ack 168" : "1 < . 1:1(0) ack 335", NULL);
		expect("SHLD-31", resets ? RESULT_INCONCLUSIVE : RESULT_WARN, NULL);
		end();
	}
}
END_TEST

/* The gap is filled twice before the first ACK. The second segment covers all data. */
START_TEST(data_that_crosses_the_ack_was_not_required)
{
	for (int needed = 0; needed < 2; needed++) {
		begin();
		talk(OPEN, "1 > . 335:669(334) ack 1", "1 > . 1:335(334) ack 1", NULL);
		if (needed)
			talk("1 < . 1:1(0) ack 335", NULL);
		talk("1 > . 1:669(668) ack 1", "5 < . 1:1(0) ack 669", NULL);
		expect("SHLD-31", needed ? RESULT_WARN : RESULT_PASS, NULL);
		end();
	}
}
END_TEST

/* With a small buffer the client discards data after a gap. Later the data arrives in order. */
START_TEST(discarded_data_is_no_previous_segment)
{
	for (int early = 0; early < 2; early++) {
		begin();
		talk(OPEN_TS, NULL);
		if (early)
			talk("1 > . 155:308(153) ack 1 <nop,nop,TS val 501 ecr 11>",
			     "1 > . 1:155(154) ack 1 <nop,nop,TS val 501 ecr 11>",
			     "1 < . 1:1(0) ack 155 <nop,nop,TS val 12 ecr 501>", NULL);
		else
			talk("1 > . 1:155(154) ack 1 <nop,nop,TS val 501 ecr 11>",
			     "1 < . 1:1(0) ack 155 <nop,nop,TS val 12 ecr 501>",
			     "1 > . 155:308(153) ack 1 <nop,nop,TS val 502 ecr 11>", NULL);
		talk("1000 > . 155:257(102) ack 1 <nop,nop,TS val 1500 ecr 12>",
		     "1 > . 257:359(102) ack 1 <nop,nop,TS val 1500 ecr 12>",
		     "1 > . 359:461(102) ack 1 <nop,nop,TS val 1500 ecr 12>",
		     "1 < . 1:1(0) ack 461 <nop,nop,TS val 1012 ecr 1500>", NULL);
		if (early)
			ck_assert_ptr_null(judge("R7323-4.3", NULL));
		else
			expect("R7323-4.3", RESULT_WARN, NULL);
		end();
	}
}
END_TEST

/* TCP_USER_TIMEOUT: the connection has ended when our FIN arrives. */
START_TEST(a_fin_without_ack_does_not_cross)
{
	for (int ack = 0; ack < 2; ack++) {
		begin();
		talk(OPEN, ack ? "1 > F. 1:1(0) ack 1" : "1 > F 1:1(0)", "3000 < F. 1:1(0) ack 1",
		     "3000 > F. 1:1(0) ack 2", "1 < R 2:2(0)", NULL);
		if (ack)
			expect("R9293-CLOSING", RESULT_FAIL, NULL);
		else
			ck_assert_ptr_null(judge("R9293-CLOSING", NULL));
		end();
	}
}
END_TEST

/* Our segment was marked, and we have closed: in TIME-WAIT the client need not echo the mark. */
START_TEST(marks_after_our_fin_need_no_echo)
{
	for (int fin = 0; fin < 2; fin++) {
		begin();
		talk("0 < SEW 0:0(0) <mss 1460>", "1 > SE. 0:0(0) ack 1 <mss 1460>",
		     "1 < . 1:1(0) ack 1", "1 > . 1:1001(1000) ack 1 [ce]",
		     "1 < E. 1:1(0) ack 1001", "1 < FE. 1:1(0) ack 1001", NULL);
		talk(fin ? "1 > F. 1001:1001(0) ack 2" : "1 > . 1001:1002(1) ack 2",
		     "1 < . 2:2(0) ack 1002", NULL);
		expect("R3168-6.1.3", fin ? RESULT_PASS : RESULT_FAIL, NULL);
		end();
	}
}
END_TEST

UNIT_MAIN("closing", a_close_with_unread_data_resets_no_segment, a_full_close_resets_later_data,
	  a_full_close_resets_data_but_not_a_fin, a_segment_without_ack_did_not_end_the_connection,
	  a_client_that_always_aborts, an_open_connection_is_no_failed_attempt,
	  a_short_connect_timeout, a_late_reset_is_an_answer, a_later_abort_is_no_answer,
	  a_closed_attempt_resets_our_syn, an_ack_from_before_the_gap_has_no_sack,
	  the_latest_block_depends_on_the_previous_ack, a_client_without_data_does_not_stall,
	  a_reset_is_no_discarded_data, data_that_crosses_the_ack_was_not_required,
	  discarded_data_is_no_previous_segment, a_fin_without_ack_does_not_cross,
	  marks_after_our_fin_need_no_echo)
