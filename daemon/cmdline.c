/* SPDX-License-Identifier: MIT */
#include "cmdline.h"

#include "base/program.h"
#include "base/text.h"

#include <getopt.h>
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
	"A TCP peer that misbehaves on purpose. synackctl(1) changes it while it runs.\n"
	"\n"
	"  --config FILE          the config, else\n"
	"                         " SYNACKD_CONF "\n"
	"  --control PATH         the control socket, else the config's\n"
	"  --interface NAME       an interface to listen on (repeatable), else lo and\n"
	"                         those that have the address of an endpoint\n"
	"  --check-config         print what is wrong with the config, and end\n"
	"  --strict               with it: a warning, as of a missing interface, is an\n"
	"                         error\n"
	"  --replay IN.pcap       answer a capture instead, on its own clock\n"
	"  --write OUT.pcap       where the answers go\n"
	"  --no-verify-checksums  take wrong checksums in the capture for right\n"
	"  --drain TIME           how long the clock goes on after the last frame (24h);\n"
	"                         it stops when no timer is armed any more\n"
	"  --seed N               the same chance as in the run that said so, and in a\n"
	"                         replay the same ISNs\n"
	"  --user NAME            the user to become once all is open, else the config's\n"
	"  --log-level LEVEL      error, warning, info, or debug: also how connections\n"
	"                         move\n"
	"  --foreground           stay in the foreground: always so\n"
	"  --version              print the version\n"
	"  -h, --help             print this\n"
	"\n"
	"The exit code is 0, 64 for an invalid command line, 69 if an interface, a\n"
	"capture or a capability is missing, 78 if the config is wrong.\n";

/* From its build tree the program takes the config and the data of its source tree; an installed
 * tree may have been moved as a whole. */
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

static int usage(const char *message, const char *what)
{
	fprintf(stderr, "synackd: %s%s%s; `synackd --help` shows what there is.\n", message,
		what ? " " : "", what ? what : "");
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

	near = suggest(word + strspn(word, "-"), option_name, NULL);
	if (!near)
		return usage("this option is unknown, or takes no value:", word);
	fprintf(stderr, "synackd: %s is unknown, or takes no value; did you mean --%s?\n", word,
		near);
	return EX_USAGE;
}

static int read_value(int option, const char *value, struct cmdline *out)
{
	char *end;

	switch (option) {
	case OPT_DRAIN:
		if (!duration_parse(value, &out->drain))
			return usage("--drain expects a duration such as 30s, got", value);
		break;
	case OPT_SEED:
		out->seed = strtoull(value, &end, 0);
		out->has_seed = true;
		if (!*value || *end)
			return usage("--seed expects a number, got", value);
		break;
	case OPT_LOG_LEVEL:
		out->has_log_level = true;
		if (!log_level_parse(value, &out->log_level))
			return usage("--log-level expects error, warning, info or debug, got",
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
	case OPT_HELP: fputs(help, stdout); return EXIT_SUCCESS;
	case OPT_VERSION: puts("synackd " SYNACKD_VERSION); return EXIT_SUCCESS;
	case '?': return unknown_option(argv);
	case ':': return usage("this option lacks its value:", argv[optind - 1]);
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
		return usage("this word is one too many:", argv[optind]);
	if (out->strict && !out->check_config)
		return usage("--strict goes with --check-config", NULL);
	if (!out->replay_in != !out->replay_out)
		return usage("--replay and --write go together", NULL);
	return -1;
}
