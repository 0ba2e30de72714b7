#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""conf/behaviours/options.conf, with the kernel's client. Choices beyond the RFC are checked as
Linux 6.18 makes them, with which the catalogue was measured: an MSS of 0 counts as none and the
minimum is 48, the last of two counts, an unknown echo of a timestamp draws an RST, a segment
without timestamps is accepted."""
import random

from lib import checks_fast_open_ecn, checks_sack_timestamps  # pylint: disable=unused-import
from lib.behaviours import check, main
from lib.options import (LENGTH, NO_MSS, NOPS, ON_PURPOSE, PADDING, default_mss, largest, link_mss,
                         names, octets, option, option_octets, segments_of, size, stamp, sysctl,
                         transfers)

from scapy.layers.inet import TCP


# --- MSS --------------------------------------------------------------------------------------


@check("opt-none")
def no_options(c):
    segments_of(c, default_mss(c), stamped=False)
    c.equal(c.sent("SA")[0][TCP].dataofs, 5)


@check("mss-absent", lies={NO_MSS: ON_PURPOSE})
def no_mss(c):
    segments_of(c, default_mss(c))
    c.equal(names(c.sent("SA")[0]), ["SAckOK", "Timestamp", "NOP", "WScale"])


@check("mss-value=64")
def an_mss_of_64(c):
    segments_of(c, 64)
    c.equal(option(c.sent("SA")[0], "MSS"), 64)


@check("mss-value=400")
def an_mss_of_400(c):
    segments_of(c, 400)
    c.equal(option(c.sent("SA")[0], "MSS"), 400)


@check("mss-value")
def an_mss_of_536(c):
    segments_of(c, 536)
    c.equal(option(c.sent("SA")[0], "MSS"), 536)


@check("mss-zero")
def an_mss_of_0(c):
    segments_of(c, default_mss(c))  # Linux treats it as no MSS
    c.equal(option(c.sent("SA")[0], "MSS"), 0)


@check("mss-tiny")
def an_mss_of_1(c):
    sock = c.connect()
    c.echoes(sock, random.randbytes(300))
    c.closes(sock)
    c.equal(option(c.sent("SA")[0], "MSS"), 1)
    c.linux(largest(c) == 48 - 12, f"its minimum is 48, less timestamps, not {largest(c)}")


@check("mss-huge")
def an_mss_of_65535(c):
    transfers(c)
    c.equal(option(c.sent("SA")[0], "MSS"), 65535)
    c.equal(largest(c), link_mss(c) - 12)


@check("mss-dup")
def two_of_them(c):
    segments_of(c, 400)
    c.equal([value for name, value in c.sent("SA")[0][TCP].options if name == "MSS"], [1400, 400])


@check("mss-bad-len", lies={LENGTH: ON_PURPOSE})
def an_mss_of_one_octet(c):
    segments_of(c, default_mss(c), stamped=False)
    c.equal(option_octets(c.sent("SA")[0]).hex(), "02030500")


@check("mss-bad-len=2", lies={LENGTH: ON_PURPOSE})
def an_mss_without_a_number(c):
    segments_of(c, default_mss(c), stamped=False)
    c.equal(option_octets(c.sent("SA")[0]).hex(), "02020000")


@check("mss-bad-len=5", lies={LENGTH: ON_PURPOSE})
def an_mss_of_three_octets(c):
    segments_of(c, default_mss(c), stamped=False)
    c.equal(option_octets(c.sent("SA")[0]).hex(), "020505b400000000")


# --- window scale -----------------------------------------------------------------------------


def unscaled(c):
    """Expects windows of the size in the client's SYN, not of some hundreds."""
    own = [p[TCP].window for p in c.received() if p[TCP].flags != "S"]
    c.true(all(window > 10000 for window in own), "windows are not scaled")
    c.linux(own[0] in (64240, 64800), f"its first window is 64240 octets (64800), not {own[0]}")


@check("ws-absent")
def no_scale(c):
    transfers(c)
    c.equal(names(c.sent("SA")[0]), ["MSS", "SAckOK", "Timestamp"])
    unscaled(c)


@check("ws-value")
def a_scale_of_14(c):
    transfers(c)
    synack = c.sent("SA")[0]
    c.equal((option(synack, "WScale"), synack[TCP].window), (14, 65535))
    # A correct client interprets them in units of 16 KiB; otherwise it would not have sent all
    # octets.
    c.true(all(p[TCP].window <= 4 for p in c.sent() if p[TCP].flags != "SA"), "windows are small")


@check("ws-value=3")
def a_scale_of_3(c):
    transfers(c)
    c.equal(option(c.sent("SA")[0], "WScale"), 3)
    c.true(8000 < c.sent("A")[0][TCP].window <= 8192, "the window is an eighth")


@check("ws-synwin")
def a_window_that_is_not_scaled(c):
    transfers(c)
    synack = c.sent("SA")[0]
    c.equal((option(synack, "WScale"), synack[TCP].window), (14, 1))
    first, second = octets(c.received())[:2]
    c.equal(size(first), 1, "octets before the next window")
    c.true(second.time > c.sent("PA")[0].time, "the next octets follow the next window")


TOO_BIG = {"shift exceeds 14": ON_PURPOSE}


@check("ws-too-big", lies=TOO_BIG)
def a_scale_of_15(c):
    transfers(c)
    c.equal(option(c.sent("SA")[0], "WScale"), 15)
    c.true(c.sent("PA")[0][TCP].window <= 4, "it means 14")


@check("ws-too-big=255", lies=TOO_BIG)
def a_scale_of_255(c):
    transfers(c)
    c.equal(option(c.sent("SA")[0], "WScale"), 255)
    c.true(c.sent("PA")[0][TCP].window <= 4, "it means 14")


