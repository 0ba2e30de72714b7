/* SPDX-License-Identifier: MIT */
#include "answer_filter.h"

struct sock_fprog answer_filter(struct sock_filter code[ANSWER_FILTER_MAX], const uint8_t mac[6],
				unsigned share, unsigned octets)
{
	uint32_t high = (uint32_t)mac[0] << 24 | (uint32_t)mac[1] << 16 | mac[2] << 8 | mac[3];
	uint32_t low = (uint32_t)mac[4] << 8 | mac[5];
	const struct sock_filter program[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, high, 0, 5),
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 4),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, low, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_RANDOM)),
		BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, UINT32_MAX / share, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, octets),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};

	for (unsigned i = 0; i < ANSWER_FILTER_MAX; i++)
		code[i] = program[i];
	return (struct sock_fprog){.len = ANSWER_FILTER_MAX, .filter = code};
}
