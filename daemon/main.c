/* SPDX-License-Identifier: MIT */
/*
 * synackd: start order and exit codes. Reads options and config, then replays a capture or starts a
 * live run: control socket, links and guards, drop of privileges, workers, READY, event loop.
 */
#include "base/container.h"
#include "base/descriptors.h"
#include "base/log.h"
#include "config/host_names.h"
#include "config/upstreams.h"
#include "control/follow.h"
#include "control/job_thread.h"
#include "control/json_memory.h"
#include "control/server.h"
#include "control/verbs.h"
#include "control/verdict_report.h"
#include "privilege.h"
#include "replay_run.h"
#include "runtime/daemon.h"
#include "runtime/live_endpoint.h"
#include "runtime/reload.h"
#include "systemd/journal.h"
#include "systemd/notify.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

#define NOTHING_LEFT \
	"cannot start: out of memory or file descriptors: raise LimitNOFILE= or 'ulimit -n'"

/* A live run, with the events of the main thread. */
struct run {
	struct daemon_setup setup;
	struct daemon daemon;
	struct event_base *base;
	struct control *control;
	struct verb_context verbs;
	struct notify *notify;
	struct event *stop[2]; /* SIGTERM, SIGINT */
	struct event *reload;  /* SIGHUP */
	struct event *reload_due;
};

static int fail(char *error)
{
	log_error("%s", error);
	free(error);
	return EX_UNAVAILABLE;
}

/* --- messages of libevent --------------------------------------------------------------------- */

/* Limited, as clients can cause many lines, for example by connecting when no descriptor is left.
 */
static void on_libevent_line(int severity, const char *line)
{
	static struct log_limit limit = {.what = "libevent", .lines = 20};
	enum log_level level = severity >= EVENT_LOG_ERR    ? LOG_LEVEL_ERROR
			       : severity == EVENT_LOG_WARN ? LOG_LEVEL_WARN
							    : LOG_LEVEL_DEBUG;

	log_limited(&limit, level, &(struct log_subject){0}, "libevent: %s", line);
}

/* Called if memory for libevent's own tables runs out, or epoll fails. */
static void on_libevent_end(int error)
{
	log_error("libevent: fatal error %d: synackd aborts", error);
	abort();
}

/* --- events ----------------------------------------------------------------------------------- */

static void on_stop(evutil_socket_t signal, short what, void *arg)
{
	struct run *run = arg;

	(void)what;
	log_info("stopping: SIG%s", sigabbrev_np(signal));
	notify_stopping();
	event_base_loopbreak(run->base);
}

static void log_lines(enum log_level level, const char *lines)
{
	while (*lines) {
		size_t len = strcspn(lines, "\n");

		log_line(level, "%.*s", (int)len, lines);
		lines += len + (lines[len] == '\n');
	}
}

static void log_reload(const struct daemon *d, bool done)
{
	if (done)
		log_about(LOG_LEVEL_INFO, &(struct log_subject){.message = MESSAGE_RELOADED},
			  "%s: reloaded", d->config->path);
	else
		log_about(LOG_LEVEL_ERROR, &(struct log_subject){.message = MESSAGE_RELOAD_REFUSED},
			  "invalid config: the daemon keeps the previous one");
}

/* Reloads, on SIGHUP or on a request over the control socket. */
static bool reload(void *arg, struct diag *diag)
{
	struct run *run = arg;
	bool done;

	notify_reloading();
	done = daemon_reload(&run->daemon, diag);
	log_lines(done ? LOG_LEVEL_WARN : LOG_LEVEL_ERROR, text_str(&diag->lines));
	log_reload(&run->daemon, done);
	feed_log(&run->verbs);
	notify_reloaded(run->notify);
	return done;
}

