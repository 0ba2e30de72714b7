/* SPDX-License-Identifier: MIT */
/*
 * A rule: on a trigger, if conditions hold, then actions. This is the only oddity there is, and it
 * is data: an immutable, counted snapshot that a connection keeps from its first segment on.
 *
 * The actions of one rule have a fixed order, whatever their order in the file:
 *   set, duplicate, delay, jitter, hold, drop, split, reorder, emit, remember, machine.
 * Rules act in the order of the file, behaviours in the order in which `+` joins them; a
 * rule meets a segment as the rules before it left it.
 */
#ifndef SYNACKD_BEHAVIOUR_RULE_H
#define SYNACKD_BEHAVIOUR_RULE_H

#include "behaviour/ip.h"
#include "behaviour/numbers.h"
#include "behaviour/shape.h"
#include "behaviour/uses.h"
#include "behaviour/where.h"
#include "service/service.h"
#include "tcp/settings.h"
#include "wire/notation.h"

enum rule_trigger {
	ON_RECEIVE, /* a segment of `class` came; also when no connection exists */
	ON_SEND,    /* a segment of `class` stands in the plan */
	ON_ENTER,   /* the machine went to `state` */
	ON_AFTER,   /* `after` passed since it went to `state`, and it is there still; with
		     * `repeats` each time that it passes; with `idle` once for each span of it in
		     * which no new octets went either way */
};

enum segment_class {
	CLASS_ANY,
	CLASS_SYN, /* SYN without ACK; with RST it is CLASS_RST */
	CLASS_SYN_ACK,
	CLASS_ACK,        /* ACK and nothing else: no octets, SYN, FIN, RST */
	CLASS_ACK_OF_FIN, /* of any form, that acknowledges the other side's FIN */
	CLASS_DATA,       /* carries octets; with RST it is CLASS_RST */
	CLASS_FIN,
	CLASS_RST,
	CLASS_WINDOW_UPDATE, /* CLASS_ACK that says nothing new but the window */
	CLASS_COUNT
};

const char *segment_class_name(enum segment_class c); /* "SYN-ACK" */

/* The scope of a count. */
enum rule_scope {
	PER_CONNECTION, /* from its first SYN on, which came before it */
	PER_ATTEMPT,    /* four-tuple and ISN: the same SYN again is the same attempt */
	PER_CLIENT,     /* its address */
	PER_ENDPOINT,
	PER_TUPLE, /* four-tuple: attempts and connections from one port of a client */
	PER_COUNT
};

const char *rule_scope_name(enum rule_scope s); /* static text: "attempt" */

#define SCHEDULE_MAX 16

/* Spans of time, again and again from when the ruleset came into use. */
struct rule_schedule {
	unsigned spans;
	nstime end[SCHEDULE_MAX]; /* of each, from the beginning of the first: the last is all */
	uint16_t on;              /* a bit for each */
};

struct rule_condition {
	struct numbers nth; /* the nth time that the trigger fires, 1 the first */
	uint8_t per;        /* enum rule_scope */
	uint16_t states;    /* a bit per enum tcp_state, 0: any; LISTEN is "no connection" */
	bool has_client;
	bool client_negated; /* all clients but these */
	struct prefix client;
	struct where *where; /* owned; NULL: whatever the numbers */
	bool has_probability;
	double probability;
	struct marks with, without; /* what the segment has, all of it, and nothing of it has */
	bool has_syn;
	struct marks syn_with, syn_without; /* likewise the client's SYN, its latest */
	uint8_t per_old;                    /* enum rule_scope, */
	bool has_old;                       /* in which something must have been remembered */
	nstime within; /* counts begin anew, and what is remembered is gone, so long after; 0: never
			*/
	struct rule_schedule *schedule; /* owned by the rule; NULL: at any time */
};

/* Which fields `set` writes. */
enum set_field {
	SET_FLAGS = 1 << 0,
	SET_SEQ = 1 << 1,
	SET_ACK = 1 << 2,
	SET_WINDOW = 1 << 3,
	SET_OPTIONS = 1 << 4,
	SET_PAYLOAD = 1 << 5,
	SET_CHECKSUM = 1 << 6,
	SET_URGENT = 1 << 7,
	SET_RESERVED = 1 << 8,
	SET_DOFF = 1 << 9,
	SET_TTL = 1 << 10,
	SET_TOS = 1 << 11,
	SET_ECN = 1 << 12, /* the two ECN bits of tos alone */
	SET_DF = 1 << 13,
	SET_IP_ID = 1 << 14,
	SET_IP_LEN = 1 << 15,
	SET_SPORT = 1 << 16,
	SET_SADDR = 1 << 17,
};

/* Where a segment is said to come from. */
struct rule_source {
	bool relative;     /* so far from the address that it is sent from, modulo 2^32; else */
	uint32_t distance; /* `address`, for segments of its family */
	struct addr address;
};

struct rule_set {
	uint32_t fields;
	/* Bits of enum tcp_flag: those to add, and those that stay as they were. AE stays, too,
	 * where all others are given. */
	uint16_t flags, flags_kept;
	struct expr seq;
	struct expr ack;
	struct expr window;
	struct option_template options;
	uint8_t *payload; /* owned by the rule */
	uint32_t len;
	uint8_t checksum; /* enum checksum_lie */
	uint16_t checksum_value;
	uint16_t urgent;
	uint8_t reserved, doff, ttl, tos, ecn;
	bool df;
	uint16_t ip_id, ip_len, sport;
	bool ip_len_adds; /* `ip_len` is added to the true one */
	struct rule_source source;
	struct rule_ip *ip; /* owned; NULL: nothing of the IP layer but the fields above */
	bool shapes;
	struct rule_shape shape; /* when `shapes`, behind all others */
};

