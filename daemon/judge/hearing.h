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

/* One connection under judgment. All three are borrowed, and outlive the check. */
struct hearing {
	const struct dialog *d;
	const struct dialogs *all; /* of all clients: a check may look for this client's others */
	const struct assertions *asserted;
};

#endif