/* Reports the state to the service manager. */
static void look_at_health(void *arg, struct notify_health *out)
{
	const struct daemon *d = &((struct run *)arg)->daemon;
	struct pulse pulse;

	workers_pulse(d->workers, &pulse);
	*out = (struct notify_health){.beats = pulse.beats,
				      .links = pulse.links,
				      .endpoints = live_endpoint_count(d),
				      .connections = pulse.connections};
	for (unsigned i = 0; i < d->lives; i++) {
		out->problems += d->live[i].problem != NULL;
		out->probing += d->live[i].probing;
	}
}

/* libevent calls it for each SIGHUP during a reload; together they cause one further reload. */
static void on_hangup(evutil_socket_t signal, short what, void *arg)
{
	const struct run *run = arg;

	(void)signal;
	(void)what;
	event_active(run->reload_due, EV_TIMEOUT, 0);
}

static void on_reload_due(evutil_socket_t fd, short what, void *arg)
{
	struct run *run = arg;
	struct diag diag = {0};

	(void)fd;
	(void)what;
	reload(run, &diag);
	diag_free(&diag);
}

static bool add_events(struct run *run)
{
	run->stop[0] = evsignal_new(run->base, SIGTERM, on_stop, run);
	run->stop[1] = evsignal_new(run->base, SIGINT, on_stop, run);
	run->reload = evsignal_new(run->base, SIGHUP, on_hangup, run);
	run->reload_due = event_new(run->base, -1, 0, on_reload_due, run);
	return run->stop[0] && run->stop[1] && run->reload && run->reload_due &&
	       evsignal_add(run->stop[0], NULL) == 0 && evsignal_add(run->stop[1], NULL) == 0 &&
	       evsignal_add(run->reload, NULL) == 0;
}

static void remove_events(struct run *run)
{
	struct event *const events[] = {run->stop[0], run->stop[1], run->reload, run->reload_due};

	for (size_t i = 0; i < COUNT_OF(events); i++)
		if (events[i])
			event_free(events[i]);
}

/* --- signals before the handlers are installed ------------------------------------------------ */

static void mask_signal(int how, int signal)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, signal);
	pthread_sigmask(how, &set, NULL);
}

/* --- start ------------------------------------------------------------------------------------ */

/* Does everything that requires privileges, drops them, and starts the workers. A thread that
 * started before that would keep its capabilities. */
static int start(struct run *run, struct config *config, const struct cmdline *options)
{
	const char *path = options->control ? options->control : config->control_path;
	const char *user = options->user ? options->user : config->user;
	const struct control_access access = {
		.group = config->control_group, .user = user, .everyone = config->control_read};
	char *error = NULL;

	run->verbs =
		(struct verb_context){.daemon = &run->daemon, .reload = reload, .reload_arg = run};
	if (!privilege_check(&error)) {
		config_free(config);
		return fail(error);
	}
	/* From here on, a signal must not end the process before it has cleaned up. */
	mask_signal(SIG_BLOCK, SIGTERM);
	mask_signal(SIG_BLOCK, SIGINT);
	/* First, as it finds out whether another daemon is running. A client that connects must
	 * wait. */
	run->control = control_open(run->base, path, &access, control_verbs, &run->verbs, &error);
	if (!run->control) {
		config_free(config);
		return fail(error);
	}
	run->setup = (struct daemon_setup){.config = options->config,
					   .shipped = options->shipped,
					   .has_seed = options->has_seed,
					   .seed = options->seed,
					   .has_log_level = options->has_log_level,
					   .has_user = options->user,
					   .has_control = options->control,
					   .interfaces = options->interfaces,
					   .interface = options->interface,
					   .make_report = verdict_report_make,
					   .report_context = &run->verbs};
	run->verbs.jobs = job_thread_new(run->base);
	if (!run->verbs.jobs) {
		config_free(config);
		return fail(xstrdup(NOTHING_LEFT));
	}
	if (!daemon_open(&run->daemon, config, &run->setup, run->base))
		return EX_UNAVAILABLE;
	if (!privilege_drop(user, &error))
		return fail(error);
	if (!workers_start(run->daemon.workers))
		return fail(xstrdup("cannot start a thread: raise TasksMax= or 'ulimit -u'"));
	if (!add_events(run))
		return fail(xstrdup("cannot handle signals: out of memory or file descriptors"));
	mask_signal(SIG_UNBLOCK, SIGTERM);
	mask_signal(SIG_UNBLOCK, SIGINT);
	mask_signal(SIG_UNBLOCK, SIGHUP);
	log_about(LOG_LEVEL_INFO, &(struct log_subject){.message = MESSAGE_STARTED},
		  "started: %u endpoints, control socket %s, seed %" PRIu64, run->daemon.lives,
		  path, run->daemon.seed);
	return EXIT_SUCCESS;
}

