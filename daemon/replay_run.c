/* SPDX-License-Identifier: MIT */
#include "replay_run.h"

#include "base/random.h"
#include "config/engine_config.h"
#include "engine/advance.h"
#include "engine/receive.h"
#include "engine/responder.h"
#include "link/replay.h"
#include "wire/packet_decode.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

static void drain(struct responder *r, nstime until)
{
	nstime next;

	while ((next = responder_next(r)) != NS_NEVER && next <= until)
		responder_advance(r, next);
}

/* Returns false if the capture is truncated. */
static bool answer(struct responder *r, struct link *link, nstime drain_time)
{
	struct frame frame;
	bool begun = false;
	int got;

	while ((got = link->ops->receive(link, &frame)) == 1) {
		if (!begun) {
			responder_start_at(r, frame.when);
			begun = true;
		}
		responder_frame(r, link, &frame);
	}
	if (got < 0 && errno == EBADMSG)
		return false;
	drain(r, responder_now(r) + drain_time);
	return true;
}

/* Flushes the output. A write error is reported once, at the end of the run. */
static bool written(struct link *link, const char *out)
{
	link->ops->flush(link);
	if (link->counters.failed_out)
		fprintf(stderr, "synackd: cannot write %s: %s\n", out,
			strerror(link->counters.last_error));
	return !link->counters.failed_out;
}

static void say(const struct responder *r, const struct link *link, uint64_t seed)
{
	const uint64_t *packets = responder_counts(r).packets;

	fprintf(stderr,
		"synackd: replayed %" PRIu64 " frames, sent %" PRIu64 ", seed %" PRIu64 "\n",
		link->counters.frames_in, link->counters.frames_out, seed);
	for (int i = WIRE_OK + 1; i < WIRE_RESULT_COUNT; i++)
		if (packets[i])
			fprintf(stderr, "synackd: %" PRIu64 " packets ignored: %s\n", packets[i],
				wire_result_name((enum wire_result)i));
}

int replay_run(const struct config *config, const struct cmdline *options)
{
	const struct responder_limits limits = config_limits(config);
	struct responder_keys keys;
	struct responder *r;
	int code = EX_UNAVAILABLE;
	char *error = NULL;
	struct link *link;
	uint64_t seed;

	if (!seed_choose(options->has_seed || config->has_seed,
			 options->has_seed ? options->seed : config->seed, &seed)) {
		fprintf(stderr, "synackd: getrandom: no seed: %s: give one with --seed\n",
			strerror(errno));
		return code;
	}
	responder_keys_of_seed(seed, &keys);
	r = responder_new(&limits, seed, &keys, 0);
	responder_set_verify(r, !options->no_verify);
	link = replay_open(options->replay_in, options->replay_out, &error);
	if (!link) {
		fprintf(stderr, "synackd: %s\n", error);
		free(error);
	} else {
		responder_add_link(r, link);
		responder_use(r, config_endpoint_index(config));
		if (!answer(r, link, options->drain))
			fprintf(stderr, "synackd: %s: truncated in the middle of a record\n",
				options->replay_in);
		else if (written(link, options->replay_out))
			code = EXIT_SUCCESS;
		say(r, link, seed);
		link->ops->close(link);
	}
	responder_free(r);
	return code;
}
