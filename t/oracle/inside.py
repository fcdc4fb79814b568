# inside.py - Signed messages with right cryptography and odd structure.
# SPDX-License-Identifier: GPL-2.0-or-later
"""Almost every blind mutation of a signed message dies as a bad signature.
So these are made anew: one part is changed, and then all of it is signed."""

import struct

import packets
from gnupg import SIGNED_AT

CREATED, LIFETIME, ISSUER, NOTATION, ISSUER_FPR = 2, 3, 16, 20, 33
CRITICAL = 0x80
CURVE_DIGESTS = {"nistp384": [9, 10], "brainpoolP384r1": [9, 10],
                 "nistp521": [10], "brainpoolP512r1": [10]}

def subpacket(kind, body, form="short"):
    """A subpacket (5.2.3.1) with a length of FORM."""
    n = 1 + len(body)
    if form == "five" or n >= 16320:
        length = b"\xff" + struct.pack(">I", n)
    elif n < 192:
        length = bytes([n])
    else:
        length = bytes([192 + ((n - 192) >> 8), (n - 192) & 255])
    return length + bytes([kind]) + body


class Inside:
    """One-pass packet, literal and signature, as gpg makes them until a
    change makes them otherwise."""

    def __init__(self, rng, public, key, text):
        self.rng, self.public, self.key, self.text = rng, public, key, text
        self.version, self.klass, self.algo = 4, 0, public.algo
        self.hash = rng.choice(CURVE_DIGESTS.get(public.curve, [8, 9, 10]))
        self.hashed = [(ISSUER_FPR, b"\4" + public.fpr),
                       (CREATED, struct.pack(">I", SIGNED_AT))]
        if rng.random() < .3:
            self.hashed.append((28, b"alice@example.org"))
        self.unhashed = [(ISSUER, public.keyid)]
        self.onepass = {}       # What differs from the signature.
        self.onepass_tail = b""
        self.mode, self.name, self.date = b"b", b"", SIGNED_AT
        self.order = ["onepass", "literal", "signature"]
        self.headers = {}
        self.hashed_more = self.unhashed_more = 0
        self.check_flip = 0
        self.block = None       # Makes another block for RSA.
        self.after = []         # Change the integers.
        self.tail = b""
        self.wrap, self.wrap_from = None, 0

    def hashed_text(self):
        """Text mode hashes lines as they end on the net."""
        if self.klass != 1:
            return self.text
        return self.text.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")

    def build_area(self, area):
        return b"".join(s if isinstance(s, bytes) else subpacket(*s)
                        for s in area)

    def build_head(self):
        """Up to the end of the unhashed area; and how much is hashed."""
        if self.version in (2, 3):
            head = bytes([self.version, 5, self.klass]) \
                + struct.pack(">I", SIGNED_AT)
            return head + self.public.keyid + bytes([self.algo, self.hash]), \
                (2, 7)
        hashed = self.build_area(self.hashed)
        unhashed = self.build_area(self.unhashed)
        n = max(0, len(hashed) + self.hashed_more)
        m = max(0, len(unhashed) + self.unhashed_more)
        head = bytes([self.version, self.klass, self.algo, self.hash]) \
            + struct.pack(">H", n & 0xffff) + hashed \
            + struct.pack(">H", m & 0xffff) + unhashed
        return head, (0, 6 + n)

    def literal_head(self):
        return self.mode + bytes([len(self.name)]) + self.name \
            + struct.pack(">I", self.date)

    def build_trailer(self, n):
        """What follows the hashed part."""
        if self.version in (2, 3):
            return b""
        if self.version == 5:   # LibrePGP, section 5.2.4.
            return b"\5\xff" + struct.pack(">Q", n)
        return b"\4\xff" + struct.pack(">I", n)

    def sign(self, forge, hashed):
        data = self.hashed_text() + hashed
        if self.version == 5:   # It also covers the head of the literal.
            data += self.literal_head()
        data += self.build_trailer(len(hashed))
        digest, *integers = forge.sign(self.key, self.hash, data)
        if self.block and self.algo == 1:
            integers = [forge.sign_block(self.key, self.block(self, digest))]
        integers = [packets.mpi(i) for i in integers]
        for change in self.after:
            integers = change(self, forge, integers)
        check = bytes([digest[0] ^ self.check_flip, digest[1]])
        return check + b"".join(integers) + self.tail

    def build_signature(self, forge):
        head, (start, end) = self.build_head()
        return head + self.sign(forge, head[start:end])

    def build_onepass(self):
        f = {"version": 3, "klass": self.klass, "hash": self.hash,
             "algo": self.algo, "keyid": self.public.keyid, "last": 1}
        f.update(self.onepass)
        return bytes([f["version"], f["klass"], f["hash"], f["algo"]]) \
            + f["keyid"] + bytes([f["last"]]) + self.onepass_tail

    def build(self, forge):
        made = {"onepass": (packets.ONEPASS, self.build_onepass()),
                "literal": (packets.LITERAL, self.literal_head() + self.text),
                "signature": (packets.SIGNATURE,
                              self.build_signature(forge))}
        out = [item if isinstance(item, bytes) else
               packets.packet(*made[item], self.headers.get(item, "new"))
               for item in self.order]
        if self.wrap is not None:
            n = self.wrap_from
            out[n:] = [packets.compressed(b"".join(out[n:]), self.wrap)]
        return b"".join(out)


# Changes, which parts.py and integers.py have.  Each is in CHANGES under the
# name of what it changes.

CHANGES = {}


def changes(name):
    def note(function):
        CHANGES.setdefault(name, []).append(function)
        return function
    return note


def forged(rng, publics, kinds, texts, forge):
    """One message: what was changed, the kind of its key, and the bytes."""
    kind = rng.choices(list(kinds), list(kinds.values()))[0]
    public, key = publics[kind]
    m = Inside(rng, public, key, rng.choice(texts))
    name = rng.choice(list(CHANGES))
    if name == "padding of RSA" and public.algo != 1:
        name = "hashed subpackets"
    rng.choice(CHANGES[name])(m)
    if rng.random() < .1:
        rng.choice(CHANGES[rng.choice(list(CHANGES))])(m)
    try:
        return "forged: " + name, kind, m.build(forge)
    except (ValueError, KeyError, OverflowError, IndexError):
        # libgcrypt does not do it: ECDSA with a digest that it lacks.
        return plain(rng, publics, kinds, texts, forge)


def plain(rng, publics, kinds, texts, forge):
    """One to which nothing is done."""
    kind = rng.choices(list(kinds), list(kinds.values()))[0]
    public, key = publics[kind]
    m = Inside(rng, public, key, rng.choice(texts))
    return "nothing", kind, m.build(forge)