static int run_live(struct config *config, const struct cmdline *options)
{
	struct run run = {0};
	int code;

	signal(SIGPIPE, SIG_IGN);
	json_memory_watch();
	event_set_log_callback(on_libevent_line);
	event_set_fatal_callback(on_libevent_end);
	descriptors_raise();
	run.base = event_base_new();
	if (!run.base) {
		config_free(config);
		return fail(xstrdup(NOTHING_LEFT));
	}
	code = start(&run, config, options);
	if (code == EXIT_SUCCESS) {
		feed_log(&run.verbs);
		run.notify = notify_start(run.base, look_at_health, &run);
		event_base_dispatch(run.base);
	}
	remove_events(&run);
	notify_free(run.notify);
	control_close(run.control);
	job_thread_free(run.verbs.jobs); /* while the workers can still take back the reports */
	feed_free(run.verbs.feed);
	daemon_close(&run.daemon);
	event_base_free(run.base);
	log_left_out(NS_NEVER);
	return code;
}

static int check_config(struct config *config)
{
	printf("%s: ok (%u endpoints, %u behaviours)\n", config->path, config->endpoints,
	       config->catalogue.count);
	config_free(config);
	return EXIT_SUCCESS;
}

static int run_with(struct config *config, const struct cmdline *options)
{
	int code;

	if (!options->check_config && !options->replay_in)
		return run_live(config, options);
	mask_signal(SIG_UNBLOCK, SIGHUP);
	if (options->check_config)
		return check_config(config);
	code = replay_run(config, options);
	config_free(config);
	return code;
}

/* Checks users, groups and interfaces for --check-config; a start checks them later. */
static bool check_host(const struct config *config, const struct cmdline *options,
		       struct diag *diag)
{
	if (!options->check_config)
		return true;
	config_check_accounts(config, diag);
	config_check_interfaces(config, diag);
	return !diag->errors;
}

/* A replay does not connect to the servers of relays. */
static struct config *load(const struct cmdline *options, struct diag *diag)
{
	struct config *config = config_load(options->config, options->shipped, diag);

	if (config && !options->replay_in &&
	    (!check_host(config, options, diag) || !config_resolve(config, diag))) {
		config_free(config);
		config = NULL;
	}
	return config;
}

/* On a terminal, a line begins with the file name, as the lines of compilers do. */
static void say_problems(const struct diag *diag)
{
	if (journal_sink())
		log_lines(diag->errors ? LOG_LEVEL_ERROR : LOG_LEVEL_WARN, text_str(&diag->lines));
	else
		fputs(text_str(&diag->lines), stderr);
}

int main(int argc, char **argv)
{
	struct cmdline options;
	struct diag diag = {0};
	struct config *config;
	int code;

	/* A SIGHUP while the config is read takes effect afterwards. */
	mask_signal(SIG_BLOCK, SIGHUP);
	code = cmdline_read(argc, argv, &options);
	if (code == -1) {
		log_open(LOG_LEVEL_INFO, journal_sink());
		diag.strict = options.strict;
		config = load(&options, &diag);
		say_problems(&diag);
		diag_free(&diag);
		code = EX_CONFIG;
		if (config) {
			log_open(options.has_log_level ? options.log_level : config->log_level,
				 journal_sink());
			code = run_with(config, &options);
		}
	}
	free(options.interface);
	return code;
}
