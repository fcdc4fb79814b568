# parts.py - What is odd about a signed message, but for its integers.
# SPDX-License-Identifier: GPL-2.0-or-later
"""Each function changes one thing of an Inside before it is signed."""

import struct

import packets
from gnupg import SIGNED_AT
from inside import (CREATED, CRITICAL, ISSUER, ISSUER_FPR, LIFETIME, NOTATION,
                    changes)


def any_area(m):
    return m.rng.choice([m.hashed, m.hashed, m.unhashed])


@changes("hashed subpackets")
def move_subpacket(m):
    one, other = m.rng.sample([m.hashed, m.unhashed], 2)
    if one:
        other.insert(m.rng.randint(0, len(other)),
                     one.pop(m.rng.randrange(len(one))))


@changes("hashed subpackets")
def drop_subpacket(m):
    m.hashed.pop(m.rng.randrange(len(m.hashed)))


@changes("unhashed subpackets")
def drop_unhashed(m):
    m.unhashed.clear()


@changes("repeated subpackets")
def repeat_subpacket(m):
    sub = m.rng.choice(m.hashed + m.unhashed)
    area = any_area(m)
    area.insert(m.rng.randint(0, len(area)), sub)


@changes("repeated subpackets")
def repeat_otherwise(m):
    """The second says something else."""
    kind, body = m.rng.choice([
        (CREATED, struct.pack(">I", SIGNED_AT + m.rng.randint(-9, 9))),
        (ISSUER, bytes(8)), (ISSUER, m.public.fpr[:8]),
        (ISSUER_FPR, b"\4" + bytes(20)), (ISSUER_FPR, b"\5" + bytes(32)),
        (LIFETIME, bytes(4)), (LIFETIME, b"\0\1\0\0")])
    area = any_area(m)
    area.insert(m.rng.randint(0, len(area)), (kind, body))


@changes("criticality")
def make_critical(m):
    area = any_area(m)
    for i in range(len(area)):
        if m.rng.random() < .6 and not isinstance(area[i], bytes):
            area[i] = (area[i][0] | CRITICAL,) + tuple(area[i][1:])


@changes("criticality")
def add_critical(m):
    body = m.rng.randbytes(m.rng.choice([0, 1, 4, 8, 21, 60]))
    any_area(m).append((m.rng.randrange(128) | CRITICAL, body))


@changes("unknown subpackets")
def add_unknown(m):
    body = m.rng.randbytes(m.rng.choice([0, 1, 2, 4, 8, 21, 60]))
    area = any_area(m)
    area.insert(m.rng.randint(0, len(area)), (m.rng.randrange(128), body))


@changes("unknown subpackets")
def add_known(m):
    """Known ones that say nothing about a message."""
    kind, body = m.rng.choice([
        (4, b"\0"), (4, b"\1"), (5, b"\1\x3c"), (7, b"\0"), (7, b""),
        (9, b"\0\0\0\1"), (9, b"\0"), (11, b"\7\x08"), (12, bytes(22)),
        (23, b"\x80"), (24, b"http://example.org"), (25, b"\1"),
        (26, b"http://example.org/p"), (27, b"\3"), (27, b""), (27, b"\0"),
        (28, b"bob@example.org"), (29, b"\0"), (29, b"\2gone"), (30, b"\1"),
        (31, b"\1\x08" + bytes(32)), (34, b"\2"), (35, b"\4" + bytes(20)),
        (32, b""), (38, b""), (38, b"\1"), (38, bytes(60)),
        (32, b"\4\x19\1\x08\0\0\0\0\0\0\0\x08\1"), (110, b"x")])
    any_area(m).append((kind | m.rng.choice([0, 0, CRITICAL]), body))


def notation(name, value, flags=b"\x80\0\0\0"):
    return flags + struct.pack(">HH", len(name), len(value)) + name + value


@changes("notations")
def add_notation(m):
    body = m.rng.choice([
        notation(b"a@example.org", b"b"), notation(b"", b""),
        notation(b"a@example.org", b"\0\xff", bytes(4)),
        notation(b"preferred-email-encoding@pgp.com", b"pgpmime"),
        notation(b"a@example.org", b"b" * m.rng.randint(150, 300)),
        notation(b"a@example.org", b"b")[:-1],
        notation(b"a@example.org", b"b") + b"c", b"\x80\0\0\0\0\x09"])
    any_area(m).append((NOTATION | m.rng.choice([0, 0, CRITICAL]), body))


@changes("subpacket lengths")
def lengthen_form(m):
    area = any_area(m)
    for i in range(len(area)):
        if not isinstance(area[i], bytes):
            area[i] = (area[i][0], area[i][1], "five")


