/* SPDX-License-Identifier: MIT */
/*
 * script: reads segment scripts.
 *
 *   # a comment
 *   behaviour NAME              behaviour of the endpoint (default: accept)
 *   service NAME                service of the endpoint (default: discard)
 *   key ISN = "1";              any other key of the endpoint
 *   % behaviours = { ... };     any other line of the config
 *   family 4                    only over IPv4 (6: only over IPv6)
 *   +T < SEGMENT                after T seconds the client sends this segment
 *   +T < icmp NAME about SEQ[(LEN)] [mtu N]  an ICMP error arrives that quotes our segment with
 * this sequence number, and with LEN octets of data by its IP header +T > SEGMENT after T seconds,
 * exact to 1 us, the responder sends this segment +T > icmp NAME              the same for an ICMP
 * error about the client's last segment +T > wrong NAME             the same for a packet that is
 * not a valid segment; NAME is the result of wire/packet_decode.h, such as tcp-short +T silence for
 * T seconds the responder sends nothing +T idle                     for T seconds any packet is
 * accepted state NAME                  the connection is in this state (CLOSED: there is none) new
 * the next lines are of another connection, with another port and ISN new client the same, from
 * another client address new closed                  the same, to a port of ours without an
 * endpoint block NAME                  defines a block: the lines up to the next `block` or `cell`
 *   do NAME                     runs that block
 *   cell CLASS after NAME: WHY  in a new connection runs the block NAME, then the lines up to the
 * next `cell`. Their first segment from the client is of this class (cell.h) in the state at that
 * moment. This proves a cell of the table of states and segments; WHY is the clause of the RFC.
 *
 * Sequence numbers are relative to each side's ISN. In options, `ts.val` is the responder's latest
 * TSval, and a Fast Open cookie of the responder is written `FO 636f6f6b69652121` ("cookie!!"), or
 * as a prefix or repetition of it for another length. In a line with >, options with + - =
 * (wire/notation.h) require or forbid these options and ignore the others: `<+mss 400,-TS>`.
 */
#ifndef SYNACKD_TESTS_RUNNER_SCRIPT_H
#define SYNACKD_TESTS_RUNNER_SCRIPT_H

#include "cell.h"

#include "base/clock.h"
#include "base/text.h"
#include "tcp/state.h"
#include "wire/notation.h"

enum line_kind {
	LINE_IN,
	LINE_IN_ICMP,
	LINE_OUT,
	LINE_OUT_ICMP,
	LINE_OUT_WRONG,
	LINE_SILENCE,
	LINE_IDLE,
	LINE_STATE,
	LINE_NEW,
	LINE_NEW_CLIENT,
	LINE_NEW_CLOSED,
	LINE_BLOCK,
	LINE_DO,
	LINE_CELL
};

struct line {
	enum line_kind kind;
	unsigned number;
	nstime after;
	char *text; /* the line, for messages */
	struct notation segment;
	enum tcp_state state;
	char *name;             /* of LINE_IN_ICMP, LINE_OUT_ICMP and LINE_OUT_WRONG */
	uint32_t seq, len, mtu; /* of LINE_IN_ICMP */
	char *block;            /* of LINE_BLOCK, LINE_DO and LINE_CELL: its name */
	enum cell_class cls;    /* of LINE_CELL, whose `text` is WHY */
};

struct script {
	const char *path;
	char *behaviour;
	char *service;
	struct text keys;   /* added to the endpoint's group */
	struct text config; /* added to the config file */
	bool v4, v6;
	unsigned lines;
	struct line *line;
};

/* Reads a script. On errors prints them with file and line, and returns false. */
bool script_read(const char *path, struct script *out);
/* Returns the first line of the block, or NULL if there is no block of this name. */
const struct line *script_block(const struct script *s, const char *name);
void script_free(struct script *s);

#endif
