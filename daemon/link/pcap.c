/* SPDX-License-Identifier: MIT */
#include "link/pcap.h"

#include "base/text.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILE_HEADER   24
#define RECORD_HEADER 16

#define MAGIC_MICROSECONDS 0xa1b2c3d4u
#define MAGIC_NANOSECONDS  0xa1b23c4du
#define MAGIC_PCAPNG       0x0a0d0d0au /* the same in both byte orders */

#define BLOCK (RECORD_HEADER + PCAP_RECORD_MAX) /* the longest record */

#define VERSION_MAJOR 2
#define VERSION_MINOR 4

/* The upper half of the link type field has the length of the frame check sequence. */
#define LINK_TYPE_MASK 0xffffu

static uint32_t read_be(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static uint32_t read_le(const uint8_t *p)
{
	return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

static uint32_t field(const struct pcap_reader *r, const uint8_t *p)
{
	return r->big_endian ? read_be(p) : read_le(p);
}

static void write_le(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
	p[2] = (uint8_t)(v >> 16);
	p[3] = (uint8_t)(v >> 24);
}

/* Reads until the block has `need` unread octets, at most BLOCK. Returns false, with errno 0 at the
 * end of the file, if it has fewer. */
static bool have(struct pcap_reader *r, size_t need)
{
	while (r->end - r->at < need) {
		ssize_t n;

		memmove(r->bytes, r->bytes + r->at, r->end - r->at);
		r->end -= r->at;
		r->at = 0;
		n = TEMP_FAILURE_RETRY(read(r->fd, r->bytes + r->end, BLOCK - r->end));
		if (n <= 0) {
			errno = n ? errno : 0;
			return false;
		}
		r->end += (size_t)n;
	}
	return true;
}

const char *pcap_reader_open(struct pcap_reader *r, int fd)
{
	uint8_t *header;
	uint32_t magic;
	bool whole;

	*r = (struct pcap_reader){.fd = fd, .bytes = xcalloc(1, BLOCK)};
	whole = have(r, FILE_HEADER);
	header = r->bytes;
	if (r->end >= 4 && read_be(header) == MAGIC_PCAPNG)
		return "pcapng format: convert it with 'editcap -F pcap'";
	if (!whole)
		return r->end ? "not a pcap file, or truncated in its header" : "empty file";
	magic = read_be(header);
	r->big_endian = magic == MAGIC_MICROSECONDS || magic == MAGIC_NANOSECONDS;
	magic = field(r, header);
	if (magic != MAGIC_MICROSECONDS && magic != MAGIC_NANOSECONDS)
		return "not a pcap file";
	r->format.nanoseconds = magic == MAGIC_NANOSECONDS;
	r->format.link_type = field(r, header + 20) & LINK_TYPE_MASK;
	r->at = FILE_HEADER;
	return NULL;
}

static int broken(int error)
{
	errno = error ? error : EBADMSG;
	return -1;
}

int pcap_read(struct pcap_reader *r, struct pcap_record *out)
{
	const uint8_t *header;
	uint32_t fraction;

	if (!have(r, RECORD_HEADER))
		return errno || r->end > r->at ? broken(errno) : 0;
	out->len = field(r, r->bytes + r->at + 8);
	if (out->len > PCAP_RECORD_MAX)
		return broken(0);
	if (!have(r, RECORD_HEADER + out->len))
		return broken(errno);
	header = r->bytes + r->at;
	fraction = field(r, header + 4);
	out->when = (nstime)field(r, header) * NS_PER_S +
		    (r->format.nanoseconds ? fraction : fraction * NS_PER_US);
	out->bytes = header + RECORD_HEADER;
	r->at += RECORD_HEADER + out->len;
	return 1;
}

void pcap_reader_close(struct pcap_reader *r)
{
	free(r->bytes);
	*r = (struct pcap_reader){0};
}

void pcap_writer_open(struct pcap_writer *w, FILE *file, const struct pcap_format *format)
{
	*w = (struct pcap_writer){.file = file, .format = *format, .bytes = xcalloc(1, BLOCK)};
	write_le(w->bytes, format->nanoseconds ? MAGIC_NANOSECONDS : MAGIC_MICROSECONDS);
	write_le(w->bytes + 4, VERSION_MINOR << 16 | VERSION_MAJOR);
	write_le(w->bytes + 16, PCAP_RECORD_MAX);
	write_le(w->bytes + 20, format->link_type);
	w->used = FILE_HEADER;
}

bool pcap_flush(struct pcap_writer *w)
{
	size_t used = w->used;

	w->used = 0;
	return fwrite(w->bytes, 1, used, w->file) == used && fflush(w->file) == 0;
}

uint8_t *pcap_room(struct pcap_writer *w, size_t len)
{
	if (BLOCK - w->used < RECORD_HEADER + len && !pcap_flush(w))
		return NULL;
	return w->bytes + w->used + RECORD_HEADER;
}

uint8_t *pcap_add(struct pcap_writer *w, nstime when, size_t len)
{
	nstime unit = w->format.nanoseconds ? 1 : NS_PER_US, time = when > 0 ? when : 0;
	const uint32_t header[] = {htole32((uint32_t)(time / NS_PER_S)),
				   htole32((uint32_t)(time % NS_PER_S / unit)),
				   htole32((uint32_t)len), htole32((uint32_t)len)};
	uint8_t *at = pcap_room(w, len);

	if (!at)
		return NULL;
	memcpy(at - RECORD_HEADER, header, RECORD_HEADER);
	w->used += RECORD_HEADER + len;
	return at;
}

void pcap_writer_close(struct pcap_writer *w)
{
	free(w->bytes);
	*w = (struct pcap_writer){0};
}
