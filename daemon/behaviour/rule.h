/* SPDX-License-Identifier: MIT */
/*
 * rule: a rule has a trigger, conditions and actions.
 *
 * Every oddity is a rule, and rules are data: an immutable, reference-counted ruleset, which a
 * connection keeps from its first segment on.
 *
 * Rules apply in the order of the file; behaviours apply in the order in which `+` joins them. A
 * rule sees a segment as the rules before it have changed it. The actions of one rule apply in a
 * fixed order, whatever their order in the file:
 *   receive: set, duplicate, hold, jitter, drop, emit, remember, machine;
 *   send:    set, delay, jitter, drop, split, emit, remember, machine.
 * After all rules, the segments to send are reordered and then duplicated.
 */
#ifndef SYNACKD_BEHAVIOUR_RULE_H
#define SYNACKD_BEHAVIOUR_RULE_H

#include "behaviour/endpoint_number.h"
#include "behaviour/ip.h"
#include "behaviour/numbers.h"
#include "behaviour/shape.h"
#include "behaviour/uses.h"
#include "behaviour/where.h"
#include "service/service.h"
#include "tcp/flow.h"
#include "tcp/settings.h"
#include "trace/trace.h"
#include "wire/notation.h"

enum rule_trigger {
	ON_RECEIVE, /* a segment of `class` arrived; also without a connection */
	ON_SEND,    /* a segment of `class` is in the plan */
	ON_ENTER,   /* the connection changed to `state` */
	/* `after` has elapsed since the connection changed to `state`, and it is still in that
	 * state. `repeats`: at every such interval. `idle`: once per interval in which neither side
	 * sent new octets. */
	ON_AFTER,
};

enum segment_class {
	CLASS_ANY,
	CLASS_SYN, /* SYN without ACK; with RST, it is CLASS_RST */
	CLASS_SYN_ACK,
	CLASS_ACK,        /* ACK only: no octets, SYN, FIN or RST */
	CLASS_ACK_OF_FIN, /* any segment that acknowledges the other side's FIN */
	CLASS_DATA,       /* carries octets; with RST, it is CLASS_RST */
	CLASS_FIN,
	CLASS_RST,
	CLASS_WINDOW_UPDATE, /* CLASS_ACK that changes only the window */
	CLASS_COUNT
};

const char *segment_class_name(enum segment_class c); /* e.g. "SYN-ACK" */

/* The scope in which a rule counts or remembers. */
enum rule_scope {
	PER_CONNECTION, /* includes the SYN that opened it */
	PER_ATTEMPT,    /* four-tuple and ISN: a retransmitted SYN is the same attempt */
	PER_CLIENT,     /* by address */
	PER_ENDPOINT,
	PER_TUPLE, /* four-tuple: attempts and connections from the same port of a client */
	PER_COUNT
};

const char *rule_scope_name(enum rule_scope s); /* static text, e.g. "attempt" */

#define SCHEDULE_MAX 16

/* Time spans that repeat, starting when the ruleset comes into use. */
struct rule_schedule {
	unsigned spans;
	/* End of each span, in ns after the start of the first; the last is the period. */
	nstime end[SCHEDULE_MAX];
	uint16_t on; /* one bit per span */
};

struct rule_condition {
	struct numbers nth; /* counts of the trigger at which the rule fires; 1 is the first */
	uint8_t per;        /* enum rule_scope of `nth` */
	uint16_t states;    /* one bit per enum tcp_state, 0: any; LISTEN is "no connection" */
	bool has_client;
	bool client_negated; /* all clients except these */
	struct prefix client;
	struct where *where; /* owned; NULL: no comparison */
	bool has_probability;
	double probability;
	struct marks with, without; /* marks that the segment must have, and must not have */
	bool has_syn;
	struct marks syn_with, syn_without; /* the same for the client's latest SYN */
	uint8_t per_old;                    /* enum rule_scope of `has_old` */
	bool has_old;                       /* requires remembered values of that scope */
	nstime within; /* time after which counts restart and remembered values expire; 0: never */
	struct rule_schedule *schedule; /* owned by the rule; NULL: always */
};

/* The fields that `set` writes. */
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
	SET_ECN = 1 << 12, /* only the two ECN bits of tos */
	SET_DF = 1 << 13,
	SET_IP_ID = 1 << 14,
	SET_IP_LEN = 1 << 15,
	SET_SPORT = 1 << 16,
	SET_SADDR = 1 << 17,
};

/* The source address of a segment. */
struct rule_source {
	bool relative;       /* true: adds `distance` to the true address, modulo 2^32 */
	uint32_t distance;   /* if `relative` */
	struct addr address; /* otherwise; only for segments of its address family */
};

struct rule_set {
	uint32_t fields;
	/* Bits of enum tcp_flag: flags to set, and flags to keep. AE is kept even if all other
	 * flags are given. */
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
	bool ip_len_adds; /* `ip_len` is added to the true length */
	struct rule_source source;
	struct rule_ip *ip; /* owned; NULL: no further IP fields */
	bool shapes;
	struct rule_shape shape; /* if `shapes`; applied after all other fields */
};

struct icmp_kind {
	bool given;
	uint8_t type;
	uint8_t code;
};

/* A segment or ICMP error that a rule sends, in addition to the plan of the TCP. */
struct rule_emit {
	bool is_copy; /* a copy of the segment that triggered the rule; otherwise `segment` */
	bool is_icmp;
	struct notation segment;
	struct rule_set *over;        /* owned: fields of `set` for the copy or segment; or NULL */
	struct icmp_kind icmp, icmp6; /* for IPv4 and for IPv6; one may be missing */
	bool has_icmp6;               /* icmp6 was given explicitly */
	uint32_t icmp_rest;
	struct rule_set *quote; /* owned: fields of `set` for the quoted segment; NULL: none */
	nstime delay;
	uint32_t times; /* how often it is sent */
	nstime every;   /* interval between these, in ns */
	bool before;    /* inserted before the triggering segment, not after the plan */
};

