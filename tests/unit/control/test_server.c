/* SPDX-License-Identifier: MIT */
/* The control server: greeting, errors, bounds, and the file of its socket. */
#include "unit.h"

#include "control_server.h"

#include "control/kept_socket.h"
#include "control/server.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

START_TEST(a_client_is_greeted_and_answered)
{
	FILE *f;
	json_t *o;

	control_begin();
	f = connect_to();
	o = receive_line(f);
	ck_assert_str_eq(json_string_value(json_object_get(o, "synackd")), SYNACKD_VERSION);
	ck_assert_int_eq(json_integer_value(json_object_get(o, "protocol")), 1);
	ck_assert_int_eq(json_integer_value(json_object_get(json_object_get(o, "limits"), "line")),
			 65536);
	json_decref(o);

	/* Two requests in one write; the second is completed by a second write. */
	send_text(f,
		  "{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"method\":\"echo\",\"params\":{\"x\":[1]}}\n{"
		  "\"json");
	o = ask(f, "rpc\":\"2.0\",\"id\":8,\"method\":\"echo\"}\n");
	ck_assert_str_eq(json_string_value(json_object_get(o, "jsonrpc")), "2.0");
	ck_assert_str_eq(json_string_value(json_object_get(o, "id")), "a");
	ck_assert_ptr_nonnull(
		json_object_get(json_object_get(json_object_get(o, "result"), "params"), "x"));
	json_decref(o);
	o = receive_line(f);
	ck_assert_int_eq(json_integer_value(json_object_get(o, "id")), 8);
	json_decref(o);
	fclose(f);
	control_end();
}
END_TEST

START_TEST(errors_have_a_code_a_message_and_a_suggestion)
{
	json_t *o, *error, *data;
	FILE *f;

	control_begin();
	f = connect_greeted();
	o = ask(f, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"refuse\"}\n");
	error = json_object_get(o, "error");
	data = json_object_get(error, "data");
	ck_assert_int_eq(json_integer_value(json_object_get(error, "code")), -32001);
	ck_assert_str_eq(json_string_value(json_object_get(error, "message")), "there is no thing");
	ck_assert_str_eq(json_string_value(json_object_get(data, "suggestion")), "that one");
	ck_assert_str_eq(json_string_value(json_array_get(json_object_get(data, "errors"), 0)),
			 "line 1");
	ck_assert_ptr_null(json_object_get(o, "result"));
	json_decref(o);

	o = ask(f, "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"ehco\"}\n");
	data = json_object_get(json_object_get(o, "error"), "data");
	ck_assert_str_eq(json_string_value(json_object_get(data, "suggestion")), "echo");
	ck_assert_int_eq(code_of(o), -32601);
	ck_assert_int_eq(code_of(ask(f, "[1, 2]\n")), -32600);
	ck_assert_int_eq(code_of(ask(f, "not json\n")), -32700);
	ck_assert_int_eq(code_of(ask(f, "{\"id\":3,\"method\":\"echo\"}\n")), -32600);
	ck_assert_int_eq(
		code_of(ask(f,
			    "{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"echo\",\"params\":[]}\n")),
		-32602);
	fclose(f);
	control_end();
}
END_TEST

START_TEST(a_notification_has_no_answer)
{
	json_t *o;
	FILE *f;

	control_begin();
	f = connect_greeted();
	send_text(f, "{\"jsonrpc\":\"2.0\",\"method\":\"echo\"}\n");
	o = ask(f, "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"echo\"}\n");
	ck_assert_int_eq(json_integer_value(json_object_get(o, "id")), 2);
	json_decref(o);
	fclose(f);
	control_end();
}
END_TEST

/* Sends `n` octets without a line end. */
static void send_spaces(FILE *f, size_t n)
{
	char *text = malloc(n + 1);

	memset(text, ' ', n);
	text[n] = '\0';
	send_text(f, text);
	free(text);
}

START_TEST(a_line_too_long_ends_the_connection)
{
	FILE *f;

	control_begin();
	f = connect_greeted();
	send_spaces(f, CONTROL_LINE_MAX + 1);
	ck_assert_int_eq(code_of(receive_line(f)), -32600);
	ck_assert_ptr_null(receive_line(f));
	fclose(f);

	f = connect_greeted(); /* with the line end in the same piece */
	send_spaces(f, CONTROL_LINE_MAX);
	ck_assert_int_eq(code_of(ask(f, "x\n")), -32600);
	ck_assert_ptr_null(receive_line(f));
	fclose(f);

	f = connect_greeted(); /* the longest line that is accepted */
	send_spaces(f, CONTROL_LINE_MAX - 1);
	ck_assert_int_eq(code_of(ask(f, "x\n")), -32700);
	fclose(f);
	control_end();
}
END_TEST

/* Connects. Returns true if the server sends its greeting, false if it sends an error and closes.
 */
static bool is_greeted(void)
{
	FILE *f = connect_to();
	json_t *o = receive_line(f);
	bool greeted = json_object_get(o, "protocol");

	if (!greeted) {
		ck_assert_ptr_nonnull(strstr(
			json_string_value(json_object_get(json_object_get(o, "error"), "message")),
			"too many clients"));
		ck_assert_ptr_null(receive_line(f));
	}
	json_decref(o);
	fclose(f);
	return greeted;
}

START_TEST(clients_are_bounded)
{
	FILE *f[CONTROL_CLIENTS_MAX];
	bool greeted = false;

	control_begin();
	for (int i = 0; i < CONTROL_CLIENTS_MAX; i++) {
		f[i] = connect_greeted();
	}
	ck_assert(!is_greeted());
	for (int i = 0; i < CONTROL_CLIENTS_MAX; i++)
		fclose(f[i]);
	for (int ms = 0; ms < PATIENCE && !(greeted = is_greeted()); ms += 10)
		usleep(10000); /* the server closes the old connections asynchronously */
	ck_assert(greeted);
	control_end();
}
END_TEST

static bool reaches(void)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	bool connected;

	strcpy(to.sun_path, path);
	connected = connect(fd, (const struct sockaddr *)&to, sizeof(to)) == 0;
	close(fd);
	return connected;
}

START_TEST(a_removed_socket_is_created_again)
{
	bool reached = false;
	FILE *f;

	control_begin();
	f = connect_greeted();
	for (int times = 0; times < 2; times++) {
		unlink(path);
		reached = false;
		for (int ms = 0; ms < PATIENCE && !(reached = reaches()); ms += 10)
			usleep(10000);
		ck_assert(reached);
	}
	/* A connected client stays connected. */
	json_decref(ask(f, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"echo\"}\n"));
	fclose(f);
	control_end();
}
END_TEST

START_TEST(another_file_at_the_path_stays)
{
	char other[sizeof(path) + 8];
	FILE *f, *file;

	control_begin();
	f = connect_greeted();
	snprintf(other, sizeof(other), "%s.other", path);
	file = fopen(other, "w");
	ck_assert_ptr_nonnull(file);
	fclose(file);
	ck_assert_int_eq(rename(other, path), 0);
	sleep(KEPT_SOCKET_SECONDS);
	control_stop(f);
	ck_assert_int_eq(unlink(path), 0);
	rmdir(directory);
}
END_TEST

UNIT_MAIN("server", a_client_is_greeted_and_answered, errors_have_a_code_a_message_and_a_suggestion,
	  a_notification_has_no_answer, a_line_too_long_ends_the_connection, clients_are_bounded,
	  a_removed_socket_is_created_again, another_file_at_the_path_stays)
