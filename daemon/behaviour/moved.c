/* SPDX-License-Identifier: MIT */
#include "behaviour/moved.h"

#include "base/text.h"

#include <string.h>

/* Appends `s` and a NUL, as far as there is space. Returns the number of octets. */
static size_t add(uint8_t *out, size_t room, const char *s)
{
	size_t len = text_fits(s ? s : "", room);

	memcpy(out, s ? s : "", len);
	if (len == room)
		return len;
	out[len] = '\0';
	return len + 1;
}

size_t moved_write(uint8_t out[static TRACE_SNAP], const struct flow_key *key,
		   const struct ruleset *rules)
{
	size_t used = sizeof(*key);

	memcpy(out, key, sizeof(*key));
	used += add(out + used, TRACE_SNAP - used, rules ? rules->endpoint_name : "");
	used += add(out + used, TRACE_SNAP - used, rules ? rules->text : "");
	return used;
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
