/* SPDX-License-Identifier: MIT */
#include "notations.h"

#include "wire/notation_parse.h"

#include <check.h>

static const struct expr_values older = {.v = {[VAR_ISS] = 5, [VAR_SND_NXT] = 9}};
const struct expr_values values = {
	.v = {[VAR_ISS] = 1000,
	      [VAR_IRS] = 2000,
	      [VAR_SND_UNA] = 1001,
	      [VAR_SND_NXT] = 1006,
	      [VAR_SND_WND] = 512,
	      [VAR_RCV_NXT] = 2001,
	      [VAR_RCV_WND] = 65535,
	      [VAR_SEG_SEQ] = 2000,
	      [VAR_SEG_ACK] = 1006,
	      [VAR_SEG_LEN] = 7,
	      [VAR_SEG_WND] = 500,
	      [VAR_SEG_SIZE] = 1500,
	      [VAR_TS_VAL] = 0x11223344,
	      [VAR_TS_RECENT] = 99},
	.old = &older,
};

struct notation notation_of(const char *text)
{
	struct notation n;
	char *error;

	ck_assert_msg(notation_parse(text, &n, &error), "%s: %s", text, error);
	ck_assert_ptr_null(error);
	return n;
}
