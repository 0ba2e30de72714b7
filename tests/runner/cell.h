/* SPDX-License-Identifier: MIT */
/*
 * The classes of segments that RFC 9293 3.10.7 tells apart: the columns of the table of states and
 * segments. A script says of which class its segment is, and cell_fits checks it against the
 * connection as it is at that moment, so that a cell cannot be claimed by mistake.
 */
#ifndef SYNACKD_TESTS_RUNNER_CELL_H
#define SYNACKD_TESTS_RUNNER_CELL_H

#include "tcp/conn.h"

#include <stdbool.h>

enum cell_class {
	CELL_SYN_SAME,     /* SEG.SEQ = IRS */
	CELL_SYN_NEW,      /* another */
	CELL_SYN_ACK,      /* */
	CELL_ACK_OLD,      /* SEG.ACK < SND.UNA */
	CELL_ACK_GOOD,     /* SND.UNA =< SEG.ACK =< SND.NXT, and nothing else in it */
	CELL_ACK_FUTURE,   /* SEG.ACK > SND.NXT */
	CELL_DATA_LEFT,    /* all of it before RCV.NXT */
	CELL_DATA_RIGHT,   /* all of it behind the window */
	CELL_DATA_IN,      /* at RCV.NXT */
	CELL_DATA_OVERLAP, /* over RCV.NXT */
	CELL_DATA_ORDER,   /* in the window, behind a gap */
	CELL_FIN_IN,       /* at RCV.NXT */
	CELL_FIN_EARLY,    /* in the window, behind a gap */
	CELL_FIN_BEYOND,   /* behind the window */
	CELL_FIN_AGAIN,    /* before RCV.NXT */
	CELL_RST_EXACT,    /* SEG.SEQ = RCV.NXT; in SYN-SENT with an acceptable ACK */
	CELL_RST_WINDOW,   /* elsewhere in the window; in SYN-SENT without an ACK */
	CELL_RST_OUTSIDE,  /* outside of it; in SYN-SENT with an ACK that is not acceptable */
	CELL_NO_FLAGS,
	CELL_BAD_CHECKSUM,
	CELL_OLD_TIMESTAMP, /* acceptable but for its TSval < TS.Recent (RFC 7323 5) */
	CELL_COUNT
};

const char *cell_class_name(enum cell_class c); /* "SYN-same" */
bool cell_class_parse(const char *name, enum cell_class *out);

/* Is `seg` (with absolute numbers, from the client) of this class for the connection? `f` NULL: for
 * no connection. Where the state knows no RCV.NXT or no SND.NXT, only flags and length decide. */
bool cell_fits(enum cell_class c, const struct segment *seg, const struct flow *f);

#endif
