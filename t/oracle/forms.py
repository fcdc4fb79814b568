# forms.py - Messages of all forms, made by gpg: what is mutated.
# SPDX-License-Identifier: GPL-2.0-or-later

import gnupg

PLAIN = ["--compress-algo", "none", "--digest-algo", "SHA512"]
EXPIRED = ["--default-sig-expire", "1d"]

# The signed ones that both must take ...
GOOD_SIGNED = {
    "SHA-256": ["--digest-algo", "SHA256"], "SHA-384": ["--digest-algo",
                                                        "SHA384"],
    "a notation": ["--set-notation", "a@example.org=b"],
    "a policy": ["--set-policy-url", "http://example.org"],
    "a time limit": ["--default-sig-expire", "30y"],
    "a file name": ["--set-filename", "x" * 100],
    "a sender": ["--sender", "alice@example.org"]}
# ... and those that the engine refuses, whatever gpg does.
ODD_SIGNED = {
    "ZIP": ["--compress-algo", "zip"], "ZLIB": ["--compress-algo", "zlib"],
    "BZIP2": ["--compress-algo", "bzip2"], "armour": ["--armor"],
    "text mode": ["--textmode"], "expired": EXPIRED,
    "a critical notation": ["--set-notation", "!a@example.org=b"],
    "SHA-1": ["--digest-algo", "SHA1"], "SHA-224": ["--digest-algo",
                                                    "SHA224"],
    "RIPEMD-160": ["--digest-algo", "RIPEMD160"]}
GOOD_ENCRYPTED = {
    "AES": ["--cipher-algo", "AES"], "AES-192": ["--cipher-algo", "AES192"]}
ODD_ENCRYPTED = {
    "3DES": ["--cipher-algo", "3DES"], "CAST5": ["--cipher-algo", "CAST5"],
    "Blowfish": ["--cipher-algo", "BLOWFISH"],
    "Twofish": ["--cipher-algo", "TWOFISH"],
    "Camellia": ["--cipher-algo", "CAMELLIA256"], "armour": ["--armor"],
    "no MDC": ["--rfc2440"], "ZIP": ["--compress-algo", "zip"],
    "a passphrase besides": ["--passphrase", "x", "-c"]}


def make_texts():
    lines = "postern-request: 1\ntime: 1709294400\nto: web1.example.org\n" \
        "action: open\nports: tcp/22\n"
    return [lines.encode(), b"a\n", (lines + "reason: %s\n" % ("x" * 500))
            .encode(), (lines * 8).encode()[:700], b"\x00\xff\r\n text \n"]


class Base:
    """One message: GOOD if engine and gpg must take it."""

    def __init__(self, side, kind, form, data, good):
        self.side, self.kind, self.form = side, kind, form
        self.data, self.good = data, good


def sign(home, key, text, *options, what="-s", fail=True):
    return home.run(*PLAIN, "-u", key.fpr + "!", *options, what, data=text,
                    when=gnupg.SIGNED, fail=fail)


def make_signed(home, keys, texts):
    """What is inside: by each kind of key, then in each form."""
    out = []
    for kind, key in keys.items():
        if kind == "may not sign":
            continue
        good = kind not in gnupg.REFUSED_KINDS
        for form, text in (("plain", texts[0]), ("long", texts[3])):
            out.append(Base("inside", kind, form, sign(home, key, text), good))
    for kind in ("ed25519", "rsa2048", "subkey nistp256"):
        key = keys[kind]
        for form, options in GOOD_SIGNED.items():
            out.append(Base("inside", kind, form,
                            sign(home, key, texts[0], *options), True))
        for form, options in ODD_SIGNED.items():
            data = sign(home, key, texts[0], *options, fail=False)
            if data:            # No ECDSA with a digest that is too short.
                out.append(Base("inside", kind, form, data, False))
        out += make_odd_signed(home, keys, kind, texts[0])
    key = keys["ed25519"]
    out.append(Base("inside", "ed25519", "1200 bytes",
                    sign(home, key, b"x" * 1200), True))
    out.append(Base("inside", "ed25519", "1201 bytes",
                    sign(home, key, b"x" * 1201), False))
    out.append(Base("inside", "ed25519", "empty", sign(home, key, b""), False))
    return out


def make_odd_signed(home, keys, kind, text):
    """Other commands than to sign plainly."""
    key, other = keys[kind], keys["nistp256"]
    once = sign(home, key, text)
    made = {"detached": sign(home, key, text, what="--detach-sign"),
            "clear text": sign(home, key, text, what="--clear-sign"),
            "two signers": sign(home, key, text, "-u", other.fpr + "!"),
            "signed twice": sign(home, other, once, "--no-literal"),
            "a signed literal": sign(home, other, once),
            "not signed": home.run(*PLAIN, "--store", data=text)}
    return [Base("inside", kind, form, data, False)
            for form, data in made.items()]


def encrypt(home, keys, inside, *options, fail=True):
    for key in keys:
        options = ("-r", key.fpr + "!") + options
    return home.run(*PLAIN, "--trust-model", "always", "--no-literal",
                    *options, "-e", data=inside, fail=fail)


def make_encrypted(home, keys, insides):
    """What is outside: for each kind of key, then in each form."""
    out = []
    for kind, key in keys.items():
        good = kind not in gnupg.REFUSED_KINDS
        for form, inside in (("plain", insides[0]), ("long", insides[1])):
            out.append(Base("outside", kind, form,
                            encrypt(home, [key], inside), good))
    inside = insides[0]
    for kind in ("cv25519", "rsa2048", "nistp256"):
        key = keys[kind]
        for form, options in GOOD_ENCRYPTED.items():
            out.append(Base("outside", kind, form,
                            encrypt(home, [key], inside, *options), True))
        for form, options in ODD_ENCRYPTED.items():
            data = encrypt(home, [key], inside, *options, fail=False)
            if data:            # GnuPG 2.4 no longer makes some.
                out.append(Base("outside", kind, form, data, False))
        out.append(Base("outside", kind, "hidden", encrypt(
            home, [key], inside, "--throw-keyids"), True))
        out.append(Base("outside", kind, "two recipients", encrypt(
            home, [key, keys["brainpoolP256r1"]], inside), True))
        out.append(Base("outside", kind, "encrypted twice", encrypt(
            home, [key], encrypt(home, [key], inside)), True))
        ocb = encrypt(home, [key], inside, "--force-ocb", fail=False)
        if ocb:
            out.append(Base("outside", kind, "OCB", ocb, True))
    out.append(Base("outside", "cv25519", "a passphrase alone", home.run(
        *PLAIN, "--passphrase", "x", "-c", data=inside), False))
    return out
