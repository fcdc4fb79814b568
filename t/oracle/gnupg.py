# gnupg.py - gpg's side of the oracle test: homes, keys and verdicts.
# SPDX-License-Identifier: GPL-2.0-or-later
"""gpg runs with the options that Postern's own homes have, and what it says
is judged as common/pgp/pgp-verify.c and pgp-message.c judge it."""

import hashlib
import os
import re
import subprocess

import packets

KEYS_MADE = "20240101T120000!"
SIGNED = "20240301T120000!"
SIGNED_AT = 1709294400
GOOD_HASHES = {"8", "9", "10"}

SIGN_KINDS = ["rsa2048", "rsa3072", "rsa4096", "ed25519", "nistp256",
              "nistp384", "nistp521", "brainpoolP256r1", "brainpoolP384r1",
              "brainpoolP512r1", "secp256k1", "dsa2048", "ed448"]
SUBKEY_KINDS = ["ed25519", "nistp256", "rsa2048"]
OPEN_KINDS = ["rsa2048", "rsa3072", "rsa4096", "cv25519", "nistp256",
              "nistp384", "nistp521", "brainpoolP256r1", "brainpoolP384r1",
              "brainpoolP512r1", "secp256k1", "cv448"]
# gpg makes them, and both of Postern's readings refuse them.
REFUSED_KINDS = {"dsa2048", "ed448", "cv448", "may not sign"}
# Not made by every GnuPG.
MAY_LACK = {"ed448", "cv448"}
COMPLIANT = ["--compliance", "gnupg"]   # Debian's has another default.

# Statuses that say nothing bad: see common/pgp/pgp-verify.c.
HARMLESS = set("""NEWSIG GOODSIG VALIDSIG PLAINTEXT PLAINTEXT_LENGTH SIG_ID
  KEY_CONSIDERED KEYEXPIRED NOTATION_NAME NOTATION_FLAGS NOTATION_DATA
  POLICY_URL PROGRESS VERIFICATION_COMPLIANCE_MODE TRUST_UNDEFINED TRUST_NEVER
  TRUST_MARGINAL TRUST_FULLY TRUST_ULTIMATE""".split())
DECRYPTING = set("""ENC_TO DECRYPTION_KEY BEGIN_DECRYPTION DECRYPTION_INFO
  DECRYPTION_OKAY GOODMDC END_DECRYPTION DECRYPTION_COMPLIANCE_MODE
  NO_SECKEY CARDCTRL""".split())
FAILED = {"DECRYPTION_FAILED", "BADMDC", "NODATA", "UNEXPECTED"}
# Said as well of a session key that does not open beside one that does.
BESIDES = {"ERROR", "FAILURE"}

# For how many messages one gpg runs.
BATCH = 100

# What gpg prints for a good message; for any other line of a message that
# the engine accepts, gpg is asked once more, about that message alone.
USUAL = re.compile(rb"gpg: +(Signature made |using |issuer |Good signature"
                   rb"|aka |WARNING: This key is not certified"
                   rb"|There is no indication|encrypted with |\"|anonymous)"
                   rb"|(Primary key| +Subkey) fingerprint: | +\"|$")


class Verdict:
    """What gpg says about one message."""

    def __init__(self, accepts, why, text=None, usual=True, opened=False):
        self.accepts, self.why = accepts, why
        self.text, self.usual = text, usual
        self.opened = opened    # The agent gave a session key.


def version():
    """That of gpg, as (2, 2)."""
    told = subprocess.run(["gpg", "--version"], stdout=subprocess.PIPE,
                          timeout=60, check=True).stdout.decode()
    return tuple(int(n) for n in told.split("\n")[0].split()[-1].split(
        ".")[:2])


def server_options(source):
    """The lines of gpg.conf that common/pgp/pgp-home.c writes."""
    text = open(source).read()
    block = text.split("options[] =")[1].split("};")[0]
    found = re.findall(r'^\s+"([^"]+)",?$', block, re.M)
    assert "weak-digest SHA1" in found
    return found


def judge_signed(status):
    """Why these statuses are not those of one good signature, or None."""
    names = [s[0] for s in status]
    for name in names:
        if name not in HARMLESS:
            return name
    for name in ("NEWSIG", "GOODSIG", "VALIDSIG", "PLAINTEXT"):
        if names.count(name) != 1:
            return "%d %s" % (names.count(name), name)
    valid = next(s for s in status if s[0] == "VALIDSIG")
    if len(valid) < 11 or valid[8] not in GOOD_HASHES or valid[9] != "00":
        return "digest or class"
    return None


def judge_opened(status):
    """Why these statuses are not those of a good decryption, or None."""
    names = [s[0] for s in status]
    for name in names:
        if name in FAILED:
            return name
    for name in ("DECRYPTION_OKAY", "GOODMDC"):
        if names.count(name) != 1:
            return "%d %s" % (names.count(name), name)
    return None