enum machine_op {
	MACHINE_OPEN,    /* active OPEN to the client; ignored if a connection exists */
	MACHINE_CLOSE,   /* as if the application closed its side for writing: half-close */
	MACHINE_LEAVE,   /* as if the application closed both sides: unread octets draw an RST */
	MACHINE_ABORT,   /* sends an RST and deletes the connection */
	MACHINE_FORGET,  /* deletes the connection silently, as a reboot does */
	MACHINE_SILENCE, /* for `time`, the connection neither receives nor sends segments */
	MACHINE_KEEP,    /* keeps a CLOSED connection for `time`, for ON_AFTER in CLOSED */
	MACHINE_READ_PAUSE,
	MACHINE_READ_RESUME,
	/* Sets the receive buffer to `number` octets; with `more`, increases it by `number`. */
	MACHINE_WINDOW,
	MACHINE_SHRINK,      /* the same, and moves the right edge of the window left */
	MACHINE_WRITE_PAUSE, /* octets and close of the application wait */
	MACHINE_WRITE_RESUME,
	MACHINE_WRITE,      /* as if the application wrote `text` */
	MACHINE_RENEGE,     /* discards octets received out of order, RFC 2018 8 */
	MACHINE_TIMESTAMPS, /* advances the timestamp clock by `number` ticks */
	MACHINE_OP_COUNT
};

const char *machine_op_name(enum machine_op op); /* e.g. "read pause" */

struct rule_machine {
	uint8_t op;
	uint16_t label; /* label of its rule; 0: requested by an operator */
	nstime time;    /* NS_NEVER: unlimited */
	nstime wait;    /* delay before it is executed, if the connection still exists */
	uint32_t number;
	bool more;
	uint8_t *text; /* owned by the rule */
	uint32_t text_len;
};

#define MACHINE_TEXT_MAX 64

/* Formats the operation without its wait: `close`, `silence 3s`, `window +10`, `write 5 octets`.
 * Returns buf. */
const char *machine_format(const struct rule_machine *op, char buf[static MACHINE_TEXT_MAX]);

#define RULE_MACHINE_MAX 4

struct rule {
	uint16_t label;  /* name of the behaviour, trace/label.h */
	uint16_t slot;   /* number of this rule in its ruleset; part of the key of its counts */
	uint8_t trigger; /* enum rule_trigger */
	uint8_t class;   /* enum segment_class */
	uint8_t state;   /* enum tcp_state, for ON_ENTER and ON_AFTER */
	nstime after;
	bool repeats;
	bool idle; /* only with `repeats` */
	struct rule_condition cond;

	struct rule_set set;
	uint32_t duplicate; /* number of further copies */
	nstime delay;
	nstime jitter; /* adds a random time of at most this to delay or hold, for each segment */
	nstime hold;
	bool has_hold;
	bool drop;
	struct rule_split split;
	uint8_t order; /* enum rule_order */
	bool counts;   /* the client may acknowledge the octets of `set` and `emit` */
	bool stale;    /* a delayed segment is sent even if all of it was acknowledged meanwhile */
	unsigned emits;
	struct rule_emit *emit;
	bool has_remember;
	uint8_t remember; /* enum rule_scope for which the values of all names are stored */
	unsigned machines;
	struct rule_machine machine[RULE_MACHINE_MAX];
};

/* The octets that a record of the trace has for names, beside the addresses: behaviour/moved.h. */
#define RULESET_NAMES_MAX (TRACE_SNAP - sizeof(struct flow_key))

/* The compiled configuration of an endpoint: settings, service, and rules of all its behaviours. */
struct ruleset {
	struct tcp_settings tcp; /* the `settings` of connections point to it */
	struct service service;
	struct uses uses;  /* settings and service keys that behaviours changed */
	uint32_t endpoint; /* number of its endpoint, for memory; ruleset_name() sets it once */
	struct endpoint_number *number; /* counted reference to this number; or NULL */
	/* Owned; name of its endpoint, for messages; ruleset_name() sets it once. */
	char *endpoint_name;
	/* Owned; for the trace: endpoint_name and text, each with its NUL, as far as they fit.
	 * ruleset_name() sets it once. */
	uint8_t *names;
	size_t names_len; /* at most RULESET_NAMES_MAX */
	nstime begun;     /* when it came into use: ruleset_begin(); 0: not yet */
	char *text;       /* owned; as the operator wrote it: "synack-delay=3s+close-merged" */
	unsigned rules;
	struct rule *rule;
	unsigned by_trigger[4]; /* number of rules per trigger; 0 avoids the search */
	/* Result of amplification_need(), which the main thread stores; 0: not computed. */
	uint32_t need;
	struct choice *choice; /* owned; attempts use one of its rulesets instead; or NULL */
	/* Must be last, as amplification_need() copies all members before it. Atomic: shared by
	 * endpoints and connections. */
	unsigned references;
};

/* Assigns the ruleset to an endpoint, unless it is already assigned. */
void ruleset_name(struct ruleset *r, uint32_t endpoint, const char *name);
/* Keeps the number of its endpoint assigned until the ruleset is freed. */
void ruleset_hold_number(struct ruleset *r, struct endpoint_number *n);
/* Marks the ruleset as in use, unless it already is: its schedules start at `now`. */
void ruleset_begin(struct ruleset *r, nstime now);
struct ruleset *ruleset_get(struct ruleset *r); /* adds a reference; returns r */
/* Drops a reference; the last one frees *r. NULL is ignored. */
void ruleset_put(struct ruleset *r);

#endif
