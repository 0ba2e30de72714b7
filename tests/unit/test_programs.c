/* SPDX-License-Identifier: MIT */
/* What programs do with a TCP that conforms, and looks like a fault: close with octets unread,
 * write little, end at once. Each trace is one of the Linux kernel's, shortened. */
#include "talk.h"
#include "unit.h"

#define OPEN                                                                       \
	"0 < S 0:0(0) <mss 1460,sackOK>", "1 > S. 0:0(0) ack 1 <mss 1460,sackOK>", \
		"1 < . 1:1(0) ack 1"
#define OPEN_TS                                                            \
	"0 < S 0:0(0) <mss 1460,sackOK,TS val 10 ecr 0>",                  \
		"1 > S. 0:0(0) ack 1 <mss 1460,sackOK,TS val 500 ecr 10>", \
		"1 < . 1:1(0) ack 1 <nop,nop,TS val 11 ecr 500>"

/* --- a program that closes -------------------------------------------------------------------- */

START_TEST(who_closes_unread_does_not_reset_what_it_took)
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

UNIT_MAIN("programs", who_closes_unread_does_not_reset_what_it_took)