def judge_whole(status):
    """Both."""
    return judge_opened(status) or judge_signed(
        [s for s in status if s[0] not in DECRYPTING | BESIDES])


JUDGES = {"inside": judge_signed, "outside": judge_opened,
          "whole": judge_whole}


def judge_lines(side, lines, text):
    """The verdict that the lines of gpg's stderr amount to."""
    status = [line[9:].decode("latin-1").split() for line in lines
              if line.startswith(b"[GNUPG:] ")]
    usual = all(USUAL.match(line) for line in lines
                if not line.startswith(b"[GNUPG:] "))
    why = JUDGES[side]([s for s in status if s])
    if not why and text is None:
        why = "no text"
    return Verdict(not why, why or "good", text, usual,
                   any(s[:1] == ["DECRYPTION_KEY"] for s in status))


class Home:
    """A home of gpg with one keyring, and an agent of its own."""

    def __init__(self, path, options):
        self.path, self.work = path, os.path.join(path, "work")
        self.probe = None       # A message that can be opened.
        if not os.path.isdir(path):
            os.makedirs(self.work, 0o700)
            os.chmod(path, 0o700)
            with open(os.path.join(path, "gpg.conf"), "w") as f:
                f.write("\n".join(options) + "\n")
            with open(os.path.join(path, "gpg-agent.conf"), "w") as f:
                f.write("disable-scdaemon\n")

    def command(self, *words):
        return ["gpg", "--homedir", self.path] + list(words)

    def run(self, *words, data=b"", fail=True, when=None):
        """gpg's stdout; None if it fails and may."""
        words = ("--pinentry-mode", "loopback", "--passphrase", "") + words
        if when:
            words = ("--faked-system-time", when) + words
        done = subprocess.run(self.command(*words), input=data,
                              capture_output=True, timeout=600,
                              env=dict(os.environ, LC_ALL="C"))
        if done.returncode and fail:
            raise SystemExit("gpg %s: %s" % (" ".join(words),
                                             done.stderr.decode()))
        return None if done.returncode else done.stdout

    def close(self):
        for words in (["--kill", "gpg-agent"], ["--remove-socketdir"]):
            subprocess.run(["gpgconf", "--homedir", self.path] + words,
                           stderr=subprocess.DEVNULL, timeout=60, check=False)

    def restricted_socket(self):
        done = subprocess.run(["gpgconf", "--homedir", self.path,
                               "--list-dirs", "agent-extra-socket"],
                              stdout=subprocess.PIPE, timeout=60, check=True)
        return done.stdout.decode().strip()

    def start_agent(self):
        subprocess.run(["gpgconf", "--homedir", self.path, "--launch",
                        "gpg-agent"], stderr=subprocess.DEVNULL, timeout=60,
                       check=True)

    # Verdicts.

    def read_output(self, name):
        try:
            with open(name, "rb") as f:
                text = f.read()
            os.unlink(name)
            return text
        except FileNotFoundError:
            return None

    def ask(self, side, data):
        """The verdict on one side of a message, by a gpg of its own, called
        as gpgme calls it."""
        name = os.path.join(self.work, "one")
        words = ["--unwrap", "--decrypt"] if side == "outside" else []
        with open(name + ".gpg", "wb") as f:
            f.write(data)
        done = subprocess.run(
            self.command("--status-fd", "2", "--yes", "--output", name,
                         *words, "--", name + ".gpg"),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, timeout=120,
            env=dict(os.environ, LC_ALL="C"))
        verdict = judge_lines(side, done.stderr.split(b"\n"),
                              self.read_output(name))
        if done.returncode and verdict.accepts and side == "inside":
            verdict = Verdict(False, "exit %d" % done.returncode)
        return verdict

    def ask_all(self, side, messages):
        """The verdicts on many, by few processes.  After some messages gpg
        ends, or does not reach its agent any more and opens nothing that
        follows.  Then it is asked again, from the message on that it opened
        last."""
        out = []
        while len(out) < len(messages):
            some = messages[len(out):len(out) + BATCH]
            got = self.ask_batch(side, some)
            out += got
            if len(got) < len(some):
                out.append(self.ask(side, messages[len(out)]))
        return out

    def ask_batch(self, side, messages):
        """The verdicts on as many of these as are certain."""
        if side == "inside":
            return self.ask_some(side, messages)
        got = self.ask_some(side, messages + [self.probe])
        if len(got) > len(messages) and got.pop().accepts:
            return got
        got = got[:len(messages)]
        while got and not got[-1].opened:
            got.pop()
        return got

    def ask_some(self, side, messages):
        names = [os.path.join(self.work, "%d" % i)
                 for i in range(len(messages))]
        for name, data in zip(names, messages):
            with open(name + ".gpg", "wb") as f:
                f.write(data)
        words = ["--unwrap"] if side == "outside" else []
        with open(os.path.join(self.work, "status"), "wb+") as log:
            try:
                subprocess.run(
                    self.command("--status-fd", "2", "--yes", "--multifile",
                                 *words, "--decrypt", "--",
                                 *[n + ".gpg" for n in names]),
                    stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                    stderr=log, timeout=300,
                    env=dict(os.environ, LC_ALL="C"))
            except subprocess.TimeoutExpired:
                pass            # As after a crash.
            log.seek(0)
            blocks = split_files(log.read())
        out = [judge_lines(side, block, self.read_output(name))
               for block, name in zip(blocks, names)]
        for name in names:
            self.read_output(name)
        return out


