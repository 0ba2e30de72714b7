/* SPDX-License-Identifier: MIT */
/* What the checks look for in a dialog. */
#ifndef SYNACKD_JUDGE_LOOK_H
#define SYNACKD_JUDGE_LOOK_H

#include "judge/hearing.h"

#define ANSWER_MOST                                                                  \
	(900 * NS_PER_MS) /* an ACK of nothing comes at once, and within it for sure \
			   */
#define LINK_MTU 1500     /* of an Ethernet, which ours is taken to be */

/* A packet that both sides could read: on the wire, TCP, its checksum right. */
bool is_segment(const struct arrow *a);
/* Of these, by flags; with RST only is_rst is true. */
bool is_syn(const struct arrow *a); /* without ACK */
bool is_syn_ack(const struct arrow *a);
bool is_rst(const struct arrow *a);
bool is_ack(const struct arrow *a);  /* ACK and nothing else */
bool is_data(const struct arrow *a); /* octets, and no SYN */
bool is_fin(const struct arrow *a);
bool is_spoken(const struct arrow *a); /* whatever is not SYN without ACK, nor RST */

/* Among its options, which are well-formed, is one that most TCPs do not know. */
bool has_unknown_option(const struct arrow *a);

/* How many octets, with options, a full segment of the client's has at most: by our MSS, or by its
 * own, as a program may have set one for both ways. */
uint32_t full_segment(const struct dialog *d);

/* One past its last octet, SYN or FIN. */
uint32_t arrow_end(const struct arrow *a);

/* The first that fits behind `after` (NULL: from the beginning) and not later than `until`, of the
 * client's or of ours; NULL: there is none. */
const struct arrow *find_in(const struct dialog *d, const struct arrow *after,
			    bool (*fits)(const struct arrow *a), nstime until);
const struct arrow *find_out(const struct dialog *d, const struct arrow *after,
			     bool (*fits)(const struct arrow *a), nstime until);

bool is_error(const struct arrow *a); /* an ICMP error of ours */

/* One by which a packet of the client's was too long for its way, and the MTU that it tells: 0 is
 * that of a router older than RFC 1191. */
bool is_too_big(const struct arrow *a);
uint32_t told_mtu(const struct arrow *a);

/* The first such error behind `after`, and before `end` (NULL: to the end of all); NULL: none. What
 * it is about comes again at once, and shorter, by right: RFC 1191 6.2, RFC 8201 5.4. */
const struct arrow *find_too_big(const struct dialog *d, const struct arrow *after,
				 const struct arrow *end);

/* The right edge that a segment of ours gives. */
uint32_t window_edge(const struct dialog *d, const struct arrow *s);

/* For as long after a segment of ours, what comes may have left before it arrived: two round trips,
 * and what we were late by. */
nstime slack(const struct dialog *d, const struct arrow *s);
nstime arrow_late(const struct arrow *a); /* 0 for the client's */

/*
 * The client acknowledges again what it did before, with the numbers that it should: the answer to
 * a segment that is none of its connection's. NULL: none behind `s` and not later than `until`.
 */
const struct arrow *find_challenge(const struct dialog *d, const struct arrow *s, nstime until);

/* What shows that the connection is there still, some time after `s` arrived; and what shows that
 * it is not: a reset by which a later segment of ours was answered, or a SYN for another one. */
const struct arrow *find_alive(const struct dialog *d, const struct arrow *s);
const struct arrow *find_dead(const struct dialog *d, const struct arrow *s);

/* The reset by which the client's TCP answers `s`. One that acknowledges it, or comes after such an
 * ACK, does not: its program has closed, with octets unread or before they came (RFC 9293 3.6.1).
 */
const struct arrow *find_refusal(const struct dialog *d, const struct arrow *s, nstime until);

/* Was the connection open before it, and neither side had reset it? */
bool is_connected(const struct arrow *s);

/* Is it ours, and behind a gap: were octets before it not sent yet? */
bool is_early(const struct arrow *s);

/* The time from one segment of the client's to another: by its own clock, where it has timestamps
 * that tick milliseconds, as either may have been long on its way. (Some keep what they send again
 * with the timestamp that it had.) */
nstime elapsed(const struct dialog *d, const struct arrow *from, const struct arrow *to);

/* Is its timestamp older than one of ours that came before it, where they were agreed on? Then the
 * client may have to drop it; and must, when that one was one to remember (RFC 7323 4.3: nothing
 * was missing before it). */
bool has_old_stamp(const struct dialog *d, const struct arrow *s);
bool has_surely_old_stamp(const struct dialog *d, const struct arrow *s);

/* Is nothing wrong with it but, perhaps, its place: not its flags, its ACK, its timestamp? */
bool is_takeable(const struct dialog *d, const struct arrow *s);

/* Did this client open a connection besides this one? */
bool connects_elsewhere(const struct hearing *h);

/* Does its program wait for so long for a connection to open, as the operator asserted, or as an
 * attempt of this client's shows? */
bool awaits_answer(const struct hearing *h, nstime time);

/* Anything of this client's, of whichever connection, that left after `s` arrived: then it was
 * there and chose to be silent. Where its TCP is part of its program both may have ended. */
bool is_heard_later(const struct hearing *h, const struct arrow *s);

/* Another ACK of the kind that a client may send but twice a second came just before. */
bool throttled(const struct dialog *d, const struct arrow *s);

/* A span in words, `1.02 s`; in a ring of eight buffers. */
const char *span(nstime t);

#endif
