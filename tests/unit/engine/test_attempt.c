/* SPDX-License-Identifier: MIT */
#include "addresses.h"
#include "behaviour/view.h"
#include "unit.h"

#include "engine/attempt.h"

#include <pthread.h>
#include <string.h>

static struct attempts o;
static struct ruleset *own[3]; /* rulesets of endpoints 1 and 2 */
static struct endpoint endpoint[3];
static struct memory memory;
static struct rng rng;
static struct rule_context ctx = {.memory = &memory, .rng = &rng};

static struct ruleset *new_rules(void)
{
	struct ruleset *r = calloc(1, sizeof(*r));

	r->references = 1;
	return r;
}

static void begin(void)
{
	o = (struct attempts){.key = {1, 2}};
	memory_init(&memory, 100, &o.key);
	rng_seed(&rng, 3);
	for (uint32_t i = 1; i <= 2; i++) {
		own[i] = new_rules();
		endpoint[i] = (struct endpoint){.number = i, .rules = own[i]};
	}
}

static void end(void)
{
	attempts_free(&o);
	memory_free(&memory);
	for (int i = 1; i <= 2; i++) {
		ck_assert_uint_eq(own[i]->references, 1);
		ruleset_put(own[i]);
	}
}

/* Returns an override for endpoint 1, and if `two` also for endpoint 2. */
static struct attempt_override one(const char *client, uint32_t times, struct ruleset *rules,
				   bool two)
{
	const struct override_rule at[] = {{2, rules}, {1, rules}};

	return (struct attempt_override){
		.client = prefix_of(client),
		.quota = quota_new(times),
		.rules = override_rules_new(two ? at : at + 1, two ? 2 : 1, 1),
	};
}

static void release(struct attempt_override *p)
{
	quota_put(p->quota);
	override_rules_put(p->rules);
}

static struct ruleset *segment(const char *client, uint16_t port, uint8_t flags, uint32_t seq,
			       int number)
{
	struct flow_key key = {.client_port = port, .server_port = 80};
	struct segment seg = {.flags = flags, .seq = seq};

	ck_assert(addr_parse(client, &key.client));
	ck_assert(addr_parse("192.0.2.1", &key.server));
	return attempts_choose(&o, &key, &seg, &endpoint[number], &ctx);
}

static struct ruleset *syn(const char *client, uint16_t port, uint32_t isn)
{
	return segment(client, port, TCP_SYN, isn, 1);
}

START_TEST(one_attempt_and_its_retransmissions)
{
	struct ruleset *rules = new_rules();
	struct attempt_override p = one("10.0.0.1", 1, rules, false);
	struct flow_key key = {.client_port = 1000, .server_port = 80};

	begin();
	ck_assert_ptr_eq(syn("10.0.0.1", 1000, 5), own[1]);
	attempts_use(&o, &p, 1);
	ck_assert_uint_eq(quota_left(p.quota), 1);
	ck_assert_ptr_eq(syn("10.0.0.2", 1000, 5), own[1]);                 /* another client */
	ck_assert_ptr_eq(segment("10.0.0.1", 1000, TCP_ACK, 5, 1), own[1]); /* not a SYN */
	ck_assert_ptr_eq(segment("10.0.0.1", 1000, TCP_SYN | TCP_RST, 5, 1), own[1]);
	ck_assert_ptr_eq(segment("10.0.0.1", 1000, TCP_SYN, 5, 2), own[2]); /* not for 2 */
	ck_assert_ptr_eq(syn("10.0.0.1", 1000, 5), rules);
	ck_assert_uint_eq(o.count, 0);
	ck_assert_ptr_eq(syn("10.0.0.1", 1000, 5), rules);
	ck_assert_ptr_eq(segment("10.0.0.1", 1000, TCP_ACK, 6, 1), rules);
	ck_assert_ptr_eq(syn("10.0.0.1", 1001, 5), own[1]);
	addr_parse("10.0.0.1", &key.client);
	addr_parse("192.0.2.1", &key.server);
	ck_assert_ptr_eq(attempts_chosen(&o, &key, &endpoint[1]), rules);
	ck_assert_ptr_eq(syn("10.0.0.1", 1000, 6), own[1]); /* the next attempt from this port */
	ck_assert_ptr_eq(syn("10.0.0.1", 1000, 5), own[1]);
	ck_assert_ptr_eq(attempts_chosen(&o, &key, &endpoint[1]), own[1]);
	release(&p);
	ck_assert_uint_eq(rules->references, 1);
	ruleset_put(rules);
	end();
}
END_TEST