def split_files(log):
    """The lines of each file that gpg has finished, in order."""
    out, block = [], None
    for line in log.split(b"\n"):
        if line.startswith(b"[GNUPG:] FILE_START "):
            block = []
        elif line == b"[GNUPG:] FILE_DONE":
            out.append(block)
            block = None
        elif block is not None:
            block.append(line)
    return out


# Keys.

class Key:
    """One key or subkey: what gpg lists, and its public packet."""

    def __init__(self, kind, line, fpr, grip, body):
        self.kind, self.fpr, self.grip = kind, fpr, grip
        self.algo, self.created = int(line[3]), int(line[5])
        self.caps = line[11]
        self.keyid = bytes.fromhex(line[4])
        self.body = body
        self.index = None       # Of the secret, where it is loaded.


def fingerprint(body):
    return hashlib.sha1(b"\x99" + len(body).to_bytes(2, "big")
                        + body).hexdigest().upper()


def list_keys(home, kind, primary):
    """The parts of PRIMARY, which gpg has the secrets of."""
    listing = home.run("--with-colons", "--with-keygrip", "-K", primary)
    bodies = {fingerprint(body): body for _, body
              in packets.parts(home.run("--export", primary))}
    out, line, fpr = [], None, None
    for row in listing.decode().split("\n"):
        row = row.split(":")
        if row[0] in ("sec", "ssb"):
            line = row
        elif row[0] == "fpr":
            fpr = row[9]
        elif row[0] == "grp" and line:
            out.append(Key(kind, line, fpr, row[9], bodies.get(fpr, b"")))
            line = None
    return out


def newest(home):
    """The fingerprint of the primary key that was added last."""
    rows = home.run("--with-colons", "--fingerprint", "-k").decode()
    return re.findall(r"^pub:.*\nfpr:+([0-9A-F]+):", rows, re.M)[-1]


def make_primary(home, name, algo, usage):
    made = home.run(*COMPLIANT, "--quick-gen-key",
                    "%s <alice@example.org>" % name, algo, usage, "never",
                    when=KEYS_MADE, fail=algo not in MAY_LACK)
    return None if made is None else newest(home)


def make_signers(home):
    """Keys of each kind that signs, and where."""
    for kind in SIGN_KINDS:
        make_primary(home, "alice " + kind, kind, "sign,cert")
    for kind in SUBKEY_KINDS:
        fpr = make_primary(home, "bob subkey " + kind, "ed25519", "cert")
        algo = kind.replace("nistp256", "nistp256/ecdsa")
        home.run("--quick-add-key", fpr, algo, "sign", "never", when=KEYS_MADE)


def make_receivers(home):
    """Keys of each kind that decrypts, below a primary key each."""
    for kind in OPEN_KINDS:
        fpr = make_primary(home, "carol " + kind, "ed25519", "sign,cert")
        home.run(*COMPLIANT, "--quick-add-key", fpr, kind, "encr", "never",
                 when=KEYS_MADE, fail=kind not in MAY_LACK)


def find_keys(home, who, usage):
    """The parts of WHO's keys in HOME that may do USAGE ("s" or "e"), by
    kind; and among signers, under "may not sign", a primary that must not."""
    rows = home.run("--with-colons", "-k").decode().split("\n")
    found, fpr = {}, None
    for row in (row.split(":") for row in rows):
        if row[0] == "pub":
            fpr = None
        elif row[0] == "fpr" and not fpr:
            fpr = row[9]
        elif row[0] == "uid" and row[9].split(" ")[0] in who:
            kind = row[9].split(" ", 1)[1].split(" <")[0]
            for key in list_keys(home, kind, fpr):
                note_key(found, kind, key, usage)
    return found


def note_key(found, kind, key, usage):
    if usage in key.caps:
        found.setdefault(kind, key)
    elif usage == "s" and "c" in key.caps:
        key.kind = "may not sign"
        found.setdefault(key.kind, key)


def read_secret(home, key):
    """The S-expression of the secret part of KEY, of either format."""
    with open(os.path.join(home.path, "private-keys-v1.d",
                           key.grip + ".key"), "rb") as f:
        data = f.read()
    if data.startswith(b"("):
        return data
    return re.search(rb"^Key: ((?:.*\n)(?:[ \t].*\n)*)", data, re.M).group(1)