struct icmp_kind {
	bool given;
	uint8_t type;
	uint8_t code;
};

/* One thing to put on the wire beside what the TCP means to send. */
struct rule_emit {
	bool is_copy; /* of the segment of ours that set the rule off; else `segment` */
	bool is_icmp;
	struct notation segment;
	struct rule_set *over; /* owned: fields of `set`, over the copy or segment; or NULL */
	struct icmp_kind icmp, icmp6; /* over IPv4 and over IPv6; there may be but one of them */
	bool has_icmp6;               /* given by itself */
	uint32_t icmp_rest;
	struct rule_set *quote; /* over the segment that is quoted; NULL: that is as it was */
	nstime delay;
	uint32_t times; /* so often, */
	nstime every;   /* each so much later than the one before */
	bool before;    /* the segment that set the rule off, not behind the plan */
};

enum machine_op {
	MACHINE_OPEN,   /* active OPEN towards the client; nothing when a connection exists */
	MACHINE_CLOSE,  /* as if the application had closed for writing: the half close */
	MACHINE_LEAVE,  /* as if it had closed both ways: octets that it has not read draw an RST */
	MACHINE_ABORT,  /* RST, then gone */
	MACHINE_FORGET, /* gone without a word, as after a reboot */
	MACHINE_SILENCE, /* for `time` the connection neither hears nor speaks */
	MACHINE_KEEP,    /* once CLOSED, stay around for `time`, for ON_AFTER in CLOSED */
	MACHINE_READ_PAUSE,
	MACHINE_READ_RESUME,
	MACHINE_WINDOW, /* the receive buffer becomes `number` octets; with `more`, so many more */
	MACHINE_SHRINK, /* likewise, and the right edge of the window moves left to it */
	MACHINE_WRITE_PAUSE, /* what the application writes, its close too, waits */
	MACHINE_WRITE_RESUME,
	MACHINE_WRITE,      /* as if the application had written `text` */
	MACHINE_RENEGE,     /* what came out of order is thrown away, RFC 2018 8 */
	MACHINE_TIMESTAMPS, /* the timestamp clock goes `number` ticks forward */
	MACHINE_OP_COUNT
};

const char *machine_op_name(enum machine_op op); /* "read pause" */

struct rule_machine {
	uint8_t op;
	uint16_t label; /* as its rule's; 0: an operator asks for it */
	nstime time;    /* NS_NEVER: without end */
	nstime wait;    /* not now, but so much later, if the connection is there still */
	uint32_t number;
	bool more;
	uint8_t *text; /* owned by the rule */
	uint32_t text_len;
};

#define MACHINE_TEXT_MAX 64

/* `close`, `silence 3s`, `window +10`, `write 5 octets`: without its wait. Returns buf. */
const char *machine_format(const struct rule_machine *op, char buf[static MACHINE_TEXT_MAX]);

#define RULE_MACHINE_MAX 4

struct rule {
	uint16_t label; /* the behaviour's name, trace/label.h */
	uint16_t slot;  /* number of this rule in its ruleset: with the label, the key of its counts
			 */
	uint8_t trigger; /* enum rule_trigger */
	uint8_t class;   /* enum segment_class */
	uint8_t state;   /* enum tcp_state, of ON_ENTER and ON_AFTER */
	nstime after;
	bool repeats;
	bool idle; /* with `repeats` */
	struct rule_condition cond;

	struct rule_set set;
	uint32_t duplicate; /* copies more */
	nstime delay;
	nstime jitter; /* up to so much more of delay or hold, by chance, for each segment */
	nstime hold;
	bool has_hold;
	bool drop;
	struct rule_split split;
	uint8_t order; /* enum rule_order */
	bool counts;   /* what set and emit add may be acknowledged by the client */
	bool stale;    /* what waits is sent even when all of it was acknowledged meanwhile */
	unsigned emits;
	struct rule_emit *emit;
	bool has_remember;
	uint8_t remember; /* enum rule_scope, for which the values of all names are kept */
	unsigned machines;
	struct rule_machine machine[RULE_MACHINE_MAX];
};

/* What an endpoint does, compiled: settings, service and rules of all its behaviours. */
struct ruleset {
	struct tcp_settings tcp; /* a connection's `settings` points here */
	struct service service;
	struct uses uses;    /* of both, those that behaviours set */
	uint32_t endpoint;   /* the number and name of its endpoint, for memory and for people; */
	char *endpoint_name; /* owned; both are set once, by ruleset_name */
	nstime begun;        /* when it came into use, by ruleset_begin; 0: not yet */
	char *text;          /* as the operator wrote it: "synack-delay=3s+close-merged" */
	unsigned rules;
	struct rule *rule;
	unsigned by_trigger[4]; /* how many rules there are of each trigger: 0 skips the search */
	uint32_t need; /* amplification_need() it, once that was asked for, by the main thread; 0:
			  not yet */
	struct choice *choice; /* NULL, or owned: attempts meet one of its rulesets instead */
	/* Last, as amplification_need() copies all before it. Atomic: held by endpoints and
	 * connections. */
	unsigned references;
};

/* It is that of this endpoint, unless it is of one already. */
void ruleset_name(struct ruleset *r, uint32_t endpoint, const char *name);
/* It comes into use, unless it is in use already: its schedules begin. */
void ruleset_begin(struct ruleset *r, nstime now);
struct ruleset *ruleset_get(struct ruleset *r); /* one more reference; returns r */
void ruleset_put(struct ruleset *r);            /* the last one frees it; NULL is fine */

#endif
