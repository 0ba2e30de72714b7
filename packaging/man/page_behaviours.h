/* SPDX-License-Identifier: MIT */
/* page_behaviours: the shipped behaviours, and the words of the rule language, for man pages. */
#ifndef SYNACKD_PACKAGING_MAN_PAGE_BEHAVIOURS_H
#define SYNACKD_PACKAGING_MAN_PAGE_BEHAVIOURS_H

#include "config/config.h"

/* Writes all behaviours of the config, by their files, each with its number, parameters, texts and
 * the amplification that it needs. */
void page_behaviours(const struct config *c);

/* Writes the names of ICMP errors, with their numbers over IPv4 and IPv6, as a table. */
void page_icmp(const struct config *c);

/* Prints `KIND<TAB>WORD` a line: the words of the rule language that tables of the code hold, its
 * bounds, and the counters. */
void page_words(void);

#endif
