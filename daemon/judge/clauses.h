/* SPDX-License-Identifier: MIT */
/*
 * The table of clauses, one theme a file: segments.c has judge_segments, and so on. A file of a
 * theme supplies rows of this table and nothing else, so it has no header of its own. Each table
 * ends with a NULL id. A new theme is declared here and listed in requirement.c; a new clause is a
 * row and its check, both in the file of its theme.
 */
#ifndef SYNACKD_JUDGE_CLAUSES_H
#define SYNACKD_JUDGE_CLAUSES_H

#include "judge/requirement.h"

extern const struct requirement judge_segments[], judge_handshake[], judge_synsent[],
	judge_resets[], judge_sequence[], judge_windows[], judge_scaling[], judge_timestamps[],
	judge_retransmission[], judge_again[], judge_sizes[], judge_acks[], judge_idle[],
	judge_close[], judge_errors[], judge_ecn[], judge_fastopen[], judge_clients[];

#endif
