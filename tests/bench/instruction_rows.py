# SPDX-License-Identifier: MIT
"""The rows of tests/bench/instructions. A row is a capture whose length is a number of units, and
the answers to it. Times are in ns."""
import collections
import dataclasses
import struct
import typing

import captures
from captures import ACK, FIN, MS, PSH, US

SERVER = bytes((10, 66, 255, 1))
SERVER6 = bytes.fromhex("fd660000000000000000000000ff0001")
APART = 10 * US  # between two units
UNBOUNDED = "amplification = 0; rate = 0;"
ENDPOINTS, PER_CATALOGUE, CLIENTS = 10_000, 250, 1_000
PLAIN_FEW, PLAIN_MANY = 2_000, 12_000
# Connections with a segment of their own at the end, which proves that they are open.
PROVED = 100


@dataclasses.dataclass
class Row:
    name: str
    text: str
    unit: str
    config: str
    build: typing.Callable    # (capture, units): adds the frames
    answers: typing.Callable  # (units): the number of answers of each kind; see faults()
    few: int = PLAIN_FEW
    many: int = PLAIN_MANY
    goal: typing.Optional[int] = None
    beside: typing.Optional[str] = None  # the goal is `factor` times the number of this row
    factor: float = 1.1
    drain: str = "100ms"
    long: bool = False  # takes minutes


def faults(row, units, answers):
    """Returns the differences between expected and found answers, as a text. Data of any length
    matches the expected number '*'."""
    expected = row.answers(units)
    found = collections.Counter()
    for answer in answers:
        any_length = f"{answer.kind.split(' ')[0]} *"
        found[any_length if answer.octets and any_length in expected else answer.kind] += 1
    return "; ".join(f"{found[kind]} answers '{kind}', expected {expected.get(kind, 0)}"
                     for kind in sorted({*found, *expected})
                     if found[kind] != expected.get(kind, 0))


# --- configs ------------------------------------------------------------------------------------

def config(endpoints="", clients="", behaviours="", catalogues="", **keys):
    """Returns a config with one endpoint per family, unless `endpoints` or `catalogues` has others.
    `keys` are keys of that endpoint."""
    entries = "".join(f" {key} = {value};" for key, value in keys.items())
    if not catalogues:
        endpoints = endpoints or "".join(
            f'{{ name = "{name}"; address = "{address}"; ports = "7";{entries} }}, '
            for name, address in (("v4", "10.66.255.1"), ("v6", "fd66::ff:1")))
    clients = clients or "".join(f'{{ network = "{network}"; {UNBOUNDED} }}, '
                                 for network in ("10.66.0.0/16", "fd66::/16"))
    return (f"load = ( );\nreflection_rate = 0;\n"
            f'behaviours = {{ accept = {{ number = 1; summary = "opens"; }}; {behaviours} }};\n' +
            "".join(f"{key} = ( {entries.rstrip(', ')} );\n" for key, entries in (
                ("clients", clients), ("endpoints", endpoints), ("catalogues", catalogues))))


def with_rules(*rules, **keys):
    """Returns a config whose endpoint has these rules."""
    return config(**keys, behaviour='"measured"', behaviours='measured = { number = 2; summary = '
                  f'"measured"; rules = ( {", ".join(rules)} ); }};')


SET = [f'{{ on = "send SYN-ACK"; set = {{ {field} }}; }}'
       for field in ("ttl = 60;", "window = 8192;", "dscp = 8;")]
NTH = [rule.replace("set", 'if = { nth = 1; per = "attempt"; }; set') for rule in SET]
HOLD = '{ on = "receive SYN"; hold = "3s"; }'

NO_RETRANSMISSION = {"rto_initial": '"60s"'}
EVERY_SECOND = {"rto_initial": '"1s"', "rto_max": '"1s"'}