START_TEST(a_quota_for_a_prefix_at_any_endpoint)
{
	struct ruleset *rules = new_rules();
	struct attempt_override p = one("10.0.0.0/24", 3, rules, true);

	begin();
	attempts_use(&o, &p, 1);
	ck_assert_ptr_eq(syn("10.0.0.1", 1, 5), rules);
	ck_assert_ptr_eq(segment("10.0.0.2", 1, TCP_SYN, 5, 2), rules);
	ck_assert_ptr_eq(syn("10.0.1.2", 1, 5), own[1]);
	ck_assert_ptr_eq(syn("10.0.0.1", 1, 6), rules); /* the same ports, another attempt */
	ck_assert_ptr_eq(syn("10.0.0.3", 1, 5), own[1]);
	ck_assert_ptr_eq(syn("10.0.0.1", 1, 6), rules);
	end();
	release(&p);
	ck_assert_uint_eq(rules->references, 1);
	ruleset_put(rules);
}
END_TEST

START_TEST(the_oldest_override_has_priority)
{
	struct ruleset *first = new_rules(), *second = new_rules();
	struct attempt_override list[] = {one("10.0.0.1", 2, first, false),
					  one("10.0.0.0/8", 1, second, false)};

	begin();
	attempts_use(&o, list, 2);
	ck_assert_ptr_eq(syn("10.0.0.1", 1, 5), first);
	attempts_use(&o, list, 2); /* as after a change of the endpoints */
	ck_assert_uint_eq(quota_left(list[0].quota), 1);
	ck_assert_uint_eq(quota_left(list[1].quota), 1);
	ck_assert_ptr_eq(syn("10.0.0.1", 2, 5), first);
	ck_assert_ptr_eq(syn("10.0.0.1", 3, 5), second);
	ck_assert_ptr_eq(syn("10.0.0.1", 4, 5), own[1]);
	ck_assert_uint_eq(quota_left(list[0].quota), 0);
	ck_assert_uint_eq(quota_left(list[1].quota), 0);
	ck_assert_uint_eq(o.count, 0);
	ck_assert_ptr_eq(syn("10.0.0.1", 2, 5), first); /* a retransmission keeps the ruleset */
	end();
	ruleset_put(first);
	ruleset_put(second);
	release(&list[0]);
	release(&list[1]);
}
END_TEST

START_TEST(a_cancelled_override_ends)
{
	struct ruleset *rules = new_rules();
	struct attempt_override p = one("10.0.0.1", 2, rules, false);

	begin();
	attempts_use(&o, &p, 1);
	ck_assert_ptr_eq(syn("10.0.0.1", 1, 5), rules);
	attempts_use(&o, NULL, 0);
	ck_assert_ptr_eq(syn("10.0.0.1", 2, 5), own[1]);
	ck_assert_ptr_eq(syn("10.0.0.1", 1, 5), rules);
	end();
	release(&p);
	ck_assert_uint_eq(rules->references, 1);
	ruleset_put(rules);
}
END_TEST

START_TEST(the_number_of_attempts_is_bounded)
{
	struct ruleset *rules = new_rules();
	struct attempt_override p = one("10.0.0.1", ATTEMPTS_MAX + 2, rules, false);

	begin();
	attempts_use(&o, &p, 1);
	for (unsigned i = 0; i < ATTEMPTS_MAX + 1; i++)
		ck_assert_ptr_eq(syn("10.0.0.1", (uint16_t)(i + 1), i), rules);
	ck_assert_uint_eq(o.known, ATTEMPTS_MAX);
	ck_assert_uint_eq(quota_left(p.quota), 1);
	ck_assert_uint_eq(rules->references, 1 + 1 + ATTEMPTS_MAX);
	ck_assert_ptr_eq(syn("10.0.0.1", 2, 1), rules); /* still known */
	ck_assert_uint_eq(quota_left(p.quota), 1);
	ck_assert_ptr_eq(syn("10.0.0.1", 1, 0), rules); /* forgotten: a new attempt */
	ck_assert_uint_eq(o.count, 0);
	end();
	release(&p);
	ck_assert_uint_eq(rules->references, 1);
	ruleset_put(rules);
}
END_TEST

/* Several workers, each with its own attempts and a common quota. */
#define WORKERS  4
#define ATTEMPTS 2000

struct crew {
	struct attempts attempts;
	struct endpoint endpoint;
	unsigned number, met;
};

static void *draw(void *arg)
{
	struct crew *c = arg;

	for (uint16_t i = 0; i < ATTEMPTS; i++) {
		struct flow_key key = {.client_port = i, .server_port = 80};
		struct segment seg = {.flags = TCP_SYN, .seq = i};

		key.client = (struct addr){.b = {[10] = 0xff, 0xff, 10, 0, 0, (uint8_t)c->number}};
		c->met += attempts_choose(&c->attempts, &key, &seg, &c->endpoint, NULL) !=
			  c->endpoint.rules;
	}
	return NULL;
}

