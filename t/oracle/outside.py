# outside.py - Encrypted messages with right cryptography and odd structure.
# SPDX-License-Identifier: GPL-2.0-or-later
"""Session keys and data packets of which one part is not as gpg makes it."""

import hashlib
import struct

import packets
from forge import number

ECDH, RSA = 18, 1
KEY_SIZES = {1: 16, 2: 24, 3: 16, 4: 16, 7: 16, 8: 24, 9: 32, 10: 32, 11: 16,
             12: 24, 13: 32}
BLOCKS = {1: 8, 2: 8, 3: 8, 4: 8}       # All others: 16.
# libgcrypt's numbers of ciphers and modes.
CIPHERS = {1: 1, 2: 2, 3: 3, 4: 4, 7: 7, 8: 8, 9: 9, 10: 10, 11: 310,
           12: 311, 13: 312}
EAX, OCB, GCM = 1, 2, 3
MODES = {EAX: 14, OCB: 11, GCM: 9}
NONCES = {EAX: 16, OCB: 15, GCM: 12}
KDF_DIGESTS = {8: "sha256", 9: "sha384", 10: "sha512"}


def checksum(key):
    return struct.pack(">H", sum(key) & 0xffff)


class SessionKey:
    """A session key packet (RFC 4880, section 5.1)."""

    def __init__(self, rng, public, cipher, key):
        self.rng, self.public = rng, public
        self.version, self.keyid, self.algo = 3, public.keyid, public.algo
        self.frame = bytes([cipher]) + key + checksum(key)
        self.first, self.pad, self.end = b"\0\2", None, b"\0"
        self.wrapped_pad = None         # Of ECDH.
        self.wrap_flip = False
        self.wrapped_more = 0
        self.point = lambda point: point
        self.number = lambda value: value
        self.integer = packets.mpi
        self.param = None
        self.tail = b""
        self.header = "old1"

    def build_rsa(self):
        n = self.public.n
        size = len(n) - len(self.first) - len(self.end) - len(self.frame)
        pad = self.pad
        if pad is None:
            pad = bytes(self.rng.randint(1, 255) for _ in range(max(0, size)))
        block = self.first + pad + self.end + self.frame
        value = pow(number(block) % number(n), number(self.public.e),
                    number(n))
        value = self.number(value)
        return self.integer(value.to_bytes(len(n) + 8, "big").lstrip(b"\0"))

    def derive(self, shared):
        """The key that wraps the session key (RFC 6637, section 7)."""
        public = self.public
        param = bytes([len(public.oid)]) + public.oid + bytes(
            [ECDH, 3, 1, public.kdf_hash, public.kdf_cipher]) \
            + b"Anonymous Sender    " + public.fpr
        if self.param:
            param = self.param(param)
        size = (len(shared) - 1) // (1 if public.curve == "Curve25519" else 2)
        digest = hashlib.new(KDF_DIGESTS[public.kdf_hash],
                             b"\0\0\0\1" + shared[1:1 + size] + param).digest()
        return digest[:KEY_SIZES[public.kdf_cipher]]

    def build_ecdh(self, forge):
        scalar = self.rng.randbytes(31)
        point, shared = forge.share(self.public.curve, self.public.point,
                                    b"\1" + scalar)
        n = 40 - len(self.frame)
        pad = self.wrapped_pad
        if pad is None:
            n = n if n > 0 else 8 - len(self.frame) % 8
            pad = bytes([n]) * n
        whole = self.frame + pad
        whole += bytes(-len(whole) % 8)
        wrapped = forge.wrap(self.public.kdf_cipher, self.derive(shared),
                             whole)
        if self.wrap_flip:
            wrapped = wrapped[:-1] + bytes([wrapped[-1] ^ 1])
        n = max(0, len(wrapped) + self.wrapped_more) & 255
        return self.integer(self.point(point)) + bytes([n]) + wrapped

    def build(self, forge):
        body = self.build_rsa() if self.public.algo == RSA \
            else self.build_ecdh(forge)
        return packets.packet(packets.PKESK, bytes([self.version])
                              + self.keyid + bytes([self.algo]) + body
                              + self.tail, self.header)


