# oracle.py - Postern's own reading of OpenPGP against gpg's.
# SPDX-License-Identifier: GPL-2.0-or-later
"""oracle.py BUILD SOURCE: see oracle.test, which runs it."""

import base64
import json
import os
import random
import shutil
import signal
import sys
import tempfile

import compare
import forge
import forms
import gnupg
import inside
import integers                 # It adds to inside.CHANGES,
import mutate
import outside
import parts                    # and so does this.

BATCH = 1000
SAMPLE = 100                    # One of so many is asked alone, too.
MANY = 1000000                  # From here on each verdict must occur often.
OFTEN = 1000

# How often a kind of key is used: the slow ones less.
SIGN_WEIGHTS = {"ed25519": 8, "rsa2048": 9, "rsa3072": 3, "nistp256": 4,
                "subkey ed25519": 3, "subkey rsa2048": 4,
                "subkey nistp256": 2, "rsa4096": 1.5, "may not sign": 1,
                "dsa2048": .7, "ed448": .5, "secp256k1": .7, "nistp384": .4,
                "brainpoolP256r1": .6}
OPEN_WEIGHTS = {"cv25519": 9, "rsa2048": 7, "nistp256": 5, "rsa3072": 2}
WEIGHT = .3


def setting(name, default):
    return os.environ.get(name) or default


def say(text):
    print(text, flush=True)


class Oracle:
    """The homes, keys and messages that a run has."""

    def __init__(self, build, source, place):
        self.build, self.place = build, place
        self.signers = self.receivers = self.publics = self.points = None
        self.base = self.insides = None
        options = gnupg.server_options(
            os.path.join(source, "common/pgp/pgp-home.c"))
        self.signing = gnupg.Home(os.path.join(place, "s"), options)
        self.opening = gnupg.Home(os.path.join(place, "o"), options)
        self.forge = forge.Forge(self.tool("forge"))
        self.texts = forms.make_texts()

    def prepare(self):
        """Make keys and messages, or read those of a run before."""
        fresh = not os.path.exists(self.path("base.json"))
        if fresh:
            gnupg.make_signers(self.signing)
            gnupg.make_receivers(self.opening)
        self.opening.start_agent()
        self.read_keys()
        self.base = self.make_base() if fresh else self.read_base()
        self.opening.probe = next(b.data for b in self.base
                                  if b.side == "outside" and b.good
                                  and b.kind == "cv25519")
        self.insides = [b.data for b in self.base if b.side == "inside"
                        and len(b.data) < 1400]

    def tool(self, name):
        return os.path.join(self.build, "t/oracle/tool-" + name)

    def path(self, name):
        return os.path.join(self.place, name)

    def read_keys(self):
        self.signers = gnupg.find_keys(self.signing, ("alice", "bob"), "s")
        self.receivers = gnupg.find_keys(self.opening, ("carol",), "e")
        for key in self.signers.values():
            self.forge.load(self.signing, key)
        self.publics = {kind: (forge.Public(key), key)
                        for kind, key in self.signers.items()
                        if key.index is not None}
        self.points = {kind: forge.Public(key)
                       for kind, key in self.receivers.items()
                       if key.body[:1] == b"\4"}
        lacking = [kind for kind in gnupg.SIGN_KINDS
                   if kind not in self.signers]
        lacking += [kind for kind in gnupg.OPEN_KINDS
                    if kind not in self.receivers]
        if set(lacking) - gnupg.MAY_LACK:
            raise SystemExit("no keys of: " + ", ".join(lacking))
        if lacking:
            say("not made by this gpg: " + ", ".join(lacking))

    def make_base(self):
        self.export(self.signing, "signers")
        self.export(self.opening, "receivers")
        self.opening.run("--import", self.path("signers"))
        base = forms.make_signed(self.signing, self.signers, self.texts)
        good = [b.data for b in base if b.good and b.kind == "ed25519"]
        base += forms.make_encrypted(self.opening, self.receivers, good)
        with open(self.path("base.json"), "w") as f:
            json.dump([[b.side, b.kind, b.form,
                        base64.b64encode(b.data).decode(), b.good]
                       for b in base], f)
        return base

    def export(self, home, name):
        with open(self.path(name), "wb") as f:
            f.write(home.run("--export"))

    def read_base(self):
        with open(self.path("base.json")) as f:
            return [forms.Base(side, kind, form, base64.b64decode(data), good)
                    for side, kind, form, data, good in json.load(f)]

    def comparison(self):
        socket = self.opening.restricted_socket()
        engine, signers = self.tool("engine"), self.path("signers")
        receivers = self.path("receivers")
        return compare.Comparison(
            {"inside": [engine, "inside", signers],
             "outside": [engine, "outside", receivers, socket],
             "whole": [engine, "whole", receivers, socket, signers]},
            {"inside": self.signing, "outside": self.opening,
             "whole": self.opening}, say)

    def close(self):
        self.forge.close()
        self.signing.close()
        self.opening.close()

    # The messages.

    def good_cases(self):
        """All that gpg made, unchanged."""
        cases = [compare.Case(b.form, b.side, b.kind, "nothing", b.data,
                              b.good) for b in self.base]
        for b in self.base:
            # What is inside of these is signed by a key of the test.
            if b.side == "outside" and b.form in ("plain", "hidden", "AES"):
                cases.append(compare.Case(b.form, "whole", b.kind, "nothing",
                                          b.data, b.good))
        return cases

    def choose_base(self, rng, side):
        weights = OPEN_WEIGHTS if side == "outside" else SIGN_WEIGHTS
        found = [b for b in self.base if b.side == side]
        return rng.choices(found, [weights.get(b.kind, WEIGHT)
                                   for b in found])[0]

    def blind_case(self, rng, number, side):
        base = self.choose_base(rng, side)
        other = self.choose_base(rng, side)
        field, data = mutate.mutated(rng, base.data, [other.data])
        return compare.Case(number, side, base.kind, field, data)

    def forge_inside(self, rng, make=inside.forged):
        kinds = {kind: SIGN_WEIGHTS.get(kind, WEIGHT)
                 for kind in self.publics}
        return make(rng, self.publics, kinds, self.texts, self.forge)

    def forge_outside(self, rng, insides, make=outside.forged):
        kinds = {kind: OPEN_WEIGHTS.get(kind, WEIGHT) for kind in self.points}
        return make(rng, self.points, kinds, insides, self.forge)

    def whole_case(self, rng, number):
        """Either side is changed, or both are."""
        odd = rng.choice(["inside", "outside", "both sides"])
        field, kind, data = self.forge_inside(
            rng, inside.plain if odd == "outside" else inside.forged)
        if odd == "inside" and rng.random() < .3:
            field, data = mutate.mutated(rng, data, self.insides)
        more, _, data = self.forge_outside(
            rng, [data], outside.plain if odd == "inside" else outside.forged)
        if odd == "outside":
            field = more
            if rng.random() < .2:
                field, data = mutate.mutated(rng, data, [data])
        return compare.Case(number, "whole", kind, "both sides"
                            if odd == "both sides" else odd + ": " + field,
                            data)

    def case(self, seed, number):
        rng = random.Random("%s:%d" % (seed, number))
        side = rng.choices(["inside", "outside", "whole"], [60, 32, 8])[0]
        if side == "whole":
            return self.whole_case(rng, number)
        if rng.random() < .5:
            return self.blind_case(rng, number, side)
        if side == "inside":
            made = self.forge_inside(rng)
        else:
            made = self.forge_outside(rng, self.insides)
        field, kind, data = made
        if rng.random() < .1:
            field, data = mutate.mutated(rng, data, [data])
        return compare.Case(number, side, kind, field, data)