def endpoint_address(number):
    """Returns the address of one of ENDPOINTS endpoints, numbered from 0."""
    return bytes((10, 67, number // PER_CATALOGUE, number % PER_CATALOGUE + 1))


def many_endpoints(place):
    """Returns a config with ENDPOINTS endpoints. A catalogue has one for each behaviour, which is
    read faster than as many endpoints. `place` returns the place of catalogue N."""
    behaviours = "".join(f'b{number} = {{ number = {number}; summary = "opens"; }}; '
                         for number in range(2, PER_CATALOGUE + 1))
    catalogues = "".join(f'{{ name = "c{number}"; {place(number)} }}, '
                         for number in range(ENDPOINTS // PER_CATALOGUE))
    return config(behaviours=behaviours, catalogues=catalogues)


ADDRESSES = many_endpoints(lambda number: f'network = "10.67.{number}.0/24";')
PORTS = many_endpoints(lambda number: 'address = "10.67.0.1"; '
                       f'base = {number * PER_CATALOGUE};')
# The clients of the captures match the last entry.
ENTRIES = config(clients="".join(
    f'{{ network = "10.70.{number // 16}.{number % 16 * 16}/28"; {UNBOUNDED} }}, '
    for number in range(CLIENTS - 1)) + f'{{ network = "10.66.0.0/16"; {UNBOUNDED} }}')


# --- captures -----------------------------------------------------------------------------------

def client(capture, number, server=SERVER, **more):
    """Returns a client with an address of its own, from 1 to 60,000, or else a port of its own."""
    host, port = (number - 1) % 60_000 + 1, 40_000 + (number - 1) // 60_000
    address = server[:-3] + b"\1" if len(server) == 16 else bytes((10, 66))
    return captures.Client(capture, address + struct.pack("!H", host), server, port, **more)


def syns(server=SERVER, apart=APART, **more):
    """Each SYN is from another client."""
    def build(capture, units):
        for number in range(1, units + 1):
            client(capture, number, server, **more).syn(number * apart)
    return build


def syns_to_addresses(capture, units):
    for number in range(1, units + 1):
        client(capture, number, endpoint_address(number * 7919 % ENDPOINTS)).syn(number * APART)


def syns_to_ports(capture, units):
    for number in range(1, units + 1):
        client(capture, number, endpoint_address(0),
               server_port=number * 7919 % ENDPOINTS + 1).syn(number * APART)


def retransmissions(capture, units):
    """PLAIN_FEW half-open connections, each of which retransmits its SYN-ACK every second. The last
    frame, which is refused, is half a second after the last retransmission."""
    syns()(capture, PLAIN_FEW)
    foreign_client(capture, 1).syn((units // PLAIN_FEW * 1_000 + 500) * MS)


def handshake(c, when):
    c.syn(when)
    c.segment(when + APART)


def handshakes(capture, units):
    """Returns the clients."""
    clients = [client(capture, number) for number in range(1, units + 1)]
    for number, c in enumerate(clients):
        handshake(c, number * 2 * APART)
    return clients


def conversations(segments):
    """The request and the end of each conversation are in segments(client, when)."""
    def build(capture, units):
        for number in range(1, units + 1):
            c = client(capture, number)
            handshake(c, number * MS)
            c.segment(number * MS + 100 * US, ACK | PSH,
                      payload=b"GET / HTTP/1.1\r\nHost: server\r\n\r\n")
            segments(c, number * MS + 200 * US)
    return build


def client_closes(c, when):
    c.segment(when, answers=2)
    c.segment(when + 100 * US, ACK | FIN, answers=2)
    c.segment(when + 200 * US, answers=3)


def server_closes(c, when):
    """The reply and the FIN are one segment."""
    c.segment(when, answers=2)
    c.segment(when + 100 * US, ACK | FIN, answers=2)


def exchange(segment):
    """One connection; each unit is segment(client, when, number)."""
    def build(capture, units):
        c = client(capture, 1)
        handshake(c, 0)
        for number in range(units):
            segment(c, (number + 1) * MS, number)
    return build


def chargen(capture, units):
    """The window has space for ten segments, so each ACK of two of them draws two more."""
    window = 10 * 1448
    c = client(capture, 1, options=captures.UNSCALED)
    c.syn(0)
    c.segment(APART, window=window)
    for number in range(1, units + 1):
        c.segment(number * MS, beyond=2 * number * 1448, window=window)


def acks_among(connections):
    """Pure ACKs on `connections` open connections in turn. Then PROVED connections send an octet,
    which the responder echoes."""
    def build(capture, units):
        clients = handshakes(capture, connections)
        begin = 2 * connections * APART + MS
        for number in range(units):
            clients[number * 7919 % connections].segment(begin + number * APART)
        for number in range(min(PROVED, connections)):
            clients[number].segment(begin + units * APART + number * APART, ACK | PSH,
                                    payload=b"x")
    return build


def acks_among_half_open(half_open):
    """Pure ACKs on one open connection beside half-open connections."""
    def build(capture, units):
        syns(apart=US)(capture, half_open)
        begin = half_open * US + MS
        c = client(capture, half_open + 1)
        handshake(c, begin)
        for number in range(1, units + 1):
            c.segment(begin + number * APART + MS)
        c.segment(begin + units * APART + 2 * MS, ACK | PSH, payload=b"x")
    return build


def refused(accepted, segment):
    """Accepted SYNs, and then SYNs that the list of endpoints refuses."""
    def build(capture, units):
        accepted(capture, PLAIN_FEW)
        for number in range(1, units + 1):
            segment(capture, number).syn((PLAIN_FEW + number) * APART)
    return build


def foreign_client(capture, number):
    return captures.Client(capture, b"\x0a\x80" + struct.pack("!H", number), endpoint_address(0))


def closed_port(capture, number):
    return client(capture, number, endpoint_address(0), server_port=50_000)


def foreign_server(capture, number):
    return client(capture, number, bytes((10, 68)) + struct.pack("!H", number))


# --- the rows -----------------------------------------------------------------------------------

def per_unit(**kinds):
    """Returns a function for Row.answers. The names of kinds are words."""
    names = {"synack": "S.", "ack": ".", "fin": "F.", "data": "P. *",
             "data_fin": "FP. *"}
    return lambda units: {names[kind]: number * units for kind, number in kinds.items()}


def syn_row(name, text, build=None, config=config(), **more):
    return Row(name, text, "SYN", config, build or syns(), per_unit(synack=1), **more)


def refused_row(name, text, segment, config=ADDRESSES, accepted=syns_to_addresses, answer=None):
    return Row(name, f"SYN beside {ENDPOINTS:,} endpoints, {text}", "SYN", config,
               refused(accepted, segment),
               lambda units: {"S.": PLAIN_FEW, **({answer: units} if answer else {})},
               few=0, many=5_000)


def ack_row(connections, **more):
    return Row(f"ack-{connections}", f"pure ACK, {connections:,} open connections", "ACK",
               config(service='"echo"'), acks_among(connections),
               lambda units: {"S.": connections, "P. 1": min(PROVED, connections)},
               few=0, many=5_000, **more)


def held_row(held, few, many, **more):
    return syn_row(f"held-{held}", f"SYN held for 3 s, beside {held:,} others",
                   syns(apart=3_000 * MS // held), with_rules(HOLD, **NO_RETRANSMISSION),
                   few=few, many=many, drain="4s", **more)


def conversation_row(name, text, segments, keys, answers, few=500, many=1_500, **more):
    return Row(name, text, "conversation", config(service='"http"', **keys),
               conversations(segments), answers, few=few, many=many, drain="5s", **more)


def exchange_row(name, text, unit, service, build, answers, **more):
    return Row(name, text, unit, config(service=f'"{service}"'), build, answers, few=500,
               many=2_500, **more)


ROWS = [
    syn_row("syn", "SYN to SYN-ACK, IPv4, the options of Linux", goal=1_700),
    syn_row("syn-v6", "SYN to SYN-ACK, IPv6", syns(SERVER6), goal=1_700),
    syn_row("syn-mss", "SYN to SYN-ACK, only an MSS", syns(options=captures.MSS), goal=1_700),
    syn_row("syn-bounds", "SYN to SYN-ACK, default bounds of 'clients'",
            config=config(clients='"10.66.0.0/16"').replace("reflection_rate = 0;\n", "")),
    syn_row("syn-set", "SYN to SYN-ACK, three rules with 'set'", goal=2_300,
            config=with_rules(*SET)),
    syn_row("syn-nth", "SYN to SYN-ACK, three rules with 'nth' and 'set'", goal=3_000,
            config=with_rules(*NTH)),
    Row("retransmission", "retransmission of a SYN-ACK", "retransmission",
        config(**EVERY_SECOND), retransmissions,
        lambda units: {"S.": PLAIN_FEW + units // PLAIN_FEW * PLAIN_FEW},
        goal=1_000),
    syn_row("syn-addresses", f"SYN to one of {ENDPOINTS:,} addresses of a /16", syns_to_addresses,
            ADDRESSES, beside="syn"),
    syn_row("syn-ports", f"SYN to one of {ENDPOINTS:,} ports", syns_to_ports, PORTS,
            beside="syn"),
    syn_row("syn-clients", f"SYN, {CLIENTS:,} entries of 'clients'", config=ENTRIES,
            beside="syn"),
    held_row(1_000, 2_000, 7_000),
    held_row(10_000, 12_000, 17_000, beside="held-1000"),
    held_row(100_000, 101_000, 106_000, beside="held-1000", long=True),
    refused_row("refused-client", "unknown client", foreign_client),
    refused_row("refused-address", "unknown address", foreign_server),
    refused_row("refused-port", "closed port", closed_port, PORTS, syns_to_ports, "R."),
    Row("handshake", "SYN and ACK", "handshake", config(service='"echo"'), handshakes,
        per_unit(synack=1)),
    conversation_row("http", "http conversation, closed by the client", client_closes, {},
                     per_unit(synack=1, data=1, ack=1, fin=1)),
    conversation_row("http-close", "http conversation, closed by the server", server_closes,
                     {"close": '"reply"'}, per_unit(synack=1, data_fin=1, ack=1)),
    conversation_row("http-time-wait", "the same behind 8,000 in TIME-WAIT", server_closes,
                     {"close": '"reply"'}, per_unit(synack=1, data_fin=1, ack=1),
                     few=8_000, many=9_000, beside="http-close"),
    exchange_row("discard", "1448 octets to discard", "segment", "discard",
                 exchange(lambda c, when, number: c.segment(when, payload=bytes(1448))),
                 lambda units: {"S.": 1, ".": units}),
    exchange_row("echo", "100 octets echoed", "exchange", "echo",
                 exchange(lambda c, when, number: c.segment(
                     when, ACK | PSH, beyond=100 * number, payload=bytes(100))),
                 lambda units: {"S.": 1, "P. 100": units}),
    exchange_row("chargen", "ACK of two segments of chargen", "ACK", "chargen", chargen,
                 lambda units: {"S.": 1, ". 1448": 10 + 2 * units}, goal=5_000),
    ack_row(1),
    ack_row(1_000, beside="ack-1"),
    ack_row(10_000, beside="ack-1"),
    ack_row(100_000, beside="ack-1", long=True),
    Row("ack-half-open", "pure ACK, a million half-open connections", "ACK",
        config(service='"echo"', **NO_RETRANSMISSION), acks_among_half_open(1_000_000),
        lambda units: {"S.": 1_000_001, "P. 1": 1}, few=0, many=5_000, beside="ack-1", long=True),
]
