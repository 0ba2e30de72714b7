/* SPDX-License-Identifier: MIT */
/* state: the connection states of RFC 9293 3.3.2, and their names. */
#ifndef SYNACKD_TCP_STATE_H
#define SYNACKD_TCP_STATE_H

#include <stdbool.h>
#include <stddef.h>

enum tcp_state {
	STATE_CLOSED,
	STATE_LISTEN,
	STATE_SYN_SENT,
	STATE_SYN_RECEIVED,
	STATE_ESTABLISHED,
	STATE_FIN_WAIT_1,
	STATE_FIN_WAIT_2,
	STATE_CLOSE_WAIT,
	STATE_CLOSING,
	STATE_LAST_ACK,
	STATE_TIME_WAIT,
	STATE_COUNT
};

const char *state_name(enum tcp_state s); /* e.g. "SYN-RECEIVED" */
/* Reads a name of `len` characters, exactly as state_name() writes it. Returns false if it is
 * unknown. */
bool state_parse(const char *name, size_t len, enum tcp_state *out);

/* Returns true in the synchronised states: ESTABLISHED and all states after it. */
static inline bool state_synchronised(enum tcp_state s)
{
	return s >= STATE_ESTABLISHED;
}

#endif