class Outside:
    """What gpg makes, until a change makes it otherwise."""

    def __init__(self, rng, public, others, inside):
        self.rng, self.public, self.inside = rng, public, inside
        self.others = others
        self.aead = rng.random() < .4
        self.set_cipher(rng.choice([7, 8, 9, 9]))
        self.before, self.between, self.behind = [], [], b""
        self.header = "new"
        self.tag = packets.AEAD_DATA if self.aead else packets.MDC_DATA
        self.version, self.data_cipher = 1, None
        self.mode, self.chunk, self.chunk_said = OCB, 16, None
        self.mdc = None                 # Makes another MDC.
        self.prefix = None
        self.inside_tail = b""
        self.last, self.total, self.swap = True, 0, False
        self.chunks = lambda chunks: chunks
        self.cut = 0

    def set_cipher(self, cipher):
        self.cipher = cipher
        self.key = self.rng.randbytes(KEY_SIZES[cipher])
        self.session = SessionKey(self.rng, self.public, cipher, self.key)

    def build_mdc_data(self, forge):
        block = BLOCKS.get(self.cipher, 16)
        prefix = self.rng.randbytes(block)
        prefix += prefix[-2:]
        if self.prefix:
            prefix = self.prefix(prefix)
        text = prefix + self.inside + self.inside_tail
        mdc = b"\xd3\x14" + hashlib.sha1(text + b"\xd3\x14").digest()
        if self.mdc:
            mdc = self.mdc(mdc)
        return bytes([self.version]) + forge.cfb(CIPHERS[self.cipher],
                                                 self.key, text + mdc)

    def seal_chunk(self, forge, head, nonce, index, data, more=b""):
        """One chunk of packet 20 (draft-koch-librepgp, section 5.16)."""
        count = struct.pack(">Q", index)
        nonce = nonce[:-8] + bytes(a ^ b for a, b in zip(nonce[-8:], count))
        return forge.aead(MODES[self.mode], CIPHERS[self.cipher], self.key,
                          nonce, b"\xd4" + head + count + more, data)

    def build_aead_data(self, forge):
        said = self.chunk if self.chunk_said is None else self.chunk_said
        cipher = self.cipher if self.data_cipher is None else self.data_cipher
        head = bytes([self.version, cipher, self.mode, said])
        nonce = self.rng.randbytes(NONCES[self.mode])
        size, text = 1 << (self.chunk + 6), self.inside
        texts = [text[i:i + size] for i in range(0, len(text), size)]
        chunks = [self.seal_chunk(forge, head, nonce, i, t)
                  for i, t in enumerate(texts)]
        if self.last:
            total = struct.pack(">Q", max(0, len(text) + self.total))
            chunks.append(self.seal_chunk(forge, head, nonce, len(texts), b"",
                                          total))
        return head + nonce + b"".join(self.chunks(chunks))

    def build(self, forge):
        data = self.build_aead_data(forge) if self.aead \
            else self.build_mdc_data(forge)
        if self.cut:
            data = data[:-self.cut]
        return b"".join(
            [p if isinstance(p, bytes) else p.build(forge) for p in
             self.before + [self.session] + self.between]) \
            + packets.packet(self.tag, data, self.header) + self.behind


CHANGES = {}


def changes(name):
    def note(function):
        CHANGES.setdefault(name, []).append(function)
        return function
    return note


# The session key.

@changes("checksum")
def change_checksum(m):
    f = m.session.frame
    m.session.frame = m.rng.choice([
        f[:-1] + bytes([f[-1] ^ 1]), f[:-2] + bytes([f[-2] ^ 1]) + f[-1:],
        f[:-2], f[:-1], f + b"\0", f[:-2] + b"\0\0", f[:-2] + f[-2:] * 2])


@changes("cipher of the session key")
def change_session_cipher(m):
    """The packet says another than what the data is encrypted with."""
    f = m.session.frame
    m.session.frame = bytes([m.rng.choice(
        [0, 1, 2, 3, 4, 7, 8, 9, 10, 13, 110, 255])]) + f[1:]


@changes("other ciphers")
def use_other_cipher(m):
    m.set_cipher(m.rng.choice([1, 2, 3, 4, 10, 11, 12, 13]))
    if BLOCKS.get(m.cipher, 16) == 8:
        m.aead, m.tag = False, packets.MDC_DATA


