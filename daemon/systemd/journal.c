/* SPDX-License-Identifier: MIT */
#include "systemd/journal.h"

#include "base/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>

#define FIELDS_MAX 8

/* These ids are also in packaging/systemd/synackd.catalog. */
static const char *const ids[MESSAGE_COUNT] = {
	[MESSAGE_STARTED] = "7b9e904eb71845c79043278251398c2b",
	[MESSAGE_RELOADED] = "3bd79a46e80a4703970ab6bbb3e08338",
	[MESSAGE_RELOAD_REFUSED] = "a5cc1e93515f477a89e1c8d316d7860d",
	[MESSAGE_CHANGED] = "1d0bd5ea9cd74dc9bf60506c88cd3721",
	[MESSAGE_CHANGE_REFUSED] = "c33d7c61bb1c43ffa05839dfec550660",
	[MESSAGE_NO_ANSWER] = "a15c9ec42a374bfeaf25d05623ac9a6c",
	[MESSAGE_RELAY_FAILED] = "187e4996f7b64cd19c50ddc19f255c6b",
	[MESSAGE_STUCK] = "448d253a60ca4a6ca8fb2556119d23e2",
	[MESSAGE_CONNECTION] = "559be47cba3f4efd810fe99eb3cdf50d",
};

/* Fields of an entry; each is owned. */
struct entry {
	struct iovec field[FIELDS_MAX];
	int count;
};

static void add(struct entry *e, char *field)
{
	e->field[e->count++] = (struct iovec){.iov_base = field, .iov_len = strlen(field)};
}

static void add_text(struct entry *e, const char *name, const char *value)
{
	if (value && *value)
		add(e, xasprintf("%s=%s", name, value));
}

static bool to_journal(enum log_level level, const struct log_subject *about, const char *line)
{
	struct entry e = {0};
	bool taken;

	add(&e, xasprintf("MESSAGE=%s", line));
	add(&e, xasprintf("PRIORITY=%d", level));
	add(&e, xstrdup("SYSLOG_IDENTIFIER=synackd"));
	add_text(&e, "MESSAGE_ID", ids[about->message]);
	add_text(&e, "SYNACKD_ENDPOINT", about->endpoint);
	add_text(&e, "SYNACKD_BEHAVIOUR", about->behaviour);
	add_text(&e, "SYNACKD_CLIENT", about->client);
	if (about->connection)
		add(&e, xasprintf("SYNACKD_CONNECTION=%" PRIu64, about->connection));
	taken = sd_journal_sendv(e.field, e.count) == 0;
	while (e.count)
		free(e.field[--e.count].iov_base);
	return taken;
}

/* If it is, $JOURNAL_STREAM contains its device and inode. */
static bool stderr_is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	uintmax_t device, inode;
	struct stat st;

	return stream && sscanf(stream, "%ju:%ju", &device, &inode) == 2 &&
	       fstat(STDERR_FILENO, &st) == 0 && st.st_dev == device && st.st_ino == inode;
}

log_sink *journal_sink(void)
{
	return stderr_is_journal() ? to_journal : NULL;
}
