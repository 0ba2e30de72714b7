/* SPDX-License-Identifier: MIT */
#include "cmdline.h"

#include "base/program.h"
#include "base/text.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#define DRAIN_DEFAULT (24 * 3600 * NS_PER_S)

enum {
	OPT_CONFIG = 256,
	OPT_CONTROL,
	OPT_CHECK,
	OPT_STRICT,
	OPT_REPLAY,
	OPT_WRITE,
	OPT_NO_VERIFY,
	OPT_DRAIN,
	OPT_SEED,
	OPT_INTERFACE,
	OPT_USER,
	OPT_LOG_LEVEL,
	OPT_FOREGROUND,
	OPT_HELP,
	OPT_VERSION
};

static const struct option long_options[] = {
	{"config", required_argument, NULL, OPT_CONFIG},
	{"control", required_argument, NULL, OPT_CONTROL},
	{"check-config", no_argument, NULL, OPT_CHECK},
	{"strict", no_argument, NULL, OPT_STRICT},
	{"replay", required_argument, NULL, OPT_REPLAY},
	{"write", required_argument, NULL, OPT_WRITE},
	{"no-verify-checksums", no_argument, NULL, OPT_NO_VERIFY},
	{"drain", required_argument, NULL, OPT_DRAIN},
	{"seed", required_argument, NULL, OPT_SEED},
	{"interface", required_argument, NULL, OPT_INTERFACE},
	{"user", required_argument, NULL, OPT_USER},
	{"log-level", required_argument, NULL, OPT_LOG_LEVEL},
	{"foreground", no_argument, NULL, OPT_FOREGROUND},
	{"help", no_argument, NULL, OPT_HELP},
	{"version", no_argument, NULL, OPT_VERSION},
	{0},
};

static const char help[] =
	"usage: synackd [--config FILE] [--control PATH] [--interface NAME ...]\n"
	"       synackd [--config FILE] --replay IN.pcap --write OUT.pcap\n"
	"       synackd [--config FILE] --check-config [--strict]\n"
	"\n"
	"A TCP peer that misbehaves on purpose. synackctl(1) controls it while it runs.\n"
	"\n"
	"  --config FILE          config file; default:\n"
	"                         %s\n"
	"  --control PATH         control socket; default: 'control.path' of the config\n"
	"  --interface NAME       interface to listen on (repeatable); default:\n"
	"                         'interfaces' of the config\n"
	"  --check-config         check the config, print its errors and exit\n"
	"  --strict               with --check-config: treat warnings, such as a missing\n"
	"                         interface, as errors\n"
	"  --replay IN.pcap       answer the segments of a capture, by its timestamps\n"
	"  --write OUT.pcap       capture file for the answers of a replay\n"
	"  --no-verify-checksums  accept segments of the capture with a wrong checksum\n"
	"  --drain TIME           how long the clock of a replay continues after the\n"
	"                         last frame (default: 24h); it stops earlier if no\n"
	"                         timer is running\n"
	"  --seed N               seed of the random number generator; a replay derives\n"
	"                         the ISNs from it, too\n"
	"  --user NAME            user to switch to after start-up; default: 'user' of\n"
	"                         the config\n"
	"  --log-level LEVEL      error, warning, info or debug; debug also logs the\n"
	"                         state changes of connections\n"
	"  --foreground           accepted and ignored: synackd never forks\n"
	"  --version              print the version and exit\n"
	"  -h, --help             print this help and exit\n"
	"\n"
	"Exit codes: 0 success; 64 invalid command line; 69 missing interface, capture,\n"
	"capability or user; 78 invalid config.\n";

/* Finds the config and the data. A program in its build tree uses the files of the source tree; an
 * installed tree may have been moved as a whole. */
