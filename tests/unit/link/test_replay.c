/* SPDX-License-Identifier: MIT */
/* Capture files as octets, read through the replay link, and the files that it writes. */
#include "unit.h"

#include "base/text.h"
#include "link/ether.h"
#include "link/pcap.h"
#include "link/replay.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MAC_CLIENT "\x02\x60\x8c\x9e\x18\x8b"
#define MAC_SERVER "\x02\x60\x8c\x3b\x85\xc1"
#define V6         "\x60\x00\x00\x00\x00\x14"

/* File headers up to the link type, and record headers for times of 1.000002 s and 1.000002003 s.
 */
#define LE_US "\xd4\xc3\xb2\xa1\2\0\4\0\0\0\0\0\0\0\0\0\xff\xff\0\0"
#define LE_NS "\x4d\x3c\xb2\xa1\2\0\4\0\0\0\0\0\0\0\0\0\xff\xff\0\0"
#define BE_US "\xa1\xb2\xc3\xd4\0\2\0\4\0\0\0\0\0\0\0\0\0\0\xff\xff"
#define BE_NS "\xa1\xb2\x3c\x4d\0\2\0\4\0\0\0\0\0\0\0\0\0\0\xff\xff"

#define AT_LE_US "\1\0\0\0\2\0\0\0"
#define AT_LE_NS "\1\0\0\0\xd3\7\0\0"
#define AT_BE_US "\0\0\0\1\0\0\0\2"
#define AT_BE_NS "\0\0\0\1\0\0\7\xd3"

#define LEN_LE(n) n "\0\0\0" n "\0\0\0"
#define LEN_BE(n) "\0\0\0" n "\0\0\0" n

/* The octets of string literals, without the terminating NUL. */
#define OCTETS(literal) (literal), sizeof(literal) - 1

struct run {
	char in[32];
	char out[32];
	struct link *link;
};

static void temporary(char name[32])
{
	int fd;

	strcpy(name, "/tmp/test_replay.XXXXXX");
	fd = mkstemp(name);
	ck_assert_int_ge(fd, 0);
	close(fd);
}

static void spill(const char *name, const void *bytes, size_t len)
{
	FILE *f = fopen(name, "wb");

	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(bytes, 1, len, f), len);
	fclose(f);
}

static void start(struct run *run, const void *bytes, size_t len)
{
	char *error = NULL;

	*run = (struct run){0};
	temporary(run->in);
	temporary(run->out);
	spill(run->in, bytes, len);
	run->link = replay_open(run->in, run->out, &error);
	ck_assert_msg(run->link != NULL, "%s", error);
	ck_assert_ptr_null(error);
}

static void finish(struct run *run)
{
	run->link->ops->close(run->link);
	unlink(run->in);
	unlink(run->out);
}

static struct frame take(struct run *run)
{
	struct frame f = {0};

	ck_assert_int_eq(run->link->ops->receive(run->link, &f), 1);
	return f;
}

static void expect_end(struct run *run, int reason)
{
	struct frame f;

	errno = ENOTTY;
	ck_assert_int_eq(run->link->ops->receive(run->link, &f), -1);
	ck_assert_int_eq(errno, reason);
}

/* Closes the link, and compares the octets that it has written. */
static void expect_output(struct run *run, const void *bytes, size_t len)
{
	uint8_t have[4096];
	FILE *f;
	size_t n;

	run->link->ops->close(run->link);
	f = fopen(run->out, "rb");
	ck_assert_ptr_nonnull(f);
	n = fread(have, 1, sizeof(have), f);
	fclose(f);
	ck_assert_uint_eq(n, len);
	ck_assert_mem_eq(have, bytes, len);
	unlink(run->in);
	unlink(run->out);
}

static void expect_refused(const void *bytes, size_t len, const char *why)
{
	char *error = NULL;
	char in[32];

	temporary(in);
	spill(in, bytes, len);
	ck_assert_ptr_null(replay_open(in, NULL, &error));
	ck_assert_ptr_nonnull(error);
	ck_assert_msg(strstr(error, why) && strstr(error, in), "%s", error);
	free(error);
	unlink(in);
}

