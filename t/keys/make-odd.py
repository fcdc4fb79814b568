#!/usr/bin/env python3
# make-odd.py FOLDER - How the odd-*.pgp here were made, which no gpg makes:
# keys with parts that use the algorithm 3 of RFC 4880, RSA for signing alone.
# It needs python3-cryptography, so the tests read what it wrote.
# SPDX-License-Identifier: GPL-2.0-or-later
import hashlib
import os
import sys

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

RSA, SIGN_ONLY = 1, 3
CERTIFY, SIGN, ENCRYPT = 1, 2, 12
MADE = 1700000000


def number(value, size):
    return value.to_bytes(size, "big")


def mpi(value):
    return number(value.bit_length(), 2) + number(value, (value.bit_length() + 7) // 8)


def packet(tag, body):
    return bytes([0x80 | tag << 2 | 1]) + number(len(body), 2) + body


def subpacket(kind, body):
    return bytes([len(body) + 1, kind]) + body


class Key:
    def __init__(self, algorithm):
        self.secret = rsa.generate_private_key(65537, 2048)
        self.algorithm = algorithm
        public = self.secret.public_key().public_numbers()
        self.body = (b"\4" + number(MADE, 4) + bytes([algorithm])
                     + mpi(public.n) + mpi(public.e))
        self.hashed = b"\x99" + number(len(self.body), 2) + self.body
        self.fpr = hashlib.sha1(self.hashed).digest()

    def sign(self, kind, data, *hashed):
        """A signature packet's body (section 5.2.3)."""
        area = (subpacket(33, b"\4" + self.fpr) + subpacket(2, number(MADE, 4))
                + b"".join(hashed))
        head = bytes([4, kind, self.algorithm, 8]) + number(len(area), 2) + area
        text = data + head + b"\4\xff" + number(len(head), 4)
        other = subpacket(16, self.fpr[-8:])
        value = self.secret.sign(text, padding.PKCS1v15(), hashes.SHA256())
        return (head + number(len(other), 2) + other
                + hashlib.sha256(text).digest()[:2]
                + mpi(int.from_bytes(value, "big")))


def write(name, primary, flags, *parts):
    uid = b"carol <carol@example.org>"
    data = packet(6, primary.body) + packet(13, uid) + packet(2, primary.sign(
        0x13, primary.hashed + b"\xb4" + number(len(uid), 4) + uid,
        subpacket(27, bytes([flags]))))
    for part, flags in parts:
        both = primary.hashed + part.hashed
        more = [subpacket(27, bytes([flags]))]
        if flags & SIGN:
            back = part.sign(0x19, both)
            size = len(back) + 1 - 192
            more.append(bytes([192 + (size >> 8), size & 255, 32]) + back)
        data += packet(14, part.body) + packet(2, primary.sign(0x18, both, *more))
    with open(os.path.join(sys.argv[1], name), "wb") as out:
        out.write(data)


encrypts, odd, good = Key(RSA), Key(SIGN_ONLY), Key(RSA)
# Of the parts that sign: none is readable; one of two is; and the primary key
# is not.
primary = Key(RSA)
write("odd-signs.pgp", primary, CERTIFY, (odd, SIGN), (encrypts, ENCRYPT))
write("odd-beside.pgp", primary, CERTIFY, (odd, SIGN), (good, SIGN), (encrypts, ENCRYPT))
write("odd-primary.pgp", Key(SIGN_ONLY), CERTIFY, (good, SIGN), (encrypts, ENCRYPT))
