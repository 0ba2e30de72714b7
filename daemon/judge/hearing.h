/* SPDX-License-Identifier: MIT */
/* What a check gets to see. */
#ifndef SYNACKD_JUDGE_HEARING_H
#define SYNACKD_JUDGE_HEARING_H

#include "judge/gather.h"

/* What the operator knows and the wire does not tell; zeroed asserts nothing. */
struct assertions {
	nstime patience; /* the client's program waits at least so long for its connection */
	uint16_t mtu;    /* of the client's link, in octets; 0: not known */
	bool on_link;    /* no device is between the client and us */
	bool keepalive;  /* its keep-alive is as it was shipped */
};

/* What the dialogs of one client show together. */
struct client_history {
	const struct dialog *first;
	unsigned opened;  /* connections */
	unsigned aborted; /* connections that it ended by a reset (struct dialog, `abort`) */
	nstime longest;   /* that an attempt was there, from its first SYN on */
	nstime heard;     /* its last segment came; INT64_MIN: none did */
};

/*
 * One connection under judgment. All are borrowed, and outlive the check. A check that looks for
 * the client's other connections takes the history, or the links of the dialog (`next`): it is
 * called for each dialog, and must not walk over all of them each time.
 */
struct hearing {
	const struct dialog *d;
	const struct dialogs *all;
	const struct client_history *client; /* of the client of `d` */
	const struct assertions *asserted;
};

#endif
