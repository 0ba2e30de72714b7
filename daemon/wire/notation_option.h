/* SPDX-License-Identifier: MIT */
/* notation_option: one TCP option of the notation. */
#ifndef SYNACKD_WIRE_NOTATION_OPTION_H
#define SYNACKD_WIRE_NOTATION_OPTION_H

#include "wire/notation.h"
#include "wire/notation_scan.h"

/* Scans one option and appends it to the template. */
bool option_scan(struct scan *s, struct option_template *t);

/* Writes the low `size` octets of `value` (1, 2 or 4) in network byte order. */
void option_store(uint8_t *at, uint8_t size, uint32_t value);

#endif
