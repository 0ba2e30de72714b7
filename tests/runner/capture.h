/* SPDX-License-Identifier: MIT */
/* capture: writes the packets of a script to a capture file, for other programs to decode
 * (tests/decode.py). */
#ifndef SYNACKD_TESTS_RUNNER_CAPTURE_H
#define SYNACKD_TESTS_RUNNER_CAPTURE_H

#include "base/clock.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct capture;

/* Creates or truncates DIRECTORY/NAME.pcap for the script …/NAME.pkt. On failure returns NULL and
 * sets errno. */
struct capture *capture_open(const char *directory, const char *script);

/* Adds an IP packet, of either direction, that is on the wire at `when`. Does nothing if `c` is
 * NULL. */
void capture_packet(struct capture *c, nstime when, const uint8_t *packet, size_t len);

/* Frees *c. Returns false if not all data was written. */
bool capture_close(struct capture *c);

#endif