def run(oracle, count, seed, only):
    both = oracle.comparison()
    both.compare(oracle.good_cases(), SAMPLE // 10)
    say("%d messages as gpg makes them: %s" % (
        sum(both.table.sums.values()), both.table.sums))
    numbers = [int(only)] if only else range(count)
    for at in range(0, len(numbers), BATCH):
        both.compare([oracle.case(seed, n) for n in numbers[at:at + BATCH]],
                     SAMPLE)
    both.table.show()
    say("\n%d messages were asked about alone as well; for %d of them gpg's"
        " exit status said more" % (both.alone, both.differ))
    for verdict, n in both.table.sums.items():
        if count >= MANY and n < OFTEN or not n and not only:
            both.failed += 1
            say("FAILED: %s: only %d" % (verdict, n))
    return both.failed


def make_place():
    """A folder in memory, if there is one: gpg reads a file each time."""
    memory = "/dev/shm"
    return tempfile.mkdtemp(prefix="oracle.", dir=memory if os.access(
        memory, os.W_OK) else "/tmp")


def try_all(build, source, place, count, seed):
    oracle = Oracle(build, source, place)
    try:
        oracle.prepare()
        return run(oracle, count, seed, os.environ.get("ORACLE_ONLY"))
    finally:
        oracle.close()


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    count = int(setting("ORACLE_COUNT", "20000"))
    seed = setting("ORACLE_SEED", "1")
    kept = os.environ.get("ORACLE_HOME")
    place, failed = kept or make_place(), 0
    try:
        failed = try_all(sys.argv[1], sys.argv[2], place, count, seed)
    finally:
        if not kept and not failed:
            shutil.rmtree(place)
    say("%d mutations, seed %s: %s" % (
        count, seed, "%d FAILED" % failed if failed else "never more lenient"))
    if failed:
        say("to repeat one of them: ORACLE_HOME=%s ORACLE_SEED=%s"
            " ORACLE_ONLY=NUMBER t/oracle.test" % (place, seed))
    return 1 if failed else 0


sys.exit(main())
