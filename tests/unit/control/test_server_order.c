/* SPDX-License-Identifier: MIT */
/* The control server: clients that send many requests, do not read, half-close, or wait for an
 * answer. */
#include "unit.h"

#include "control_server.h"

#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Calls `answer`. Returns true if a client waited for its deferred answer. */
static bool give_answer(void)
{
	FILE *f = connect_greeted();
	json_t *o;
	bool waited;

	o = ask(f, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"answer\"}\n");
	waited = json_is_true(json_object_get(o, "result"));
	json_decref(o);
	fclose(f);
	return waited;
}

static void await_answer(void)
{
	bool waited = false;

	for (int ms = 0; ms < PATIENCE && !(waited = give_answer()); ms += 10)
		usleep(10000);
	ck_assert(waited);
}

START_TEST(a_client_that_does_not_read_waits)
{
	const int asked = 8;
	FILE *f, *other;

	control_begin();
	larges = 0;
	f = connect_greeted();
	for (int i = 0; i < asked; i++)
		send_text(f, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"large\"}\n");
	other = connect_greeted(); /* is served nevertheless */
	for (int i = 0; i < 100; i++)
		json_decref(ask(other, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"echo\"}\n"));
	fclose(other);
	ck_assert_uint_eq(__atomic_load_n(&larges, __ATOMIC_RELAXED), 1);
	for (int i = 0; i < asked; i++) {
		json_t *o = receive_line(f);

		ck_assert_uint_eq(json_string_length(json_object_get(o, "result")), LARGE);
		json_decref(o);
	}
	fclose(f);
	control_end();
}
END_TEST

START_TEST(many_requests_delay_no_other_client)
{
	const unsigned asked = 500;
	FILE *f, *other;

	control_begin();
	close_gate();
	f = connect_greeted();
	for (unsigned i = 0; i < asked; i++)
		fputs("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"slow\"}\n", f);
	fflush(f);
	other = connect_to();
	send_text(other, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"echo\"}\n");
	sem_post(&gate);
	json_decref(receive_line(other));
	json_decref(receive_line(other));
	ck_assert_uint_lt(__atomic_load_n(&slows_at_echo, __ATOMIC_RELAXED), asked / 2);
	fclose(other);
	fclose(f);
	control_end();
}
END_TEST

START_TEST(a_half_closed_client_receives_all_answers)
{
	const int asked = 20;
	FILE *f;

	control_begin();
	close_gate();
	f = connect_greeted();
	for (int i = 0; i < asked; i++)
		fputs("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"slow\"}\n", f);
	fputs("{\"jsonrpc\"", f); /* an incomplete line */
	fflush(f);
	shutdown(fileno(f), SHUT_WR);
	sem_post(&gate);
	for (int i = 0; i < asked; i++) {
		json_t *o = receive_line(f);

		ck_assert_ptr_nonnull(o);
		json_decref(o);
	}
	ck_assert_ptr_null(receive_line(f));
	fclose(f);
	control_end();
}
END_TEST

#define LATER "{\"jsonrpc\":\"2.0\",\"id\":[7],\"method\":\"later\"}\n"

START_TEST(a_deferred_answer_comes_before_the_next_one)
{
	FILE *f;
	json_t *o;

	control_begin();
	f = connect_greeted();
	send_text(f, LATER "{\"jsonrpc\":\"2.0\",\"id\":8,\"method\":\"echo\"}\n");
	shutdown(fileno(f), SHUT_WR); /* it sends no more, but still receives */
	await_answer();
	o = receive_line(f);
	ck_assert(json_is_true(json_object_get(json_object_get(o, "result"), "late")));
	ck_assert_int_eq(json_integer_value(json_array_get(json_object_get(o, "id"), 0)), 7);
	json_decref(o);
	o = receive_line(f);
	ck_assert_int_eq(json_integer_value(json_object_get(o, "id")), 8);
	json_decref(o);
	ck_assert_ptr_null(receive_line(f));
	fclose(f);
	ck_assert_uint_eq(left, 0);
	control_end();
}
END_TEST

static void await_left(unsigned count)
{
	for (int ms = 0; ms < PATIENCE && __atomic_load_n(&left, __ATOMIC_RELAXED) < count;
	     ms += 10)
		usleep(10000);
	ck_assert_uint_eq(__atomic_load_n(&left, __ATOMIC_RELAXED), count);
}

START_TEST(a_client_that_leaves_before_its_answer_is_reported)
{
	FILE *f;

	control_begin();
	for (unsigned shut = 0; shut < 2; shut++) {
		f = connect_greeted();
		send_text(f, LATER LATER);
		if (shut)
			shutdown(fileno(f), SHUT_WR);
		fclose(f);
		await_left(shut + 1);
	}
	f = connect_greeted();
	send_text(f, LATER);
	await_answer(); /* it waits for the deferred answer */
	json_decref(receive_line(f));
	send_text(f, LATER);
	control_end(); /* of the server: the client leaves, too */
	fclose(f);
	ck_assert_uint_ge(left, 2);
}
END_TEST

UNIT_MAIN("server_order", a_client_that_does_not_read_waits, many_requests_delay_no_other_client,
	  a_half_closed_client_receives_all_answers, a_deferred_answer_comes_before_the_next_one,
	  a_client_that_leaves_before_its_answer_is_reported)
