/* SPDX-License-Identifier: MIT */
/* What crosses the wire of a script, as a capture that other programs decode (tests/decode.py). */
#ifndef SYNACKD_TESTS_RUNNER_CAPTURE_H
#define SYNACKD_TESTS_RUNNER_CAPTURE_H

#include "base/clock.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Make DIRECTORY/NAME.pcap for the script …/NAME.pkt, in place of what was there. NULL: errno says
 * why not. */
FILE *capture_open(const char *directory, const char *script);

/* An IP packet, of either side, that crosses the wire at `when`. A NULL file takes nothing. */
void capture_packet(FILE *file, nstime when, const uint8_t *packet, size_t len);

/* False: not all of it was written. */
bool capture_close(FILE *file);

#endif
