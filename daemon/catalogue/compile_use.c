/* SPDX-License-Identifier: MIT */
#include "catalogue/compile_use.h"

#include "base/clock.h"
#include "base/container.h"
#include "base/text.h"
#include "tcp/settings.h"

#include <string.h>

/* Keeps `close` as it was. Rejects relays: only the servers of endpoints are resolved when the
 * config is read. */
static bool parse_service(const char *text, void *target, char **wrong)
{
	struct service *s = target, parsed;

	if (!service_parse(text, &parsed, wrong))
		return false;
	if (parsed.target) {
		service_free(&parsed);
		return text_expected(wrong, text, "a service other than relay");
	}
	parsed.close = s->close;
	service_free(s);
	*s = parsed;
	return true;
}

const struct key use_service_keys[] = {
	{"close", KEY_CHOICE, .offset = offsetof(struct service, close),
	 .choices = service_close_names},
	{"service", KEY_CUSTOM, .parse = parse_service},
};

const size_t use_service_keys_count = COUNT_OF(use_service_keys);

/* Size of the field of a key, in octets. 0: the key has no such field, or has another field that is
 * true if it is set. */
static size_t field_size(const struct key *key)
{
	switch (key->type) {
	case KEY_BOOL: return sizeof(bool);
	case KEY_NUMBER: return key->size;
	case KEY_CHOICE: return sizeof(uint8_t);
	case KEY_DURATION: return sizeof(nstime);
	default: return 0;
	}
}

/* Returns true if the value of the key changed, or if that cannot be determined. */
static bool changed(const struct key *key, const void *before, const void *now)
{
	size_t size = field_size(key);

	return !size || memcmp((const char *)before + key->offset, (const char *)now + key->offset,
			       size) != 0;
}

static void note_changed(const struct behaviour *b, const struct key_table *now, const void *before,
			 struct uses *uses)
{
	for (size_t i = 0; i < now->count; i++) {
		const struct key *key = &now->keys[i];

		if (config_setting_get_member(b->use, key->name) &&
		    changed(key, before, now->target))
			uses_add(uses, b->name, key->name);
	}
}

void use_compile(const struct schema_reader *r, const struct behaviour *b, struct ruleset *rs)
{
	const struct key_table tables[] = {
		{tcp_settings_keys, tcp_settings_keys_count, &rs->tcp},
		{use_service_keys, use_service_keys_count, &rs->service},
	};
	const struct tcp_settings tcp = rs->tcp;
	const struct service service = rs->service;

	if (!b->use)
		return;
	schema_read(r, b->use, tables, COUNT_OF(tables));
	if (!config_setting_is_group(b->use))
		return;
	note_changed(b, &tables[0], &tcp, &rs->uses);
	note_changed(b, &tables[1], &service, &rs->uses);
}
