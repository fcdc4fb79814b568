# packets.py - The packets of OpenPGP (RFC 4880), to build and to take apart.
# SPDX-License-Identifier: GPL-2.0-or-later
"""What is built here may be as wrong as the oracle test wants it."""

import struct
import zlib

PKESK, SIGNATURE, SKESK, ONEPASS = 1, 2, 3, 4
COMPRESSED, ENCRYPTED, MARKER, LITERAL = 8, 9, 10, 11
MDC_DATA, AEAD_DATA = 18, 20

HEADERS = ["new", "new1", "new2", "new5", "old1", "old2", "old4"]


def new_length(n):
    """A length of the new format, as short as it can be."""
    if n < 192:
        return bytes([n])
    if n < 8384:
        return bytes([192 + ((n - 192) >> 8), (n - 192) & 255])
    return b"\xff" + struct.pack(">I", n)


def partial(tag, body, shift):
    """BODY in chunks of 1 << SHIFT bytes and a last, shorter one."""
    size, out = 1 << shift, bytes([0xc0 | tag])
    while len(body) >= size:
        out += bytes([224 + shift]) + body[:size]
        body = body[size:]
    return out + new_length(len(body)) + body


def packet(tag, body, header="new"):
    """A packet; what HEADER cannot say is written as "new" or "old4"."""
    n = len(body)
    if header.startswith("partial"):
        return partial(tag, body, int(header[7:]))
    if header.startswith("old") and tag < 16:
        kind = {"old1": 0, "old2": 1, "old4": 2, "old-": 3}[header]
        if kind == 0 and n > 255 or kind == 1 and n > 65535:
            kind = 2
        length = n.to_bytes(8, "big")[8 - [1, 2, 4, 0][kind]:]
        return bytes([0x80 | tag << 2 | kind]) + length + body
    if header == "new1" and n < 192:
        length = bytes([n])
    elif header == "new2" and 192 <= n < 8384:
        length = new_length(n)
    elif header == "new5":
        length = b"\xff" + struct.pack(">I", n)
    else:
        length = new_length(n)
    return bytes([0xc0 | tag]) + length + body


def compressed(data, algo=1):
    """A compressed packet: 0 none, 1 ZIP, 2 ZLIB."""
    if algo == 1:
        z = zlib.compressobj(6, zlib.DEFLATED, -13)
        data = z.compress(data) + z.flush()
    elif algo == 2:
        data = zlib.compress(data)
    return packet(COMPRESSED, bytes([algo]) + data)


def mpi(value):
    """A multiprecision integer of the bytes VALUE."""
    value = value.lstrip(b"\0")
    bits = len(value) * 8 - (8 - value[0].bit_length()) if value else 0
    return struct.pack(">H", bits) + value


def read_length(data, at):
    """Length and where the body begins; None where it is not plain."""
    ctb = data[at]
    if ctb & 0x40:
        first = data[at + 1]
        if first < 192:
            return first, at + 2
        if first < 224:
            return ((first - 192) << 8) + data[at + 2] + 192, at + 3
        if first == 255:
            return struct.unpack(">I", data[at + 2:at + 6])[0], at + 6
        return None
    size = [1, 2, 4, 0][ctb & 3]
    if not size:
        return None
    return int.from_bytes(data[at + 1:at + 1 + size], "big"), at + 1 + size


def walk(data):
    """Each packet as (tag, start, body, end).  ValueError."""
    at = 0
    while at < len(data):
        ctb = data[at]
        try:
            found = read_length(data, at) if ctb & 0x80 else None
        except (IndexError, struct.error):
            found = None
        if not found or found[1] + found[0] > len(data):
            raise ValueError("not a plain packet")
        n, body = found
        yield ctb & 63 if ctb & 64 else ctb >> 2 & 15, at, body, body + n
        at = body + n


def split_signature(data, start, end):
    """The fields of a version 4 signature, as (name, start, end)."""
    if end - start < 12 or data[start] != 4:
        return [("signature", start, end)]
    hashed = start + 6 + int.from_bytes(data[start + 4:start + 6], "big")
    rest = hashed + 2 + int.from_bytes(data[hashed:hashed + 2], "big")
    if rest + 2 > end:
        return [("signature", start, end)]
    return [("signature head", start, start + 4),
            ("hashed area", start + 4, hashed),
            ("unhashed area", hashed, rest),
            ("digest check", rest, rest + 2),
            ("integers", rest + 2, end)]


def split_packet(data, tag, start, end):
    """The fields of one body."""
    if tag == SIGNATURE:
        return split_signature(data, start, end)
    if tag == LITERAL and end - start >= 6:
        head = start + 6 + data[start + 1]
        return [("literal head", start, head), ("text", head, end)]
    if tag == PKESK:
        return [("session key head", start, start + 10),
                ("session key", start + 10, end)]
    if tag == MDC_DATA:
        return [("data version", start, start + 1),
                ("encrypted data", start + 1, end - 22),
                ("encrypted MDC", end - 22, end)]
    if tag == AEAD_DATA:
        return [("data head", start, start + 4),
                ("nonce", start + 4, start + 19),
                ("encrypted data", start + 19, end - 32),
                ("tags", end - 32, end)]
    return [({ONEPASS: "one-pass packet"}.get(tag, "other packet"),
             start, end)]


def fields(data):
    """What a message consists of, as (name, start, end)."""
    out = []
    try:
        for tag, at, body, end in walk(data):
            out.append(("packet header", at, body))
            out += split_packet(data, tag, body, end)
    except ValueError:
        return [("any byte", 0, len(data))]
    return [f for f in out if f[1] < f[2]]


def pieces(data):
    """Its packets, whole; one where they are not plain."""
    try:
        return [data[at:end] for _, at, _, end in walk(data)]
    except ValueError:
        return [data]


def session_keys(data):
    """The session key packets that a message begins with, and the rest."""
    out = []
    try:
        for tag, at, _, end in walk(data):
            if tag != PKESK:
                break
            out.append(data[at:end])
    except ValueError:
        pass                    # What follows has partial lengths.
    return out, data[sum(len(key) for key in out):]


def parts(key):
    """The bodies of the key packets of a transferable key, with their tag."""
    return [(tag, key[body:end]) for tag, _, body, end in walk(key)
            if tag in (6, 14)]
