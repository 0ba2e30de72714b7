/* SPDX-License-Identifier: MIT */
#include "tcp/icmp_input.h"

#include "tcp/sender.h"
#include "tcp/transition.h"

#define MTU_MIN_V4 68   /* RFC 791 3.2 */
#define MTU_MIN_V6 1280 /* RFC 8200 5 */

enum error {
	ERROR_NOTHING, /* source quench (MUST-55), redirect, undefined types */
	ERROR_SOFT,    /* may be transient: the connection remains (MUST-56) */
	ERROR_HARD,    /* SHLD-26 */
	ERROR_TOO_BIG,
};

static enum error error_v4(uint8_t type, uint8_t code)
{
	switch (type) {
	case 3: /* destination unreachable */
		if (code == 4)
			return ERROR_TOO_BIG;
		return code == 2 || code == 3 ? ERROR_HARD : ERROR_SOFT;
	case 11: /* time exceeded */
	case 12: /* parameter problem */ return ERROR_SOFT;
	default: return ERROR_NOTHING;
	}
}

/* Parameter problems are soft in ICMPv6, even for an unknown next header. */
static enum error error_v6(uint8_t type, uint8_t code)
{
	switch (type) {
	case 1: /* destination unreachable */ return code == 4 ? ERROR_HARD : ERROR_SOFT;
	case 2: return ERROR_TOO_BIG;
	case 3: /* time exceeded */
	case 4: /* parameter problem */ return ERROR_SOFT;
	default: return ERROR_NOTHING;
	}
}

static enum error error_of(const struct icmp *m)
{
	return addr_is_v4(&m->src) ? error_v4(m->type, m->code) : error_v6(m->type, m->code);
}

bool tcp_half_icmp(const struct tcp_half *h, const struct icmp *m, const struct segment *about)
{
	return error_of(m) == ERROR_HARD && about->seq == h->iss;
}

/* Returns the next smaller plateau: RFC 1191 7.1. UINT32_MAX: every link carries a packet of this
 * length. */
static uint32_t plateau_below(uint32_t length)
{
	static const uint32_t plateau[] = {32000, 17914, 8166, 4352,       2002,      1492,
					   1006,  508,   296,  MTU_MIN_V4, UINT32_MAX};
	unsigned i = 0;

	while (plateau[i] >= length && plateau[i] != UINT32_MAX)
		i++;
	return plateau[i];
}

/* The router did not report an MTU: returns the next plateau below the length of the quoted packet.
 * A router with a 4.2BSD TCP/IP quotes a Total Length that is too large by the header length (RFC
 * 1191 5). */
static uint32_t guessed_mtu(const struct icmp *m, uint32_t estimate)
{
	uint32_t header, length = icmp_about_length(m, &header);

	return plateau_below(length < estimate ? length : length - header);
}

/* Returns the path MTU that the error reports, in octets; `estimate` is the current estimate.
 * UINT32_MAX: discard the error (RFC 8201 4: an MTU below the IPv6 minimum). */
static uint32_t path_mtu(const struct icmp *m, uint32_t estimate)
{
	uint32_t mtu = icmp_mtu(m);

	if (!addr_is_v4(&m->src))
		return mtu >= MTU_MIN_V6 ? mtu : UINT32_MAX;
	if (mtu == 0)
		return guessed_mtu(m, estimate);
	return mtu > MTU_MIN_V4 ? mtu : MTU_MIN_V4; /* RFC 1191 3 */
}

void tcp_icmp(struct tcp_conn *c, const struct icmp *m, const struct segment *about, nstime now,
	      struct plan *plan)
{
	/* RFC 5927 4.1: a forged error rarely quotes an outstanding sequence number. */
	if (!seq_leq(c->snd_una, about->seq) || !seq_lt(about->seq, c->snd_max))
		return;
	switch (error_of(m)) {
	case ERROR_NOTHING:
	case ERROR_SOFT: break;
	case ERROR_HARD:
		/* RFC 5927 5.2: soft in the synchronised states. */
		if (!state_synchronised(c->f.state))
			tcp_set_state(c, STATE_CLOSED, now, plan);
		break;
	case ERROR_TOO_BIG:
		if (c->syn_acked || about->seq != c->iss)
			tcp_lower_mtu(c, path_mtu(m, tcp_mtu(c)), now);
		break;
	}
}