@changes("size of the session key")
def change_key_size(m):
    key = m.key + bytes(16)
    key = key[:m.rng.choice([0, 1, 8, 15, 16, 17, 24, 31, 32, 33, 40])]
    m.session.frame = m.session.frame[:1] + key + checksum(key)


@changes("padding of the session key")
def change_padding(m):
    s, rng = m.session, m.rng
    if s.public.algo == RSA:
        size = len(s.public.n) - 3 - len(s.frame)
        kind = rng.randint(0, 6)
        if kind == 0:
            s.first = rng.choice([b"\0\1", b"\0\0", b"\0\3", b"\1\2", b"\2"])
        elif kind == 1:         # Shorter than PKCS#1 allows.
            s.pad = b"\xaa" * rng.randint(0, 8)
            s.frame = s.frame.rjust(size + len(s.frame) - len(s.pad), b"\7")
        elif kind == 2:         # A zero ends it early.
            s.pad = rng.randbytes(rng.randint(0, 20)) + b"\0"
            s.pad += b"\xaa" * (size - len(s.pad))
        elif kind == 3:
            s.end = b"\1"
        elif kind == 4:         # The whole block is shorter.
            s.pad = b"\xaa" * (size - rng.randint(1, 9))
        elif kind == 5:         # Eight bytes and a long tail behind.
            s.pad = b"\xaa" * 8
            s.frame += bytes(size - 8)
        else:
            s.pad = b"\xff" * size
        return
    n = len(s.frame)
    short = 8 - n % 8
    s.wrapped_pad = rng.choice([
        b"", bytes([short]) * short, bytes([short + 8]) * (short + 8),
        bytes([short + 16]) * (short + 16), bytes([short + 32]) * (short + 32),
        bytes([0]) * short, bytes([short + 1]) * short,
        rng.randbytes(short - 1) + bytes([short]), b"\xff" * short,
        bytes([short + 8]) * short, bytes([1]) * short,
        bytes([n + short]) * short])


@changes("KDF of ECDH")
def change_param(m):
    at = m.rng.choice([0, 1, -21, -20, -1, -41, -44, -45, -43, -42])
    m.session.param = m.rng.choice([
        lambda p: p[:at] + bytes([p[at] ^ 1]) + p[at:][1:], lambda p: p[:-20],
        lambda p: p[:-20] + bytes(20)])
    if m.public.algo == RSA:
        change_padding(m)


@changes("wrapped session key")
def change_wrapped(m):
    if m.rng.random() < .3:
        m.session.wrap_flip = True
    else:
        m.session.wrapped_more = m.rng.choice([-8, -1, 1, 8, 100])
        m.session.tail = m.rng.choice([b"", b"", b"\0", bytes(8)])


@changes("point of the session key")
def change_point(m):
    n = m.rng.randint(0, 7)

    def point(p):
        half = (len(p) - 1) // 2
        return [p[1:], b"\2" + p[1:1 + half], b"\3" + p[1:1 + half],
                b"\x41" + p[1:], p + b"\0", p[:-1],
                p[:1] + bytes(len(p) - 1), p[:1] + b"\1" + bytes(len(p) - 2)
                ][n] or b"\0"
    m.session.point = point


@changes("integer of the session key")
def change_integer(m):
    def padded(zeros):
        return lambda v: struct.pack(">H", 8 * (len(v) + zeros)) \
            + bytes(zeros) + v

    def miscounted(more):
        return lambda v: struct.pack(
            ">H", max(0, number(packets.mpi(v)[:2]) + more)) + v
    m.session.integer = m.rng.choice([
        padded(0), padded(1), padded(2), padded(16), miscounted(-1),
        miscounted(1), miscounted(2), miscounted(8), miscounted(-8),
        lambda v: b"\0\0", lambda v: b"\0\0" + v])


@changes("number of the session key")
def change_number(m):
    if m.public.algo != RSA:
        return change_point(m)
    n = number(m.public.n)
    m.session.number = m.rng.choice([
        lambda v: v + n, lambda v: v + 2 * n, lambda v: n - v, lambda v: 0,
        lambda v: 1, lambda v: n, lambda v: n - 1, lambda v: n + 1])


