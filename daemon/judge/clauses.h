/* SPDX-License-Identifier: MIT */
/*
 * clauses: the tables of clauses, one theme in each file: segments.c defines judge_segments, and so
 * on.
 *
 * The file of a theme defines rows of this table only, so it has no header. A row without an id
 * ends each table. A new theme is declared here and listed in requirement.c. A new clause is a row
 * and its check, both in the file of its theme.
 */
#ifndef SYNACKD_JUDGE_CLAUSES_H
#define SYNACKD_JUDGE_CLAUSES_H

#include "judge/requirement.h"

extern const struct requirement judge_segments[], judge_handshake[], judge_synsent[],
	judge_resets[], judge_sequence[], judge_windows[], judge_scaling[], judge_timestamps[],
	judge_retransmission[], judge_again[], judge_sizes[], judge_acks[], judge_idle[],
	judge_close[], judge_errors[], judge_ecn[], judge_fastopen[], judge_clients[];

#endif
