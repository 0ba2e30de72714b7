/* SPDX-License-Identifier: MIT */
#include "variant.h"

#include "config/config.h"
#include "engine/endpoint_index.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void choose_addresses(struct run *run, bool v4)
{
	for (int i = 0; i < 2; i++) {
		struct addr *a = i ? &run->server : &run->client;
		uint8_t four[4] = {10, (uint8_t)rng_next(&run->rng), (uint8_t)rng_next(&run->rng),
				   (uint8_t)(1 + i)};

		if (v4) {
			addr_from_v4(a, four);
			continue;
		}
		for (int b = 0; b < 16; b++)
			a->b[b] = (uint8_t)rng_next(&run->rng);
		a->b[0] = 0xfd;
		a->b[15] = four[3];
	}
	run->endpoint_port = (uint16_t)(1 + rng_below(&run->rng, 65534));
}

void variant_begin(struct run *run, bool v4, uint64_t seed)
{
	run->seed = seed;
	rng_seed(&run->rng, seed);
	run->now = NS_PER_S * (nstime)(1 + rng_below(&run->rng, 1000000));
	choose_addresses(run, v4);
}

/* Writes the endpoint of a run. */
static void write_endpoint(struct run *run, FILE *f, bool v4, unsigned variant)
{
	const struct script *s = run->script;
	char server[ADDR_TEXT_MAX];

	fprintf(f,
		"{ name = \"v%d/%u\"; address = \"%s\"; ports = \"%u\";\n"
		"behaviour = \"%s\"; service = \"%s\";\n%s }\n",
		v4 ? 4 : 6, variant, addr_format(&run->server, server), run->endpoint_port,
		s->behaviour, s->service, text_str(&s->keys));
}

static void write_endpoints(struct run *run, FILE *f, uint64_t seed)
{
	const char *between = "";

	fprintf(f, "endpoints = ( ");
	for (unsigned i = 0; i < VARIANTS; i++) {
		for (int v4 = 1; v4 >= 0; v4--) {
			if (!(v4 ? run->script->v4 : run->script->v6))
				continue;
			variant_begin(run, v4, seed + i);
			fputs(between, f);
			write_endpoint(run, f, v4, i);
			between = ", ";
		}
	}
	fprintf(f, ");\n");
}

struct config *variants_load(struct run *run, uint64_t seed)
{
	const struct script *s = run->script;
	char path[] = "/tmp/script-XXXXXX";
	struct diag diag = {0};
	struct config *config;
	int fd = mkstemp(path);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "w");
	char *behaviours = xstrdup(SYNACKD_SOURCE_CONF), own[PATH_MAX];

	if (run->load && !realpath(run->load, own)) {
		perror(run->load);
		exit(EXIT_FAILURE);
	}
	if (!f) {
		perror(path);
		exit(EXIT_FAILURE);
	}
	*strrchr(behaviours, '/') = '\0';
	fprintf(f, "load = ( \"%s/behaviours/*.conf\"", behaviours);
	if (run->load)
		fprintf(f, ", \"%s\"", own);
	fprintf(f, " );\n");
	if (!strstr(text_str(&s->config), "clients"))
		fprintf(f,
			"clients = ( { network = \"0.0.0.0/0\"; amplification = 0; rate = 0; },\n"
			"{ network = \"::/0\"; amplification = 0; rate = 0; } );\n");
	fputs(text_str(&s->config), f);
	write_endpoints(run, f, seed);
	fclose(f);
	config = config_load(path, NULL, &diag);
	if (diag.lines.len)
		fprintf(stderr, "%s: invalid config:\n%s", s->path, text_str(&diag.lines));
	diag_free(&diag);
	unlink(path);
	free(behaviours);
	return config;
}

struct endpoint_index *variant_endpoint(const struct run *run, const struct config *config)
{
	struct endpoint one = {.number = 1};

	for (unsigned i = 0; i < config->endpoints; i++) {
		const struct endpoint_config *from = &config->endpoint[i];

		if (!addr_equal(&from->address.addr, &run->server) ||
		    from->port_from != run->endpoint_port)
			continue;
		one.name = from->name;
		one.address = from->address;
		one.port_from = from->port_from;
		one.port_to = from->port_to;
		one.rules = from->rules;
	}
	return endpoint_index_build(&one, 1, config->client, config->clients);
}