@changes("head of the session key")
def change_session_head(m):
    s = m.session
    kind = m.rng.randint(0, 3)
    if kind == 0:
        s.version = m.rng.choice([0, 1, 2, 4, 6])
    elif kind == 1:
        s.algo = m.rng.choice([0, 1, 2, 3, 16, 17, 18, 19, 20, 22, 25])
    elif kind == 2:
        s.keyid = m.rng.choice([bytes(8), m.rng.randbytes(8),
                                m.others[0].keyid, s.keyid[4:] + s.keyid[:4]])
    else:
        s.tail = m.rng.randbytes(m.rng.choice([1, 2, 20]))


@changes("recipients")
def hide_recipient(m):
    m.session.keyid = bytes(8)


@changes("recipients")
def add_recipients(m):
    """Before or behind the one that fits: others', unknown and broken ones,
    and ones for which the session key is wrong."""
    items = []
    for _ in range(m.rng.choice([1, 1, 2, 3, 15, 16])):
        public = m.rng.choice(m.others)
        if public.curve == "Curve25519" or public.algo == RSA \
                or m.rng.random() < .2:
            key = m.rng.choice([m.key, m.rng.randbytes(len(m.key))])
            s = SessionKey(m.rng, public, m.cipher, key)
            s.keyid = m.rng.choice([s.keyid, s.keyid, m.rng.randbytes(8),
                                    bytes(8)])
            items.append(s)
        else:
            items.append(packets.packet(packets.PKESK, m.rng.choice([
                b"\3" + m.rng.randbytes(8) + b"\x10" + packets.mpi(b"ab") * 2,
                b"\3" + m.public.keyid + b"\1" + packets.mpi(b"ab"),
                b"\3" + m.public.keyid + b"\x12",
                b"\3" + bytes(8) + b"\x63abc", b"\3" + bytes(8) + b"\1"])))
    if m.rng.random() < .5:
        m.before += items
    else:
        m.between += items


@changes("recipients")
def repeat_session(m):
    m.between.append(m.session)


@changes("passphrase")
def add_passphrase(m):
    skesk = packets.packet(packets.SKESK, m.rng.choice([
        b"\4\x09\3\x08" + bytes(8) + b"\x60", b"\4\x09\0\x08",
        b"\4\x09\3\x08" + bytes(8) + b"\x60" + m.rng.randbytes(33),
        b"\5\x09\2\3\x08" + bytes(8) + b"\x60" + bytes(15) + bytes(48)]))
    if m.rng.random() < .5:
        m.before.append(skesk)
    else:
        m.between.append(skesk)


# The data.

@changes("version of the data")
def change_data_version(m):
    m.version = m.rng.choice([0, 2, 3, 255])


@changes("tag of the data")
def change_tag(m):
    m.tag = m.rng.choice([packets.ENCRYPTED, packets.MDC_DATA,
                          packets.AEAD_DATA, 19, packets.LITERAL, 21])


@changes("MDC")
def change_mdc(m):
    if m.aead:
        return change_tags(m)
    at = m.rng.randrange(22)
    m.mdc = m.rng.choice([
        lambda x: b"", lambda x: x[:-1], lambda x: x + b"\0",
        lambda x: x[2:], lambda x: x[:2] + bytes(20), lambda x: x + x,
        lambda x: x[:at] + bytes([x[at] ^ 1]) + x[at + 1:],
        lambda x: b"\xd3\x15" + x[2:] + b"\0", lambda x: x + b"\xcb\0",
        lambda x: b"\xce" + x[1:]])
    return None


@changes("prefix")
def change_prefix(m):
    m.prefix = m.rng.choice([
        lambda x: x[:-1] + bytes([x[-1] ^ 1]), lambda x: x[:-2] + b"\0\0",
        lambda x: x[:-2], lambda x: x + x[-2:], lambda x: bytes(len(x))])


@changes("encrypted text")
def change_inside(m):
    m.inside = m.rng.choice([
        b"", b"\0", b"a", b"\xcb\0", m.inside + b"\xcb\0", m.inside + b"junk",
        m.inside[:-1], m.inside * 2, m.rng.randbytes(30), m.rng.randbytes(600),
        m.inside[:m.rng.randint(1, len(m.inside))]])


