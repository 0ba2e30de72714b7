/* SPDX-License-Identifier: MIT */
#include "alone.h"

#include "addresses.h"
#include "catalogue/compile.h"

#include <check.h>

void flush_nothing(struct link *l)
{
	(void)l;
}

struct config *shipped_config(void)
{
	struct diag diag = {0};
	struct config *c = config_load(SYNACKD_SOURCE_CONF, NULL, &diag);

	ck_assert_msg(c != NULL, "%s", text_str(&diag.lines));
	ck_assert_uint_gt(c->catalogue.count, 150);
	diag_free(&diag);
	return c;
}

struct ruleset *shipped_rules(const struct config *shipped, const char *behaviour,
			      const char *service, const struct tcp_settings *settings)
{
	struct tcp_settings plain;
	struct service s = {0};
	struct diag diag = {0};
	struct ruleset *rules;
	char *wrong = NULL;

	tcp_settings_default(&plain);
	ck_assert(service_parse(service, &s, &wrong));
	rules = behaviour_compile(&shipped->catalogue, behaviour, settings ? settings : &plain, &s,
				  &diag, NULL, 0, NULL);
	ck_assert_msg(rules != NULL, "%s", text_str(&diag.lines));
	service_free(&s);
	diag_free(&diag);
	return rules;
}

void alone_begin(struct responder *r, struct link *l, const struct alone *a)
{
	struct allowed all = {.amplification = a->amplification};
	struct endpoint e = {.name = (char *)"e",
			     .number = 1,
			     .address = prefix_of(a->address),
			     .port_from = a->port_from,
			     .port_to = a->port_to,
			     .rules = a->rules};
	struct responder_keys keys;

	all.network = prefix_of(addr_is_v4(&e.address.addr) ? "0.0.0.0/0" : "::/0");
	responder_keys_of_seed(a->seed, &keys);
	responder_init(r, a->limits, a->seed, &keys, a->begin);
	responder_add_link(r, l);
	responder_use(r, endpoint_index_build(&e, 1, &all, 1));
}
