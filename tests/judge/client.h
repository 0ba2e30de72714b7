/* SPDX-License-Identifier: MIT */
/*
 * client: a TCP client on a fake clock.
 *
 * It consists of the project's own conforming TCP as an opener, a program that connects, sends,
 * reads and closes, and a quirk that may violate one requirement. Without a quirk no check may find
 * a fault.
 */
#ifndef SYNACKD_TESTS_JUDGE_CLIENT_H
#define SYNACKD_TESTS_JUDGE_CLIENT_H

#include "judge/judge.h"
#include "judge/suite.h"
#include "tcp/conn.h"

struct client;

/* The result of a hook. */
enum hooked {
	HOOK_GO_ON, /* the client processes the packet, changed or not */
	HOOK_TAKEN, /* the client ignores the packet */
};

/* A deliberate violation. Hooks that are NULL leave the client as it is. */
struct quirk {
	const char *breaks; /* id of the requirement */
	const char *what;   /* description, printed in the matrix */
	enum result expect; /* the expected verdict: FAIL, WARN or INFO */
	const char *only;   /* the only scenario with the violation; NULL: all */

	void (*settings)(struct tcp_settings *s);
	/* Sees a packet before its checksum is verified. */
	enum hooked (*packet)(struct client *k, const uint8_t *packet, size_t len);
	/* Sees a segment before the TCP processes it. */
	enum hooked (*receive)(struct client *k, struct segment *seg);
	/* Called after the TCP processed a segment, or after a timer expired. */
	void (*after)(struct client *k, const struct segment *seg);
	/* Sees a segment before it is sent. */
	enum hooked (*send)(struct client *k, struct segment *seg);
	/* Sees an ICMP error; `ours`: it quotes an outstanding sequence number. */
	enum hooked (*icmp)(struct client *k, const char *name, uint32_t rest, bool ours);
};

/* Numbers that a quirk keeps. */
#define CLIENT_NOTES 4

struct client {
	struct tcp_conn c;
	struct tcp_settings settings;
	struct plan plan;
	const struct scenario *scenario;
	const struct quirk *quirk; /* NULL: conforming */
	nstime now;
	nstime begins; /* time of its connect() */
	nstime opened; /* NS_NEVER: not open */
	nstime closes; /* time of the program's close(); NS_NEVER: not known yet */
	uint32_t written;
	bool begun, closed, over;
	bool small, accurate, fast_open; /* needs of its scenario: client_features.c */
	uint8_t mark;          /* ECN field of the SYN-ACK, once accurate ECN is negotiated */
	struct cookie *cookie; /* cookie of its server; owned by the network */
	struct client *heir;   /* client that takes over the port when it begins; or NULL */
	unsigned syns;
	uint64_t note[CLIENT_NOTES];
	nstime when[CLIENT_NOTES];
	uint8_t buffer[65536];
	void (*out)(struct client *k, const uint8_t *packet, size_t len); /* sends a packet */
	void *context;
};

#define COOKIE_ROOM 18 /* two octets longer than the longest valid cookie */

/* The data that a host caches about a server, RFC 7413 4.1.3. A zeroed struct is an empty cache. */
struct cookie {
	uint8_t len;
	uint8_t octets[COOKIE_ROOM];
	bool fails; /* a SYN with data was lost */
};

struct client_ends {
	struct addr server, client;
	uint16_t server_port, client_port;
};

/* Initializes a client that connects at `begins`. */
void client_init(struct client *k, const struct client_ends *ends, const struct scenario *s,
		 const struct quirk *q, const struct tcp_keys *keys, nstime begins);
void client_free(struct client *k);

/* Receives a packet. */
void client_packet(struct client *k, const uint8_t *packet, size_t len, nstime now);
/* Advances the clock. */
void client_time(struct client *k, nstime now);
nstime client_next(const struct client *k);

/* --- client_features.c: features that some scenarios need and the TCP lacks ------------------- */

void features_init(struct client *k);
void features_begin(struct client *k); /* before it opens */
void features_send(struct client *k, struct segment *s);
void features_received(struct client *k, const struct segment *s); /* after the TCP */

/* --- for quirks ------------------------------------------------------------------------------- */

/* Sends a segment, bypassing the TCP and the `send` hook. */
void client_send(struct client *k, const struct segment *seg);
/* Returns a segment with the client's addresses, ports and current numbers. */
struct segment client_segment(struct client *k, uint8_t flags);
/* Deletes the connection without sending anything. */
void client_forget(struct client *k);

#endif
