/* SPDX-License-Identifier: MIT */
/* capture: writes the packets of a script to a capture file, for other programs to decode
 * (tests/decode.py). */
#ifndef SYNACKD_TESTS_RUNNER_CAPTURE_H
#define SYNACKD_TESTS_RUNNER_CAPTURE_H

#include "base/clock.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Creates or truncates DIRECTORY/NAME.pcap for the script …/NAME.pkt. On failure returns NULL and
 * sets errno. */
FILE *capture_open(const char *directory, const char *script);

/* Adds an IP packet, of either direction, that is on the wire at `when`. Does nothing if `file` is
 * NULL. */
void capture_packet(FILE *file, nstime when, const uint8_t *packet, size_t len);

/* Returns false if not all data was written. */
bool capture_close(FILE *file);

#endif
