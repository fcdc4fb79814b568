# forge.py - Asks tool-forge for the cryptography of forged messages.
# SPDX-License-Identifier: GPL-2.0-or-later

import subprocess

import gnupg

CURVES = {"2b06010401da470f01": "Ed25519",
          "2b060104019755010501": "Curve25519",
          "2a8648ce3d030107": "nistp256", "2b81040022": "nistp384",
          "2b81040023": "nistp521",
          "2b2403030208010107": "brainpoolP256r1",
          "2b240303020801010b": "brainpoolP384r1",
          "2b240303020801010d": "brainpoolP512r1", "2b8104000a": "secp256k1"}

# OpenPGP's numbers of digests that are not libgcrypt's.
DIGESTS = {12: 313, 14: 315}


def text_of(data):
    return data.hex() or "-"


def number(data):
    return int.from_bytes(data, "big")


def octets(value):
    return value.to_bytes((value.bit_length() + 7) // 8 or 1, "big")


def read_number(body, at):
    """The integer at AT of BODY, and where the next one is."""
    n = (number(body[at:at + 2]) + 7) // 8
    return body[at + 2:at + 2 + n], at + 2 + n


class Public:
    """What the public packet of a key says."""

    def __init__(self, key):
        body, self.algo = key.body, key.algo
        self.fpr, self.keyid = bytes.fromhex(key.fpr), key.keyid
        self.kind = key.kind
        if self.algo in (1, 17) or not body or body[0] != 4:
            self.curve = None
            if self.algo == 1 and body:
                self.n, at = read_number(body, 6)
                self.e, _ = read_number(body, at)
            return
        self.oid = body[7:7 + body[6]]
        self.curve = CURVES.get(self.oid.hex())
        self.point, at = read_number(body, 7 + body[6])
        self.kdf_hash, self.kdf_cipher = (body[at + 2:at + 4] + b"\0\0")[:2]


class Forge:
    """A running tool-forge."""

    def __init__(self, program):
        self.child = subprocess.Popen([program], stdin=subprocess.PIPE,
                                      stdout=subprocess.PIPE)
        self.orders = {}

    def ask(self, *words):
        """Its answer, as bytes for each word; ValueError."""
        line = " ".join(str(w) for w in words) + "\n"
        self.child.stdin.write(line.encode())
        self.child.stdin.flush()
        answer = self.child.stdout.readline().decode()
        if not answer:
            raise SystemExit("tool-forge has ended at: " + line)
        if "!" in answer:
            raise ValueError("tool-forge: %s: %s" % (line[:40], answer))
        return answer.split()

    def load(self, home, key):
        """Make KEY's secret known, unless its packet is not of version 4."""
        if key.body[:1] == b"\4":
            secret = gnupg.read_secret(home, key)
            key.index = int(self.ask("load", secret.hex())[0])

    def sign(self, key, digest, data):
        """The digest of DATA and the integers of a signature of it."""
        return [bytes.fromhex(w) for w in
                self.ask("sign", key.index, DIGESTS.get(digest, digest),
                         text_of(data))]

    def sign_block(self, key, block):
        return bytes.fromhex(self.ask("raw", key.index, text_of(block))[0])

    def share(self, curve, point, scalar):
        return [bytes.fromhex(w) for w in
                self.ask("ecdh", curve, text_of(point), text_of(scalar))]

    def cfb(self, cipher, key, data):
        return bytes.fromhex(self.ask("cfb", cipher, text_of(key),
                                      text_of(data))[0])

    def aead(self, mode, cipher, key, nonce, aad, data):
        return bytes.fromhex("".join(
            self.ask("aead", mode, cipher, text_of(key), text_of(nonce),
                     text_of(aad), text_of(data))))

    def wrap(self, cipher, key, data):
        return bytes.fromhex(self.ask("wrap", cipher, text_of(key),
                                      text_of(data))[0])

    def order(self, curve):
        """The order of the base point of CURVE."""
        if curve not in self.orders:
            self.orders[curve] = int(self.ask("curve", curve)[0], 16)
        return self.orders[curve]

    def close(self):
        self.child.stdin.close()
        self.child.wait(timeout=60)
