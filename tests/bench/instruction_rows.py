# SPDX-License-Identifier: MIT
"""The rows of tests/bench/instructions: a row is a capture whose length is a number of units, and
the answers to it. All times are in ns."""
import collections
import dataclasses
import struct
import typing

import captures

SERVER = bytes((10, 66, 255, 1))
SERVER6 = bytes.fromhex("fd660000000000000000000000ff0001")
APART = 10 * captures.US  # between two units
UNBOUNDED = "amplification = 0; rate = 0;"


@dataclasses.dataclass
class Row:
    name: str
    text: str
    unit: str
    build: typing.Callable   # (capture, units): adds the frames
    answers: typing.Callable  # (units): the number of answers of each kind
    config: str
    few: int = 2_000
    many: int = 12_000
    goal: typing.Optional[int] = None
    # The goal is at most this factor of another row.
    beside: typing.Optional[str] = None
    factor: float = 1.1
    drain: str = "100ms"


def config(endpoints="", clients=None, behaviour="accept", more="", **keys):
    """Returns a config with one endpoint, unless `endpoints` has others. `keys` are keys of that
    endpoint."""
    entries = "".join(f" {key} = {value};" for key, value in keys.items())
    endpoints = endpoints or "".join(
        f'{{ name = "{name}"; address = "{address}"; ports = "7"; behaviour = "{behaviour}";'
        f'{entries} }}, ' for name, address in (("v4", "10.66.255.1"), ("v6", "fd66::ff:1")))
    clients = clients or "".join(f'{{ network = "{network}"; {UNBOUNDED} }}, '
                                 for network in ("10.66.0.0/16", "fd66::/16"))
    return (f"clients = ( {clients.rstrip(', ')} );\nreflection_rate = 0;\n"
            f"endpoints = ( {endpoints.rstrip(', ')} );\n{more}")


def rules(*texts):
    """Returns a behaviour `measured`."""
    return ("behaviours = { measured = { number = 999; summary = \"measured\"; rules = ( " +
            ", ".join(texts) + " ); }; };\n")


def address(number, server=SERVER):
    """Returns the address of a client, numbered from 1."""
    return server[:-3] + struct.pack("!I", number)[1:] if len(server) == 16 else (
        server[:2] + struct.pack("!H", number))


def syns(server=SERVER, options=captures.LINUX):
    """Each SYN is from another client."""
    def build(capture, units):
        for number in range(1, units + 1):
            captures.Client(capture, address(number, server), server,
                            options=options).syn(number * APART)
    return build


def answered(units):
    return {"S.": units}


def syn_row(name, text, build=None, **more):
    more.setdefault("config", config())
    return Row(name, text, "SYN", build or syns(), answered, **more)


SET = [f'{{ on = "send SYN-ACK"; set = {{ {field} }}; }}'
       for field in ("ttl = 60;", "window = 8192;", "dscp = 8;")]
NTH = [rule.replace("set", f'if = {{ nth = 1; per = "{scope}"; }}; set')
       for rule, scope in zip(SET, ("attempt", "attempt", "attempt"))]

ROWS = [
    syn_row("syn", "SYN to SYN-ACK, IPv4, Linux's options", goal=1_700),
    syn_row("syn-v6", "SYN to SYN-ACK, IPv6", syns(SERVER6), goal=1_700),
    syn_row("syn-mss", "SYN to SYN-ACK, only with an MSS", syns(options=captures.MSS),
            goal=1_700),
    syn_row("syn-bounds", "SYN to SYN-ACK, default bounds of 'clients'",
            config=config(clients='"10.66.0.0/16"')),
    syn_row("syn-set", "SYN to SYN-ACK, three rules with 'set'", goal=2_300,
            config=config(behaviour="measured", more=rules(*SET))),
    syn_row("syn-nth", "SYN to SYN-ACK, three rules with 'nth' and 'set'", goal=3_000,
            config=config(behaviour="measured", more=rules(*NTH))),
]


def faults(row, units, answers):
    """Returns the differences between expected and found answers, as a text."""
    found = collections.Counter(answer.kind for answer in answers)
    expected = row.answers(units)
    return "; ".join(f"{found[kind]} answers '{kind}', expected {expected.get(kind, 0)}"
                     for kind in sorted({*found, *expected})
                     if found[kind] != expected.get(kind, 0))
