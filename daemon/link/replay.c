/* SPDX-License-Identifier: MIT */
#include "link/replay.h"

#include "base/container.h"
#include "base/log.h"
#include "base/outfile.h"
#include "base/text.h"
#include "link/ether.h"
#include "link/pcap.h"
#include "wire/cursor.h"
#include "wire/ip_numbers.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A capture does not contain the MTU. Longer frames come from segmentation offload, or from a
 * network with jumbo frames; verdicts must not depend on their size. */
#define ETHERNET_MTU 1500
#define OTHER_MTU    65535

#define COOKED_BROADCAST  1 /* packet types of a cooked header */
#define COOKED_MULTICAST  2
#define COOKED_REMOTE_LEN 8 /* size of the address field in a cooked header */

struct replay {
	struct link link;
	int in;
	FILE *out; /* NULL: no output */
	struct pcap_reader reader;
	struct pcap_writer writer; /* while there is an output */
};

/* LINKTYPE_LINUX_SLL: packet type, ARPHRD_ type, length of the address, address, protocol. The
 * address is the sender's; the packet type shows whether the frame was sent to a group. */
static uint16_t cooked_header(struct cursor *c, struct path *path)
{
	const uint8_t *remote;
	uint16_t type, remote_len;

	type = cursor_u16(c);
	if (type == COOKED_BROADCAST || type == COOKED_MULTICAST)
		memset(path->local, 0xff, sizeof(path->local));
	cursor_take(c, 2);
	remote_len = cursor_u16(c);
	remote = cursor_take(c, COOKED_REMOTE_LEN);
	if (remote && remote_len == sizeof(path->remote))
		memcpy(path->remote, remote, sizeof(path->remote));
	return ether_protocol(c, path);
}

/* LINKTYPE_NULL: an address family in the byte order of an unknown machine. AF_INET is always 2;
 * AF_INET6 is 10 on Linux, and 24, 28 or 30 on the BSDs and macOS. */
static uint16_t null_header(struct cursor *c)
{
	uint32_t family = cursor_u32(c);

	if (family > 0xffff)
		family = __builtin_bswap32(family);
	switch (family) {
	case 2: return ETHER_IPV4;
	case 10:
	case 24:
	case 28:
	case 30: return ETHER_IPV6;
	default: return 0;
	}
}

static uint16_t raw_header(const struct cursor *c)
{
	return c->left ? ether_protocol_of(c->at) : 0;
}

/* Consumes the link header and stores it in *path. Returns the EtherType of the packet. Sets
 * c->failed if the record ends in the header. */
static uint16_t link_header(uint32_t link_type, struct cursor *c, struct path *path)
{
	switch (link_type) {
	case PCAP_NULL: return null_header(c);
	case PCAP_ETHERNET: return ether_read(c, path);
	case PCAP_COOKED: return cooked_header(c, path);
	default: return raw_header(c);
	}
}

static int replay_receive(struct link *l, struct frame *out)
{
	struct replay *r = container_of(l, struct replay, link);
	struct pcap_record record;
	int result;

	while ((result = pcap_read(&r->reader, &record)) > 0) {
		struct cursor c = cursor_of(record.bytes, record.len);
		struct path path = {.link = l->index};
		uint16_t protocol = link_header(r->reader.format.link_type, &c, &path);

		if (c.failed || c.left == 0) {
			l->counters.malformed_in++;
			continue;
		}
		if (protocol != ETHER_IPV4 && protocol != ETHER_IPV6)
			continue;
		*out = (struct frame){
			.packet = c.at,
			.len = c.left,
			.when = record.when,
			.path = path,
			.offload = c.left > l->mtu,
		};
		l->counters.frames_in++;
		l->counters.bytes_in += c.left;
		return 1;
	}
	if (result < 0)
		l->counters.malformed_in++;
	else
		errno = 0;
	return -1;
}

static void failed(struct link *l)
{
	l->counters.failed_out++;
	l->counters.last_error = errno;
}

static size_t header_len(const struct replay *r, const struct path *to)
{
	return r->writer.format.link_type == PCAP_ETHERNET ? ether_header_len(to) : 0;
}

static uint8_t *replay_room(struct link *l, const struct path *to)
{
	struct replay *r = container_of(l, struct replay, link);
	size_t header = header_len(r, to);
	uint8_t *frame;

	if (!r->out)
		return NULL;
	frame = pcap_room(&r->writer, header + LINK_ROOM);
	if (!frame) {
		failed(l);
		return NULL;
	}
	return frame + header;
}

