/* SPDX-License-Identifier: MIT */
/*
 * cell: the classes of segments that RFC 9293 3.10.7 distinguishes.
 *
 * They are the columns of the table of states and segments. A script names the class of its
 * segment, and cell_fits() checks it against the present connection, so that no cell is claimed by
 * mistake.
 */
#ifndef SYNACKD_TESTS_RUNNER_CELL_H
#define SYNACKD_TESTS_RUNNER_CELL_H

#include "tcp/conn.h"

#include <stdbool.h>

enum cell_class {
	CELL_SYN_SAME, /* SEG.SEQ = IRS */
	CELL_SYN_NEW,  /* any other SEG.SEQ */
	CELL_SYN_ACK,
	CELL_ACK_OLD,      /* SEG.ACK < SND.UNA */
	CELL_ACK_GOOD,     /* SND.UNA =< SEG.ACK =< SND.NXT, without data */
	CELL_ACK_FUTURE,   /* SEG.ACK > SND.NXT */
	CELL_DATA_LEFT,    /* all data before RCV.NXT */
	CELL_DATA_RIGHT,   /* all data beyond the window */
	CELL_DATA_IN,      /* at RCV.NXT */
	CELL_DATA_OVERLAP, /* from before RCV.NXT to beyond it */
	CELL_DATA_ORDER,   /* in the window, after a gap */
	CELL_FIN_IN,       /* at RCV.NXT */
	CELL_FIN_EARLY,    /* in the window, after a gap */
	CELL_FIN_BEYOND,   /* beyond the window */
	CELL_FIN_AGAIN,    /* before RCV.NXT */
	CELL_RST_EXACT,    /* SEG.SEQ = RCV.NXT; in SYN-SENT with an acceptable ACK */
	CELL_RST_WINDOW,   /* elsewhere in the window; in SYN-SENT without an ACK */
	CELL_RST_OUTSIDE,  /* outside the window; in SYN-SENT with an unacceptable ACK */
	CELL_NO_FLAGS,
	CELL_BAD_CHECKSUM,
	CELL_OLD_TIMESTAMP, /* acceptable except that TSval < TS.Recent (RFC 7323 5) */
	CELL_COUNT
};

const char *cell_class_name(enum cell_class c); /* such as "SYN-same" */
bool cell_class_parse(const char *name, enum cell_class *out);

/* Returns true if `seg` (from the client, with absolute numbers) is of this class for the
 * connection. `f` is NULL if there is no connection. In states without RCV.NXT or SND.NXT, only
 * flags and length decide. */
bool cell_fits(enum cell_class c, const struct segment *seg, const struct flow *f);

#endif
