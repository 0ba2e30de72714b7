/* SPDX-License-Identifier: MIT */
/*
 * link_bench: the packet link and the guard against the kernel's client, in two network namespaces.
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

extern int server_side; /* namespace of the link */
extern int client_side; /* namespace of the kernel's client */

extern const struct path to_server;
extern struct path came_by; /* path of the segment that next_segment() returned last */

/* Moves the test to that namespace. */
void enter(int side);
/* Adds the server's IPv6 addresses, which the kernel removes when the interface goes down. */
bool add_server_v6(void);
/* Returns CLOCK_REALTIME in ns. */
int64_t wall_clock(void);

/* Return a link in that namespace, and a guard of PORT at the server's address. A failure fails the
 * test. */
struct link *open_link(int side, const char *interface);
int open_guard(const char *address);
/* Makes the link answer for the first `owns` of 10.9.0.77 and fd09::77, to all clients. Returns the
 * result of its answer_for(). */
bool answers_for(struct link *l, unsigned owns);

/* Starts a connect() of the kernel's client. On the server's side the client is on the same host.
 * close() resets the connection, so that no FIN is retransmitted into the next test. */
int connect_from(int side, const char *address);

/* Returns the result of a connect() within `ms`: 0, an errno, or EINPROGRESS. */
int outcome(int fd, int ms);

/* Returns a packet socket on an interface, independent of the link's code. */
int open_sniffer(int side, const char *interface);

/* Returns the number of segments from PORT since the last call, and sets *flags to all of their
 * flags. */
unsigned sniffed(int fd, uint8_t *flags);

/* Returns true and the next frame, or false if none arrives within `ms`. */
bool next_frame(struct link *l, struct frame *f, int ms);

/* Returns true and the next segment to PORT, or false if none arrives within `ms`. On lo our
 * segments arrive, too. */
bool next_segment(struct link *l, struct segment *s, int ms);

void send_segment(struct link *l, const struct path *to, const struct segment *s);
/* Sets the fields of `s` for an answer to `to`, and sends it by the path of the last segment. */
void reply(struct link *l, const struct segment *to, struct segment *s);

/* Sends a SYN-ACK with a window scale of 2. */
void answer(struct link *l, const struct segment *syn, uint16_t mss);

/* Sends an ACK with a large window. The client sends at most half the largest window that it has
 * received. */
void open_window(struct link *l, const struct segment *syn);

/* Returns a SYN to PORT, without sending it. */
struct segment syn_to(const char *from, const char *to, uint32_t seq);

/* A guarded address, and the SYN of a connect() to it. */
struct bench {
	struct link *link;
	int guard;
	int client;
	struct segment syn;
};

void arrive(struct bench *b, const char *interface, const char *address, int side);

/* Closes everything that arrive() opened. */
void leave(struct bench *b);

/* The main function of a program on this bench. Skips the program without the right to create
 * namespaces. */
int bench_run(const char *name, const TTest *const *tests);

#endif
