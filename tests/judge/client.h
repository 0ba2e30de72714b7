/* SPDX-License-Identifier: MIT */
/*
 * A TCP client on a fake clock: the project's own conforming TCP as an opener, a program that
 * connects, sends, reads and closes, and a quirk that may break one rule. Without a quirk no check
 * may find fault with it.
 */
#ifndef SYNACKD_TESTS_JUDGE_CLIENT_H
#define SYNACKD_TESTS_JUDGE_CLIENT_H

#include "judge/judge.h"
#include "judge/suite.h"
#include "tcp/conn.h"

struct client;

/* What a hook does with what it was given. */
enum hooked {
	HOOK_GO_ON, /* changed or not, it goes its way */
	HOOK_TAKEN, /* it ends here */
};

/* A rule broken on purpose. What is NULL leaves the client as it is. */
struct quirk {
	const char *breaks; /* the requirement */
	const char *what;   /* what it does, for people */
	enum result expect; /* what the judge must say of that one: FAIL, WARN or INFO */
	const char *only;   /* the scenario that it is broken in; NULL: wherever it comes up */

	void (*settings)(struct tcp_settings *s);
	/* A packet, before anything looks at its checksum. */
	enum hooked (*packet)(struct client *k, const uint8_t *packet, size_t len);
	/* A segment, before the TCP gets it. */
	enum hooked (*receive)(struct client *k, struct segment *seg);
	/* After the TCP took a segment, or a timer went off. */
	void (*after)(struct client *k, const struct segment *seg);
	/* A segment on its way out. */
	enum hooked (*send)(struct client *k, struct segment *seg);
	/* An ICMP error, by its name; `ours`: about something that is on its way. */
	enum hooked (*icmp)(struct client *k, const char *name, uint32_t rest, bool ours);
};

/* Numbers that a quirk remembers. */
#define CLIENT_NOTES 4

struct client {
	struct tcp_conn c;
	struct tcp_settings settings;
	struct plan plan;
	const struct scenario *scenario;
	const struct quirk *quirk; /* NULL: it conforms */
	nstime now;
	nstime begins; /* when it connects */
	nstime opened; /* NS_NEVER: not yet */
	nstime closes; /* when its program closes; NS_NEVER: that is not known yet */
	uint32_t written;
	bool begun, closed, over;
	bool small, accurate, fast_open; /* what its scenario needs of it: client_features.c */
	uint8_t mark;                    /* of the SYN-ACK, once accurate ECN was agreed on */
	struct cookie *cookie;           /* of its server; kept by whoever keeps all of them */
	struct client *heir;             /* takes its port over when it begins; or NULL */
	unsigned syns;
	uint64_t note[CLIENT_NOTES];
	nstime when[CLIENT_NOTES];
	uint8_t buffer[65536];
	void (*out)(struct client *k, const uint8_t *packet, size_t len); /* on the wire */
	void *context;
};

#define COOKIE_ROOM 18 /* two more than there may be */

/* What a host remembers of a server: RFC 7413 4.1.3. Zeroed is nothing. */
struct cookie {
	uint8_t len;
	uint8_t octets[COOKIE_ROOM];
	bool fails; /* a SYN with octets was lost */
};

struct client_ends {
	struct addr server, client;
	uint16_t server_port, client_port;
};

/* Make one that connects at `begins`. */
void client_init(struct client *k, const struct client_ends *ends, const struct scenario *s,
		 const struct quirk *q, const struct tcp_keys *keys, nstime begins);
void client_free(struct client *k);

/* A packet for it. */
void client_packet(struct client *k, const uint8_t *packet, size_t len, nstime now);
/* Time passed. */
void client_time(struct client *k, nstime now);
nstime client_next(const struct client *k);

/* --- client_features.c: what some scenarios need, and the TCP that it is made of has not --------
 */

void features_init(struct client *k);
void features_begin(struct client *k); /* before it opens */
void features_send(struct client *k, struct segment *s);
void features_received(struct client *k, const struct segment *s); /* the TCP has it already */

/* --- for quirks ------------------------------------------------------------------------------- */

/* Put a segment of its own on the wire, past the TCP and the hook. */
void client_send(struct client *k, const struct segment *seg);
/* A segment with its addresses, ports and the numbers as they stand now. */
struct segment client_segment(struct client *k, uint8_t flags);
/* The connection is gone without a word. */
void client_forget(struct client *k);

#endif