static void find_files(struct cmdline *out)
{
	static struct program_path beside;
	const char *data = program_beside(&beside, SYNACKD_DATA_BESIDE, X_OK);

	out->config = SYNACKD_CONF;
	out->shipped = data ? data : SYNACKD_DATA;
	if (program_is_in(SYNACKD_BINARY_DIR)) {
		out->config = SYNACKD_SOURCE_DATA "/synackd.conf";
		out->shipped = SYNACKD_SOURCE_DATA;
	}
}

static void print_help(void)
{
	struct cmdline defaults = {0};

	find_files(&defaults);
	printf(help, defaults.config);
}

static int usage(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static int usage(const char *fmt, ...)
{
	va_list ap;

	fputs("synackd: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputs(": see 'synackd --help'\n", stderr);
	return EX_USAGE;
}

static const char *option_name(size_t i, const void *arg)
{
	(void)arg;
	return long_options[i].name;
}

static int unknown_option(char **argv)
{
	const char *word = argv[optind - 1], *near;

	if (optopt >= OPT_CONFIG)
		return usage("%s: unexpected value", word);
	near = suggest(word + strspn(word, "-"), option_name, NULL);
	if (!near)
		return usage("unknown option '%s'", word);
	fprintf(stderr, "synackd: unknown option '%s'; did you mean '--%s'?\n", word, near);
	return EX_USAGE;
}

static int read_value(int option, const char *value, struct cmdline *out)
{
	switch (option) {
	case OPT_DRAIN:
		if (!duration_parse(value, &out->drain))
			return usage("--drain: expected a duration such as 30s, got '%s'", value);
		break;
	case OPT_SEED:
		out->has_seed = true;
		if (!number_parse(value, &out->seed))
			return usage("--seed: expected a number, got '%s'", value);
		break;
	case OPT_LOG_LEVEL:
		out->has_log_level = true;
		if (!log_level_parse(value, &out->log_level))
			return usage(
				"--log-level: expected error, warning, info or debug, got '%s'",
				value);
		break;
	default: break;
	}
	return -1;
}

static int take_option(int option, char **argv, struct cmdline *out)
{
	switch (option) {
	case OPT_CONFIG: out->config = optarg; return -1;
	case OPT_CONTROL: out->control = optarg; return -1;
	case OPT_CHECK: out->check_config = true; return -1;
	case OPT_STRICT: out->strict = true; return -1;
	case OPT_USER: out->user = optarg; return -1;
	case OPT_REPLAY: out->replay_in = optarg; return -1;
	case OPT_WRITE: out->replay_out = optarg; return -1;
	case OPT_NO_VERIFY: out->no_verify = true; return -1;
	case OPT_FOREGROUND: return -1;
	case OPT_INTERFACE:
		out->interface =
			xrealloc(out->interface, (out->interfaces + 1) * sizeof(*out->interface));
		out->interface[out->interfaces++] = optarg;
		return -1;
	case 'h':
	case OPT_HELP: print_help(); return EXIT_SUCCESS;
	case OPT_VERSION: puts("synackd " SYNACKD_VERSION); return EXIT_SUCCESS;
	case '?': return unknown_option(argv);
	case ':': return usage("%s: missing value", argv[optind - 1]);
	default: return read_value(option, optarg, out);
	}
}

int cmdline_read(int argc, char **argv, struct cmdline *out)
{
	int option, end;

	*out = (struct cmdline){.drain = DRAIN_DEFAULT};
	find_files(out);
	opterr = 0;
	while ((option = getopt_long(argc, argv, ":h", long_options, NULL)) != -1) {
		end = take_option(option, argv, out);
		if (end != -1)
			return end;
	}
	if (optind < argc)
		return usage("unexpected argument '%s'", argv[optind]);
	if (out->strict && !out->check_config)
		return usage("--strict: requires --check-config");
	if (!out->replay_in != !out->replay_out)
		return usage("%s: requires %s", out->replay_in ? "--replay" : "--write",
			     out->replay_in ? "--write" : "--replay");
	return -1;
}
