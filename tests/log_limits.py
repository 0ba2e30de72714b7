#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Each line that the daemon logs without a limit (struct log_limit in daemon/base/log.h) is listed
here, with the reason why nobody outside decides how often it is logged."""
import collections
import pathlib
import re
import sys

TOP = pathlib.Path(__file__).resolve().parent.parent
UNLIMITED = {
    "base/log.c": (2, "log_about itself; what limits left out, once a span"),
    "control/listener.c": (1, "at debug level; one for a client that was accepted and refused"),
    "control/socket.c": (1, "at start"),
    "runtime/daemon.c": (2, "at start"),
    "runtime/addresses.c": (1, "at start"),
    "runtime/publish.c": (2, "at start, and on a change by an operator"),
    "runtime/probe_interface.c": (1, "on a change by an operator, and by time: one an interface"),
    "link/replay.c": (1, "at the end of a replay"),
    "runtime/live_endpoint.c": (1, "an endpoint that an operator added ends"),
    "main.c": (7, "at start, at the end, and on a reload"),
    "systemd/notify.c": (2, "every 2 s at most"),
    "runtime/probes.c": (1, "on a change by an operator"),
    "runtime/tun_devices.c": (1, "on a change by an operator"),
    "worker/worker.c": (3, "at start, on a change by an operator, when the wall clock is set"),
}

found = collections.Counter()
for source in sorted((TOP / "daemon").rglob("*.c")):
    calls = re.findall(r"\blog_(?:about|line|error|warn|info|debug)\(", source.read_text())
    if calls:
        found[str(source.relative_to(TOP / "daemon"))] = len(calls)
wrong = [f"daemon/{name}: {found[name]} lines without a limit, {UNLIMITED.get(name, (0,))[0]} "
         "expected: use log_limited(), or say in tests/log_limits.py why not"
         for name in sorted(found.keys() | UNLIMITED)
         if found[name] != UNLIMITED.get(name, (0,))[0]]
print("\n".join(wrong) or f"{sum(found.values())} lines without a limit, each with its reason")
sys.exit(bool(wrong))