static void expect_one(const void *bytes, size_t len, nstime when)
{
	struct run run;
	struct frame f;

	start(&run, bytes, len);
	f = take(&run);
	ck_assert_int_eq(f.when, when);
	ck_assert_uint_eq(f.len, 4);
	ck_assert_mem_eq(f.packet, "\x45\1\2\3", 4);
	expect_end(&run, 0);
	ck_assert_uint_eq(run.link->counters.frames_in, 1);
	ck_assert_uint_eq(run.link->counters.bytes_in, 4);
	ck_assert_uint_eq(run.link->counters.malformed_in, 0);
	finish(&run);
}

START_TEST(byte_orders_and_stamps)
{
	expect_one(OCTETS(LE_US "\x65\0\0\0" AT_LE_US LEN_LE("\4") "\x45\1\2\3"), 1000002000);
	expect_one(OCTETS(LE_NS "\x65\0\0\0" AT_LE_NS LEN_LE("\4") "\x45\1\2\3"), 1000002003);
	expect_one(OCTETS(BE_US "\0\0\0\x65" AT_BE_US LEN_BE("\4") "\x45\1\2\3"), 1000002000);
	expect_one(OCTETS(BE_NS "\0\0\0\x65" AT_BE_NS LEN_BE("\4") "\x45\1\2\3"), 1000002003);
}
END_TEST

/* Times are unsigned: the maximum is in 2106. The upper half of the link type describes the FCS. */
START_TEST(large_fields)
{
	expect_one(OCTETS(LE_US "\x65\0\0\x24"
				"\xff\xff\xff\xff\x3f\x42\x0f\0" LEN_LE("\4") "\x45\1\2\3"),
		   4294967295 * NS_PER_S + 999999000);
}
END_TEST

START_TEST(ethernet)
{
	struct run run;
	struct frame f;
	const struct path *path;

	start(&run,
	      OCTETS(LE_US "\1\0\0\0" AT_LE_US LEN_LE("\x14") MAC_SERVER MAC_CLIENT
		     "\x08\0"
		     "\x45pad.." AT_LE_US LEN_LE("\x18") MAC_SERVER MAC_CLIENT
		     "\x81\0\xa0\x07\x86\xdd" V6 AT_LE_US LEN_LE("\x10") MAC_SERVER MAC_CLIENT
		     "\x08\x06\0\1" AT_LE_US LEN_LE("\x0f") MAC_SERVER MAC_CLIENT "\x08\0\x45"));
	f = take(&run);
	ck_assert_uint_eq(f.len, 6);
	ck_assert_uint_eq(run.link->mtu, 1500);
	path = &f.path;
	ck_assert_mem_eq(path->remote, MAC_CLIENT, 6);
	ck_assert_mem_eq(path->local, MAC_SERVER, 6);
	ck_assert_uint_eq(path->vlan, 0);

	f = take(&run);
	ck_assert_uint_eq(f.len, 6);
	ck_assert_mem_eq(f.packet, V6, 6);
	path = &f.path;
	ck_assert_mem_eq(path->remote, MAC_CLIENT, 6);
	ck_assert_uint_eq(path->vlan, 0xa007);

	f = take(&run); /* ARP is skipped */
	ck_assert_uint_eq(f.len, 1);
	ck_assert_mem_eq(f.path.remote, MAC_CLIENT, 6);
	ck_assert_uint_eq(f.path.vlan, 0);
	expect_end(&run, 0);
	expect_end(&run, 0);
	ck_assert_uint_eq(run.link->counters.malformed_in, 0);
	finish(&run);
}
END_TEST