@changes("subpacket lengths")
def add_long(m):
    n = m.rng.choice([190, 191, 192, 193, 255, 256, 447, 500])
    any_area(m).append((100, m.rng.randbytes(n)))


@changes("subpacket lengths")
def break_length(m):
    area = any_area(m)
    area.insert(m.rng.randint(0, len(area)), m.rng.choice([
        b"\0", b"\1\x64", b"\x09\x02", b"\xff\0\0\0\1\x64", b"\xff\0\0\0\0",
        b"\xff\xff\xff\xff\xff", b"\xe0", b"\xfe", b"\xc0\0", b"\xff\0\0",
        b"\2\x64", b"\0\0\0"]))


@changes("area lengths")
def change_area_length(m):
    more = m.rng.choice([-40, -12, -10, -2, -1, 1, 2, 4, 10, 12, 14, 300,
                         0x7000])
    if m.rng.random() < .5:
        m.hashed_more = more
    else:
        m.unhashed_more = more


def replace(area, kind, body):
    for i in range(len(area)):
        if not isinstance(area[i], bytes) and area[i][0] == kind:
            area[i] = (kind, body)


@changes("times")
def change_created(m):
    at = m.rng.choice([0, 1, m.key.created - 1, m.key.created,
                       m.key.created + 1, 0x7fffffff, 0x80000000, 0xfffffff0,
                       0xffffffff, SIGNED_AT + 86400 * 365 * 20])
    replace(m.hashed, CREATED, struct.pack(">I", at))
    if m.rng.random() < .4:
        add_lifetime(m)


@changes("times")
def add_lifetime(m):
    m.hashed.append((LIFETIME, struct.pack(">I", m.rng.choice(
        [0, 1, 86400, 86400 * 365 * 20, 0x7fffffff, 0xffffffff,
         0x100000000 - SIGNED_AT, 0xffffffff - SIGNED_AT]))))


@changes("times")
def break_time(m):
    kind = m.rng.choice([CREATED, LIFETIME])
    body = m.rng.choice([b"", b"\1", bytes(3), b"\x65" * 3, b"\x65" * 5,
                         b"\x7f" * 8])
    if kind == CREATED:
        replace(m.hashed, CREATED, body)
    else:
        any_area(m).append((LIFETIME, body))


@changes("times")
def add_unhashed_time(m):
    m.unhashed.append((m.rng.choice([CREATED, LIFETIME]),
                       struct.pack(">I", m.rng.choice([1, SIGNED_AT]))))


@changes("issuer")
def change_issuer(m):
    body = m.rng.choice([bytes(8), m.public.fpr[:8], m.public.keyid[:7],
                         m.public.keyid + b"\0", b"", m.rng.randbytes(8)])
    replace(m.rng.choice([m.hashed, m.unhashed]), ISSUER, body)
    if m.rng.random() < .3:
        replace(m.hashed, ISSUER_FPR, b"\4" + bytes(12) + (body + bytes(8))[:8])


@changes("issuer")
def change_issuer_fpr(m):
    fpr = m.public.fpr
    replace(m.hashed, ISSUER_FPR, m.rng.choice([
        b"\5" + fpr, b"\3" + fpr, b"\4" + fpr[:19], b"\4" + fpr + b"\0", b"",
        b"\4", b"\4" + bytes(20), b"\5" + fpr + bytes(12), fpr,
        b"\4" + bytes(12) + fpr[12:], b"\4" + fpr[:12] + bytes(8),
        b"\6" + fpr + bytes(12)]))


@changes("class")
def change_class(m):
    m.klass = m.rng.choice([1, 1, 1, 2, 3, 0x10, 0x13, 0x18, 0x19, 0x1f, 0x20,
                            0x28, 0x30, 0x40, 0x50, 0x80, 0xff])
    if m.rng.random() < .2:
        m.onepass["klass"] = 0
    if m.klass == 1 and m.rng.random() < .5:
        m.mode = b"t"


@changes("class")
def announce_class(m):
    m.onepass["klass"] = m.rng.choice([1, 2, 0x10, 0x40, 0xff])


@changes("digest")
def change_digest(m):
    m.hash = m.rng.choice([1, 2, 3, 8, 9, 10, 11, 12, 14])
    if m.rng.random() < .2:
        m.onepass["hash"] = m.rng.choice([2, 8, 9, 10])


@changes("digest")
def announce_digest(m):
    m.onepass["hash"] = m.rng.choice([0, 1, 2, 3, 4, 8, 9, 10, 11, 100])


@changes("digest check")
def change_check(m):
    m.check_flip = m.rng.randint(1, 255)


@changes("key algorithm")
def change_algo(m):
    m.algo = m.rng.choice([1, 2, 3, 16, 17, 18, 19, 20, 21, 22, 25, 27, 28])
    if m.rng.random() < .3:
        m.onepass["algo"] = m.public.algo


