/* SPDX-License-Identifier: MIT */
/* hearing: the input of a check. */
#ifndef SYNACKD_JUDGE_HEARING_H
#define SYNACKD_JUDGE_HEARING_H

#include "judge/gather.h"

/*
 * Facts that the operator asserts, as the wire does not show them. A zeroed struct asserts nothing.
 */
struct assertions {
	nstime patience; /* minimum time that the client's program waits for its connection */
	uint16_t mtu;    /* MTU of the client's link, in octets; 0: unknown */
	bool on_link;    /* no device is between the client and the responder */
	bool keepalive;  /* the client's keep-alives have their default settings */
};

/* Facts about all dialogs of one client. */
struct client_history {
	const struct dialog *first;
	unsigned opened;  /* number of connections */
	unsigned aborted; /* number of connections that the client reset (struct dialog, `abort`) */
	nstime longest;   /* longest duration of an attempt, from its first SYN */
	nstime heard;     /* time of its last segment; INT64_MIN: none */
};

/* One connection under judgment. All pointers are borrowed, and outlive the check. A check of the
 * client's other connections must use the history or the links of the dialog (`next`). It is called
 * for each dialog, so it must not walk over all of them. */
struct hearing {
	const struct dialog *d;
	const struct dialogs *all;
	const struct client_history *client; /* history of the client of `d` */
	const struct assertions *asserted;
};

#endif
