# SPDX-License-Identifier: MIT
"""The time for which a worker stands still while `synackctl set` changes one of 60,000 endpoints.

A prober sends SYNs to another endpoint at a steady rate. The stall of a change is the longest time
without an answer that overlaps it. The value is the median stall, less that of times without a
change. synackd has all CPUs, since its main thread also works."""
import statistics
import time

from . import places
from .row import Row, at_most

ROW = Row("set-stall", "'set', 60,000 endpoints: stall", "ms", "", at_most(5),
          at_most(1))
ROWS = (ROW,)
PROBES = 2000  # a second
FIRST_PORT = 1000
CHANGES = 3      # at least
PAUSES = 30
LONGEST = 120    # seconds that the prober works at most


def endpoints(count):
    many = {f"e{number}": f'ports = "{FIRST_PORT + number}"; service = "discard";'
            for number in range(count)}
    return {**many, "probed": f'ports = "{FIRST_PORT + count}"; service = "discard"; '
                              'rto_initial = "60s";'}


def longest_gap(gaps, begin, end):
    """Returns the longest gap that overlaps a time, in ms. Shorter gaps than 1 ms count as 0."""
    return max((length * 1000 for until, length in gaps if until > begin and until - length < end),
               default=0)


class Prober:
    def __init__(self, site, port):
        self.site, self.port, self.first = site, port, 0

    def stalls(self, action):
        """Calls `action` repeatedly for a while. Returns the stalls of the calls, in ms."""
        process = self.site.spawn(
            self.site.client, places.CLIENT_CPU, "syn_times", to=places.OURS[4],
            to_mac=self.site.our_mac(4), port=self.port, rate=PROBES, count=PROBES * LONGEST,
            first=self.first, until="input", again=0, linger=places.PATIENCE,
            from_mac=places.CLIENT_MAC, **{"from": places.CLIENTS[4]})
        time.sleep(0.2)  # the prober starts
        calls = action()
        got = self.site.result(process)
        self.first += got["sent"]
        return [longest_gap(got["gaps"], *call) for call in calls]


def changes(site, seconds):
    """Changes endpoints for some seconds, and at least CHANGES. Returns the time of each change."""
    times, end = [], time.time() + seconds
    while len(times) < CHANGES or time.time() < end:
        behaviour = ("refuse", "accept")[len(times) // 100 % 2]
        begin = time.time()
        site.ctl("set", f"e{len(times) % 100}-0", behaviour)
        times.append((begin, time.time()))
    return times


def pauses(count, seconds):
    """Waits repeatedly. Returns the time of each wait."""
    times = []
    for _ in range(count):
        begin = time.time()
        time.sleep(seconds)
        times.append((begin, time.time()))
    return times


def measure(bench):
    count, seconds = (1000, 0.8) if bench.quick else (60_000, 5)
    site = bench.site
    for _ in bench.rounds("'set' with many endpoints", slow=True):
        with site.ours(endpoints(count), cpus=places.ALL_CPUS, at=(places.OURS[4],)):
            prober = Prober(site, FIRST_PORT + count)
            during = prober.stalls(lambda: changes(site, seconds))
            alone = prober.stalls(lambda: pauses(PAUSES, seconds / PAUSES))
        stall = statistics.median(during) - statistics.median(alone)
        bench.add(ROW.name, max(stall, 0.001), changes=len(during), longest=max(during),
                  longest_without=max(alone))
