# compare.py - Holds the engine's verdicts against gpg's.
# SPDX-License-Identifier: GPL-2.0-or-later
"""Both accept the same text, or both refuse, or gpg alone accepts.  Anything
else fails the test."""

import hashlib
import struct
import subprocess

import gnupg
import packets

BOTH, GPG, NEITHER = "both accept", "only gpg accepts", "both refuse"
VERDICTS = [BOTH, GPG, NEITHER]

# What gpg says where a session key opens, but not the data.
WRONG_KEY = {"BADMDC", "DECRYPTION_FAILED"}


class Case:
    """One message that both are asked about."""

    def __init__(self, number, side, kind, field, data, good=False):
        self.number, self.side, self.kind = number, side, kind
        self.field, self.data, self.good = field, data, good


class Table:
    """Counts of verdicts."""

    def __init__(self):
        self.rows, self.sums = {}, dict.fromkeys(VERDICTS, 0)

    def add(self, heading, name, verdict):
        row = self.rows.setdefault(heading, {}).setdefault(
            name, dict.fromkeys(VERDICTS, 0))
        row[verdict] += 1

    def add_case(self, case, verdict):
        self.add("key (%s)" % case.side, case.kind, verdict)
        self.add("changed (%s)" % case.side, case.field, verdict)
        self.sums[verdict] += 1

    def show(self):
        for heading in sorted(self.rows):
            print("\n%-44s %11s %11s %11s" % (heading, "both", "only gpg",
                                              "neither"))
            for name, row in sorted(self.rows[heading].items()):
                print("  %-42s %11d %11d %11d" % (
                    (name,) + tuple(row[v] for v in VERDICTS)))
        print("\n%-44s %11d %11d %11d" % (
            ("all",) + tuple(self.sums[v] for v in VERDICTS)))


class Comparison:
    """ENGINES has the words of tool-engine for each side, and HOMES the home
    of gpg for it."""

    def __init__(self, engines, homes, say):
        self.engines, self.homes, self.say = engines, homes, say
        self.table, self.failed = Table(), 0
        self.alone = self.differ = 0
        self.in_order = gnupg.version() < (2, 3)

    def ask_engine(self, side, messages):
        """For each the digest of what it accepts, or None; and its words."""
        data = b"".join(struct.pack(">I", len(m)) + m for m in messages)
        done = subprocess.run(self.engines[side], input=data,
                              stdout=subprocess.PIPE, timeout=1200,
                              check=False)
        lines = done.stdout.decode().split("\n")[:-1]
        if done.returncode or len(lines) != len(messages):
            number = min(len(lines), len(messages) - 1)
            raise SystemExit(
                "tool-engine ended with %d at message %d of the batch: %s"
                % (done.returncode, number, messages[number].hex()))
        return [(line[7:] if line.startswith("accept ") else None, line)
                for line in lines]

    def ask_gpg(self, side, data):
        """gpg's verdict on one message; on the whole of it in two steps, as
        the server took them."""
        if side == "inside":
            return self.homes["inside"].ask("inside", data)
        verdict = self.homes["outside"].ask("outside", data)
        if verdict.accepts and side == "whole":
            return self.homes["inside"].ask("inside", verdict.text)
        return verdict

    def ask_alone(self, case):
        """The same; but of several session keys for keys of ours the first
        in the message counts for the engine and for GnuPG 2.2, the one for
        the first of our keys for 2.4.  So where that used a wrong one, it is
        asked about each."""
        verdict = self.ask_gpg(case.side, case.data)
        keys, data = packets.session_keys(case.data)
        if self.in_order or verdict.why not in WRONG_KEY or len(keys) < 2:
            return verdict
        for key in keys:
            one = self.ask_gpg(case.side, key + data)
            if one.accepts:
                return one
        return verdict

    def fail(self, case, what, words, verdict):
        self.failed += 1
        self.say("FAILED: %s: number %s, %s, key %s, changed: %s\n"
                 "  engine: %s\n  gpg: %s\n  message: %s" % (
                     what, case.number, case.side, case.kind, case.field,
                     words, verdict.why, case.data.hex()))

    def judge(self, case, digest, words, verdict):
        """The verdict on one, and whether it is allowed."""
        if digest and (not verdict.accepts or not verdict.usual):
            # No failure by a batch alone, and no success by one of which gpg
            # says more than that it is good.
            verdict = self.ask_alone(case)
        if digest and not verdict.accepts:
            return self.fail(case, "only the engine accepts", words, verdict)
        if digest and hashlib.sha256(verdict.text).hexdigest() != digest:
            return self.fail(case, "two texts", words, verdict)
        if case.good and not (digest and verdict.accepts):
            return self.fail(case, "a good message is refused", words,
                             verdict)
        result = BOTH if digest else GPG if verdict.accepts else NEITHER
        self.table.add_case(case, result)
        return None

    def check_alone(self, case, verdict):
        """Whether gpg says the same of one message as of it among many."""
        one = self.ask_gpg(case.side, case.data)
        self.alone += 1
        if one.accepts == verdict.accepts and (
                not one.accepts or one.text == verdict.text):
            return
        self.differ += 1
        if verdict.accepts and verdict.usual or one.accepts:
            self.fail(case, "gpg says otherwise in a batch", verdict.why, one)

    def compare(self, cases, sample=0):
        """Judge CASES, and each SAMPLEth once more by a gpg of its own."""
        for side in self.engines:
            some = [c for c in cases if c.side == side]
            messages = [c.data for c in some]
            if not some:
                continue
            engine = self.ask_engine(side, messages)
            gpg = self.homes[side].ask_all(side, messages)
            for i, (case, (digest, words), verdict) in enumerate(
                    zip(some, engine, gpg)):
                self.judge(case, digest, words, verdict)
                if sample and i % sample == sample - 1:
                    self.check_alone(case, verdict)
