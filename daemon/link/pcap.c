/* SPDX-License-Identifier: MIT */
#include "link/pcap.h"

#include "base/text.h"

#include <errno.h>
#include <stdlib.h>

#define FILE_HEADER   24
#define RECORD_HEADER 16

#define MAGIC_MICROSECONDS 0xa1b2c3d4u
#define MAGIC_NANOSECONDS  0xa1b23c4du
#define MAGIC_PCAPNG       0x0a0d0d0au /* the same in both byte orders */

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

const char *pcap_reader_open(struct pcap_reader *r, FILE *file)
{
	uint8_t header[FILE_HEADER];
	uint32_t magic;
	size_t n = fread(header, 1, sizeof(header), file);

	if (n >= 4 && read_be(header) == MAGIC_PCAPNG)
		return "pcapng format: convert it with 'editcap -F pcap'";
	if (n < sizeof(header))
		return n ? "not a pcap file, or truncated in its header" : "empty file";

	*r = (struct pcap_reader){.file = file};
	magic = read_be(header);
	r->big_endian = magic == MAGIC_MICROSECONDS || magic == MAGIC_NANOSECONDS;
	magic = field(r, header);
	if (magic != MAGIC_MICROSECONDS && magic != MAGIC_NANOSECONDS)
		return "not a pcap file";
	r->format.nanoseconds = magic == MAGIC_NANOSECONDS;
	r->format.link_type = field(r, header + 20) & LINK_TYPE_MASK;
	r->bytes = xcalloc(1, PCAP_RECORD_MAX);
	return NULL;
}

static int broken(const struct pcap_reader *r)
{
	if (!ferror(r->file))
		errno = EBADMSG;
	return -1;
}

int pcap_read(struct pcap_reader *r, struct pcap_record *out)
{
	uint8_t header[RECORD_HEADER];
	size_t n = fread_unlocked(header, 1, sizeof(header), r->file);
	uint32_t fraction;

	if (n == 0 && !ferror(r->file))
		return 0;
	if (n < sizeof(header))
		return broken(r);
	out->len = field(r, header + 8);
	if (out->len > PCAP_RECORD_MAX)
		return broken(r);
	if (fread_unlocked(r->bytes, 1, out->len, r->file) < out->len)
		return broken(r);
	fraction = field(r, header + 4);
	out->when = (nstime)field(r, header) * NS_PER_S +
		    (r->format.nanoseconds ? fraction : fraction * NS_PER_US);
	out->bytes = r->bytes;
	return 1;
}

void pcap_reader_close(struct pcap_reader *r)
{
	free(r->bytes);
	*r = (struct pcap_reader){0};
}

bool pcap_write_header(FILE *file, const struct pcap_format *format)
{
	uint8_t header[FILE_HEADER] = {0};

	write_le(header, format->nanoseconds ? MAGIC_NANOSECONDS : MAGIC_MICROSECONDS);
	write_le(header + 4, VERSION_MINOR << 16 | VERSION_MAJOR);
	write_le(header + 16, PCAP_RECORD_MAX);
	write_le(header + 20, format->link_type);
	return fwrite(header, 1, sizeof(header), file) == sizeof(header);
}

bool pcap_write(FILE *file, const struct pcap_format *format, const struct pcap_record *record)
{
	nstime when = record->when > 0 ? record->when : 0;
	nstime unit = format->nanoseconds ? 1 : NS_PER_US;
	uint8_t header[RECORD_HEADER];

	write_le(header, (uint32_t)(when / NS_PER_S));
	write_le(header + 4, (uint32_t)(when % NS_PER_S / unit));
	write_le(header + 8, (uint32_t)record->len);
	write_le(header + 12, (uint32_t)record->len);
	return fwrite_unlocked(header, 1, sizeof(header), file) == sizeof(header) &&
	       fwrite_unlocked(record->bytes, 1, record->len, file) == record->len;
}
