/* SPDX-License-Identifier: MIT */
#include "capture.h"

#include "base/text.h"
#include "link/pcap.h"

#include <string.h>

static const struct pcap_format format = {.link_type = PCAP_RAW, .nanoseconds = true};

FILE *capture_open(const char *directory, const char *script)
{
	const char *slash = strrchr(script, '/'), *name = slash ? slash + 1 : script;
	const char *dot = strrchr(name, '.');
	struct text path = {0};
	FILE *file;

	text_addf(&path, "%s/", directory);
	text_addn(&path, name, dot ? (size_t)(dot - name) : strlen(name));
	text_add(&path, ".pcap");
	file = fopen(text_str(&path), "wb");
	text_free(&path);
	if (file)
		pcap_write_header(file, &format);
	return file;
}

void capture_packet(FILE *file, nstime when, const uint8_t *packet, size_t len)
{
	const struct pcap_record record = {.bytes = packet, .len = len, .when = when};

	if (file)
		pcap_write(file, &format, &record);
}

bool capture_close(FILE *file)
{
	bool bad = ferror(file);

	return fclose(file) == 0 && !bad;
}