@changes("key algorithm")
def announce_algo(m):
    m.onepass["algo"] = m.rng.choice([0, 1, 2, 3, 17, 19, 22, 27, 99])


@changes("signature version")
def change_version(m):
    m.version = m.rng.choice([2, 3, 3, 3, 5, 5, 6, 0, 255])
    if m.version == 5 and m.rng.random() < .5:
        replace(m.hashed, ISSUER_FPR, b"\5" + bytes(32))


@changes("one-pass packet")
def change_onepass(m):
    name, values = m.rng.choice([
        ("version", [0, 2, 4, 5, 6]), ("last", [0, 2, 128, 255]),
        ("keyid", [bytes(8), m.public.fpr[:8], b"\xff" * 8])])
    m.onepass[name] = m.rng.choice(values)


@changes("one-pass packet")
def lengthen_onepass(m):
    m.onepass_tail = m.rng.randbytes(m.rng.randint(1, 4))


@changes("packet order")
def change_order(m):
    copy = packets.packet(packets.ONEPASS, m.build_onepass())
    text = packets.packet(packets.LITERAL, b"b\0\0\0\0\0other text\n")
    m.order = m.rng.choice([
        ["literal", "signature"], ["signature", "literal"],
        ["onepass", "signature", "literal"], ["literal", "onepass"],
        ["onepass", "literal"], ["literal"], ["signature"],
        ["onepass", "literal", "signature", "signature"],
        ["onepass", "onepass", "literal", "signature"],
        ["onepass", "onepass", "literal", "signature", "signature"],
        ["onepass", "literal", "literal", "signature"],
        ["onepass", "literal", text, "signature"],
        ["onepass", text, "literal", "signature"],
        [text, "onepass", "literal", "signature"],
        ["onepass", "literal", "signature", text],
        ["onepass", "literal", "signature", copy],
        ["onepass", "literal", "signature", "onepass", "literal",
         "signature"]])


@changes("more packets")
def add_packet(m):
    tag = m.rng.choice([0, 5, 6, 8, 10, 12, 13, 14, 15, 17, 19, 21, 40, 60,
                        63])
    body = {10: b"PGP", 12: b"\0\0", 13: b"alice", 19: bytes(20)}.get(
        tag, m.rng.randbytes(m.rng.choice([0, 1, 8, 20])))
    m.order.insert(m.rng.randint(0, 3), packets.packet(
        tag, body, m.rng.choice(["new", "old1"])))


@changes("more packets")
def add_bytes(m):
    m.order.insert(m.rng.choice([0, 1, 2, 3, 3, 3]),
                   m.rng.randbytes(m.rng.randint(1, 6)))


@changes("wrapping")
def compress(m):
    m.wrap = m.rng.choice([0, 1, 2])
    m.wrap_from = m.rng.choice([0, 0, 0, 1, 2])


@changes("literal head")
def change_literal(m):
    m.mode = m.rng.choice([b"b", b"b", b"t", b"u", b"l", b"1", b"m", b"\0",
                           b"B"])
    m.name = m.rng.choice([b"", b"a", b"_CONSOLE", b"../../etc/passwd",
                           b"x" * 255, m.rng.randbytes(20)])
    m.date = m.rng.choice([0, SIGNED_AT, 0xffffffff])


@changes("text")
def change_text(m):
    n = m.rng.choice([0, 1, 511, 512, 513, 1023, 1199, 1200, 1201, 1300])
    m.text = m.rng.choice([b"a", b"\0", b"\n", b"\r\n", b" \n"]) * n
    m.text = m.text[:n]


@changes("text")
def odd_text(m):
    m.text = m.rng.choice([
        b"-----BEGIN PGP MESSAGE-----\n\nabc\n", b"\xcb\x0ab\0\0\0\0\0text",
        b"no end of line", b"\r", b"trailing blanks  \t \n", b"\x1a\n",
        m.rng.randbytes(m.rng.randint(1, 900))])


@changes("packet headers")
def change_headers(m):
    for name in ("onepass", "literal", "signature"):
        if m.rng.random() < .6:
            m.headers[name] = m.rng.choice(packets.HEADERS)
    if m.rng.random() < .1:
        m.headers[m.rng.choice(["onepass", "literal", "signature"])] = "old-"


@changes("partial lengths")
def make_partial(m):
    m.text = m.rng.randbytes(m.rng.choice([100, 506, 507, 600, 1018, 1100]))
    m.name = m.rng.choice([b"", b"", b"x" * 255])
    name = m.rng.choice(["literal"] * 4 + ["onepass", "signature"])
    m.headers[name] = "partial%d" % m.rng.choice([0, 1, 8, 9, 9, 9, 10])
