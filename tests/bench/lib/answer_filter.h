/* SPDX-License-Identifier: MIT */
/* answer_filter: a socket filter for the frames to the clients of a SYN generator. */
#ifndef BENCH_ANSWER_FILTER_H
#define BENCH_ANSWER_FILTER_H

#include <linux/filter.h>
#include <stdint.h>

#define ANSWER_FILTER_MAX 8

/* Writes the filter to `code` and returns it. It accepts a random frame of `share` frames to `mac`,
 * or all if `share` is 1, and truncates it to `octets`. */
struct sock_fprog answer_filter(struct sock_filter code[ANSWER_FILTER_MAX], const uint8_t mac[6],
				unsigned share, unsigned octets);

#endif