START_TEST(cooked_and_null)
{
	struct run run;
	struct frame f;

	start(&run, OCTETS(LE_US "\x71\0\0\0" AT_LE_US LEN_LE(
			    "\x12") "\0\0\0\1\0\6" MAC_CLIENT
				    "\0\0\x08\0\x45\1" AT_LE_US LEN_LE(
					    "\x16") "\0\0\0\1\0\6" MAC_CLIENT
						    "\0\0\x81\0\0\7\x86\xdd\x60\1"));
	f = take(&run);
	ck_assert_mem_eq(f.path.remote, MAC_CLIENT, 6);
	ck_assert_mem_eq(f.packet, "\x45\1", 2);
	f = take(&run);
	ck_assert_uint_eq(f.path.vlan, 7);
	ck_assert_mem_eq(f.packet, "\x60\1", 2);
	expect_end(&run, 0);
	finish(&run);

	/* To the broadcast address, to a group, to another host. */
	start(&run, OCTETS(LE_US "\x71\0\0\0" AT_LE_US LEN_LE(
			    "\x12") "\0\1\0\1\0\6" MAC_CLIENT
				    "\0\0\x08\0\x45\1" AT_LE_US LEN_LE(
					    "\x12") "\0\2\0\1\0\6" MAC_CLIENT
						    "\0\0\x08\0\x45\1" AT_LE_US LEN_LE(
							    "\x12") "\0\3\0\1\0\6" MAC_CLIENT
								    "\0\0\x08\0\x45\1"));
	ck_assert(ether_is_group(take(&run).path.local));
	ck_assert(ether_is_group(take(&run).path.local));
	ck_assert(!ether_is_group(take(&run).path.local));
	expect_end(&run, 0);
	finish(&run);

	/* AF_INET in both byte orders, macOS's AF_INET6, and AF_UNIX, which is skipped. */
	start(&run, OCTETS(LE_US "\0\0\0\0" AT_LE_US LEN_LE("\5") "\2\0\0\0\x45" AT_LE_US LEN_LE(
			    "\5") "\0\0\0\2\x46" AT_LE_US LEN_LE("\5") "\1\0\0\0\x45" AT_LE_US
				   LEN_LE("\5") "\x1e\0\0\0\x60"));
	ck_assert_uint_eq(take(&run).packet[0], 0x45);
	ck_assert_uint_eq(take(&run).packet[0], 0x46);
	ck_assert_uint_eq(take(&run).packet[0], 0x60);
	expect_end(&run, 0);
	ck_assert_uint_eq(run.link->counters.malformed_in, 0);
	finish(&run);
}
END_TEST

START_TEST(raw_packets_by_version)
{
	struct run run;

	start(&run, OCTETS(LE_US "\xe5\0\0\0" AT_LE_US LEN_LE("\1") "\x60" AT_LE_US LEN_LE(
			    "\1") "\x70" AT_LE_US LEN_LE("\0") AT_LE_US LEN_LE("\2") "\x61\1"));
	ck_assert_uint_eq(take(&run).len, 1);
	ck_assert_uint_eq(take(&run).len, 2); /* version 7 and an empty record are skipped */
	expect_end(&run, 0);
	ck_assert_uint_eq(run.link->counters.malformed_in, 1);
	finish(&run);
}
END_TEST

START_TEST(offload)
{
	static uint8_t file[24 + 2 * 16 + 14 + 1500 + 14 + 1501] =
		LE_US "\1\0\0\0" AT_LE_US "\xea\5\0\0\xea\5\0\0";
	struct run run;

	memcpy(file + 40 + 12, "\x08\0\x45", 3);
	memcpy(file + 40 + 1514, AT_LE_US "\xeb\5\0\0\xeb\5\0\0", 16);
	memcpy(file + 40 + 1514 + 16 + 12, "\x08\0\x45", 3);
	start(&run, file, sizeof(file));
	ck_assert(!take(&run).offload);
	ck_assert(take(&run).offload);
	expect_end(&run, 0);
	finish(&run);
}
END_TEST

/* A file truncated at any place: the complete records are read, then EBADMSG is returned. */
START_TEST(cut_off)
{
	static const char file[] = LE_US "\1\0\0\0" AT_LE_US LEN_LE("\x0f") MAC_SERVER MAC_CLIENT
		"\x08\0\x45" AT_LE_US LEN_LE("\x0f") MAC_SERVER MAC_CLIENT "\x08\0\x46";
	struct run run;

	for (size_t len = 24 + 31 + 1; len < sizeof(file) - 1; len++) {
		start(&run, file, len);
		ck_assert_uint_eq(take(&run).packet[0], 0x45);
		expect_end(&run, EBADMSG);
		ck_assert_uint_eq(run.link->counters.malformed_in, 1);
		finish(&run);
	}
	for (size_t len = 1; len < 24; len++)
		expect_refused(file, len, "not a pcap file");
}
END_TEST

