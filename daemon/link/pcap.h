/* SPDX-License-Identifier: MIT */
/* pcap: reads and writes the classic pcap file format, draft-ietf-opsawg-pcap. */
#ifndef SYNACKD_LINK_PCAP_H
#define SYNACKD_LINK_PCAP_H

#include "base/clock.h"

#include <stdio.h>

/* Link types, from the registry in the draft. */
enum pcap_link_type {
	PCAP_NULL = 0, /* a 32-bit address family in the byte order of the capturing host */
	PCAP_ETHERNET = 1,
	PCAP_RAW = 101, /* IPv4 or IPv6, by the version field */
	PCAP_COOKED = 113,
	PCAP_IPV4 = 228,
	PCAP_IPV6 = 229,
};

/* The longest record, in octets, that tcpdump and libpcap write; a longer one is malformed. */
#define PCAP_RECORD_MAX 262144

struct pcap_format {
	uint32_t link_type; /* enum pcap_link_type, or an unsupported one */
	bool nanoseconds;   /* resolution of the time stamps; else microseconds */
};

struct pcap_record {
	const uint8_t *bytes; /* as captured, from the link header on; borrowed */
	size_t len;
	nstime when;
};

struct pcap_reader {
	int fd; /* borrowed */
	struct pcap_format format;
	bool big_endian;
	uint8_t *bytes; /* a block of the file */
	size_t at, end; /* part of the block that was not read yet */
};

/* Reads the file header. Returns NULL on success. Otherwise returns the problem ("not a pcap
 * file"), to follow the name of the file. Call pcap_reader_close() in both cases. */
const char *pcap_reader_open(struct pcap_reader *r, int fd);

/* Reads the next record, valid until the next call. Returns 1 and sets *out. Returns 0 at the
 * end of the file. Returns -1 and sets errno if the file is truncated or malformed (EBADMSG), or
 * cannot be read. */
int pcap_read(struct pcap_reader *r, struct pcap_record *out);
void pcap_reader_close(struct pcap_reader *r); /* does not close the descriptor */

/* Writes a file. The format is little-endian on every machine, so that a run always gives the
 * same file. */
struct pcap_writer {
	FILE *file; /* borrowed */
	struct pcap_format format;
	uint8_t *bytes; /* records that are not in the file yet */
	size_t used;
};

/* Begins the file with its header. */
void pcap_writer_open(struct pcap_writer *w, FILE *file, const struct pcap_format *format);
/* Returns the place of the octets of the next record, if it has at most `len`, and at most
 * PCAP_RECORD_MAX: pcap_add() will return the same place. Returns NULL and sets errno if the
 * previous records cannot be written; they are lost. */
uint8_t *pcap_room(struct pcap_writer *w, size_t len);
/* Adds a record of `len` octets, at most PCAP_RECORD_MAX. Returns its place: the caller sets its
 * octets before the next call. A time before the epoch is written as the epoch. Returns NULL and
 * sets errno if the previous records cannot be written; they are lost. */
uint8_t *pcap_add(struct pcap_writer *w, nstime when, size_t len);
/* Writes all records. Returns false and sets errno on failure; they are lost. */
bool pcap_flush(struct pcap_writer *w);
/* Frees the records that pcap_flush() did not write. Does not close the FILE. */
void pcap_writer_close(struct pcap_writer *w);

#endif
