/* SPDX-License-Identifier: MIT */
/* fuzz_options: libFuzzer target. Walks the input as TCP options. The walk must end, and the
 * options written as text must read back as the same octets. */
#include "wire/notation.h"
#include "wire/notation_format.h"
#include "wire/notation_options.h"
#include "wire/options.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void walk(const uint8_t *opt, uint8_t len)
{
	struct option_walk w;
	enum option_step step;
	unsigned steps = 0;
	struct options o;

	option_walk_begin(&w, opt, len);
	while ((step = option_walk_next(&w)) == OPTION_FOUND)
		if (++steps > len || (w.data && w.data + w.data_len > opt + len))
			abort();
	options_decode(opt, len, &o);
	if (o.malformed != (step == OPTION_MALFORMED) || w.at > len)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t len = size < SEGMENT_OPT_MAX ? (uint8_t)size : SEGMENT_OPT_MAX;
	struct text out = {0};
	struct option_template t;
	char *error;

	walk(data, len);
	options_format(data, len, &out);
	if (!options_parse(text_str(&out), &t, &error))
		abort();
	if (t.len != len || (len && memcmp(t.bytes, data, len) != 0) || t.holes)
		abort();
	text_free(&out);
	return 0;
}