START_TEST(short_records)
{
	static const char frame[] = MAC_SERVER MAC_CLIENT "\x81\0\0\7\x08\0";
	struct run run;

	for (uint8_t len = 0; len < sizeof(frame); len++) {
		uint8_t file[24 + 16 + sizeof(frame)] = LE_US "\1\0\0\0" AT_LE_US;

		file[32] = len;
		memcpy(file + 40, frame, len);
		start(&run, file, 40u + len);
		expect_end(&run, 0);
		ck_assert_uint_eq(run.link->counters.malformed_in, 1);
		finish(&run);
	}
}
END_TEST

START_TEST(giant_records)
{
	struct run run;

	start(&run, OCTETS(LE_US "\1\0\0\0" AT_LE_US "\xff\xff\xff\xff\xff\xff\xff\xff"));
	expect_end(&run, EBADMSG);
	finish(&run);
	start(&run, OCTETS(LE_US "\1\0\0\0" AT_LE_US "\1\0\4\0\1\0\4\0"));
	expect_end(&run, EBADMSG);
	ck_assert_uint_eq(run.link->counters.malformed_in, 1);
	finish(&run);
}
END_TEST

START_TEST(largest_record)
{
	uint8_t *file = xcalloc(1, 40 + PCAP_RECORD_MAX);
	struct run run;

	memcpy(file, LE_US "\x65\0\0\0" AT_LE_US "\0\0\4\0\0\0\4\0\x45", 41);
	start(&run, file, 40 + PCAP_RECORD_MAX);
	ck_assert_uint_eq(take(&run).len, PCAP_RECORD_MAX);
	expect_end(&run, 0);
	finish(&run);
	free(file);
}
END_TEST

START_TEST(refused_files)
{
	char *error = NULL;

	expect_refused("", 0, "empty file");
	expect_refused(OCTETS("#!/bin/sh\necho This is no capture at all\n"), "not a pcap file");
	expect_refused(OCTETS("\n\r\r\n\x1c\0\0\0M<+\x1a\1\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff"),
		       "pcapng format: convert it");
	expect_refused(OCTETS(LE_US "\x69\0\0\0"), "link type 105");

	ck_assert_ptr_null(replay_open("/nonexistent/a.pcap", NULL, &error));
	ck_assert_str_eq(error, "cannot read /nonexistent/a.pcap: No such file or directory");
	free(error);
}
END_TEST

START_TEST(refused_outputs)
{
	char *error = NULL, *below;
	struct run run;
	struct frame f;

	start(&run, OCTETS(LE_US "\x65\0\0\0" AT_LE_US LEN_LE("\1") "\x45"));
	ck_assert_ptr_null(replay_open(run.in, run.in, &error));
	ck_assert_msg(strstr(error, "is also the input") != NULL, "%s", error);
	free(error);
	below = xasprintf("%s/b.pcap", run.in);
	ck_assert_ptr_null(replay_open(run.in, below, &error));
	ck_assert_msg(strstr(error, "/b.pcap: Not a directory") != NULL, "%s", error);
	free(below);
	free(error);
	f = take(&run); /* the input is unchanged */
	ck_assert_uint_eq(f.len, 1);
	finish(&run);
}
END_TEST

static void answer(struct run *run, nstime when)
{
	struct frame f = take(run);

	run->link->ops->send(run->link, &f.path, f.packet, f.len, when);
	run->link->ops->flush(run->link);
}

/* A file header with tcpdump's snap length, 262144. */
#define OUT_US "\xd4\xc3\xb2\xa1\2\0\4\0\0\0\0\0\0\0\0\0\0\0\4\0"
#define OUT_NS "\x4d\x3c\xb2\xa1\2\0\4\0\0\0\0\0\0\0\0\0\0\0\4\0"

