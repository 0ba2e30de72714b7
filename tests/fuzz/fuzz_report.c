/* SPDX-License-Identifier: MIT */
/* fuzz_report: libFuzzer target. Sends the input to the service `report`, whole and octet by octet:
 * both must yield the same request. A query must either parse or draw an error text. */
#include "service/http_request.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Passes at most `piece` octets at a time, until the end of the request. http_take() must take all
 * octets of a piece up to the end of the head or of the request. */
static size_t take(struct service_http *h, const uint8_t *data, size_t size, size_t piece)
{
	size_t done = 0, n, took;
	bool head;

	h->wants_target = true;
	while (done < size && h->step != HTTP_WHOLE) {
		n = size - done < piece ? size - done : piece;
		head = h->step == HTTP_HEAD;
		took = http_take(h, data + done, n);
		if (!took || took > n ||
		    (took < n && h->step != HTTP_WHOLE && !(head && h->step == HTTP_BODY)))
			abort();
		done += took;
	}
	return done;
}

static bool same(const struct service_http *a, const struct service_http *b)
{
	if (!a->target != !b->target || (a->target && strcmp(a->target, b->target) != 0))
		return false;
	return a->step == b->step && a->body == b->body && a->last == b->last && a->get == b->get &&
	       a->head_only == b->head_only && a->too_long == b->too_long;
}

static void query(const char *text)
{
	struct report_query q;
	const char *error;

	if (report_query_parse(text, &q, &error) != !error)
		abort();
	if (!error && (memchr(q.endpoint, '\0', sizeof(q.endpoint)) == NULL || q.since < 0 ||
		       memchr(q.profile, '\0', sizeof(q.profile)) == NULL))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct service_http whole = {0}, pieces = {0};
	char out[2 * HTTP_ANSWER_MAX], *text = strndup((const char *)data, size);

	if (take(&whole, data, size, size) != take(&pieces, data, size, 1) ||
	    !same(&whole, &pieces))
		abort();
	if (http_answer(&whole, "431 Request Header Fields Too Large", "application/json",
			"Retry-After: 1\r\n", SIZE_MAX, out, sizeof(out)) >= HTTP_ANSWER_MAX)
		abort();
	if (whole.target)
		query(whole.target + strcspn(whole.target, "?"));
	query(text);
	free(text);
	http_forget(&whole);
	http_forget(&pieces);
	return 0;
}
