/* SPDX-License-Identifier: MIT */
/*
 * The bound that a behaviour needs (engine/amplification.h): octets on the wire that it sends for
 * each that came, until the client has proved its address. It is measured, on a clock of its own,
 * with a client that hears nothing: its SYN comes again after 1, 3, 7, 15, 31 and 63 s (RFC 6298),
 * and nothing else.
 */
#ifndef SYNACKD_ENGINE_AMPLIFICATION_NEED_H
#define SYNACKD_ENGINE_AMPLIFICATION_NEED_H

#include "behaviour/rule.h"

/* The least bound that lets all of it out, 1 or more, over IPv4 or IPv6; of what chooses, the most
 * of its alternatives. Where the ISN is given the bound stays for the whole connection, and there
 * is none that is enough: see tcp_settings.iss_given. The ruleset may be in use. */
uint32_t amplification_need(const struct ruleset *rules, bool v4);

#endif
