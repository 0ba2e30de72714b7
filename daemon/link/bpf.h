/* SPDX-License-Identifier: MIT */
/* bpf: builds classic BPF programs. Private to link/. */
#ifndef SYNACKD_LINK_BPF_H
#define SYNACKD_LINK_BPF_H

#include "base/container.h"

#include <linux/filter.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct program {
	struct sock_filter *at;
	unsigned count, room; /* instructions used and allocated */
};

static inline void program_add(struct program *p, const struct sock_filter *code, unsigned count)
{
	if (count > p->room - p->count)
		abort(); /* `room` is a constant of the caller, and too small */
	memcpy(p->at + p->count, code, count * sizeof(*code));
	p->count += count;
}

#define ADD(program, ...)                                        \
	do {                                                     \
		const struct sock_filter code[] = {__VA_ARGS__}; \
		program_add(program, code, COUNT_OF(code));      \
	} while (0)

/* Loads from negative offsets: metadata of the frame, its link header, its IP header. */
#define LOAD_AUX(what) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_AD_OFF + (what)))
#define LOAD_LINK(size, offset) \
	BPF_STMT(BPF_LD | (size) | BPF_ABS, (uint32_t)(SKF_LL_OFF + (offset)))
#define LOAD_PACKET(size, offset) \
	BPF_STMT(BPF_LD | (size) | BPF_ABS, (uint32_t)(SKF_NET_OFF + (offset)))
#define LOAD_PACKET_X(size, offset) /* plus X */ \
	BPF_STMT(BPF_LD | (size) | BPF_IND, (uint32_t)(SKF_NET_OFF + (offset)))

#define ICMPV6_INFORMS 128 /* RFC 4443 2.1: types below are errors */

#define LOAD_PROTOCOL    LOAD_AUX(SKF_AD_PROTOCOL)
#define LOAD_V4_PROTOCOL LOAD_PACKET(BPF_B, 9)
#define LOAD_V6_NEXT     LOAD_PACKET(BPF_B, 6)

/* Jumps count the instructions that they skip. */
#define IF(value, yes, no) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), (yes), (no))
#define DROP               BPF_STMT(BPF_RET | BPF_K, 0)
#define PASS               BPF_STMT(BPF_RET | BPF_K, UINT32_MAX)

#endif
