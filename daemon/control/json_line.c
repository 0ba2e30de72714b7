/* SPDX-License-Identifier: MIT */
#include "control/json_line.h"

#include "control/json_memory.h"
#include "worker/buffered.h"

#include <event2/buffer.h>
#include <stdlib.h>
#include <string.h>

static const char no_memory[] =
	"{\"jsonrpc\":\"2.0\",\"error\":{\"code\":-32000,\"message\":\"out of memory for the "
	"answer: try again, or ask for less\"},\"id\":null}\n";

/* Returns a line of `len` octets, with a line feed instead of the NUL; the caller frees it. Returns
 * NULL if memory runs out. */
static char *line_of(json_t *object, size_t *len)
{
	char *line = json_dumps(object, JSON_COMPACT | JSON_LINE_SECONDS);

	json_decref(object);
	if (json_memory_failed()) {
		free(line);
		line = NULL;
	}
	*len = line ? strlen(line) + 1 : 0;
	if (line)
		line[*len - 1] = '\n';
	return line;
}

bool json_line_write(struct bufferevent *io, json_t *object)
{
	size_t len;
	char *line = line_of(object, &len);
	bool written = line ? buffered_write(io, line, len)
			    : buffered_write(io, no_memory, sizeof(no_memory) - 1);

	free(line);
	return written;
}

bool json_line_push(struct bufferevent *io, json_t *object, size_t bound)
{
	size_t len;
	char *line = line_of(object, &len);
	bool fits = line && evbuffer_get_length(bufferevent_get_output(io)) + len <= bound &&
		    buffered_write(io, line, len);

	free(line);
	return fits;
}

bool json_line_result(struct bufferevent *io, json_t *id, const char *result)
{
	static const char begin[] = "{\"jsonrpc\":\"2.0\",\"result\":", middle[] = ",\"id\":";
	char *text = id ? json_dumps(id, JSON_COMPACT | JSON_ENCODE_ANY) : strdup("null");
	bool written = text && buffered_write(io, begin, sizeof(begin) - 1) &&
		       buffered_write(io, result, strlen(result)) &&
		       buffered_write(io, middle, sizeof(middle) - 1) &&
		       buffered_write(io, text, strlen(text)) && buffered_write(io, "}\n", 2);

	json_decref(id);
	free(text);
	return written;
}
