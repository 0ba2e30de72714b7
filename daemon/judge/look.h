/* SPDX-License-Identifier: MIT */
/* look: searches and predicates on a dialog that several checks use. */
#ifndef SYNACKD_JUDGE_LOOK_H
#define SYNACKD_JUDGE_LOOK_H

#include "judge/hearing.h"

#define ANSWER_MOST (900 * NS_PER_MS) /* a pure ACK arrives within this time */
#define LINK_MTU    1500 /* of an Ethernet, which the responder's link is assumed to be */

/* Returns true if both sides could read the packet: it crossed the wire, is TCP, and has a valid
 * checksum. */
bool is_segment(const struct arrow *a);
/* The following classify segments by their flags. For a segment with RST, only is_rst() is true. */
bool is_syn(const struct arrow *a); /* without ACK */
bool is_syn_ack(const struct arrow *a);
bool is_rst(const struct arrow *a);
bool is_ack(const struct arrow *a);  /* ACK and no other flag */
bool is_data(const struct arrow *a); /* data, and no SYN */
bool is_fin(const struct arrow *a);
bool is_spoken(const struct arrow *a); /* with ACK, without RST */

/* Returns true if its options are well-formed, and contain one that most TCPs do not know. */
bool has_unknown_option(const struct arrow *a);

/* Returns the MSS of a TCP that sends no MSS option: RFC 9293 MUST-15. */
uint32_t default_mss(const struct dialog *d);

/* Returns the maximum length of the client's segments, options included. The responder's MSS bounds
 * it, and so does the client's own, which its program may have set for both directions. */
uint32_t full_segment(const struct dialog *d);

/* Returns one past its last octet, SYN or FIN. */
uint32_t arrow_end(const struct arrow *a);

/* Return the first segment of the client, or of the responder, that fits, is after `after` (NULL:
 * from the beginning), and not later than `until`. Return NULL if there is none. */
const struct arrow *find_in(const struct dialog *d, const struct arrow *after,
			    bool (*fits)(const struct arrow *a), nstime until);
const struct arrow *find_out(const struct dialog *d, const struct arrow *after,
			     bool (*fits)(const struct arrow *a), nstime until);

bool is_error(const struct arrow *a); /* an ICMP error of the responder */

/* Returns true if the error reports that a packet of the client was too big. told_mtu() returns its
 * MTU, or 0 if the error has none, as from a router older than RFC 1191. */
bool is_too_big(const struct arrow *a);
uint32_t told_mtu(const struct arrow *a);

/* Returns the first such error after `after` and before `end` (NULL: the end of the dialog), or
 * NULL. The client may retransmit the quoted data at once, in shorter segments (RFC 1191 6.2, RFC
 * 8201 5.4). */
const struct arrow *find_too_big(const struct dialog *d, const struct arrow *after,
				 const struct arrow *end);

/* Returns the right edge of the window in a segment of the responder. */
uint32_t window_edge(const struct dialog *d, const struct arrow *s);

/* Returns the time for which segments of the client may have left before `s` arrived: two RTTs, but
 * at least 5 ms, and the responder's own delay. */
nstime slack(const struct dialog *d, const struct arrow *s);
nstime arrow_late(const struct arrow *a); /* 0 for a segment of the client */

/* Returns the ACK that answers a segment outside the connection: a duplicate of the client's last
 * ACK, with the correct numbers. It is after `s` and not later than `until`. Returns NULL if there
 * is none. */
const struct arrow *find_challenge(const struct dialog *d, const struct arrow *s, nstime until);

/* find_alive() returns a segment which shows that the connection exists some time after `s`
 * arrived. find_dead() returns one which shows that it does not: a reset in answer to a later
 * segment of the responder. Both return NULL if there is none. */
const struct arrow *find_alive(const struct dialog *d, const struct arrow *s);
const struct arrow *find_dead(const struct dialog *d, const struct arrow *s);

/* Returns the reset with which a client in SYN-SENT answers `s`, or NULL. The reset arrives before
 * the responder sends another segment, or within slack(). In this state a TCP sends a reset only in
 * answer to a segment (RFC 9293 3.10.5 and 3.10.7.3), so a late answer is an answer, too. After the
 * ACK of the SYN-ACK, a reset can be an abort: it is no answer. */
const struct arrow *find_answering_reset(const struct dialog *d, const struct arrow *s);

/* Returns the reset with which the client's TCP rejects `s`, or NULL. A reset that acknowledges
 * `s`, or that follows such an ACK, is not a rejection: the client's program has closed with unread
 * data or before data arrived (RFC 9293 3.6.1). */
const struct arrow *find_refusal(const struct dialog *d, const struct arrow *s, nstime until);

/* Returns true if the connection was open before `s`, and neither side had reset it. */
bool is_connected(const struct arrow *s);

/*
 * Returns true if a segment of the responder is after a gap: data before it had not been sent yet.
 */
bool is_early(const struct arrow *s);

/* Returns the time from one segment of the client to another. If the client's timestamps are in
 * milliseconds, it uses them, as either segment may have been delayed on the path. (Some clients
 * retransmit a segment with its original timestamp.) */
nstime elapsed(const struct dialog *d, const struct arrow *from, const struct arrow *to);

/* Return true if its timestamp is older than an earlier one of the responder, and timestamps were
 * negotiated. The client may have to discard it. It surely has to if it had to remember the earlier
 * timestamp (RFC 7323 4.3: no gap before that segment). */
bool has_old_stamp(const struct dialog *d, const struct arrow *s);
bool has_surely_old_stamp(const struct dialog *d, const struct arrow *s);

/* Returns true if its flags, its ACK and its timestamp are valid: the client has to accept it in
 * sequence. */
bool is_takeable(const struct dialog *d, const struct arrow *s);

/* Returns true if this client opened another connection. */
bool connects_elsewhere(const struct hearing *h);

/* Returns true if the client's program waits this long for a connection, as the operator asserted
 * or as an attempt of this client shows. */
bool awaits_answer(const struct hearing *h, nstime time);

/* Returns true if any segment of this client, on any connection, left after `s` arrived. Then the
 * client was present, and did not answer on purpose. (If its TCP is part of its program, both may
 * have ended.) */
bool is_heard_later(const struct hearing *h, const struct arrow *s);

/* Returns true if a duplicate ACK was sent just before `s`: clients may limit these to two a
 * second. */
bool throttled(const struct dialog *d, const struct arrow *s);

/* Returns a duration as text, `1.02 s`, in one of eight static buffers that are used in turn. */
const char *span(nstime t);

#endif