START_TEST(workers_share_a_quota)
{
	struct ruleset *rules = new_rules(), *usual = new_rules();
	struct attempt_override list[] = {one("10.0.0.0/8", ATTEMPTS + 7, rules, false),
					  one("10.0.0.3", 5, rules, false)};
	struct crew crew[WORKERS];
	pthread_t thread[WORKERS];
	unsigned met = 0;

	for (unsigned i = 0; i < WORKERS; i++) {
		crew[i] = (struct crew){.attempts.key = {1, i},
					.endpoint = {.number = 1, .rules = usual},
					.number = i};
		attempts_use(&crew[i].attempts, list, 2);
	}
	for (unsigned i = 0; i < WORKERS; i++)
		ck_assert_int_eq(pthread_create(&thread[i], NULL, draw, &crew[i]), 0);
	for (unsigned i = 0; i < WORKERS; i++) {
		pthread_join(thread[i], NULL);
		met += crew[i].met;
		attempts_free(&crew[i].attempts);
	}
	ck_assert_uint_eq(quota_left(list[0].quota), 0);
	ck_assert_uint_eq(met, ATTEMPTS + 7 + 5 - quota_left(list[1].quota));
	release(&list[0]);
	release(&list[1]);
	ck_assert_uint_eq(rules->references, 1);
	ruleset_put(rules);
	ruleset_put(usual);
}
END_TEST

/* Returns a ruleset that alternates between two rulesets. The second has the weight 2. */
static struct ruleset *new_choice(void)
{
	struct ruleset *r = new_rules();

	r->choice = calloc(1, sizeof(*r->choice));
	*r->choice = (struct choice){.per = PER_CLIENT, .weight = 3, .count = 2};
	r->choice->alternative = calloc(2, sizeof(*r->choice->alternative));
	r->choice->alternative[0] = (struct alternative){1, new_rules()};
	r->choice->alternative[1] = (struct alternative){2, new_rules()};
	return r;
}

START_TEST(an_attempt_keeps_its_choice)
{
	struct ruleset *rules = new_choice(), *a = rules->choice->alternative[0].rules;
	struct ruleset *b = rules->choice->alternative[1].rules;
	struct attempt_override p = one("10.0.0.1", 4, rules, false);

	begin();
	attempts_use(&o, &p, 1);
	ck_assert_ptr_eq(syn("10.0.0.1", 1000, 5), a);
	ck_assert_ptr_eq(syn("10.0.0.1", 1000, 5), a);
	ck_assert_ptr_eq(segment("10.0.0.1", 1000, TCP_ACK, 6, 1), a);
	ck_assert_ptr_eq(syn("10.0.0.1", 1000, 6), b); /* another attempt */
	ck_assert_ptr_eq(syn("10.0.0.1", 1001, 7), b);
	ck_assert_ptr_eq(syn("10.0.0.1", 1002, 7), a);
	ck_assert_ptr_eq(syn("10.0.0.1", 1003, 7), own[1]); /* the quota is used up */
	ck_assert_ptr_eq(syn("10.0.0.1", 1001, 7), b);
	release(&p);
	ruleset_put(rules);
	end();
}
END_TEST

START_TEST(an_endpoint_may_choose)
{
	struct ruleset *rules = new_choice(), *a = rules->choice->alternative[0].rules;
	struct ruleset *b = rules->choice->alternative[1].rules;

	begin();
	endpoint[1].rules = rules;
	ck_assert_ptr_eq(segment("10.0.0.1", 1000, TCP_ACK, 6, 1), rules);
	ck_assert_ptr_eq(syn("10.0.0.1", 1000, 5), a);
	ck_assert_ptr_eq(syn("10.0.0.2", 1000, 5), a); /* each client has a rotation of its own */
	ck_assert_ptr_eq(syn("10.0.0.1", 1001, 5), b);
	ck_assert_ptr_eq(segment("10.0.0.1", 1000, TCP_ACK, 6, 1), a);
	endpoint[1].rules = own[1];
	end();
	ck_assert_uint_eq(rules->references, 1);
	ruleset_put(rules);
}
END_TEST

UNIT_MAIN("attempt", one_attempt_and_its_retransmissions, a_quota_for_a_prefix_at_any_endpoint,
	  the_oldest_override_has_priority, a_cancelled_override_ends,
	  the_number_of_attempts_is_bounded, workers_share_a_quota, an_attempt_keeps_its_choice,
	  an_endpoint_may_choose)
