/* SPDX-License-Identifier: MIT */
#include "capture.h"

#include "base/text.h"
#include "link/pcap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct pcap_format format = {.link_type = PCAP_RAW, .nanoseconds = true};

struct capture {
	FILE *file;
	struct pcap_writer writer;
};

struct capture *capture_open(const char *directory, const char *script)
{
	const char *slash = strrchr(script, '/'), *name = slash ? slash + 1 : script;
	const char *dot = strrchr(name, '.');
	struct text path = {0};
	struct capture *c;
	FILE *file;

	text_addf(&path, "%s/", directory);
	text_addn(&path, name, dot ? (size_t)(dot - name) : strlen(name));
	text_add(&path, ".pcap");
	file = fopen(text_str(&path), "wb");
	text_free(&path);
	if (!file)
		return NULL;
	c = xcalloc(1, sizeof(*c));
	c->file = file;
	pcap_writer_open(&c->writer, file, &format);
	return c;
}

void capture_packet(struct capture *c, nstime when, const uint8_t *packet, size_t len)
{
	uint8_t *record = c ? pcap_add(&c->writer, when, len) : NULL;

	if (record)
		memcpy(record, packet, len);
}

bool capture_close(struct capture *c)
{
	bool written = pcap_flush(&c->writer) && !ferror(c->file);

	written = fclose(c->file) == 0 && written;
	pcap_writer_close(&c->writer);
	free(c);
	return written;
}