@changes("end of the data")
def cut_data(m):
    m.cut = m.rng.choice([1, 2, 3, 16, 17, 20, 22, 23, 32, 33, 64, 200])


@changes("chunk size")
def change_chunk(m):
    if not m.aead:
        return change_mdc(m)
    m.chunk = m.rng.choice([0, 0, 1, 2, 3, 4, 10, 15, 16, 17, 20, 22])
    if m.rng.random() < .3:
        m.chunk_said = m.rng.choice([0, 1, 4, 16, 17, 22, 56, 57, 128, 255])
    if m.rng.random() < .4:
        size = 1 << (m.chunk + 6)
        m.inside = m.rng.randbytes(min(4096, size * m.rng.choice([1, 2, 3])
                                       + m.rng.choice([-1, 0, 0, 1])))
    return None


@changes("tags of chunks")
def change_tags(m):
    if not m.aead:
        return change_mdc(m)
    m.chunk = m.rng.choice([0, 1, 2, 16])
    kind = m.rng.randint(0, 5)
    if kind == 0:
        m.last = False
    elif kind == 1:
        m.total = m.rng.choice([-1, 1, 16])
    elif kind == 2:
        m.chunks = lambda c: [c[1], c[0]] + c[2:]
    elif kind == 3:
        m.chunks = lambda c: c[:-2] + c[-1:]
    elif kind == 4:
        m.chunks = lambda c: c[:1] + c
    else:
        m.chunks = lambda c: c[:-1] + [c[-1][:-1] + bytes([c[-1][-1] ^ 1])]
    return None


@changes("mode of the data")
def change_mode(m):
    if m.aead:
        m.mode = m.rng.choice([EAX, GCM])


@changes("cipher of the data")
def change_data_cipher(m):
    if m.aead:
        m.data_cipher = m.rng.choice([0, 1, 2, 3, 7, 8, 9, 10, 13, 255])
    else:
        change_session_cipher(m)


@changes("packet headers")
def change_header(m):
    m.header = m.rng.choice(packets.HEADERS + ["old-"])
    m.session.header = m.rng.choice(packets.HEADERS)


@changes("partial lengths")
def make_partial(m):
    m.header = "partial%d" % m.rng.choice([0, 4, 8, 9, 9, 9, 9, 10])
    m.inside = m.inside + m.rng.randbytes(m.rng.choice([0, 100, 512, 1024]))
    if m.rng.random() < .1:
        m.session.header = "partial9"


@changes("more packets")
def add_behind(m):
    item = m.rng.choice([
        b"\0", b"\xcb\0", packets.packet(packets.MARKER, b"PGP"),
        packets.packet(packets.LITERAL, b"b\0\0\0\0\0more"),
        packets.packet(60, b"abc"), m.rng.randbytes(3),
        packets.packet(19, bytes(20)), packets.packet(13, b"alice")])
    where = m.rng.randint(0, 2)
    if where == 0:
        m.behind = item
    else:
        (m.before if where == 1 else m.between).append(item)


def forged(rng, publics, kinds, insides, forge):
    """One message: what was changed, the kind of its key, and the bytes."""
    kind = rng.choices(list(kinds), list(kinds.values()))[0]
    others = [p for k, p in publics.items() if k != kind]
    m = Outside(rng, publics[kind], others, rng.choice(insides))
    name = rng.choice(list(CHANGES))
    rng.choice(CHANGES[name])(m)
    if rng.random() < .1:
        rng.choice(CHANGES[rng.choice(list(CHANGES))])(m)
    try:
        return "forged: " + name, kind, m.build(forge)
    except (ValueError, KeyError, OverflowError, IndexError):
        # Two changes that do not go together.
        return plain(rng, publics, kinds, insides, forge)


def plain(rng, publics, kinds, insides, forge):
    """One to which nothing is done."""
    kind = rng.choices(list(kinds), list(kinds.values()))[0]
    m = Outside(rng, publics[kind], [], rng.choice(insides))
    return "nothing", kind, m.build(forge)