@check("ws-bad-len", lies={LENGTH: ON_PURPOSE})
def a_scale_without_a_number(c):
    transfers(c)
    c.equal(option_octets(c.sent("SA")[0])[4:].hex(), "03020000")
    unscaled(c)


@check("ws-bad-len=4", lies={LENGTH: ON_PURPOSE})
def a_scale_of_two_octets(c):
    transfers(c)
    c.equal(option_octets(c.sent("SA")[0])[4:].hex(), "03040700")
    unscaled(c)


@check("ws-unasked", alone=True)
def a_scale_that_the_client_did_not_offer(c):
    with sysctl("tcp_window_scaling", 0):
        transfers(c)
    c.equal(option(c.received("S")[0], "WScale"), None)
    c.equal(option(c.sent("SA")[0], "WScale"), 7)
    unscaled(c)


# --- the list of options ----------------------------------------------------------------------


@check("opt-nop-flood", lies={NOPS: ON_PURPOSE, NO_MSS: "the NOPs leave no room for it"})
def forty_nops(c):
    segments_of(c, default_mss(c), stamped=False)
    c.equal(option_octets(c.sent("SA")[0]), b"\1" * 40)


@check("opt-eol-early", lies={PADDING: "the behaviour sends an MSS there"})
def an_mss_behind_the_end(c):
    segments_of(c, default_mss(c), stamped=False)
    c.equal(option_octets(c.sent("SA")[0]).hex(), f"000204{link_mss(c):04x}010101")


@check("opt-dirt-after-eol", lies={PADDING: ON_PURPOSE})
def dirt_behind_the_end(c):
    transfers(c)
    c.equal(option_octets(c.sent("SA")[0])[-4:].hex(), "00ffffff")


@check("opt-unaligned")
def at_odd_places(c):
    transfers(c)
    c.equal(names(c.sent("SA")[0]), ["WScale", "Timestamp", "MSS", "SAckOK", "NOP"])
    c.equal(names(c.sent("PA")[0])[:2], ["NOP", "Timestamp"])
    c.equal(largest(c), link_mss(c) - 12)
    c.true(all(stamp(p) for p in c.received()), "timestamps are negotiated")


@check("opt-len-zero", lies={"too-short option length = 0": ON_PURPOSE})
def a_length_of_0(c):
    transfers(c)
    c.equal(option_octets(c.sent("SA")[0])[4:].hex(), "fd000000")


@check("opt-known-len-zero", lies={"too-short option length = 0": ON_PURPOSE})
def a_timestamp_of_length_0(c):
    transfers(c)
    c.equal(option_octets(c.sent("SA")[0])[4:].hex(), "08000000")
    c.equal([p for p in c.received()[1:] if stamp(p)], [], "timestamps after the SYN")


@check("opt-known-len-zero=2", lies={"too-short option length = 0": ON_PURPOSE})
def an_mss_of_length_0(c):
    transfers(c)
    c.equal(option_octets(c.sent("SA")[0])[4:].hex(), "02000000")


@check("opt-len-one", lies={"too-short option length = 1": ON_PURPOSE})
def a_length_of_1(c):
    transfers(c)
    c.equal(option_octets(c.sent("SA")[0])[4:].hex(), "fd010000")


@check("opt-overrun", lies={"past end of options": ON_PURPOSE})
def a_length_beyond_the_header(c):
    transfers(c)
    c.equal(option_octets(c.sent("SA")[0])[4:].hex(), "fd200000")


@check("opt-unknown")
def an_unknown_kind(c):
    transfers(c)
    c.equal(names(c.sent("SA")[0]), ["MSS", 200, "SAckOK", "Timestamp", "NOP", "WScale"])
    c.true(all(stamp(p) for p in c.received()), "the options after it are negotiated")


@check("opt-exp")
def an_experiment(c):
    transfers(c)
    c.equal(option_octets(c.sent("SA")[0])[-12:].hex(), "fe0c5ad00102030405060708")


@check("opt-full", lies={NOPS: "the NOPs fill the header"})
def forty_octets(c):
    segments_of(c, link_mss(c))
    c.equal(c.sent("SA")[0][TCP].dataofs, 15)
    c.equal(names(c.sent("SA")[0])[-5:], ["MSS", "SAckOK", "Timestamp", "NOP", "WScale"])


@check("opt-order")
def another_order(c):
    segments_of(c, link_mss(c))
    c.equal(names(c.sent("SA")[0]), ["NOP", "WScale", "Timestamp", "SAckOK", "MSS"])
    c.equal(names(c.sent("PA")[0])[0], "Timestamp")


# --- signatures -------------------------------------------------------------------------------


def dropped_once(c, tail):
    """Linux discards a SYN-ACK with these octets at the end of its options, and accepts the
    next."""
    c.survives()
    first, second = c.sent("SA")[:2]
    c.equal(option_octets(first)[20:].hex(), tail)
    c.equal(len(option_octets(second)), 20)
    c.true(c.received("A")[0].time > second.time, "the first SYN-ACK is discarded")


@check("md5-unasked")
def a_signature(c):
    dropped_once(c, "131200112233445566778899aabbccddeeff0000")


@check("ao-malformed", lies={LENGTH: ON_PURPOSE})
def a_short_signature(c):
    c.survives()
    c.equal(option_octets(c.sent("SA")[0])[20:].hex(), "1d020000")
    c.true(len(option_octets(c.sent("SA")[-1])) in (20, 24), "later SYN-ACKs have no signature")


if __name__ == "__main__":
    main("options")
