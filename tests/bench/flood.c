/* SPDX-License-Identifier: MIT */
/* flood: sends SYNs at a rate, or as fast as possible, and counts the answers.
 *
 * The interface counts the frames that arrive; a socket that receives a few of them determines the
 * share that are SYN-ACKs for these SYNs. Counting each frame would take CPU time from the server.
 */
#include "answer_filter.h"
#include "batch.h"
#include "clock.h"
#include "syn.h"
#include "words.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define SHARE     64                   /* one frame of these is examined */
#define QUIET     (NS_PER_SECOND / 20) /* without an answer: the server has none left */
#define QUIET_MAX (2 * NS_PER_SECOND)

struct sample {
	int fd;
	uint64_t answers, others;
};

static void sample_open(struct sample *s, const char *interface, const struct syn_plan *p)
{
	struct sockaddr_ll at = {.sll_family = AF_PACKET,
				 .sll_protocol = htons(ETH_P_ALL),
				 .sll_ifindex = (int)if_nametoindex(interface)};
	struct sock_filter code[ANSWER_FILTER_MAX];
	struct sock_fprog program = answer_filter(code, p->from_mac, SHARE, ANSWER_MAX);
	int on = 1, size = 8 * 1024 * 1024;

	*s = (struct sample){.fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK, 0)};
	if (s->fd < 0 ||
	    setsockopt(s->fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) < 0 ||
	    setsockopt(s->fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof(on)) < 0 ||
	    setsockopt(s->fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0 ||
	    bind(s->fd, (struct sockaddr *)&at, sizeof(at)) < 0)
		die("socket for samples");
}

static void sample_read(struct sample *s, const struct syn_plan *p)
{
	uint8_t frame[ANSWER_MAX];
	ssize_t len;

	while ((len = recv(s->fd, frame, sizeof(frame), 0)) > 0) {
		if (syn_number(p, frame, (size_t)len) >= 0)
			s->answers++;
		else
			s->others++;
	}
}

static uint64_t arrived(const char *interface)
{
	char path[128];
	uint64_t count;
	FILE *f;

	snprintf(path, sizeof(path), "/sys/class/net/%s/statistics/rx_packets", interface);
	f = fopen(path, "re");
	if (!f || fscanf(f, "%" SCNu64, &count) != 1)
		die(path);
	fclose(f);
	return count;
}

/* Returns the CPU time of this process, in seconds. It includes the kernel's work on the frames
 * that it sent, up to the server's socket: on veth, the kernel receives a frame at once. */
static double cpu_time(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Sends SYNs until `end`. Returns their number. */
static uint32_t send_all(struct batch *b, const struct syn_plan *p, double rate, int64_t end)
{
	int64_t start = clock_now(), now = start;
	uint32_t limit = syn_limit(p) - p->first, sent = 0;

	for (; now < end && sent < limit - BATCH_MAX; now = clock_now()) {
		if (rate > 0)
			clock_sleep(start + (int64_t)((double)sent / rate * 1e9));
		for (unsigned i = 0; i < BATCH_MAX; i++) {
			syn_write(p, p->first + sent++, batch_space(b));
			batch_add(b, (unsigned)p->len);
		}
	}
	return sent;
}

/* Waits until no more answers arrive. Returns their number since `before`. */
static uint64_t wait_for_quiet(const char *interface, uint64_t before)
{
	int64_t end = clock_now() + QUIET_MAX;
	uint64_t last, now = arrived(interface);

	do {
		last = now;
		clock_sleep(clock_now() + QUIET);
		now = arrived(interface);
	} while (now != last && clock_now() < end);
	return now - before;
}

/* Returns false if hardly any of the frames that arrived was an answer. */
static int credible(const struct sample *s)
{
	if (s->answers > 0 && s->others <= s->answers / 20)
		return 1;
	fprintf(stderr, "no answers from the server, or too many other frames\n");
	return 0;
}

int main(int argc, char **argv)
{
	struct word words[] = {
		SYN_WORDS, {"rate", "0"}, {"seconds", "1"}, {"answers", "expected"}, {NULL, NULL}};
	uint64_t before, in_time, answers;
	const char *interface;
	struct sample sample;
	struct syn_plan plan;
	struct batch *out;
	int64_t start;
	double seconds, cpu;
	uint32_t sent;

	words_read(argc, argv, words);
	syn_plan(&plan);
	interface = word_text("interface");
	out = batch_open(interface);
	sample_open(&sample, interface, &plan);
	before = arrived(interface);
	start = clock_now();
	sent = send_all(out, &plan, word_number("rate"),
			start + (int64_t)(word_number("seconds") * 1e9));
	seconds = (double)(clock_now() - start) / 1e9;
	cpu = cpu_time();
	in_time = arrived(interface) - before;
	answers = wait_for_quiet(interface, before);
	sample_read(&sample, &plan);
	batch_close(out);
	printf("{\"sent\": %u, \"seconds\": %.6f, \"cpu\": %.6f, \"answers\": %" PRIu64
	       ", \"answers_in_time\": %" PRIu64 ", "
	       "\"sampled\": %" PRIu64 ", \"others\": %" PRIu64 "}\n",
	       sent, seconds, cpu, answers, in_time, sample.answers, sample.others);
	return word_text("answers")[0] != 'n' && !credible(&sample);
}
