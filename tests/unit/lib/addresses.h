/* SPDX-License-Identifier: MIT */
/* addresses: parses addresses in tests. An invalid one fails the test. */
#ifndef SYNACKD_TESTS_UNIT_LIB_ADDRESSES_H
#define SYNACKD_TESTS_UNIT_LIB_ADDRESSES_H

#include "wire/addr.h"

struct addr addr_of(const char *text);
struct prefix prefix_of(const char *text);

#endif
