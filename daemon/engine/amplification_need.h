/* SPDX-License-Identifier: MIT */
/*
 * amplification_need: measures the amplification limit that a behaviour needs: octets sent per
 * octet received, until the client has proved its address (engine/amplification.h).
 *
 * The measurement runs on its own clock, with a client that receives nothing: it sends its SYN, and
 * retransmits it after 1, 3, 7, 15, 31 and 63 s (RFC 6298).
 */
#ifndef SYNACKD_ENGINE_AMPLIFICATION_NEED_H
#define SYNACKD_ENGINE_AMPLIFICATION_NEED_H

#include "behaviour/rule.h"

/*
 * Returns the smallest limit with which all segments are sent over IPv4 or IPv6; at least 1. For
 * alternatives, returns the maximum. If the ISN is configured (tcp_settings.iss_given), the client
 * can never prove its address, and no limit is sufficient for the whole connection. The ruleset may
 * be in use.
 */
uint32_t amplification_need(const struct ruleset *rules, bool v4);

#endif
