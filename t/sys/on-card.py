#!/usr/bin/env python3
# on-card.py - Makes the private keys of a GnuPG home ones on a card that is
# not there, for the tests.
# SPDX-License-Identifier: GPL-2.0-or-later
#
#   on-card.py HOME

import glob
import re
import sys

SERIAL = "D2760001240103040005000012340000"

for path in glob.glob(sys.argv[1] + "/private-keys-v1.d/*.key"):
    with open(path) as f:
        text = re.sub(r"\n ", " ", f.read())
    key = re.search(r"^Key: \(private-key \((\w+) (.*)\)\s*\)\s*$", text, re.M)
    public = "".join(re.findall(r"\((?:curve|flags|q|n|e) [^()]*\)",
                                key.group(2)))
    with open(path, "w") as f:
        f.write("Key: (shadowed-private-key (%s %s(shadowed t1-v1"
                " (#%s# OPENPGP.1))))\n" % (key.group(1), public, SERIAL))
