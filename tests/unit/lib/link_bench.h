/* SPDX-License-Identifier: MIT */
/*
 * The packet link and the guard against the kernel's own client, in two network namespaces:
 *
 *   server: lo, veth0 10.9.0.1/24 fd09::1/64      client: lo, veth1 10.9.0.2/24 fd09::2/64
 */
#ifndef SYNACKD_TESTS_UNIT_LIB_LINK_BENCH_H
#define SYNACKD_TESTS_UNIT_LIB_LINK_BENCH_H

#include "unit.h"

#include "addresses.h"
#include "base/text.h"
#include "link/guard.h"
#include "link/interface.h"
#include "link/packet.h"
#include "netns.h"
#include "wire/segment.h"

#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <poll.h>
#include <time.h>

#define PORT       7000
#define OUR_ISS    1000u
#define SERVER_V4  "10.9.0.1"
#define SERVER_V6  "fd09::1"
#define SERVER_MAC "\x02\x09\0\0\0\x01"
#define CLIENT_MAC "\x02\x09\0\0\0\x02"

extern int server_side; /* the namespaces: of the link, */
extern int client_side; /* and of the kernel's client */

extern const struct path to_server;
extern struct path came_by; /* of the segment that next_segment gave last */

/* Moves the test into that namespace. */
void enter(int side);
/* Gives the server its IPv6 addresses, which go when its interface does. */
bool add_server_v6(void);
/* CLOCK_REALTIME in ns. */
int64_t wall_clock(void);

/* A link in that namespace; a guard of PORT at the server's address. Both must open. */
struct link *open_link(int side, const char *interface);
int open_guard(const char *address);

/* Begins a connect of the kernel's client; on the server's side it is a client on the same host.
 * When closed it resets, so that no FIN of it, sent again and again, comes into the next test. */
int connect_from(int side, const char *address);

/* What became of a connect within `ms`: 0, an errno, or EINPROGRESS. */
int outcome(int fd, int ms);

/* A plain socket that sees what comes in at an interface, by other code than the link's. */
int open_sniffer(int side, const char *interface);

/* How many segments with PORT for a source have come in since the last call, and their flags. */
unsigned sniffed(int fd, uint8_t *flags);

/* The next frame within `ms`. */
bool next_frame(struct link *l, struct frame *f, int ms);

/* The next segment to PORT within `ms`; what we sent comes in on lo, too. */
bool next_segment(struct link *l, struct segment *s, int ms);

void send_segment(struct link *l, const struct path *to, const struct segment *s);
/* Fills in what a segment back has of `to`, and sends it by the path that the last one came by. */
void reply(struct link *l, const struct segment *to, struct segment *s);

/* A SYN-ACK made by hand, with a window scale of 2. */
void answer(struct link *l, const struct segment *syn, uint16_t mss);

/* The client sends no more at once than half the largest window it has seen. */
void open_window(struct link *l, const struct segment *syn);

/* A SYN to PORT, which is not sent. */
struct segment syn_to(const char *from, const char *to, uint32_t seq);

/* A guarded address, and the SYN of a connect to it. */
struct bench {
	struct link *link;
	int guard;
	int client;
	struct segment syn;
};

void arrive(struct bench *b, const char *interface, const char *address, int side);

/* Closes what arrive() opened. */
void leave(struct bench *b);

/* The main function of a program on this bench. Skips it where there is no right to build one. */
int bench_run(const char *name, const TTest *const *tests);

#endif
