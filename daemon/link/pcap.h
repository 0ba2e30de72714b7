/* SPDX-License-Identifier: MIT */
/* The classic pcap file format, draft-ietf-opsawg-pcap: a header of 24 octets, then records. */
#ifndef SYNACKD_LINK_PCAP_H
#define SYNACKD_LINK_PCAP_H

#include "base/clock.h"

#include <stdio.h>

/* Link types, from the registry of the same draft. */
enum pcap_link_type {
	PCAP_NULL = 0, /* a 32-bit address family in the byte order of the capturing host */
	PCAP_ETHERNET = 1,
	PCAP_RAW = 101, /* IPv4 or IPv6, by the version */
	PCAP_COOKED = 113,
	PCAP_IPV4 = 228,
	PCAP_IPV6 = 229,
};

/* The longest record that tcpdump and libpcap write; a longer one is a broken file. */
#define PCAP_RECORD_MAX 262144

struct pcap_format {
	uint32_t link_type; /* enum pcap_link_type, or one that we do not know */
	bool nanoseconds;   /* resolution of the time stamps; microseconds otherwise */
};

struct pcap_record {
	const uint8_t *bytes; /* as captured, from the link header on */
	size_t len;
	nstime when;
};

struct pcap_reader {
	FILE *file; /* borrowed */
	struct pcap_format format;
	bool big_endian;
	uint8_t *bytes; /* of the record last read */
};

/*
 * Read the file header. Returns NULL, or why this is no file to read: a phrase that goes on from
 * the file's name ("is not a capture"). *r needs pcap_reader_close only after NULL.
 */
const char *pcap_reader_open(struct pcap_reader *r, FILE *file);

/* The next record, valid until the next call. 1: *out is filled. 0: the end of the file. -1: the
 * file is cut off or broken here (errno EBADMSG) or cannot be read (another errno). */
int pcap_read(struct pcap_reader *r, struct pcap_record *out);
void pcap_reader_close(struct pcap_reader *r); /* leaves the FILE open */

/* Write the file header, and a record; little-endian on every machine, so that the same run gives
 * the same bytes. Times before the epoch are written as the epoch. False: errno says why. */
bool pcap_write_header(FILE *file, const struct pcap_format *format);
bool pcap_write(FILE *file, const struct pcap_format *format, const struct pcap_record *record);

#endif
