/* SPDX-License-Identifier: MIT */
/*
 * cursor: bounds-checked reads of octets from the network.
 *
 * All decoders read through a cursor. After a failed read all further reads fail, so a decoder
 * may check once after several reads.
 */
#ifndef SYNACKD_WIRE_CURSOR_H
#define SYNACKD_WIRE_CURSOR_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Load and store a number in network byte order, in two instructions: compilers do not always find
 * them in shifts of octets. */
static inline uint16_t get_u16(const uint8_t *p)
{
	uint16_t v;

	memcpy(&v, p, sizeof(v));
	return be16toh(v);
}

static inline uint32_t get_u32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return be32toh(v);
}

static inline void put_u16(uint8_t *p, uint16_t v)
{
	v = htobe16(v);
	memcpy(p, &v, sizeof(v));
}

static inline void put_u32(uint8_t *p, uint32_t v)
{
	v = htobe32(v);
	memcpy(p, &v, sizeof(v));
}

struct cursor {
	const uint8_t *at;
	size_t left;
	bool failed; /* a read was past the end */
};

static inline struct cursor cursor_of(const uint8_t *bytes, size_t len)
{
	return (struct cursor){.at = bytes, .left = len};
}

/* Returns the next `n` octets, which are not copied, or NULL if fewer are left. */
static inline const uint8_t *cursor_take(struct cursor *c, size_t n)
{
	const uint8_t *at = c->at;

	if (c->failed || n > c->left) {
		c->failed = true;
		return NULL;
	}
	c->at += n;
	c->left -= n;
	return at;
}

/* Big-endian numbers. Return 0 past the end. */
static inline uint8_t cursor_u8(struct cursor *c)
{
	const uint8_t *p = cursor_take(c, 1);

	return p ? p[0] : 0;
}

static inline uint16_t cursor_u16(struct cursor *c)
{
	const uint8_t *p = cursor_take(c, sizeof(uint16_t));

	return p ? get_u16(p) : 0;
}

static inline uint32_t cursor_u32(struct cursor *c)
{
	const uint8_t *p = cursor_take(c, sizeof(uint32_t));

	return p ? get_u32(p) : 0;
}

#endif
