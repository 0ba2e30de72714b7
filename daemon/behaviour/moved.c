/* SPDX-License-Identifier: MIT */
#include "behaviour/moved.h"

#include <string.h>

size_t moved_size(const struct ruleset *rules)
{
	return sizeof(struct flow_key) + (rules && rules->names ? rules->names_len : 0);
}

void moved_write(uint8_t *out, const struct flow_key *key, const struct ruleset *rules)
{
	memcpy(out, key, sizeof(*key));
	if (rules && rules->names)
		memcpy(out + sizeof(*key), rules->names, rules->names_len);
}

/* Reads the text at `at`. Returns the position of the next one. */
static size_t take(const struct trace_record *r, size_t at, char *out)
{
	size_t len = strnlen((const char *)r->bytes + at, r->cap - at);

	memcpy(out, r->bytes + at, len);
	out[len] = '\0';
	return at + len < r->cap ? at + len + 1 : r->cap;
}

bool moved_read(const struct trace_record *r, struct moved *out)
{
	size_t at = sizeof(out->key);

	if ((r->kind != TRACE_STATE && r->kind != TRACE_ATTEMPT) || r->cap < at)
		return false;
	memcpy(&out->key, r->bytes, at);
	at = take(r, at, out->endpoint);
	take(r, at, out->behaviour);
	return true;
}
