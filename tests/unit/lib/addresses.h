/* SPDX-License-Identifier: MIT */
/* Addresses as tests write them; a text that is none fails the test. */
#ifndef SYNACKD_TESTS_UNIT_LIB_ADDRESSES_H
#define SYNACKD_TESTS_UNIT_LIB_ADDRESSES_H

#include "wire/addr.h"

struct addr addr_of(const char *text);
struct prefix prefix_of(const char *text);

#endif
