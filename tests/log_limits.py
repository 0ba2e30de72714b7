#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Lists each log call of the daemon that has no rate limit (struct log_limit in daemon/base/log.h),
with the reason why clients cannot decide how often it runs."""
import collections
import pathlib
import re
import sys

TOP = pathlib.Path(__file__).resolve().parent.parent
UNLIMITED = {
    "base/log.c": (2, "log_about itself; the count of suppressed lines, once a span"),
    "control/listener.c": (1, "at debug level; one for each client that was accepted and refused"),
    "control/socket.c": (1, "at start"),
    "runtime/daemon.c": (2, "at start"),
    "runtime/addresses.c": (1, "at start"),
    "runtime/publish.c": (2, "at start, and on a change by an operator"),
    "runtime/probe_interface.c": (1, "on a change by an operator, and by time: one per interface"),
    "link/replay.c": (1, "at the end of a replay"),
    "runtime/live_endpoint.c": (1, "when the lifetime of an added endpoint expires"),
    "main.c": (7, "at start, at the end, and on a reload"),
    "systemd/notify.c": (2, "every 2 s at most"),
    "runtime/probes.c": (1, "on a change by an operator"),
    "runtime/tun_devices.c": (1, "on a change by an operator"),
    "worker/listening.c": (1, "when the wall clock is set"),
    "worker/watch.c": (1, "at start"),
    "worker/worker_tuns.c": (1, "on a change by an operator"),
}

found = collections.Counter()
for source in sorted((TOP / "daemon").rglob("*.c")):
    calls = re.findall(r"\blog_(?:about|line|error|warn|info|debug)\(", source.read_text())
    if calls:
        found[str(source.relative_to(TOP / "daemon"))] = len(calls)
wrong = [f"daemon/{name}: {found[name]} log calls without a limit, {UNLIMITED.get(name, (0,))[0]} "
         "expected: use log_limited(), or add the reason to tests/log_limits.py"
         for name in sorted(found.keys() | UNLIMITED)
         if found[name] != UNLIMITED.get(name, (0,))[0]]
print("\n".join(wrong) or f"{sum(found.values())} log calls without a limit, all listed")
sys.exit(bool(wrong))