static bool write_frame(struct replay *r, const struct path *to, const uint8_t *packet, size_t len,
			nstime when)
{
	size_t header = header_len(r, to);
	uint8_t *frame;

	if (len == 0 || len > IP_LENGTH_MAX) {
		errno = EMSGSIZE;
		return false;
	}
	frame = pcap_add(&r->writer, when, header + len);
	if (!frame)
		return false;
	if (frame + header != packet)
		memcpy(frame + header, packet, len);
	if (header)
		ether_write(frame, to, ether_protocol_of(packet));
	return true;
}

static void replay_send(struct link *l, const struct path *to, const uint8_t *packet, size_t len,
			nstime when)
{
	struct replay *r = container_of(l, struct replay, link);

	if (r->out && !write_frame(r, to, packet, len, when)) {
		failed(l);
		return;
	}
	l->counters.frames_out++;
	l->counters.bytes_out += len;
}

static void replay_flush(struct link *l)
{
	struct replay *r = container_of(l, struct replay, link);

	if (r->out && !pcap_flush(&r->writer))
		failed(l);
}

static void close_output(struct replay *r)
{
	const struct link *l = &r->link;
	bool written = pcap_flush(&r->writer);

	pcap_writer_close(&r->writer);
	written = fclose(r->out) == 0 && written;
	if (!written && !l->counters.failed_out)
		log_error("%s: cannot write the answers: %s", l->name, strerror(errno));
}

static void replay_close(struct link *l)
{
	struct replay *r = container_of(l, struct replay, link);

	pcap_reader_close(&r->reader);
	if (r->in >= 0)
		close(r->in);
	if (r->out)
		close_output(r);
	free(r);
}

static const struct link_ops replay_ops = {
	.kind = "replay",
	.receive = replay_receive,
	.room = replay_room,
	.send = replay_send,
	.flush = replay_flush,
	.close = replay_close,
};

static bool known_link_type(uint32_t link_type)
{
	switch (link_type) {
	case PCAP_NULL:
	case PCAP_ETHERNET:
	case PCAP_RAW:
	case PCAP_COOKED:
	case PCAP_IPV4:
	case PCAP_IPV6: return true;
	default: return false;
	}
}

static uint32_t output_link_type(uint32_t link_type)
{
	return link_type == PCAP_COOKED || link_type == PCAP_NULL ? PCAP_RAW : link_type;
}

static char *open_input(struct replay *r, const char *in)
{
	const char *why;

	r->in = open(in, O_RDONLY | O_CLOEXEC);
	if (r->in < 0)
		return xasprintf("cannot read %s: %s", in, strerror(errno));
	why = pcap_reader_open(&r->reader, r->in);
	if (why)
		return xasprintf("%s: %s", in, why);
	if (!known_link_type(r->reader.format.link_type))
		return xasprintf(
			"%s: unsupported link type %u: capture on Ethernet, raw IP, Linux cooked "
			"v1 or loopback",
			in, r->reader.format.link_type);
	return NULL;
}

static bool is_input(const struct replay *r, const char *out)
{
	struct stat a;
	struct stat b;

	return fstat(r->in, &a) == 0 && stat(out, &b) == 0 && a.st_dev == b.st_dev &&
	       a.st_ino == b.st_ino;
}

static char *open_output(struct replay *r, const char *out)
{
	char *why = NULL, *error;
	struct pcap_format format;

	if (is_input(r, out))
		return xasprintf("%s: is also the input: choose another file for the answers", out);
	r->out = outfile_open(out, &why);
	if (!r->out) {
		error = xasprintf("cannot write %s: %s", out, why);
		free(why);
		return error;
	}
	format = r->reader.format;
	format.link_type = output_link_type(format.link_type);
	pcap_writer_open(&r->writer, r->out, &format);
	if (!pcap_flush(&r->writer))
		return xasprintf("cannot write %s: %s", out, strerror(errno));
	return NULL;
}

struct link *replay_open(const char *in, const char *out, char **error)
{
	struct replay *r = xcalloc(1, sizeof(*r));

	r->in = -1;
	r->link = (struct link){.ops = &replay_ops, .fd = -1};
	snprintf(r->link.name, sizeof(r->link.name), "%s", basename(in));
	*error = open_input(r, in);
	if (!*error && out)
		*error = open_output(r, out);
	if (*error) {
		replay_close(&r->link);
		return NULL;
	}
	r->link.mtu = r->reader.format.link_type == PCAP_ETHERNET ? ETHERNET_MTU : OTHER_MTU;
	return &r->link;
}