START_TEST(ethernet_answers)
{
	struct run run;

	start(&run, OCTETS(BE_US "\0\0\0\1" AT_BE_US LEN_BE("\x10") MAC_SERVER MAC_CLIENT
			   "\x08\0\x45\1" AT_BE_US LEN_BE("\x14") MAC_SERVER MAC_CLIENT
			   "\x81\0\0\7\x86\xdd\x60\1"));
	answer(&run, NS_PER_S + 3999);
	answer(&run, 5);
	ck_assert_uint_eq(run.link->counters.frames_out, 2);
	ck_assert_uint_eq(run.link->counters.bytes_out, 4);
	expect_output(&run, OCTETS(OUT_US "\1\0\0\0"
					  "\1\0\0\0\3\0\0\0" LEN_LE("\x10") MAC_CLIENT MAC_SERVER
				   "\x08\0\x45\1"
				   "\0\0\0\0\0\0\0\0" LEN_LE("\x14") MAC_CLIENT MAC_SERVER
				   "\x81\0\0\7\x86\xdd\x60\1"));
}
END_TEST

/* Answers are the same if they are made in the memory of the link. */
START_TEST(answers_in_place)
{
	struct run run;

	start(&run, OCTETS(BE_US "\0\0\0\1" AT_BE_US LEN_BE("\x10") MAC_SERVER MAC_CLIENT
			   "\x08\0\x45\1" AT_BE_US LEN_BE("\x14") MAC_SERVER MAC_CLIENT
			   "\x81\0\0\7\x86\xdd\x60\1"));
	for (nstime when = NS_PER_S; when <= 2 * NS_PER_S; when += NS_PER_S) {
		struct frame f = take(&run);
		uint8_t *room = run.link->ops->room(run.link, &f.path);

		memset(room, 0xff, LINK_ROOM);
		memcpy(room, f.packet, f.len);
		run.link->ops->send(run.link, &f.path, room, f.len, when);
	}
	run.link->ops->flush(run.link);
	expect_output(&run, OCTETS(OUT_US "\1\0\0\0"
					  "\1\0\0\0\0\0\0\0" LEN_LE("\x10") MAC_CLIENT MAC_SERVER
				   "\x08\0\x45\1"
				   "\2\0\0\0\0\0\0\0" LEN_LE("\x14") MAC_CLIENT MAC_SERVER
				   "\x81\0\0\7\x86\xdd\x60\1"));
}
END_TEST

START_TEST(other_answers)
{
	struct run run;

	start(&run, OCTETS(LE_NS "\xe4\0\0\0" AT_LE_NS LEN_LE("\2") "\x45\1"));
	answer(&run, NS_PER_S + 3999);
	expect_output(&run, OCTETS(OUT_NS "\xe4\0\0\0"
					  "\1\0\0\0\x9f\x0f\0\0" LEN_LE("\2") "\x45\1"));

	start(&run, OCTETS(LE_US "\0\0\0\0" AT_LE_US LEN_LE("\5") "\2\0\0\0\x45"));
	answer(&run, -1);
	expect_output(&run, OCTETS(OUT_US "\x65\0\0\0"
					  "\0\0\0\0\0\0\0\0" LEN_LE("\1") "\x45"));
}
END_TEST

START_TEST(failures_are_counted)
{
	static const uint8_t large[65536] = {0x45};
	struct path to = {0};
	struct run run;
	struct link *l;

	start(&run, OCTETS(LE_US "\1\0\0\0"));
	l = run.link;
	l->ops->send(l, &to, large, sizeof(large), 0);
	l->ops->send(l, &to, large, 0, 0);
	ck_assert_uint_eq(l->counters.failed_out, 2);
	ck_assert_int_eq(l->counters.last_error, EMSGSIZE);
	ck_assert_uint_eq(l->counters.frames_out, 0);
	l->ops->send(l, &to, large, 65535, 0);
	ck_assert_uint_eq(l->counters.frames_out, 1);
	finish(&run);
}
END_TEST

UNIT_MAIN("replay", byte_orders_and_stamps, large_fields, ethernet, cooked_and_null,
	  raw_packets_by_version, offload, cut_off, short_records, giant_records, largest_record,
	  refused_files, refused_outputs, ethernet_answers, answers_in_place, other_answers,
	  failures_are_counted)
