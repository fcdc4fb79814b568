#!/usr/bin/env python3
# people.py HOME KEYS LIST COUNT - A key each for COUNT people, in KEYS.
# SPDX-License-Identifier: GPL-2.0-or-later
import os
import subprocess
import sys

home, keys, table, count = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])


def gpg(*args, **kwargs):
    return subprocess.run(["gpg", "--homedir", home, "--batch", "--quiet", *args],
                          check=True, capture_output=True, **kwargs).stdout


def lengths(data):
    """Tag and end of each packet (RFC 4880, section 4.2)."""
    at = 0
    while at < len(data):
        ctb = data[at]
        if ctb & 0x40:
            tag, first = ctb & 0x3f, data[at + 1]
            if first < 192:
                head, size = 2, first
            elif first < 224:
                head, size = 3, ((first - 192) << 8) + data[at + 2] + 192
            else:
                head, size = 6, int.from_bytes(data[at + 2:at + 6], "big")
        else:
            tag, width = ctb >> 2 & 15, 1 << (ctb & 3)
            head, size = 1 + width, int.from_bytes(data[at + 1:at + 1 + width], "big")
        yield tag, at, at + head + size
        at += head + size


for folder in home, keys:
    os.makedirs(folder, mode=0o700, exist_ok=True)
gpg("--generate-key", input="".join(
    "%%no-protection\nKey-Type: eddsa\nKey-Curve: Ed25519\nKey-Usage: sign,cert\n"
    "Subkey-Type: ecdh\nSubkey-Curve: Curve25519\nSubkey-Usage: encrypt\n"
    "Name-Email: p%04d@example.org\nExpire-Date: 0\n%%commit\n" % i
    for i in range(1, count + 1)).encode())
people, fpr = [], None
for line in gpg("--with-colons", "--list-keys").decode().splitlines():
    field = line.split(":")
    if field[0] == "pub":
        fpr = None
    elif field[0] == "fpr" and not fpr:
        fpr = field[9]
    elif field[0] == "uid":
        people.append((field[9].split("@")[0], fpr))
data = gpg("--export")
starts = [at for tag, at, _ in lengths(data) if tag == 6] + [len(data)]
assert len(starts) == len(people) + 1
for (name, _), begin, end in zip(people, starts, starts[1:]):
    with open("%s/%s.pgp" % (keys, name), "wb") as out:
        out.write(data[begin:end])
with open(table, "w") as out:
    for name, fpr in people:
        out.write("%s,%s,ops\n" % (name, fpr))
