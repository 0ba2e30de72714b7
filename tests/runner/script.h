/* SPDX-License-Identifier: MIT */
/*
 * A segment script, line by line:
 *
 *   # a comment
 *   behaviour NAME              the endpoint's behaviour (default accept), service likewise
 *   service NAME                (default discard)
 *   key ISN = "1";              any other key of the endpoint
 *   % behaviours = { ... };     any other line of the config
 *   family 4                    over IPv4 only (6: IPv6 only)
 *   +T < SEGMENT                T seconds later the client sends this
 *   +T < icmp NAME about SEQ[(LEN)] [mtu N]  an ICMP error comes about our segment with this
 *                               number, and so many octets by its IP header
 *   +T > SEGMENT                T seconds later, to the microsecond, this is sent to the client
 *   +T > icmp NAME              likewise an ICMP error about the client's last segment
 *   +T > wrong NAME             likewise a packet that is no segment; NAME is what the decoder of
 *                               wire/packet_decode.h says of it, as in tcp-short
 *   +T silence                  for T seconds nothing is sent
 *   +T idle                     for T seconds whatever is sent is not looked at
 *   state NAME                  the machine is in this state now (CLOSED: there is none)
 *   new                         from here on another connection: other port, other ISN
 *   new client                  likewise, from another address
 *   new closed                  likewise, to a port of ours that has no endpoint
 *   block NAME                  the lines up to the next block or cell, for later
 *   do NAME                     run that block here
 *   cell CLASS after NAME: WHY  another connection, the block NAME, and then the lines up to the
 *                               next cell. The first segment from the client in them is of that
 *                               class (cell.h), in the state that it meets: a cell of the table of
 *                               states and segments, and the clause that it is there for.
 *
 * Numbers are relative to each side's ISN. In options, `ts.val` is the responder's latest TSval,
 * and a Fast Open cookie of the responder's is written `FO 636f6f6b69652121` ("cookie!!", and so on
 * or less of it for one of another length). Options with + - = (wire/notation.h) in a line with >
 * say what must be there and what not, beside the others: `<+mss 400,-TS>`.
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
	char *text; /* as written, for messages */
	struct notation segment;
	enum tcp_state state;
	char *name;             /* of LINE_IN_ICMP, LINE_OUT_ICMP and LINE_OUT_WRONG */
	uint32_t seq, len, mtu; /* of LINE_IN_ICMP */
	char *block;            /* of LINE_BLOCK, LINE_DO and LINE_CELL: its name */
	enum cell_class cls;    /* of LINE_CELL, whose `text` is the clause */
};

struct script {
	const char *path;
	char *behaviour;
	char *service;
	struct text keys;   /* into the endpoint's group */
	struct text config; /* into the file */
	bool v4, v6;
	unsigned lines;
	struct line *line;
};

/* Read a script; prints what is wrong with it, as file:line, and returns false. */
bool script_read(const char *path, struct script *out);
/* The line where the block begins; NULL: there is none of this name. */
const struct line *script_block(const struct script *s, const char *name);
void script_free(struct script *s);

#endif
