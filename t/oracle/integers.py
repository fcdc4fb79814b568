# integers.py - What is odd about the integers of a signature.
# SPDX-License-Identifier: GPL-2.0-or-later
"""Each function of m.after gets and gives the encoded integers."""

import struct

import packets
from forge import number, octets
from inside import changes

ED25519_ORDER = 2 ** 252 + 27742317777372353535851937790883648493

# What PKCS#1 has before a digest (RFC 4880, section 5.2.2).
DER = {8: "3031300d060960864801650304020105000420",
       9: "3041300d060960864801650304020205000430",
       10: "3051300d060960864801650304020305000440"}


def padded(value, zeros):
    """With leading zeros that the number of bits counts."""
    return struct.pack(">H", 8 * (len(value) + zeros)) + bytes(zeros) + value


def add_order(m, forge, integers, which, times):
    """An integer that is the same modulo the order."""
    value = integers[which][2:]
    if m.algo == 22:
        value = int.from_bytes(value.rjust(32, b"\0"), "little") \
            + times * ED25519_ORDER
        if value >= 2 ** 256:
            return
        value = value.to_bytes(32, "little")
    elif m.public.curve:
        value = octets(number(value) + times * forge.order(m.public.curve))
    elif m.algo == 1:
        value = octets(number(value) + times * number(m.public.n))
    integers[which] = packets.mpi(value)


@changes("integers")
def exceed_order(m):
    which, times = m.rng.randint(0, 1), m.rng.choice([1, 1, 2, 3])

    def change(m, forge, integers):
        add_order(m, forge, integers, min(which, len(integers) - 1), times)
        return integers
    m.after.append(change)


@changes("integers")
def negate(m):
    """ECDSA takes n - s as well as s."""
    def change(m, forge, integers):
        if m.algo == 19:
            n = forge.order(m.public.curve)
            integers[1] = packets.mpi(octets(n - number(integers[1][2:])))
        return integers
    m.after.append(change)


@changes("integers")
def swap_integers(m):
    m.after.append(lambda m, forge, integers: integers[::-1])


@changes("integers")
def zero_integer(m):
    which = m.rng.randint(0, 1)
    value = m.rng.choice([b"\0\0", b"\0\x01\1", b"\0\x08\0", b"\0\x01\0",
                          b"\0\x09\0\0"])

    def change(m, forge, integers):
        integers[min(which, len(integers) - 1)] = value
        return integers
    m.after.append(change)


@changes("integers")
def count_integers(m):
    kind = m.rng.randint(0, 3)

    def change(m, forge, integers):
        if kind == 0:
            return integers[:-1]
        if kind == 1:
            return integers + integers[-1:]
        if kind == 2:
            return integers + [b"\0\x01\1"]
        return integers + [b"\0\0"]
    m.after.append(change)


@changes("integer lengths")
def pad_integer(m):
    which, zeros = m.rng.randint(0, 1), m.rng.choice([1, 1, 2, 8])

    def change(m, forge, integers):
        i = min(which, len(integers) - 1)
        integers[i] = padded(integers[i][2:], zeros)
        return integers
    m.after.append(change)


@changes("integer lengths")
def miscount_bits(m):
    which = m.rng.randint(0, 1)
    more = m.rng.choice([-9, -8, -7, -2, -1, 1, 2, 3, 7, 8, 9, 0x4000])

    def change(m, forge, integers):
        i = min(which, len(integers) - 1)
        bits = max(0, number(integers[i][:2]) + more)
        integers[i] = struct.pack(">H", bits & 0xffff) + integers[i][2:]
        return integers
    m.after.append(change)


@changes("integer lengths")
def round_bits(m):
    """To whole bytes, though the first has zeros."""
    def change(m, forge, integers):
        return [struct.pack(">H", 8 * (len(i) - 2)) + i[2:] for i in integers]
    m.after.append(change)


@changes("integers")
def add_tail(m):
    m.tail = m.rng.randbytes(m.rng.choice([1, 2, 3, 10]))


def rsa_block(m, digest, first=b"\0\1", pad=None, der=None, rest=b"",
              end=b"\0"):
    """A block of PKCS#1, which fills all but what REST takes."""
    der = bytes.fromhex(DER.get(m.hash, "")) if der is None else der
    size = len(m.public.n) - len(first) - len(end) - len(der) - len(digest) \
        - len(rest)
    return first + (b"\xff" * size if pad is None else pad) + end + der \
        + digest + rest


@changes("padding of RSA")
def change_block(m):
    kind, rng = m.rng.randint(0, 9), m.rng

    def block(m, digest):
        der = bytes.fromhex(DER[m.hash]) if m.hash in DER else b""
        if kind == 0:
            return rsa_block(m, digest, first=b"\0\2")
        if kind == 1:
            return rsa_block(m, digest, first=b"\0\0")
        if kind == 2:           # Little padding, and garbage behind.
            return rsa_block(m, digest, pad=b"\xff" * 8).ljust(
                len(m.public.n), b"\1")
        if kind == 3:           # DigestInfo without NULL.
            return rsa_block(m, digest, der=b"\x30\x2f\x30\x0b"
                             + der[4:15] + der[17:])
        if kind == 4:           # Of another digest.
            return rsa_block(m, digest, der=bytes.fromhex(DER[
                rng.choice([8, 9, 10])]))
        if kind == 5:
            return rsa_block(m, digest, rest=b"\0")
        if kind == 6:           # One byte of padding is not 0xff.
            whole = bytearray(rsa_block(m, digest))
            whole[rng.randint(2, 40)] ^= 1
            return bytes(whole)
        if kind == 7:           # DER with a long length.
            return rsa_block(m, digest, der=b"\x30\x81" + der[1:])
        if kind == 8:
            return rsa_block(m, digest, end=b"\1")
        return rsa_block(m, digest)
    m.block = block
